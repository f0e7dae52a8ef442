"""One film through one model. The only service that runs a network."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import torch

from ..core.card import ModelCard
from ..core.errors import DetectionError, LandmarkError, ModelError
from ..core.landmarks import Landmarks
from ..core.prediction import Prediction
from ..core.radiograph import Radiograph
from ..core.uncertainty import calibrated_sigma
from ..zoo import list_models, load_model
from ..zoo._model import Detection, SpineModel
from .gate import GATE, WARNING, doubted
from .masks import level_mask
from .plausibility import check_spine, doubts

if TYPE_CHECKING:
    from ..zoo.randgan import Doubt, RandGan

ONE_AT_A_TIME = threading.Semaphore()
"""Guards loading and inference: several networks at once on the same cores all finish last."""

torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS") or os.cpu_count() or 1))

_ONE_LOAD = threading.Lock()


def shared_model(name: str) -> tuple[SpineModel, ModelCard]:
    """A model and its card, loaded once and shared by every caller: never change it. The last four are kept.

    Raises ModelError when the model is unknown, untrained, broken or has foreign weights.
    """
    with _ONE_LOAD:  # the cache alone would let two callers load the same model, and memory hold it twice
        return _loaded(name)


@lru_cache(maxsize=4)
def _loaded(name: str) -> tuple[SpineModel, ModelCard]:
    model = load_model(name)
    return model, next(entry.card for entry in list_models() if entry.name == name)


def predict(radiograph: Radiograph, name: str) -> Prediction:
    """Landmarks with calibrated sigma, level mask, the gate's score and warnings of model ``name`` for one film.

    Raises ModelError (see ``shared_model``), DetectionError when the model finds no plausible spine.
    """
    found, card = detect(radiograph, name), shared_model(name)[1]
    start = time.perf_counter()
    sigma = calibrated_sigma(found.corners, found.sigma, card.calibration)
    try:
        landmarks = Landmarks(found.corners, found.levels, sigma)
    except LandmarkError as error:
        raise DetectionError(f"The model's answer is not a spine: {error}") from error
    warnings = doubts(landmarks.corners, found.confidence, landmarks.levels, radiograph.shape, card.input_size[0])
    mask = level_mask(landmarks.corners, radiograph.shape) if found.mask is None else found.mask
    doubt = judge(radiograph)
    timings = {**found.timings, "mask and checks": time.perf_counter() - start}
    gate = (WARNING,) if doubted(doubt) else ()
    said = tuple(dict.fromkeys((*gate, *found.warnings, *warnings)))  # model and checks may doubt the same
    return Prediction(landmarks, mask, found.confidence, card, timings, said, doubt and doubt.score)


def judge(radiograph: Radiograph) -> Doubt | None:
    """What the gate says about a film; None where it has no weights: then nothing is doubted."""
    model = gate_model()
    if model is None:
        return None
    with ONE_AT_A_TIME:
        return model.judge(radiograph.pixels)


@cache
def gate_model() -> RandGan | None:
    """The gate, loaded once and shared: never change it."""
    try:
        return shared_model(GATE)[0]
    except ModelError:
        return None


def detect(radiograph: Radiograph, name: str) -> Detection:
    """The network's own answer, checked to be a spine, its sigma still raw; raises as ``predict`` does."""
    with ONE_AT_A_TIME:
        model, _ = shared_model(name)
        start = time.perf_counter()
        with torch.inference_mode():
            found = model.detect(radiograph.pixels)
        network = time.perf_counter() - start
    check_spine(found.corners, radiograph.shape)
    return replace(found, timings={**found.timings, "network": network})
