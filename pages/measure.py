"""Measure one film: film with landmarks on the left, choices and results on the right."""

import streamlit as st

from spine_models.core.errors import SpineError
from spine_models.ui.films import OpenFilm, film_picker, open_film
from spine_models.ui.landmark_editor import landmark_editor
from spine_models.ui.measuring import Measurement, measure_film, warm_up
from spine_models.ui.models import measuring_models, model_picker, why_unusable
from spine_models.ui.navigation import through_app
from spine_models.ui.results import show_results
from spine_models.zoo import ModelEntry

PANEL_WIDTH = 380


@st.fragment
def workbench() -> None:
    """A fragment, so that an action on the film or the model leaves the rest of the page alone."""
    with st.container(horizontal=True, wrap=False, gap="medium"):
        film_side = st.container(key="film-side")
        panel = st.container(width=PANEL_WIDTH, key="panel")
    with panel:
        data = film_picker()
        model = model_picker(measuring_models())
        film, measurement = open_and_measure(data, model)
        if measurement is not None:
            show_results(film, measurement)
    with film_side:
        if film is None:
            invite()
            warm_up(model.name)
        else:
            show_film(film, measurement)


def open_and_measure(data: bytes | None, model: ModelEntry) -> tuple[OpenFilm | None, Measurement | None]:
    """What can be had of the film, with a sentence in the panel for what cannot."""
    if data is None:
        return None, None
    film = None
    try:
        film = open_film(data)
        obstacle = why_unusable(model)
        if obstacle:
            st.info(obstacle)
            return film, None
        return film, measure_film(film, model)
    except SpineError as error:
        st.error(str(error))
        return film, None


def show_film(film: OpenFilm, measurement: Measurement | None) -> None:
    """The film, with landmarks when there are any."""
    if measurement is None:
        landmark_editor(film.view, None, (), None, version=film.view.id, key="editor")
    else:
        landmark_editor(
            film.view,
            measurement.landmarks,
            measurement.curves,
            measurement.largest,
            version=measurement.version,
            key="editor",
        )


def invite() -> None:
    """What a new user sees where the film will be."""
    with st.container(key="invite", border=True):
        st.subheader("Measure the curves of a spine film", anchor=False)
        st.markdown(
            "1. Drop a frontal film of the whole spine on the right, or pick a demo film.\n"
            "2. The model marks the vertebrae T1 to L5; Cobb angles, end vertebrae and apex appear at once.\n"
            "3. Check every corner on the film before you use a number."
        )
        st.caption("Wheel or pinch zooms, drag pans, right-drag changes the grey window, double-click fits the film.")


through_app()
workbench()
