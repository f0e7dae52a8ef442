"""From a film file to its row of numbers: the JSON object other tools read."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import numpy as np

from ..core.aasce import aasce_angles
from ..core.cobb import Curve, measure_curves
from ..core.crowding import doubts_about
from ..core.errors import LandmarkError, SpineError
from ..core.landmarks import STANDARD_LEVELS, Landmarks
from ..core.uncertainty import angle_interval
from ..imaging.load import read_radiograph
from .inference import predict
from .orientation import orientation_doubt


def aasce_or_none(landmarks: Landmarks, image_height: float) -> np.ndarray | None:
    """The three AASCE challenge angles (degrees), or None when the levels are not exactly T1-L5."""
    if landmarks.levels != STANDARD_LEVELS:
        return None
    try:
        return aasce_angles(landmarks.corners, image_height)
    except LandmarkError:
        return None


def film_row(path: str, model: str) -> dict:
    """One film as one JSON object; whatever is wrong with the film becomes ``ok: false`` and a sentence.

    Keys: file, model, ok, error, levels (V), landmarks (V x 4 x 2 pixels of the film, TL TR BL BR), sigma (V x 4 pixels
    or None), patient_left (the side of the film on which the patient's left is, None where the file does not say),
    curves (each with its side of the film and its 90 % interval or None), aasce (3 degrees or None), anomaly (above 1:
    hardly a spine film; or None), warnings, seconds (decode to result).
    """
    start = time.perf_counter()
    row = {"file": path, "model": model, "ok": False, "error": None, "levels": [], "landmarks": [], "sigma": None,
           "patient_left": None, "curves": [], "aasce": None, "anomaly": None, "warnings": [], "seconds": 0.0}
    try:
        row |= _measurements(Path(path), model)
    except SpineError as error:
        row["error"] = str(error)
    except Exception as error:  # a fault of ours on one film must not cost the user the films after it
        logging.getLogger(__name__).exception("Measuring %s failed", path)
        row["error"] = f"This film met a fault of the program ({type(error).__name__}): please report it."
    return row | {"ok": row["error"] is None, "seconds": round(time.perf_counter() - start, 4)}


def _measurements(path: Path, model: str) -> dict:
    film = read_radiograph(path)
    prediction = predict(film, model)
    landmarks = prediction.landmarks
    angles = aasce_or_none(landmarks, film.shape[0])
    curves, calibration = measure_curves(landmarks), prediction.card.calibration
    return {
        "levels": list(landmarks.levels),
        "landmarks": landmarks.corners.round(3).tolist(),
        "sigma": _sigma_rows(landmarks.sigma),
        "patient_left": film.patient_left,
        "curves": [_curve_row(curve, angle_interval(landmarks, curve, calibration)) for curve in curves],
        "aasce": None if angles is None else angles.round(3).tolist(),
        "anomaly": prediction.anomaly and round(prediction.anomaly, 3),
        "warnings": [*film.notes, *orientation_doubt(film), *prediction.warnings,
                     *doubts_about(landmarks, curves, calibration)],
    }


def _sigma_rows(sigma: np.ndarray) -> list[list[float | None]] | None:
    """(V, 4) pixels for JSON, which has no NaN: None for an unknown corner, or for all when none is known."""
    if np.isnan(sigma).all():
        return None
    return [[None if np.isnan(value) else round(value, 2) for value in row] for row in sigma.tolist()]


def _curve_row(curve: Curve, interval: tuple[float, float] | None) -> dict:
    return {"angle": round(curve.angle, 3), "interval": interval and [round(end, 3) for end in interval],
            "upper": curve.upper, "lower": curve.lower, "apex": curve.apex, "region": curve.region, "side": curve.side}
