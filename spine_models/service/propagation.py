"""Fix one, fix many: what the corrected corners say about the others.

Legend
    d       how far the reader moved each corrected corner, pixels
    s       (V, 4) the model's own sigma, pixels
    drift   an error the model makes on a whole stretch of the spine (a rib taken for an endplate): shared by the
            corners of a vertebra, fading over REACH vertebrae. Its variance is what d shows beyond SURE times s

A correction within the model's own sigma says how the reader sees that endplate: ``corner_errors`` carries it to the
corners next to it. A larger one says that the model went astray. The drift, given d, is removed (Gaussian process
regression, Rasmussen & Williams 2006, eq. 2.23), what is then most likely for a spine with the corrected corners where
they are is the posterior mean of core.shape_prior, and vertebrae that moved by it are measured on the film again.

A correction of a whole level (``level_slip``) is no drift: were it faded out, the vertebrae between would be drawn on
discs. Where sliding the chain leaves the vertebrae more evenly spaced than the drift would, it slides instead.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..core.landmarks import STANDARD_LEVELS, Landmarks
from ..core.shape_prior import ShapePrior
from ..core.uncertainty import vertebra_widths
from .corner_errors import conditioned
from .level_slip import slipped, unevenness

REACH = 3.0
"""Vertebrae over which a drift fades to 1/e."""

SURE = 2.0
"""A correction by more than so many of the model's sigma is one of an error the model knows nothing of."""

UNKNOWN_SIGMA = 0.05
"""Sigma of a model's corner in vertebra widths, where the model has no calibration."""

NOTICEABLE = 0.04
"""Corners that would move by less than this share of a vertebra width are left alone."""

FEWEST = 4
"""Vertebrae without which there is no shape to speak of."""

Refine = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
"""Corners (V, 4, 2) to corners measured on the film and their sigma (V, 4), film pixels."""


def propagate(before: Landmarks, after: Landmarks, prior: ShapePrior, refine: Refine | None = None) -> Landmarks | None:
    """``after`` with the corners no human placed moved to where the corrections suggest; human corners never move.

    before: the same vertebrae as the model, or the last update, left them. prior: of the levels T1-L5.
    None where there is nothing to suggest: no corner corrected, levels the prior does not know, or hardly a change.
    """
    fixed = after.source == "human"
    known = set(after.levels) <= set(STANDARD_LEVELS)
    if not known or len(after) < FEWEST or before.levels != after.levels or not fixed.any() or fixed.all():
        return None
    width = vertebra_widths(before.corners).mean()
    sigma = np.where(np.isnan(before.sigma), UNKNOWN_SIGMA * width, before.sigma)
    measured = before.corners
    variance = _drift_variance(before.corners, after.corners, sigma, fixed)
    if variance > 0:
        rough = _taken_along(before, after, prior, sigma, variance)
        astray = _apart(rough, before.corners) > NOTICEABLE * width
        if refine is not None and astray.any():
            rough, _ = refine(rough)
        measured = np.where(astray[:, None, None], rough, before.corners)
    corners, spread = conditioned(measured, after.corners, sigma, fixed)
    free = (_apart(corners, after.corners) > NOTICEABLE * width)[:, None] & ~fixed
    if not free.any():
        return None
    corners = np.where(free[..., None], corners, after.corners)
    return Landmarks(corners, after.levels, np.where(free, spread, after.sigma), after.source)


def _apart(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(V,) farthest that a corner of each vertebra (V, 4, 2) is from where the other has it."""
    return np.linalg.norm(one - other, axis=2).max(axis=1)


def _drift_variance(before: np.ndarray, after: np.ndarray, sigma: np.ndarray, fixed: np.ndarray) -> float:
    """What the corrections show beyond SURE times the model's own sigma, pixels squared; 0 where nothing."""
    moved = after[fixed] - before[fixed]
    surplus = (moved**2).mean(axis=1) - (SURE * sigma[fixed]) ** 2
    corrected = moved.any(axis=1)
    return max(0.0, float(surplus[corrected].mean())) if corrected.any() else 0.0


def _taken_along(
    before: Landmarks, after: Landmarks, prior: ShapePrior, sigma: np.ndarray, variance: float
) -> np.ndarray:
    """Corners (V, 4, 2) roughly where a drift of that variance, or a slip of a level, came from."""
    fixed = after.source == "human"
    start, spread = _without_drift(before.corners, after.corners, sigma, fixed, variance)
    usual = prior.mean.reshape(-1, 4, 2)[[STANDARD_LEVELS.index(level) for level in after.levels]]
    slid = slipped(before.corners, after.corners, fixed, usual)
    if slid is not None and unevenness(slid, usual) < unevenness(start, usual):
        return slid
    corners = _settled(prior, after.levels, start, np.where(fixed, 0.0, spread))
    # Against what the prior alone would change: a correction must not smooth vertebrae it says nothing about.
    told = _apart(corners, _settled(prior, after.levels, before.corners, sigma))
    width = vertebra_widths(before.corners).mean()
    return np.where((told > NOTICEABLE * width)[:, None, None], corners, before.corners)


def _without_drift(
    before: np.ndarray, after: np.ndarray, sigma: np.ndarray, fixed: np.ndarray, variance: float
) -> tuple[np.ndarray, np.ndarray]:
    """Corners (V, 4, 2) less the drift the corrections show, and what they then are unsure by, (V, 4)."""
    rows = np.repeat(np.arange(len(before)), 4)
    shared = np.exp(-np.abs(rows[:, None] - rows) / REACH)
    seen = fixed.ravel()
    moved = (after - before).reshape(-1, 2)[seen]
    between = variance * shared[:, seen]
    gain = np.linalg.solve(between[seen] + np.diag(sigma.ravel()[seen] ** 2), between.T).T
    # How far the drift reaches is unknown, but it happened here: far away the model is as sure as it was.
    near = shared[:, seen][:, moved.any(axis=1)].max(axis=1)
    left = variance * near * (1 - near)
    corners = np.where(fixed[..., None], after, before + (gain @ moved).reshape(before.shape))
    return corners, np.sqrt(left.reshape(fixed.shape) + sigma**2)


def _settled(prior: ShapePrior, levels: tuple[str, ...], corners: np.ndarray, sigma: np.ndarray) -> np.ndarray:
    """Posterior corners of these levels; those of T1-L5 that are not marked count as unseen."""
    rows = [STANDARD_LEVELS.index(level) for level in levels]
    whole, unseen = np.zeros((len(STANDARD_LEVELS), 4, 2)), np.full((len(STANDARD_LEVELS), 4), np.inf)
    whole[rows], unseen[rows] = corners, sigma
    return prior.posterior(whole, unseen)[0][rows]
