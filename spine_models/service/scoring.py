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


def _angles(spine: np.ndarray, height: float) -> np.ndarray:
    return aasce_angles(spine, height) if np.isfinite(spine).all() else np.full(3, np.nan)


def _mean_radial(corners: np.ndarray, truth: np.ndarray) -> np.ndarray:
    return radial_errors(corners, truth).mean(axis=(1, 2))
