"""One film through one model, once per session, as everything the Measure page shows."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock, Thread

import numpy as np
import streamlit as st

from spine_models.core.cobb import Curve, largest_curve, measure_curves
from spine_models.core.errors import SpineError
from spine_models.core.landmarks import Landmarks
from spine_models.ui.films import OpenFilm
from spine_models.zoo import ModelEntry


@dataclass(frozen=True, eq=False)
class Measurement:
    """Landmarks of one film and what was measured on them.

    largest: the curve of the largest angle, given even under 10 degrees, where ``curves`` is empty.
    aasce: the three challenge angles in degrees, None unless the levels are T1-L5. seconds: from bytes to result.
    version: changes with film, model and weights. warnings: sentences for the user.
    """

    landmarks: Landmarks
    curves: tuple[Curve, ...]
    largest: Curve
    aasce: np.ndarray | None
    warnings: tuple[str, ...]
    seconds: float
    version: str


# Loading parses source code, and Python 3.11 must not do so in two threads at once ("recursion depth mismatch").
_ONE_LOAD = Lock()


@st.cache_resource(max_entries=32, show_spinner=False)
def warm_up(name: str) -> Thread:
    """Load a model while the user still looks for a film; once per model and server, in the background."""

    def load() -> None:
        with _ONE_LOAD, suppress(SpineError):  # said to the user when a film is measured
            from spine_models.service.inference import shared_model

            shared_model(name)

    thread = Thread(target=load, daemon=True)
    thread.start()
    return thread


def measure_film(film: OpenFilm, model: ModelEntry) -> Measurement:
    """Measure a film with a trained model; raises SpineError with a sentence for the user."""
    return _measure(film.radiograph.sha256, model.name, model.card.training.sha256, film)


@st.cache_resource(scope="session", max_entries=16, show_spinner="Measuring…")
def _measure(sha256: str, name: str, weights: str, _film: OpenFilm) -> Measurement:
    warm_up(name).join()
    # Imported here: they bring torch, which a page that measures nothing must not wait for.
    from spine_models.service.inference import predict
    from spine_models.service.measuring import aasce_or_none

    start = time.perf_counter()
    prediction = predict(_film.radiograph, name)
    landmarks = prediction.landmarks
    return Measurement(
        landmarks=landmarks,
        curves=measure_curves(landmarks),
        largest=largest_curve(landmarks),
        aasce=aasce_or_none(landmarks, _film.radiograph.shape[0]),
        warnings=prediction.warnings,
        seconds=_film.seconds + time.perf_counter() - start,
        version=f"{sha256}/{name}/{weights}",
    )
