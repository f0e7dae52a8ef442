"""Measure every labelled film of a set with one model and keep what came out."""

from __future__ import annotations

import hashlib
import io
import json
import logging
import time
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from ..core.card import ModelCard
from ..core.cobb import largest_curve
from ..core.errors import DetectionError, ModelError, SpineError
from ..core.landmarks import STANDARD_LEVELS
from ..core.metrics import METRIC_VERSION
from ..core.uncertainty import angle_interval
from ..imaging.load import read_radiograph
from .case_table import MEASURED, identify, scored
from .film_runs import SCRATCH, Runner, in_processes, peak_memory_mb, run_resumably
from .inference import predict, shared_model
from .label_store import keep_labels
from .labelled_sets import SPLITS, LabelledSet, Split, open_set
from .measuring import aasce_or_none
from .provenance import provenance
from .store import CARD, LANDMARKS, RUN, STORE, replace_folder, run_folder

__all__ = ["SPLITS", "Split", "evaluate_model", "measure"]

V = len(STANDARD_LEVELS)


def evaluate_model(name: str, data: Path, split: str, store: Path = STORE, runner: Runner = in_processes,
                   scratch: Path = SCRATCH) -> Path:
    """Run model ``name`` over the films of ``labelled_sets.open_set`` and return the result's folder in the store.

    Raises ModelError when the model cannot be used, DataError when the films are not there. A film that fails is kept
    as a failure with its reason. Killed and started again, it goes on after the films that were done.
    """
    _, card = shared_model(name)
    labelled = open_set(data, split)
    folder = run_folder(card, labelled.dataset, labelled.revision, labelled.split, store)
    facts = provenance()
    place = scratch / labelled.split / f"{folder.name}-{_code(card, facts)}"
    work = partial(measure, name=name, sha256=card.training.sha256)
    outcomes = run_resumably(work, [film.path for film in labelled.films], place, runner, f"{name} on {labelled.split}")
    keep_labels(folder.parent, labelled.films)
    replace_folder(folder, run_contents(card, labelled, outcomes, facts))
    return folder


def measure(film: Path, name: str, sha256: str) -> dict:
    """What model ``name`` with these weights says about one film, as JSON can hold it.

    ok; error: sentence or None; corners (17, 4, 2) and sigma (17, 4) px, None on failure; interval of the largest
    angle (degrees) or None; seconds from decoding to the result, core_seconds of processor time of this thread;
    peak_mb of this process. Raises ModelError when the weights here are others, as on a worker of a cluster.
    """
    _, card = shared_model(name)
    if card.training.sha256 != sha256:
        raise ModelError(f"The weights of {name} differ between the machines of the cluster: install the same version.")
    outcome = {"ok": False, "error": None, "corners": None, "sigma": None, "interval": None}
    start, core_start = time.perf_counter(), time.thread_time()
    try:
        outcome |= _measurement(film, name) | {"ok": True}
    except SpineError as error:
        outcome["error"] = str(error)
    except Exception as error:  # a fault of ours on one film must not cost the films after it
        logging.getLogger(__name__).exception("Measuring %s failed", film)
        outcome["error"] = f"This film met a fault of the program ({type(error).__name__}): please report it."
    return outcome | {"seconds": time.perf_counter() - start, "core_seconds": time.thread_time() - core_start,
                      "peak_mb": peak_memory_mb()}


def _measurement(film: Path, name: str) -> dict:
    radiograph = read_radiograph(film)
    prediction = predict(radiograph, name)
    landmarks = prediction.landmarks
    if aasce_or_none(landmarks, radiograph.shape[0]) is None:
        raise DetectionError(f"Only {len(landmarks)} of the 17 vertebrae T1-L5 were found.")
    interval = angle_interval(landmarks, largest_curve(landmarks), prediction.card.calibration)
    return {"corners": landmarks.corners.tolist(), "sigma": landmarks.sigma.tolist(), "interval": interval}


def run_contents(card: ModelCard, labelled: LabelledSet, outcomes: list[dict], facts: dict) -> dict[str, bytes]:
    """The files of a result folder, by name, from the ``measure`` of every film."""
    corners = np.array([outcome["corners"] or np.full((V, 4, 2), np.nan) for outcome in outcomes], np.float32)
    sigma = np.array([outcome["sigma"] or np.full((V, 4), np.nan) for outcome in outcomes], np.float32)
    low, high = np.array([outcome["interval"] or (np.nan, np.nan) for outcome in outcomes]).T
    found = pd.DataFrame(outcomes).assign(interval_low=low, interval_high=high)[MEASURED]
    cases = pd.concat([identify(labelled.films, labelled.dataset, labelled.split), found], axis=1)
    peak = max(outcome["peak_mb"] for outcome in outcomes)
    facts = facts | {"metric_version": METRIC_VERSION, "seed": card.training.seed, "threads": 1,
                     "peak_mb": round(peak, 1)}
    return {CARD: (card.model_dump_json(indent=2) + "\n").encode(), RUN: (json.dumps(facts, indent=2) + "\n").encode(),
            LANDMARKS: _npz(corners=corners, sigma=sigma), **scored(cases, corners, sigma, labelled.films)}


def _code(card: ModelCard, facts: dict) -> str:
    """What results of one run must have in common: calibration and program."""
    said = f"{card.calibration and card.calibration.model_dump_json()} {facts['git']}"
    return hashlib.sha256(said.encode()).hexdigest()[:8]


def _npz(**arrays: np.ndarray) -> bytes:
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)
    return content.getvalue()
