"""The list of cases and what can be done with each of them."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil

import pandas as pd
import streamlit as st

from spine_models.core.cobb import largest_curve
from spine_models.core.errors import LandmarkError
from spine_models.core.hanging import side_name
from spine_models.service.cases import Case, CaseError, Entry
from spine_models.service.cases.book import Sort
from spine_models.service.cases.case import Status
from spine_models.ui.case_book import as_text, details_form, film_at_hand, open_in_measure
from spine_models.ui.models import ordered_models
from spine_models.ui.work import case_book

SORTS: dict[str, tuple[Sort, bool]] = {
    "Last changed": ("changed", True),
    "Film date, newest first": ("film_date", True),
    "Film date, oldest first": ("film_date", False),
    "Pseudonym, A to Z": ("pseudonym", False),
    "Added last": ("created", True),
}
"""What the user chooses, and (column, descending) of the search."""

STATUS = {"draft": ("draft", "gray"), "open": ("in work", "blue"), "done": ("done", "green")}
"""Word and colour; the buttons say "Open", so the status does not."""

CASES_PER_PAGE = 20
COLUMNS = (1, 3.2, 2.4, 3, 5)
NOTE_LENGTH = 80
LOCAL_TIME = "%d %b %Y, %H:%M"


def show_cases(text: str, status: Status | None, order: str) -> int:
    """One page of the cases found, with page numbers under it where there are several; returns how many in all."""
    key = f"page-{text}-{status}-{order}"
    sort, descending = SORTS[order]
    search = {"text": text, "status": status, "sort": sort, "descending": descending, "limit": CASES_PER_PAGE}
    found = case_book().search(**search, offset=CASES_PER_PAGE * (st.session_state.get(key, 1) - 1))
    if found.total and not found.cases:  # the last case of the last page is gone
        st.session_state[key] = ceil(found.total / CASES_PER_PAGE)
        found = case_book().search(**search, offset=CASES_PER_PAGE * (st.session_state[key] - 1))
    thumbnails = case_book().thumbnails([case.id for case in found.cases])
    for case in found.cases:
        _show_case(case, thumbnails.get(case.id))
    if found.total > CASES_PER_PAGE:
        st.pagination(ceil(found.total / CASES_PER_PAGE), key=key)
    return found.total


def show_question() -> None:
    """The dialog the user has opened on a case, if any."""
    kind, case = st.session_state.get("case_question", (None, None))
    if case is not None:
        title, answer = _QUESTIONS[kind]
        st.dialog(title, width="medium", on_dismiss=_close)(_in_sentences)(answer, case)


def _show_case(case: Case, thumbnail: bytes | None) -> None:
    with st.container(border=True, key=f"case-{case.id}"):
        picture, who, angle, origin, actions = st.columns(COLUMNS, vertical_alignment="center")
        with picture:
            if thumbnail:
                st.image(thumbnail, width=48, alt="Film of this case, small")
            else:
                st.caption("film not kept")
        with who, st.container(gap=None):
            _show_who(case)
        angle.markdown(_angle(case))
        with origin:
            st.caption(f"{_maker(case)}  \nchanged {case.changed.astimezone().strftime(LOCAL_TIME)}")
        with actions:
            _show_actions(case)


def _show_who(case: Case) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{as_text(case.pseudonym) or 'Not saved'}**", width="content")
        word, colour = STATUS[case.status]
        st.badge(word, color=colour)
    height, width = case.film_shape
    facts = f"film of {case.film_date}" if case.film_date else f"film without date, {width} × {height} pixels"
    note = case.notes.strip().partition("\n")[0]
    st.caption(f"{facts}  \n{as_text(note[:NOTE_LENGTH])}{'…' if len(note) > NOTE_LENGTH else ''}" if note else facts)


def _angle(case: Case) -> str:
    try:
        curve = case.landmarks and largest_curve(case.landmarks)
    except LandmarkError:
        curve = None
    if curve is None:
        return "no angle yet"
    side = side_name(curve.side, case.hanging.patient_left)
    return f"**{curve.angle:.1f}°**  \n{curve.upper}–{curve.lower}, {curve.region}, {side}"


def _maker(case: Case) -> str:
    """Title of the model whose landmarks were corrected; its name where the model is gone."""
    if case.model is None:
        return "no model"
    titles = {entry.name: entry.card.title for entry in ordered_models() if entry.card}
    return titles.get(case.model.name, case.model.name)


def _show_actions(case: Case) -> None:
    keep, delete = ("Keep", "Discard") if case.status == "draft" else ("Edit", "Delete")
    with st.container(horizontal=True, gap="xsmall", horizontal_alignment="right"):
        if st.button("Open", key=f"open-{case.id}"):
            _open(case)
        for label, kind in ((keep, "details"), ("Journal", "journal"), (delete, "delete")):
            st.button(label, key=f"{kind}-{case.id}", on_click=_ask, args=(kind, case))


def _open(case: Case) -> None:
    try:
        open_in_measure(case.id)
    except CaseError as error:
        st.error(str(error))


def _ask(kind: str, case: Case) -> None:
    """The case as the user saw it when asking, so that a change made elsewhere meanwhile is noticed."""
    st.session_state.case_question = (kind, case)


def _close() -> None:
    st.session_state.pop("case_question", None)


def _in_sentences(answer: Callable[[Case], None], case: Case) -> None:
    """A dialog runs on its own, so what goes wrong in it must be said there."""
    try:
        answer(case)
    except CaseError as error:
        st.error(str(error))


def _details(case: Case) -> None:
    if details_form(case, film_at_hand(case)) is not None:
        _close()
        st.rerun()


def _journal(case: Case) -> None:
    entries = case_book().history(case.id)
    altered = case_book().verify(case.id)
    if altered is None:
        st.caption(f"{len(entries)} steps, newest first. The journal is complete and unaltered.")
    else:
        st.warning(f"The journal was altered outside this program, from step {altered} on: do not rely on it.")
    with st.container(height=420, border=False):
        st.table(pd.DataFrame(map(_line, reversed(entries))), border="horizontal", hide_index=True)


def _line(entry: Entry) -> dict[str, str]:
    back = "" if entry.shows == entry.version else f", landmarks as of step {entry.shows}"
    return {
        "Step": str(entry.version),
        "When": entry.time.astimezone().strftime("%d %b %Y, %H:%M:%S"),
        "What": entry.kind + back,
    }


def _delete(case: Case) -> None:
    what = f"the case {as_text(case.pseudonym)}" if case.pseudonym else "this draft"
    st.markdown(
        f"Delete {what} of {case.film_date or 'a film without date'}? This is final: landmarks, journal, notes and the "
        "film, if it was kept, are erased from the case book at once, and nobody can bring them back. The audit trail "
        "keeps when a film with this hash was worked on, and with which model."
    )
    with st.container(horizontal=True):
        final = st.button("Delete for good", key="delete-final")
        if st.button("Cancel", key="delete-cancel"):
            _close()
            st.rerun()
    if final:
        case_book().delete(case.id)
        _close()
        st.rerun()


_QUESTIONS = {
    "details": ("What is written about the case", _details),
    "journal": ("Journal", _journal),
    "delete": ("Delete for good?", _delete),
}
