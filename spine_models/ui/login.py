"""Login through Streamlit's own OpenID Connect, where ``.streamlit/secrets.toml`` has an ``[auth]`` section."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.errors import StreamlitAuthError, StreamlitMissingAuthlibError, StreamlitSecretNotFoundError

NO_AUTHLIB = "Nobody can log in: the Python package Authlib is missing. Run `pip install Authlib` and start again."
BAD_SETTINGS = "Nobody can log in: the [auth] section of .streamlit/secrets.toml is not complete."
UNREADABLE = "Nobody can use this server: its .streamlit/secrets.toml, which may ask for a login, cannot be read."


def let_in() -> None:
    """Before every page: where a login is asked for, ends the run for whoever has not logged in."""
    try:
        asked = "auth" in st.secrets.to_dict()
    except StreamlitSecretNotFoundError:
        if any(Path(path).exists() for path in st.get_option("secrets.files")):
            st.error(UNREADABLE)  # without this a slip in the file would open the door
            st.stop()
        asked = False
    if asked and not st.user.get("is_logged_in", False):
        _ask()
        st.stop()
    if asked:
        with st.popover(st.user.get("email") or "Logged in", type="tertiary"):
            st.button("Log out", on_click=st.logout)


def _ask() -> None:
    st.header("Log in", anchor=False)
    st.markdown("Films and cases on this server are for its users only.")
    st.button("Log in", type="primary", on_click=go_to_provider)


def go_to_provider() -> None:
    """What the button does: hand over to the provider, or say why that cannot work."""
    try:
        st.login()
    except StreamlitMissingAuthlibError:
        st.error(NO_AUTHLIB)
    except StreamlitAuthError:
        st.error(BAD_SETTINGS)
