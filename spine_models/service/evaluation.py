"""Measure every labelled film of a split with one model and keep what came out."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from ..core.cobb import largest_curve
from ..core.errors import DetectionError, SpineError
from ..core.landmarks import STANDARD_LEVELS
from ..core.metrics import METRIC_VERSION
from ..core.uncertainty import angle_interval
from ..imaging.load import read_radiograph
from ..training.labels import LABEL_REVISION, LabelledFilm, load_fullbody, load_spineweb, read_table
from .inference import predict, shared_model
from .measuring import aasce_or_none
from .provenance import provenance
from .scoring import covered, score_films, score_sigma
from .store import STORE, run_folder, write_run

MISSING = np.full((len(STANDARD_LEVELS), 4, 2), np.nan)


@dataclass(frozen=True)
class Split:
    """A set of labelled films: the data set's name, how to load them, and which part each belongs to."""

    dataset: str
    load: Callable[[Path], list[LabelledFilm]]


def _validation(data: Path) -> list[LabelledFilm]:
    held_out = {row["file"] for row in read_table("spineweb16") if row["part"] == "validation"}
    return [film for film in load_spineweb(data, "training") if film.path.name in held_out]


SPLITS = {
    "test": Split("spineweb16", lambda data: load_spineweb(data, "test")),
    "validation": Split("spineweb16", _validation),
    "fullbody": Split("aasce_challenge", load_fullbody),
}


def evaluate_model(name: str, data: Path, split: str, store: Path = STORE) -> Path:
    """Run model ``name`` over a split and return the folder in the store that now holds the result.

    Raises ModelError when the model cannot be used, DataError when the films are not there. A film that fails is kept
    as a failure with its reason.
    """
    _, card = shared_model(name)
    films = SPLITS[split].load(data)
    outcomes = [_measure(film, name) for film in tqdm(films, desc=f"{name} on {split}")]
    corners, sigma = (np.stack([outcome.pop(key) for outcome in outcomes]) for key in ("corners", "sigma"))
    scores = score_films(corners, films), score_sigma(corners, sigma, films)
    cases = pd.concat([_identity(films, split), pd.DataFrame(outcomes), *scores], axis=1)
    cases = cases.assign(covered=covered, interval_width=lambda rows: rows["interval_high"] - rows["interval_low"])
    folder = run_folder(card, SPLITS[split].dataset, LABEL_REVISION, split, store)
    facts = provenance() | {"metric_version": METRIC_VERSION, "seed": card.training.seed}
    write_run(folder, card, cases, corners, facts)
    return folder


def _identity(films: list[LabelledFilm], split: str) -> pd.DataFrame:
    """Which film a row is about: file, case, part (the half of a split by file, else the split), clean, twin."""
    halves = {row["file"]: row["part"] for row in read_table("fullbody")} if split == "fullbody" else {}
    rows = [{"file": film.path.name, "case_id": film.case_id, "part": halves.get(film.path.name, split),
             "clean": film.clean, "twin": film.twin} for film in films]
    return pd.DataFrame(rows)


def _measure(film: LabelledFilm, name: str) -> dict:
    """ok, error, seconds (decode to result), corners (17, 4, 2), their sigma, largest clinical angle, its interval.

    All numbers are NaN on failure, sigma and interval also for a model without calibration.
    """
    start = time.perf_counter()
    outcome = {"ok": True, "error": None, "corners": MISSING, "sigma": MISSING[..., 0], "largest_clinical": np.nan,
               "interval_low": np.nan, "interval_high": np.nan}
    try:
        radiograph = read_radiograph(film.path)
        prediction = predict(radiograph, name)
        landmarks = prediction.landmarks
        if aasce_or_none(landmarks, radiograph.shape[0]) is None:
            raise DetectionError(f"Only {len(landmarks)} of the 17 vertebrae T1-L5 were found.")
        largest = largest_curve(landmarks)
        low, high = angle_interval(landmarks, largest, prediction.card.calibration) or (np.nan, np.nan)
        outcome |= {"corners": landmarks.corners, "sigma": landmarks.sigma, "largest_clinical": largest.angle,
                    "interval_low": low, "interval_high": high}
    except SpineError as error:
        outcome |= {"ok": False, "error": str(error)}
    return outcome | {"seconds": time.perf_counter() - start}
