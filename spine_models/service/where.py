"""Where on the spine a model errs: per level and corner, and how many corners lie within which distance.

Distances are pixels on the 512 x 1024 grid, to the repaired labels, after a numbering slip of the whole chain is taken
back (``scoring.placing_errors``): they say how well corners are placed; how often the numbering slips is said apart.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..core.landmarks import CORNERS, STANDARD_LEVELS
from ..core.metrics import detection_rate, on_grid, radial_errors
from .store import Run

RADII = np.arange(0.0, 51.0)
"""Pixels on the 512 x 1024 grid at which the detection curve is given."""


def errors_by_corner(run: Run, rows: np.ndarray | None = None) -> pd.DataFrame:
    """Long table: level, corner, films, mean, median, p95; films: those with a finite error there.

    rows: (N,) bool, the films that count; all when None. Raises DataError when the store has no labels.
    """
    errors = run.placing[_rows(run, rows)]
    table = [(level, corner, *_spread(errors[:, v, c]))
             for v, level in enumerate(STANDARD_LEVELS) for c, corner in enumerate(CORNERS)]
    return pd.DataFrame(table, columns=["level", "corner", "films", "mean", "median", "p95"])


def errors_by_level(run: Run, rows: np.ndarray | None = None) -> pd.DataFrame:
    """As ``errors_by_corner``, the four corners of a level together: level, films, mean, median, p95."""
    errors = run.placing[_rows(run, rows)].mean(axis=2)
    table = [(level, *_spread(errors[:, v])) for v, level in enumerate(STANDARD_LEVELS)]
    return pd.DataFrame(table, columns=["level", "films", "mean", "median", "p95"])


def detection_curve(run: Run, rows: np.ndarray | None = None) -> pd.DataFrame:
    """Successful detection rate at RADII: radius, published, aligned.

    published: share of corners within the radius of the label as published, numbering and all; aligned: after the
    numbering slip is taken back, of the corners that then have a counterpart. Corners of failed films are not found.
    """
    rows = _rows(run, rows)
    films = [film for film, counts in zip(run.labels, rows) if counts]
    corners = run.corners[rows].astype(float)
    shapes = np.array([film.shape for film in films])
    raw = np.stack([film.raw for film in films])
    published = radial_errors(on_grid(corners, shapes), on_grid(raw, shapes))
    aligned = run.placing[rows]
    counts = np.isfinite(aligned) | np.isnan(corners).any(axis=(1, 2, 3))[:, None, None]
    return pd.DataFrame({"radius": RADII, "published": detection_rate(published, RADII),
                         "aligned": detection_rate(aligned[counts], RADII)})


def _rows(run: Run, rows: np.ndarray | None) -> np.ndarray:
    return np.ones(len(run.corners), bool) if rows is None else np.asarray(rows, bool)


def _spread(errors: np.ndarray) -> tuple[int, float, float, float]:
    there = errors[np.isfinite(errors)]
    if not len(there):
        return 0, np.nan, np.nan, np.nan
    return len(there), float(there.mean()), float(np.median(there)), float(np.percentile(there, 95))
