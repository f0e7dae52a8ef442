"""Films of one pseudonym over time: each curve's angle by date, and two films side by side."""

from collections.abc import Sequence

import streamlit as st

from spine_models.core.errors import SpineError
from spine_models.service.cases import Case, follow_up
from spine_models.ui.courses import case_title, first_and_last, followed_pseudonyms, show_courses
from spine_models.ui.film_pair import film_pair
from spine_models.ui.navigation import through_app
from spine_models.ui.work import case_book


def show_follow_up() -> None:
    """Choose a pseudonym, then everything about its films."""
    films = followed_pseudonyms()
    if not films:
        st.info(
            "No pseudonym has two films yet. Measure each film, save it under the same pseudonym, and give it the date "
            "on which it was taken; this page then shows how every curve has changed."
        )
        st.page_link("pages/measure.py", label="Measure a film")
        return
    pseudonym = st.selectbox(
        "Pseudonym", films, format_func=lambda name: f"{name} · {films[name]} films", key="followed", width=360
    )
    visits = case_book().visits(pseudonym)
    show_curves(visits)
    show_films(visits)


def show_curves(visits: Sequence[Case]) -> None:
    """A chart per curve, and which films are missing from them."""
    result = follow_up(visits)
    for sentence in result.left_out:
        st.warning(sentence)
    if not result.courses:
        st.info("There is no curve of 10° or more on any of these films that has a date.")
        return
    show_courses(result.courses)


def show_films(visits: Sequence[Case]) -> None:
    """Two films at the same size of the spine, zoomed together."""
    st.subheader("Two films side by side", anchor=False)
    first, last = first_and_last(visits)
    by_id = {case.id: case for case in visits}
    with st.container(horizontal=True):
        left, right = (
            st.selectbox(label, by_id, index, format_func=lambda case_id: case_title(by_id[case_id]), key=label)
            for label, index in (("Left film", first), ("Right film", last))
        )
    film_pair(by_id[left], by_id[right], key="film-pair")


through_app()
st.header("Follow-up", anchor=False)
try:
    show_follow_up()
except SpineError as error:
    st.error(str(error))
