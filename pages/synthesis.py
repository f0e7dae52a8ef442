"""Synthesis lab: ask for a spine, get a film of it with exact truth."""

import streamlit as st

from spine_models.core.errors import SpineError
from spine_models.ui.navigation import through_app
from spine_models.ui.synthesis import ask, make, show_checks, show_film, show_pairs, show_truth

PANEL_WIDTH = 380


@st.fragment
def lab() -> None:
    """A fragment, so that a slider leaves the checks below alone."""
    with st.container(horizontal=True, wrap=False, gap="large"):
        film_side = st.container(width="content")
        wishes = st.container(width=PANEL_WIDTH)
        result = st.container()
    try:
        with wishes:
            request = ask()
        film, seconds = make(request)
    except SpineError as error:
        result.error(str(error))
        return
    with result:
        show_truth(film, seconds)
    with film_side:
        show_film(film)


through_app()
st.header("Synthesis lab", anchor=False)
st.caption(
    "Films of spines that never were, for teaching, testing and training: no patient is shown. The corners, and with "
    "them the angles, are exact."
)
lab()
show_checks()
show_pairs()
