"""Predicted corners against labels: the numbers of every row of cases.csv. The formulas stand in core.metrics.

Angles and corners are compared with the labels as published (raw). ``mre_film_order``, ``far`` and ``level_shift``
use the repaired labels, in which the vertebrae stand in the order of the film: some published labels put a vertebra
that lies above T1 last, which turns a perfect answer into an error of half a film.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..core.aasce import aasce_angles
from ..core.metrics import level_shift, on_grid, on_letterbox, radial_errors, smape_by_film
from ..core.uncertainty import WITHIN_1, WITHIN_2
from ..training.labels import LabelledFilm

FAR = 20.0
"""Pixels on the letterbox of core.metrics beyond which a corner sits on another structure."""


def score_films(corners: np.ndarray, films: list[LabelledFilm]) -> pd.DataFrame:
    """One row per film; NaN (level_shift: None) where ``corners`` (N, 17, 4, 2) are NaN because the film failed.

    aasce_1..3 and true_1..3 in degrees; smape in percent; largest_error = |aasce_1 - true_1|; mre_px in pixels of the
    film; mre_grid and mre_film_order on the 512 x 1024 grid; far: share of corners over 20 px off on the letterbox;
    level_shift: the whole chain is named one or more levels off.
    """
    shapes = np.array([film.shape for film in films])
    raw = np.stack([film.raw for film in films])
    ordered = np.stack([film.corners for film in films])
    truth = np.stack([film.angles for film in films])
    angles = np.stack([_angles(spine, film.shape[0]) for spine, film in zip(corners, films)])
    failed = np.isnan(angles).any(axis=1)
    far = radial_errors(on_letterbox(corners, shapes), on_letterbox(ordered, shapes)) > FAR
    columns = {f"aasce_{k + 1}": angles[:, k] for k in range(3)} | {f"true_{k + 1}": truth[:, k] for k in range(3)}
    columns |= {
        "smape": smape_by_film(angles, truth),
        "largest_error": np.abs(angles[:, 0] - truth[:, 0]),
        "mre_px": _mean_radial(corners, raw),
        "mre_grid": _mean_radial(on_grid(corners, shapes), on_grid(raw, shapes)),
        "mre_film_order": _mean_radial(on_grid(corners, shapes), on_grid(ordered, shapes)),
        "far": np.where(failed, np.nan, far.mean(axis=(1, 2))),
        "level_shift": np.where(failed, None, level_shift(corners, ordered)),
    }
    return pd.DataFrame(columns)


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
