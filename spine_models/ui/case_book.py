"""What the user writes about a case, and the way from the case book to the Measure page."""

from __future__ import annotations

from datetime import date
from typing import Literal

import streamlit as st

from spine_models.core.radiograph import Radiograph
from spine_models.service.cases import Case, CaseError
from spine_models.service.cases.models import PSEUDONYM_LENGTH
from spine_models.ui import work as working
from spine_models.ui.burned_in import blanked_where_asked, is_blanked
from spine_models.ui.films import OpenFilm, film_in_memory, open_film
from spine_models.ui.work import Work, case_book

FIRST_RADIOGRAPH = date(1895, 11, 8)

NO_NAMES = (
    "No names, dates of birth or hospital numbers: choose a pseudonym such as P-017 and keep the key to it elsewhere. "
    "What you type is stored as it is. Films with the same pseudonym are followed up together."
)
KEEP_FILM = "Off: only the landmarks and the hash of the file are kept. On: the pixels are kept too, without any tag."
NOT_AT_HAND = "To keep the film, open the case in Measure, open its film there, and save."


def open_in_measure(case_id: str) -> None:
    """Go on with a case on the Measure page; raises MissingCase, and does not return where all is well."""
    working.open_case(case_id)
    st.session_state.demo = None  # or the picker would go on naming the demo film of before
    st.switch_page("pages/measure.py", query_params={working.ADDRESS: case_id})


def save_form(work: Work, film: OpenFilm | None) -> None:
    """For the Measure page: keep the work under a pseudonym, or change what was written about it."""
    name = work.case.pseudonym
    with st.expander(f"Saved as {as_text(name)}" if name else "Save in the case book"):
        saved = details_form(work.case, film and film.as_read)
    if saved is not None:
        work.case = saved
        st.rerun()  # the form on the page is that of the case before


def details_form(case: Case, film: Radiograph | None) -> Case | None:
    """Pseudonym, date, notes, status and whether the film is kept. film: the case's film, as read, where it is at hand.

    Returns the case once the user has saved it, None until then. A refusal is said below the form, and what was typed
    stays there.
    """
    # Another window's change of these makes it another form, so that what stands here cannot overwrite it.
    key = f"details-{case.id}-{hash((case.pseudonym, case.film_date, case.notes, case.status, case.film_kept))}"
    with st.form(key, border=False):
        pseudonym = st.text_input("Pseudonym", case.pseudonym, max_chars=PSEUDONYM_LENGTH, key=f"{key}-pseudonym")
        st.caption(NO_NAMES)
        film_date = _date_field(case.film_date, f"{key}-date")
        notes = st.text_area("Notes", case.notes, key=f"{key}-notes", height=90)
        done = st.checkbox("This case is done", case.status == "done", key=f"{key}-done")
        at_hand = film is not None or case.film_kept
        keep = st.checkbox("Keep the film", case.film_kept, key=f"{key}-keep", disabled=not at_hand)
        st.caption(KEEP_FILM if at_hand else NOT_AT_HAND)
        if not st.form_submit_button("Save"):
            return None
    try:
        return _saved(case, pseudonym, film_date, notes, "done" if done else "open", keep, film)
    except CaseError as error:
        st.error(str(error))
        return None


def film_at_hand(case: Case) -> Radiograph | None:
    """The case's film if it was opened within the last hour, so that it can still be kept."""
    data = film_in_memory(case.film_sha256)
    return data and blanked_where_asked(open_film(data), case)


def as_text(typed: str) -> str:
    """What a user typed, for Markdown to show as it is."""
    return typed.translate(_MARKDOWN)


_MARKDOWN = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_{}[]()<>#+-.!|~$:"})


def _date_field(known: date | None, key: str) -> date | None:
    today = date.today()
    return st.date_input(
        "Date of the film",
        known,
        min_value=min(FIRST_RADIOGRAPH, known or today),
        max_value=max(today, known or today),
        format="YYYY-MM-DD",
        key=key,
        help="Needed for follow-up.",
    )


def _saved(
    case: Case,
    pseudonym: str,
    film_date: date | None,
    notes: str,
    status: Literal["open", "done"],
    keep: bool,
    film: Radiograph | None,
) -> Case:
    # A film that was kept with its writing is kept anew without it.
    new_film = film if keep and (not case.film_kept or is_blanked(case.film_sha256)) else None
    saved = case_book().save(case.id, case.version, pseudonym, film_date, notes, status, new_film)
    return case_book().forget_film(saved.id, saved.version) if saved.film_kept and not keep else saved
