"""Measure one film: film with landmarks on the left, choices and results on the right."""

import streamlit as st

from spine_models.core.errors import SpineError
from spine_models.core.hanging import Hanging
from spine_models.core.landmarks import Landmarks
from spine_models.service.cases import Model
from spine_models.ui import work as working
from spine_models.ui.edits import take_edits, tools_trained
from spine_models.ui.films import OpenFilm, hung, pick_film
from spine_models.ui.gate import may_measure
from spine_models.ui.hanging import hanging_of, hanging_tools, orientation_question
from spine_models.ui.landmark_editor import Editing, landmark_editor
from spine_models.ui.landmark_editor.film_url import Film
from spine_models.ui.measuring import Measurement, read_film, warm_up
from spine_models.ui.models import entry_of, measuring_models, model_picker
from spine_models.ui.navigation import through_app
from spine_models.ui.panel import show_panel
from spine_models.ui.work import Work

PANEL_WIDTH = 400


@st.fragment
def workbench() -> None:
    """A fragment, so that an action on the film or the model leaves the rest of the page alone."""
    with st.container(horizontal=True, wrap=False, gap="medium", key="workbench"):
        film_side = st.container(key="film-side")
        panel = st.container(width=PANEL_WIDTH, key="panel")
    with panel:
        working.resume_from_address()
        film = pick_film()
        work = working.current_work(film)
        film = film or (work and working.kept_film(work))
        hanging = hanging_of(film, work)
        film = film and hung(film, hanging)
        in_force = work.case.model.name if work and work.case.model else None
        with st.container():  # of its own: when its sentence goes, sections below it stay open
            model = model_picker(measuring_models(), working.BY_HAND.name, explain=work is None, in_force=in_force)
        if film is None or work is not None or not orientation_question(film, hanging, model):
            work = keep_up(work, film, model, hanging)
        if film is not None or work is not None:
            hanging_tools(film, work.case.hanging if work else hanging, work)
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


def keep_up(work: Work | None, film: OpenFilm | None, model: str, hanging: Hanging) -> Work | None:
    """Work begins with a film, and goes on with another model, or the film turned, when the reader said so."""
    turned = st.session_state.pop("rehang", None) is not None
    if film is None or (work is not None and not turned and not st.session_state.get("model_chosen")):
        st.session_state.pop("model_chosen", None)
        return work
    if model != working.BY_HAND.name and not turned and not may_measure(film):
        return work  # the choice of a model waits for the reader's answer
    st.session_state.pop("model_chosen", None)
    kind = "turn film" if turned else "predict"
    try:
        landmarks, made_by = answer_of(film, model)
    except SpineError as error:
        st.error(str(error))
        if work is not None and turned:
            working.put_in_force(work, None, kind, hanging=hanging)
        return work
    if work is None:
        return working.begin(film.as_read, landmarks, made_by, hanging)
    working.put_in_force(work, landmarks, kind, made_by, hanging)
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
