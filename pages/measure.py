"""Measure one film: film with landmarks on the left, choices and results on the right."""

import streamlit as st

from spine_models.core.errors import SpineError
from spine_models.core.landmarks import Landmarks
from spine_models.service.cases import Model
from spine_models.ui import work as working
from spine_models.ui.edits import take_edits, tools_trained
from spine_models.ui.films import OpenFilm, chosen_film, film_picker, open_film
from spine_models.ui.gate import may_measure
from spine_models.ui.landmark_editor import Editing, landmark_editor
from spine_models.ui.landmark_editor.film_url import Film
from spine_models.ui.measuring import Measurement, read_film, warm_up
from spine_models.ui.models import entry_of, measuring_models, model_picker
from spine_models.ui.navigation import through_app
from spine_models.ui.panel import show_panel
from spine_models.ui.work import Work

PANEL_WIDTH = 380


@st.fragment
def workbench() -> None:
    """A fragment, so that an action on the film or the model leaves the rest of the page alone."""
    with st.container(horizontal=True, wrap=False, gap="medium"):
        film_side = st.container(key="film-side")
        panel = st.container(width=PANEL_WIDTH, key="panel")
    with panel:
        working.resume_from_address()
        film = pick_film()
        work = working.current_work(film)
        film = film or (work and working.kept_film(work))
        model = model_picker(measuring_models(), working.BY_HAND.name, explain=work is None)
        work = keep_up(work, film, model)
        working.put_in_address(work)
        measurement = show_panel(work, film) if work else None
    with film_side:
        if work is not None:
            show_work(work, film, measurement)
        elif film is not None:
            landmark_editor(film.view, None, (), None, version=film.view.id, key="editor")
        else:
            invite()
            warm_up(model)


def pick_film() -> OpenFilm | None:
    """The film chosen, or a sentence on why it cannot be read."""
    with st.expander("Film", expanded=st.session_state.film is None and "work" not in st.session_state):
        film_picker()
    data = chosen_film()
    try:
        return None if data is None else open_film(data)
    except SpineError as error:
        st.error(str(error))
        return None


def keep_up(work: Work | None, film: OpenFilm | None, model: str) -> Work | None:
    """Work begins with a film, and goes on with another model when the reader chose one."""
    chosen = st.session_state.pop("model_chosen", False)
    if film is None or (work is not None and not chosen):
        return work
    if model != working.BY_HAND.name and not may_measure(film):
        return work
    try:
        landmarks, made_by = answer_of(film, model)
    except SpineError as error:
        st.error(str(error))
        return work
    if work is None:
        return working.begin(film.radiograph, landmarks, made_by)
    working.put_in_force(work, landmarks, "predict", made_by)
    return work


def answer_of(film: OpenFilm, name: str) -> tuple[Landmarks | None, Model]:
    """Landmarks and where they come from; raises SpineError with a sentence for the user."""
    if name == working.BY_HAND.name:
        return None, working.BY_HAND
    reading = read_film(film, entry_of(name))
    return reading.landmarks, Model.from_card(reading.card)


def show_work(work: Work, film: OpenFilm | None, measurement: Measurement | None) -> None:
    """The editor."""
    height, width = work.case.film_shape
    landmark_editor(
        film.view if film else Film(work.case.film_sha256, b"", width, height),
        work.landmarks,
        measurement.curves if measurement else (),
        measurement.largest if measurement else None,
        version=work.version,
        key="editor",
        editing=Editing(
            client=work.client,
            taken=work.taken,
            can_undo=work.case.can_undo,
            can_redo=work.case.can_redo,
            ghost=work.ghost,
            marking=work.marking,
            refines=film is not None and tools_trained(),
            notice=work.notice,
        ),
        on_edit=take_edits,
    )


def invite() -> None:
    """What a new user sees where the film will be."""
    with st.container(key="invite", border=True):
        st.subheader("Measure the curves of a spine film", anchor=False)
        st.markdown(
            "1. Drop a frontal film of the whole spine on the right, or pick a demo film.\n"
            "2. The model marks the vertebrae T1 to L5; Cobb angles, end vertebrae and apex appear at once.\n"
            "3. Check every corner and drag those that are wrong: every number follows. Each change is kept at once "
            "and can be undone."
        )
        st.caption("Without a model you can mark the vertebrae by hand. In the editor, ? shows all that can be done.")


through_app()
workbench()
