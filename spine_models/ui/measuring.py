"""What a model says about a film, once per server, and what is measured on landmarks, at every change of them."""

from __future__ import annotations

import time
from concurrent.futures import Future, wait
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from threading import Thread

import numpy as np
import streamlit as st

from spine_models.core.card import ModelCard
from spine_models.core.cobb import Curve, largest_curve, measure_curves
from spine_models.core.crowding import doubts_about
from spine_models.core.errors import DetectionError, ModelError, SpineError
from spine_models.core.landmarks import Landmarks
from spine_models.core.uncertainty import angle_interval
from spine_models.service.film_queue import FilmQueue, place_in_line
from spine_models.ui.films import OpenFilm
from spine_models.ui.models import why_unusable
from spine_models.zoo import ModelEntry


@dataclass(frozen=True, eq=False)
class Reading:
    """A model's answer for a film. warnings: sentences for the user. seconds: from bytes to landmarks."""

    landmarks: Landmarks
    card: ModelCard
    warnings: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, eq=False)
class Measurement:
    """What was measured on landmarks.

    largest: the curve of the largest angle, given even under 10 degrees, where ``curves`` is empty.
    intervals: for each curve the degrees between which its angle lies on 90 % of films, None where that is unknown.
    aasce: the three challenge angles in degrees, None unless the levels are T1-L5. doubts: sentences for the user.
    """

    curves: tuple[Curve, ...]
    largest: Curve
    intervals: tuple[tuple[float, float] | None, ...]
    aasce: np.ndarray | None
    doubts: tuple[str, ...]


QUEUE_LOOK = 0.3  # seconds between two looks at the place in the queue


@st.cache_resource(max_entries=32, show_spinner=False)
def warm_up(name: str) -> Thread:
    """Load a model while the user still looks for a film; once per model and server, in the background."""

    def load() -> None:
        with suppress(SpineError):  # said to the user when a film is measured
            from spine_models.service.inference import shared_model

            shared_model(name)

    thread = Thread(target=load, daemon=True)
    thread.start()
    return thread


def read_film(film: OpenFilm, model: ModelEntry) -> Reading:
    """Landmarks of a film by a model; raises SpineError with a sentence for the user."""
    if obstacle := why_unusable(model):
        raise ModelError(obstacle)
    key = film.view.id, model.name, model.card.training.sha256
    ticket = _ticket(*key, film)
    if not ticket.done():
        _wait(ticket)
    if ticket.exception() and not isinstance(ticket.exception(), DetectionError):
        _ticket.clear(*key, film)  # the next try is a new one; that there is no spine is an answer and stays
    return ticket.result()


@st.cache_resource(show_spinner=False)
def _queue() -> FilmQueue:
    return FilmQueue()


@st.cache_resource(max_entries=64, show_spinner=False)
def _ticket(film_id: str, name: str, weights: str, _film: OpenFilm) -> Future[Reading]:
    return _queue().add(partial(_read, _film, name))


def _wait(ticket: Future[Reading]) -> None:
    """Show the place in the queue until it is this film's turn, then that it is being measured."""
    spot = st.empty()
    while before := _queue().before(ticket):
        spot.info(place_in_line(before), icon=":material/hourglass_top:")
        wait([ticket], timeout=QUEUE_LOOK)
    with spot, st.spinner("Measuring…"):
        wait([ticket])
    spot.empty()


def _read(film: OpenFilm, name: str) -> Reading:
    """Runs in the queue's own thread."""
    from spine_models.service.inference import predict  # brings torch, which the first page must not wait for

    start = time.perf_counter()
    prediction = predict(film.radiograph, name)
    seconds = film.seconds + time.perf_counter() - start
    return Reading(prediction.landmarks, prediction.card, prediction.warnings, seconds)


def measure(landmarks: Landmarks, film_height: int, card: ModelCard | None) -> Measurement:
    """Measure landmarks on a film so high (pixels); card: of the model that placed those no human has placed.

    Raises LandmarkError for fewer than two vertebrae or one without width.
    """
    from spine_models.service.measuring import aasce_or_none  # brings torch, as above

    calibration = card and card.calibration
    curves = measure_curves(landmarks)
    return Measurement(
        curves=curves,
        largest=largest_curve(landmarks),
        intervals=tuple(angle_interval(landmarks, curve, calibration) for curve in curves),
        aasce=aasce_or_none(landmarks, film_height),
        doubts=doubts_about(landmarks, curves, calibration),
    )
