"""``calibrate NAME``: learn how sure a model is from films it was not trained on, and write it beside its weights.

Legend
    reading  a validation film and what the model says about it, raw
    weight   of a corner: the corners of one data set weigh as much as those of the other, since a user may bring
             either kind of film
    score    error of the largest angle over sqrt(angle sigma^2 + floor^2), see ``core.uncertainty``; its 90 % quantile
             is taken for each data set by itself and the larger one kept, so that neither pays for the other
             (Vovk V. Conditional validity of inductive conformal predictors. ACML 2012)

The corners' sigma says how far a corner is off on the vertebra it is meant for: vertebrae taken for a neighbour are
left out of it (``scoring.rightly_named``), as are masked ones. The interval of an angle is learnt from every film that
was measured, its numbering slipped or not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from ..core.card import Calibration
from ..core.cobb import Curve, largest_curve, measure_curves
from ..core.errors import DataError, SpineError
from ..core.landmarks import STANDARD_LEVELS, Landmarks
from ..core.uncertainty import (
    NOMINAL,
    WITHIN_1,
    WITHIN_2,
    angle_interval,
    angle_sigma,
    calibrated_sigma,
    vertebra_widths,
)
from ..imaging.load import read_radiograph
from ..training.labels import LABEL_REVISION, LabelledFilm, load_fullbody, load_spineweb, read_table
from ..zoo.registry import keep_calibration
from .inference import detect, shared_model
from .scoring import rightly_named, score_sigma

DATA = "validation films of SpineWeb-16, split by case, and of the full-body set"
FOLDS = 5
SHARES, RADII = np.array([0.6827, 0.9545]), np.array([WITHIN_1, WITHIN_2])
FLOORS = np.concatenate([[0.0], np.geomspace(0.005, 1.0, 40)])
"""Candidates for what is added to the raw sigma before it is scaled, shares of the mean vertebra width."""
ANGLE_FLOORS = np.geomspace(0.25, 32.0, 43)
"""Candidates for the floor of an angle's sigma, degrees."""


@dataclass(frozen=True, eq=False)
class Reading:
    """A labelled film of one data set and the landmarks found on it, their sigma raw (NaN if the model gives none)."""

    dataset: str
    film: LabelledFilm
    landmarks: Landmarks

    @property
    def case(self) -> tuple[str, str]:
        """What must not be on both sides of a split."""
        return self.dataset, self.film.case_id

    def calibrated(self, calibration: Calibration) -> Landmarks:
        """The landmarks as a user gets them."""
        raw = None if np.isnan(self.landmarks.sigma).any() else self.landmarks.sigma
        return replace(self.landmarks, sigma=calibrated_sigma(self.landmarks.corners, raw, calibration))


def calibrate(name: str, data: Path) -> Calibration:
    """Calibrate model ``name`` on the validation films under ``data`` and write the result into its weights' .json.

    Raises ModelError when the model cannot be used, DataError when the films are not there or too few were measured.
    """
    shared_model(name)  # an unusable model ends it here, before the first film
    readings = read_films(name, data)
    calibration = fit(readings).model_copy(update={"expected": expectation(readings)})
    keep_calibration(name, calibration)
    return calibration


def calibration_table(calibration: Calibration) -> str:
    """Text table: what was learnt, then what new films should show."""
    facts = calibration.model_dump()
    facts |= facts.pop("expected")
    return "\n".join(f"{key:<32}{value:.3g}" if isinstance(value, float) else f"{key:<32}{value}"
                     for key, value in facts.items())


def validation_films(data: Path) -> list[tuple[str, LabelledFilm]]:
    """(data set, film) of every film held out from training, by the files in training/splits."""
    pools = {"spineweb16": load_spineweb(data, "training"), "fullbody": load_fullbody(data)}
    held_out = {(name, row["file"]) for name in pools for row in read_table(name) if row["part"] == "validation"}
    return [(name, film) for name, pool in pools.items() for film in pool if (name, film.path.name) in held_out]


def read_films(name: str, data: Path) -> list[Reading]:
    """What the model says about the validation films; a film without a complete result gives no reading."""
    readings = []
    for dataset, film in tqdm(validation_films(data), desc=f"{name} on validation films"):
        try:
            found = detect(read_radiograph(film.path), name)
            if found.levels == STANDARD_LEVELS:
                readings.append(Reading(dataset, film, Landmarks(found.corners, found.levels, found.sigma)))
        except SpineError as error:
            tqdm.write(f"{film.path.name}: {error}")
    return readings


def fit(readings: list[Reading]) -> Calibration:
    """The calibration that suits these readings best, ``expected`` left empty."""
    scale, floor = _fit_sigma(readings)
    calibration = Calibration(
        sigma_scale=scale, sigma_floor=floor, angle_quantile=0.0, angle_floor=0.0, films=len(readings), data=DATA,
        label_revision=LABEL_REVISION, expected={},
    )
    quantile, floor = _fit_interval(readings, calibration)
    return calibration.model_copy(update={"angle_quantile": quantile, "angle_floor": floor})


def expectation(readings: list[Reading], seed: int = 0) -> dict[str, float]:
    """``judge`` averaged over the films of each data set, every film judged by a fit that saw no film of its case.

    Keys: data set and column of ``judge``, without those that no film could tell.
    """
    cases = sorted({reading.case for reading in readings})
    place = dict(zip(cases, np.random.default_rng(seed).permutation(len(cases)) % FOLDS))
    folds = [[reading for reading in readings if place[reading.case] == fold] for fold in range(FOLDS)]
    rest = [[reading for reading in readings if place[reading.case] != fold] for fold in range(FOLDS)]
    rows = pd.concat([judge(held_out, fit(others)) for held_out, others in zip(folds, rest)])
    means = rows.groupby("dataset").mean().stack().dropna()
    return {f"{dataset}_{key}": round(value, 4) for (dataset, key), value in means.items()}


def judge(readings: list[Reading], calibration: Calibration) -> pd.DataFrame:
    """How well a calibration fits: one row per film.

    dataset; the columns of ``scoring.score_sigma``; covered: the published largest angle lies in its interval;
    interval_width in degrees; curves_covered: share of the label's clinical curves that lie in the interval of their
    counterpart, NaN when none has one.
    """
    landmarks = [reading.calibrated(calibration) for reading in readings]
    corners, sigma = np.stack([one.corners for one in landmarks]), np.stack([one.sigma for one in landmarks])
    intervals = np.array([angle_interval(one, largest_curve(one), calibration) for one in landmarks])
    truth = np.array([reading.film.angles[0] for reading in readings])
    rows = score_sigma(corners, sigma, [reading.film for reading in readings])
    return rows.assign(
        dataset=[reading.dataset for reading in readings],
        covered=(intervals[:, 0] <= truth) & (truth <= intervals[:, 1]),
        interval_width=np.ptp(intervals, axis=1),
        curves_covered=[_curves_covered(one, reading.film, calibration) for one, reading in zip(landmarks, readings)],
    )


def _curves_covered(landmarks: Landmarks, film: LabelledFilm, calibration: Calibration) -> float:
    """See ``judge``; the counterpart of a curve bends to the same side and shares the most levels with it."""
    found, hits = measure_curves(landmarks), []
    for true in measure_curves(Landmarks(film.corners)):
        common = [_common_levels(curve, true) if curve.side == true.side else 0 for curve in found]
        if any(common):
            low, high = angle_interval(landmarks, found[int(np.argmax(common))], calibration)
            hits.append(low <= true.angle <= high)
    return float(np.mean(hits)) if hits else np.nan


def _common_levels(one: Curve, other: Curve) -> int:
    """Number of steps between vertebrae that two curves have in common."""
    ends = [(STANDARD_LEVELS.index(curve.upper), STANDARD_LEVELS.index(curve.lower)) for curve in (one, other)]
    return max(0, min(ends[0][1], ends[1][1]) - max(ends[0][0], ends[1][0]))


def _fit_sigma(readings: list[Reading]) -> tuple[float, float]:
    """(sigma_scale, sigma_floor) of ``core.card.Calibration``.

    For every floor the scale is the geometric mean of the one that 68 % of corners ask for and the one that 95 % do;
    of the floors the one with the smallest quantile (pinball) loss is best, which tells knowledge from luck: a floor
    that levels out what the model knows about single corners costs more than it gains. Both are robust to outliers.
    """
    apart, raw, width, weight = _corner_table(readings)
    if not raw.any():
        return 0.0, float(np.sqrt(_asked_scales(apart / width, weight).prod()))
    fits = []
    for floor in FLOORS:
        spread = np.hypot(raw, floor * width)
        scale = float(np.sqrt(_asked_scales(apart / spread, weight).prod()))
        fits.append((_pinball(apart / width, scale * spread / width, weight), scale, scale * float(floor)))
    return min(fits)[1:]


def _asked_scales(radius: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """(2,) factors on sigma that put 68.3 % of corners within 1 sigma, and 95.4 % within 2."""
    return np.quantile(radius, SHARES, weights=weight, method="inverted_cdf") / RADII


def _pinball(apart: np.ndarray, sigma: np.ndarray, weight: np.ndarray) -> float:
    """Mean quantile loss of calling the RADII of sigma the SHARES quantiles of the distances."""
    beyond = apart[:, None] - RADII * sigma[:, None]
    return float(np.average(np.maximum(SHARES * beyond, (SHARES - 1) * beyond).sum(axis=1), weights=weight))


def _corner_table(readings: list[Reading]) -> tuple[np.ndarray, ...]:
    """Per corner that counts: distance to the label, raw sigma (0 without), mean vertebra width (pixels), weight."""
    rows = []
    for reading in readings:
        corners, scored = reading.landmarks.corners, rightly_named(reading.landmarks.corners, reading.film)
        apart = np.linalg.norm(corners - reading.film.corners, axis=-1)[scored].ravel()
        raw = np.nan_to_num(reading.landmarks.sigma)[scored].ravel()
        width = np.full(apart.size, vertebra_widths(corners).mean())
        rows.append((np.full(apart.size, reading.dataset), apart, raw, width))
    dataset, apart, raw, width = (np.concatenate(column) for column in zip(*rows))
    if not apart.size:
        raise DataError("No validation film was numbered rightly, so the corners' sigma cannot be calibrated.")
    return apart, raw, width, _equal_weights(dataset)


def _fit_interval(readings: list[Reading], calibration: Calibration) -> tuple[float, float]:
    """(angle_quantile, angle_floor): of all floors the one with the narrowest intervals at its own quantile."""
    dataset = np.array([reading.dataset for reading in readings])
    error, sigma = np.array([_largest(reading, calibration) for reading in readings]).T
    fits = []
    for floor in ANGLE_FLOORS:
        spread = np.hypot(sigma, floor)
        quantile = max(conformal_quantile((error / spread)[dataset == name]) for name in np.unique(dataset))
        fits.append((quantile * spread.mean(), quantile, float(floor)))
    return min(fits)[1:]


def _largest(reading: Reading, calibration: Calibration) -> tuple[float, float]:
    """Error and sigma of the largest angle, degrees."""
    landmarks = reading.calibrated(calibration)
    curve = largest_curve(landmarks)
    return abs(curve.angle - reading.film.angles[0]), angle_sigma(landmarks, curve.upper, curve.lower)


def conformal_quantile(scores: np.ndarray) -> float:
    """The score that NOMINAL of films do not exceed, with one more film to come that may be worse than all.

    Raises DataError when there are too few films for a bound.
    """
    rank = ceil(NOMINAL * (len(scores) + 1))
    if rank > len(scores):
        raise DataError(f"{len(scores)} measured films are too few to bound {NOMINAL:.0%} of the angles.")
    return float(np.sort(scores)[rank - 1])


def _equal_weights(dataset: np.ndarray) -> np.ndarray:
    """(N,) weights with which every data set weighs 1 in all."""
    _, which, count = np.unique(dataset, return_inverse=True, return_counts=True)
    return 1 / count[which]
