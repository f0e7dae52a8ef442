"""Login through Streamlit's own OpenID Connect, where ``.streamlit/secrets.toml`` has an ``[auth]`` section.

A provider such as Google's lets anybody log in: ``allowed`` in that section, a list of e-mail addresses, says who may
use the server. Without it, everybody whom the provider lets in may.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.errors import StreamlitAuthError, StreamlitMissingAuthlibError, StreamlitSecretNotFoundError

NO_AUTHLIB = "Nobody can log in: Python packages are missing. Run `pip install 'streamlit[auth]'` and start again."
BAD_SETTINGS = "Nobody can log in: the [auth] section of .streamlit/secrets.toml is not complete."
NOT_ALLOWED = "You are logged in, but not as a user of this server: ask whoever runs it to add your e-mail address."
UNREADABLE = "Nobody can use this server: its .streamlit/secrets.toml, which may ask for a login, cannot be read."


def let_in() -> None:
    """Before every page: where a login is asked for, ends the run for whoever has not logged in."""
    try:
        settings = st.secrets.to_dict().get("auth")
    except StreamlitSecretNotFoundError:
        if any(Path(path).exists() for path in st.get_option("secrets.files")):
            st.error(UNREADABLE)  # without this a slip in the file would open the door
            st.stop()
        settings = None
    if settings is None:
        return
    if not st.user.get("is_logged_in", False):
        _ask()
        st.stop()
    if not _is_allowed(settings.get("allowed")):
        st.error(NOT_ALLOWED)
        st.button("Log out", on_click=st.logout)
        st.stop()
    with st.popover(st.user.get("email") or "Logged in", type="tertiary"):
        st.button("Log out", on_click=st.logout)


def _is_allowed(addresses: list[str] | None) -> bool:
    """addresses: of those who may use the server; None where everybody may who has logged in."""
    if addresses is None:
        return True
    known = {address.casefold() for address in addresses}
    return str(st.user.get("email", "")).casefold() in known and st.user.get("email_verified") is not False


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
