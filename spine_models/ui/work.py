"""The work on the film of this session, and the one place where the pages meet the case book.

Every change is a line in the case's journal before it is shown, so that a page loaded again, a crashed server or a
second window find everything but the drag in progress. A film nobody has saved yet is a draft case.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import streamlit as st

from spine_models.core.hanging import Hanging
from spine_models.core.landmarks import Landmarks
from spine_models.core.radiograph import Radiograph
from spine_models.service.cases import Case, CaseBook, CaseError, MissingCase, Model, StaleCase
from spine_models.service.editing import unplaced
from spine_models.ui.films import OpenFilm, film_in_memory
from spine_models.ui.landmark_editor.film_url import Film
from spine_models.ui.models import show_as_chosen

BY_HAND = Model("by hand", None)
"""In place of a model, where the reader marks the vertebrae from nothing."""

DRAFT_DAYS = 30
"""Drafts nobody has touched for so long are deleted for good."""

ADDRESS = "case"
"""Name of the query parameter that holds the case, so that a page loaded again shows it again."""


@dataclass
class Work:
    """A case on screen.

    own_since: every later version was made by this window's editor; what it does on an earlier one is refused.
    base: the landmarks as the model or an accepted suggestion left them, against which corrections are measured.
    ghost: what the program suggests for the rest of the spine. notice: a sentence for the user about the last change.
    greeting: the same about work taken up again, until the first change.
    client, taken: the editor in the browser, and the number of its last edit that was dealt with.
    """

    case: Case
    own_since: int
    base: Landmarks | None
    ghost: Landmarks | None = None
    notice: str = ""
    greeting: str = ""
    client: str = ""
    taken: int = 0

    @classmethod
    def on(cls, case: Case, greeting: str = "") -> Work:
        return cls(case, own_since=case.version, base=case.landmarks, greeting=greeting)

    @property
    def landmarks(self) -> Landmarks | None:
        return self.case.landmarks

    @property
    def by_hand(self) -> bool:
        return self.case.model == BY_HAND

    @property
    def marking(self) -> bool:
        """Whether a click on the film marks the centre of a vertebra: until the corners of all are placed."""
        return self.by_hand and (self.landmarks is None or bool(unplaced(self.landmarks).any()))

    @property
    def version(self) -> str:
        """Changes with every change of the landmarks."""
        return f"{self.case.id}/{self.case.version}"


def case_book() -> CaseBook:
    """The user's case book; where it cannot be used, one that lasts as long as the program."""
    try:
        book = CaseBook()
    except CaseError:
        return CaseBook(_temporary_url())
    _tidy()
    return book


def where_it_is_kept() -> str:
    """Sentence on where the changes go."""
    try:
        return f"Every change is kept at once in {CaseBook().location}."
    except CaseError as error:
        return f"{error} Changes are kept only until the program ends."


@st.cache_resource(show_spinner=False)
def _temporary_url() -> str:
    return f"sqlite:///{tempfile.mkdtemp()}/cases.sqlite"


@st.cache_resource(ttl=timedelta(days=1), show_spinner=False)
def _tidy() -> None:
    CaseBook().discard_drafts(datetime.now(UTC) - timedelta(days=DRAFT_DAYS))


def resume_from_address() -> None:
    """First thing on the page: in a new session, take up the case named in the address."""
    if "film" in st.session_state:
        return
    st.session_state.film = None
    case_id = st.query_params.get(ADDRESS)
    if case_id:
        try:
            open_case(case_id)
        except CaseError as error:
            st.warning(str(error))


def put_in_address(work: Work | None) -> None:
    """Name the case in the address, or none, so that the page can be loaded again."""
    if work is None:
        st.query_params.pop(ADDRESS, None)
    elif st.query_params.get(ADDRESS) != work.case.id:
        st.query_params[ADDRESS] = work.case.id


def open_case(case_id: str) -> None:
    """Make a case the work of this session; raises MissingCase or CaseError."""
    case = case_book().load(case_id)
    st.session_state.film = film_in_memory(case.film_sha256)
    _take_up(Work.on(case))


def current_work(film: OpenFilm | None) -> Work | None:
    """The work of this session, brought up to date; for a film just opened, earlier work on it if there is any."""
    work: Work | None = st.session_state.get("work")
    if work is not None:
        return _up_to_date(work)
    if film is None:
        return None
    earlier = case_book().of_film(film.radiograph.sha256)
    if not earlier:
        return None
    when = earlier[0].changed.astimezone().strftime("%d %b %Y, %H:%M")
    known = f"You have worked on this film before: your marks of {when} are shown." if earlier[0].version > 1 else ""
    return _take_up(Work.on(earlier[0], known))


def begin(film: Radiograph, landmarks: Landmarks | None, model: Model, hanging: Hanging = Hanging()) -> Work:
    """Open a draft for a film, given as it was read; landmarks: on the film as it hangs."""
    st.session_state.work = Work.on(case_book().open_draft(film.sha256, film.shape, landmarks, model, hanging))
    return st.session_state.work


def put_in_force(
    work: Work, landmarks: Landmarks | None, kind: str, model: Model | None = None, hanging: Hanging | None = None
) -> None:
    """A change that did not come from the editor, such as another model's answer; undoable like any other.

    Nothing is journaled where nothing changes: Streamlit may repeat an action when a run was cut short.
    """
    same = model in (None, work.case.model) and hanging in (None, work.case.hanging)
    if same and same_landmarks(landmarks, work.landmarks):
        return
    try:
        case = case_book().commit(work.case.id, work.case.version, landmarks, kind, model, hanging)
        _replace(work, case)
    except StaleCase as stale:
        reload(work, str(stale))


def reload(work: Work, notice: str) -> None:
    """Show the case as it is now, whoever changed it."""
    _replace(work, case_book().load(work.case.id))
    work.notice = notice


def kept_film(work: Work) -> OpenFilm | None:
    """The film as the case book keeps it (as it was read), where the user said so."""
    return _restored(work.case.id) if work.case.film_kept else None


@st.cache_resource(scope="session", max_entries=2, show_spinner="Reading the film…")
def _restored(case_id: str) -> OpenFilm | None:
    radiograph = case_book().film(case_id)
    return radiograph and OpenFilm(radiograph, Film.from_radiograph(radiograph), 0.0)


def same_landmarks(one: Landmarks | None, other: Landmarks | None) -> bool:
    """Whether corners, names, sigma and sources are all equal."""
    if one is None or other is None:
        return one is other
    pairs = [(getattr(one, name), getattr(other, name)) for name in ("corners", "sigma")]
    equal = one.levels == other.levels and np.array_equal(one.source, other.source)
    return equal and all(np.array_equal(a, b, equal_nan=True) for a, b in pairs)


def _take_up(work: Work) -> Work:
    st.session_state.work = work
    follow_model(work)
    return work


def follow_model(work: Work) -> None:
    """Let the model picker name the model whose landmarks are shown; before the picker is drawn."""
    if work.case.model is not None:
        show_as_chosen(work.case.model.name)


def _replace(work: Work, case: Case) -> None:
    work.case, work.own_since, work.base, work.ghost = case, case.version, case.landmarks, None
    work.notice = work.greeting = ""


def _up_to_date(work: Work) -> Work | None:
    """What another window did to the case is shown here too."""
    try:
        if case_book().newest_version(work.case.id) != work.case.version:
            reload(work, "This case was changed in another window: its newest state is shown.")
            follow_model(work)
    except MissingCase:
        st.session_state.work = None
        return None
    return work
