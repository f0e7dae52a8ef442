"""Predicted corners against labels: the numbers of every row of cases.csv. The formulas stand in core.metrics.

Angles and corners are compared with the labels as published (raw). What says so, and the level shift, is compared with
the repaired labels, in which the vertebrae stand in the order of the film: some published labels put a vertebra that
lies above T1 last, which turns a perfect answer into an error of half a film.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..core.aasce import aasce_angles
from ..core.cobb import largest_curve
from ..core.crowding import CLOSEST, spacing
from ..core.landmarks import STANDARD_LEVELS, Landmarks
from ..core.metrics import (
    aligned_errors,
    level_shift,
    level_shifts,
    nmse_by_film,
    on_grid,
    on_letterbox,
    radial_errors,
    smape_by_film,
)
from ..core.uncertainty import WITHIN_1, WITHIN_2, vertebra_widths
from ..training.labels import LabelledFilm
from .overlap import overlap

FAR = 20.0
"""Pixels on the letterbox of core.metrics beyond which a corner sits on another structure."""


def score_films(corners: np.ndarray, films: list[LabelledFilm]) -> pd.DataFrame:
    """One row per film; NaN (level_shift: None) where ``corners`` (N, 17, 4, 2) are NaN because the film failed.

    The columns of ``score_angles``, ``score_corners`` and ``score_curves``, and of ``overlap.overlap``.
    """
    shapes = [film.shape for film in films]
    areas = [overlap(spine, film.corners, shape) for spine, film, shape in zip(corners, films, shapes)]
    return pd.concat([score_angles(corners, films), score_corners(corners, films), score_curves(corners, films),
                      pd.DataFrame(areas)], axis=1)


def score_angles(corners: np.ndarray, films: list[LabelledFilm]) -> pd.DataFrame:
    """Challenge angles: aasce_1..3 and published true_1..3 in degrees; smape in percent.

    largest_error = |aasce_1 - true_1|; smape_repaired and largest_error_repaired against the repaired labels' angles.
    """
    truth = np.stack([film.angles for film in films])
    repaired = np.stack([aasce_angles(film.corners, film.shape[0]) for film in films])
    angles = np.stack([_angles(spine, film.shape[0]) for spine, film in zip(corners, films)])
    columns = {f"aasce_{k + 1}": angles[:, k] for k in range(3)} | {f"true_{k + 1}": truth[:, k] for k in range(3)}
    return pd.DataFrame(columns | {
        "smape": smape_by_film(angles, truth),
        "largest_error": np.abs(angles[:, 0] - truth[:, 0]),
        "smape_repaired": smape_by_film(angles, repaired),
        "largest_error_repaired": np.abs(angles[:, 0] - repaired[:, 0]),
    })


def score_corners(corners: np.ndarray, films: list[LabelledFilm]) -> pd.DataFrame:
    """Mean radial errors: mre_px in pixels of the film; mre_grid and mre_film_order (repaired) on the 512 x 1024 grid.

    mre_widths: repaired labels, in mean widths of the label's vertebrae; mre_aligned: repaired, unmasked vertebrae, on
    the grid, after the numbering slip is taken back; nmse: see ``core.metrics``; far: share of corners over 20 px off
    on the letterbox, repaired; level_shift: the whole chain is named one or more levels off, by ``shift`` levels;
    crowded: two neighbours lie closer together than vertebrae do (``core.crowding``), whatever the label says.
    """
    shapes = np.array([film.shape for film in films])
    raw = np.stack([film.raw for film in films])
    ordered = np.stack([film.corners for film in films])
    on_film, gridded = radial_errors(corners, ordered), on_grid(corners, shapes)
    failed = np.isnan(on_film).any(axis=(1, 2))
    widths = np.array([vertebra_widths(film.corners).mean() for film in films])
    far = radial_errors(on_letterbox(corners, shapes), on_letterbox(ordered, shapes)) > FAR
    shift = level_shifts(corners, ordered)
    return pd.DataFrame({
        "mre_px": _mean_radial(corners, raw),
        "mre_grid": _mean_radial(gridded, on_grid(raw, shapes)),
        "mre_film_order": _mean_radial(gridded, on_grid(ordered, shapes)),
        "mre_widths": on_film.mean(axis=(1, 2)) / widths,
        "mre_aligned": [_mean_measured(errors) for errors in placing_errors(corners, films)],
        "nmse": nmse_by_film(corners, raw, shapes),
        "far": np.where(failed, np.nan, far.mean(axis=(1, 2))),
        "shift": np.where(failed, np.nan, shift),
        "level_shift": np.where(failed, None, shift != 0),
        "crowded": np.where(failed, None, (spacing(corners.mean(axis=2)) < CLOSEST).any(axis=1)),
    })


def placing_errors(corners: np.ndarray, films: list[LabelledFilm]) -> np.ndarray:
    """(N, 17, 4) px on the 512 x 1024 grid: ``aligned_errors`` to the repaired labels; NaN for masked vertebrae."""
    shapes = np.array([film.shape for film in films])
    ordered = np.stack([film.corners for film in films])
    errors = aligned_errors(on_grid(corners, shapes), on_grid(ordered, shapes))
    errors[~np.stack([film.valid for film in films])] = np.nan
    return errors


def score_curves(corners: np.ndarray, films: list[LabelledFilm]) -> pd.DataFrame:
    """The largest clinical curve, repaired labels: largest_clinical and true_clinical in degrees, end vertebrae.

    upper, lower, true_upper, true_lower: level names; ends_exact and ends_near: share of the two that are right, and
    that are at most one level off.
    """
    rows = []
    for spine, film in zip(corners, films):
        true = largest_curve(Landmarks(film.corners))
        row = {"largest_clinical": np.nan, "true_clinical": true.angle, "upper": None, "lower": None,
               "true_upper": true.upper, "true_lower": true.lower, "ends_exact": np.nan, "ends_near": np.nan}
        if np.isfinite(spine).all():
            found = largest_curve(Landmarks(spine))
            apart = np.array([abs(_rank(found.upper) - _rank(true.upper)), abs(_rank(found.lower) - _rank(true.lower))])
            row |= {"largest_clinical": found.angle, "upper": found.upper, "lower": found.lower,
                    "ends_exact": (apart == 0).mean(), "ends_near": (apart <= 1).mean()}
        rows.append(row)
    return pd.DataFrame(rows)


def score_sigma(corners: np.ndarray, sigma: np.ndarray, films: list[LabelledFilm]) -> pd.DataFrame:
    """One row per film: does sigma (N, 17, 4), pixels, say how far ``corners`` are from the repaired labels?

    within_1_sigma, within_2_sigma: share of corners as near as ``core.uncertainty`` promises, 0.683 and 0.954 if true;
    axis_1_sigma, axis_2_sigma: share of coordinates within 1 and 2 sigma, the same. Of ``rightly_named`` vertebrae
    only; NaN when there is none, or no sigma.
    """
    rows = []
    for spine, spread, film in zip(corners, sigma, films):
        counts = rightly_named(spine, film) & np.isfinite(spread).all(axis=1)
        apart = np.abs(spine - film.corners)[counts] / spread[counts, :, None]
        radius = np.linalg.norm(apart, axis=-1)
        hits = {"within_1_sigma": radius <= WITHIN_1, "within_2_sigma": radius <= WITHIN_2,
                "axis_1_sigma": apart <= 1, "axis_2_sigma": apart <= 2}
        rows.append({key: hit.mean() if counts.any() else np.nan for key, hit in hits.items()})
    return pd.DataFrame(rows)


def rightly_named(spine: np.ndarray, film: LabelledFilm) -> np.ndarray:
    """(17,) bool: vertebrae of corners (17, 4, 2) whose distance to the label says how well their corners are placed.

    Left out: masked ones, all of a film whose numbering slipped as a whole, and one that lies nearer to another
    vertebra of the label than to its own. Above the first and below the last the label is thought to go on.
    """
    if not film.level_valid or level_shift(spine[None], film.corners[None])[0]:
        return np.zeros(len(spine), bool)
    label = film.corners.mean(axis=1)
    label = np.concatenate([[2 * label[0] - label[1]], label, [2 * label[-1] - label[-2]]])
    apart = np.linalg.norm(spine.mean(axis=1)[:, None] - label, axis=-1)
    return film.valid & (apart.argmin(axis=1) == np.arange(1, len(spine) + 1))


def covered(cases: pd.DataFrame) -> pd.Series:
    """1.0 where the published largest angle lies in the film's interval, 0.0 where not, NaN without an interval."""
    inside = cases["true_1"].between(cases["interval_low"], cases["interval_high"]).astype(float)
    return inside.where(cases["interval_low"].notna())


def _angles(spine: np.ndarray, height: float) -> np.ndarray:
    return aasce_angles(spine, height) if np.isfinite(spine).all() else np.full(3, np.nan)


def _mean_radial(corners: np.ndarray, truth: np.ndarray) -> np.ndarray:
    return radial_errors(corners, truth).mean(axis=(1, 2))


def _mean_measured(errors: np.ndarray) -> float:
    there = np.isfinite(errors)
    return float(errors[there].mean()) if there.any() else np.nan


def _rank(level: str) -> int:
    return STANDARD_LEVELS.index(level)
