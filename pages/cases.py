"""The case book: find a case, go on with it, change what is written about it, delete it."""

import streamlit as st

from spine_models.core.errors import SpineError
from spine_models.service.cases.case import Status
from spine_models.ui.case_list import SORTS, show_cases, show_question
from spine_models.ui.navigation import through_app
from spine_models.ui.work import DRAFT_DAYS, where_it_is_kept

SHOWN: dict[str, Status | None] = {"All saved": None, "In work": "open", "Done": "done", "Drafts": "draft"}
ABOUT_DRAFTS = (
    "Work on films that were not saved under a pseudonym. Keep what you need: a draft that nobody has touched for "
    f"{DRAFT_DAYS} days is deleted."
)


def show_book() -> None:
    """Search fields, and the cases they find."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input("Search", placeholder="Words of pseudonym or notes", key="search")
        shown = st.segmented_control("Show", SHOWN, default="All saved", required=True, key="shown")
        order = st.selectbox("Sort by", SORTS, key="order", width=230)
    if shown == "Drafts":
        st.caption(ABOUT_DRAFTS)
    if not show_cases(text, SHOWN[shown], order):
        tell_what_to_do(text, shown)


def tell_what_to_do(text: str, shown: str) -> None:
    """Instead of an empty list."""
    if text:
        st.info("No case here has all these words in its pseudonym or notes: use fewer words, or show other cases.")
    elif shown == "Drafts":
        st.info("There are no drafts: all work on films has been saved or discarded.")
    elif shown != "All saved":
        st.info(f"No case is marked as {shown.lower()}.")
    else:
        st.info("No case has been saved yet. Measure a film and save it under a pseudonym; unsaved work is in Drafts.")
        st.page_link("pages/measure.py", label="Measure a film")


through_app()
st.header("Cases", anchor=False)
st.caption(where_it_is_kept())
try:
    show_book()
    show_question()
except SpineError as error:
    st.error(str(error))
