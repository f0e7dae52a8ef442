"""Everything beside the film: numbers first, then doubts, points, facts."""

from __future__ import annotations

import streamlit as st

from spine_models.core.errors import LandmarkError, SpineError
from spine_models.ui.burned_in import film_to_hand_out
from spine_models.ui.case_book import save_form
from spine_models.ui.films import OpenFilm
from spine_models.ui.gate import show_unusual
from spine_models.ui.measuring import Measurement, Reading, measure, read_film
from spine_models.ui.models import choose_model, entry_of
from spine_models.ui.points_panel import points_panel
from spine_models.ui.report import report_sections
from spine_models.ui.results import show_aasce, show_curves, show_doubts, show_facts
from spine_models.ui.work import Work, where_it_is_kept


def show_panel(work: Work, film: OpenFilm | None) -> Measurement | None:
    """Returns what was measured."""
    if work.greeting:
        st.info(work.greeting)
    reading = _reading(work, film)
    measurement = _measured(work, reading)
    if measurement is not None:
        show_curves(measurement, work.case.hanging.patient_left)
    if measurement is not None and work.marking:
        st.warning("These angles come from boxes round your clicks: place the corners before you use a number.")
    show_doubts(measurement, reading, work.landmarks)
    if reading and work.case.can_undo:
        st.button("Run the model again", on_click=choose_model, help="Replaces all landmarks; Undo brings them back.")
    handed_out = film and film_to_hand_out(work, film)
    save_form(work, handed_out)
    with st.expander("Points: save, load"):
        points_panel(work)
    if measurement is not None:
        report_sections(work, handed_out, reading)
        with st.expander("AASCE challenge angles"):
            show_aasce(measurement)
    if film is not None:
        show_unusual(film)
        show_facts(film.radiograph, reading)
    st.caption(where_it_is_kept())
    return measurement


def _reading(work: Work, film: OpenFilm | None) -> Reading | None:
    """What the model said that placed the landmarks; None by hand, or where film or model are not at hand."""
    if film is None or work.by_hand or work.case.model is None:
        return None
    try:
        return read_film(film, entry_of(work.case.model.name))
    except SpineError:
        return None


def _measured(work: Work, reading: Reading | None) -> Measurement | None:
    """None, with a sentence in the panel, where there is nothing to measure yet."""
    if work.landmarks is None or len(work.landmarks) < 2:
        st.info("Angles appear as soon as two vertebrae are marked.")
        return None
    try:
        return measure(work.landmarks, work.case.film_shape[0], reading and reading.card)
    except LandmarkError as error:
        st.error(str(error))
        return None
