"""Fix one, fix many: what the corrected corners say about the others.

Legend
    d       how far the reader moved each corrected corner, pixels
    s       (V, 4) the model's own sigma, pixels
    drift   an error the model makes on a whole stretch of the spine (a level off, a rib taken for an endplate): shared
            by the corners of a vertebra, fading over REACH vertebrae. Its variance is what d shows beyond s, so a
            correction within the model's own sigma moves no neighbour, a large one takes them along.

The drift, given d, is removed (Gaussian process regression, Rasmussen & Williams 2006, eq. 2.23); what is then most
likely for a spine with the corrected corners exactly where they are is the posterior mean of core.shape_prior;
vertebrae that moved by it are measured on the film again by the refiner. Vertebrae that hardly move stay as they were.

A correction of a whole level (``level_slip``) is no drift: were it faded out, the vertebrae between would be drawn on
discs. Where sliding the chain leaves the vertebrae more evenly spaced than the drift would, it slides instead.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..core.landmarks import STANDARD_LEVELS, Landmarks
from ..core.shape_prior import ShapePrior
from ..core.uncertainty import vertebra_widths
from .level_slip import slipped, unevenness

REACH = 3.0
"""Vertebrae over which a drift fades to 1/e."""

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
    start, spread = _without_drift(before.corners, after.corners, sigma, fixed)
    usual = prior.mean.reshape(-1, 4, 2)[[STANDARD_LEVELS.index(level) for level in after.levels]]
    slid = slipped(before.corners, after.corners, fixed, usual)
    if slid is not None and unevenness(slid, usual) < unevenness(start, usual):
        return _measured(before, after, slid, refine)
    corners, spread = _settled(prior, after.levels, start, np.where(fixed, 0.0, spread))
    # Against what the prior alone would change: a correction must not smooth vertebrae it says nothing about.
    told = np.linalg.norm(corners - _settled(prior, after.levels, before.corners, sigma)[0], axis=2)
    free = (told.max(axis=1) > NOTICEABLE * width)[:, None] & ~fixed
    if not free.any():
        return None
    if refine is not None:
        found, found_sigma = refine(corners)
        measured = np.where(free[..., None], found, np.where(fixed[..., None], after.corners, before.corners))
        doubt = np.where(fixed, 0.0, np.where(free, found_sigma, sigma))
        corners, spread = _settled(prior, after.levels, measured, doubt)
    corners = np.where(free[..., None], corners, after.corners)
    return Landmarks(corners, after.levels, np.where(free, spread, after.sigma), after.source)


def _measured(before: Landmarks, after: Landmarks, slid: np.ndarray, refine: Refine | None) -> Landmarks:
    """``after`` with its free corners slid (V, 4, 2) along the chain and measured there; the prior has no say in it."""
    fixed = after.source == "human"
    free = (slid != before.corners).any(axis=(1, 2))[:, None] & ~fixed
    corners, sigma = np.where(free[..., None], slid, after.corners), after.sigma
    if refine is not None:
        found, found_sigma = refine(corners)
        corners, sigma = np.where(free[..., None], found, corners), np.where(free, found_sigma, sigma)
    return Landmarks(corners, after.levels, sigma, after.source)


def _without_drift(
    before: np.ndarray, after: np.ndarray, sigma: np.ndarray, fixed: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Corners (V, 4, 2) less the drift the corrections show, and what they then are unsure by, (V, 4)."""
    rows = np.repeat(np.arange(len(before)), 4)
    shared = np.exp(-np.abs(rows[:, None] - rows) / REACH)
    seen = fixed.ravel()
    moved = (after - before).reshape(-1, 2)[seen]
    corrected = np.abs(moved).max(axis=1) > 0
    surplus = (moved**2).mean(axis=1) - sigma.ravel()[seen] ** 2
    variance = max(0.0, float(surplus[corrected].mean())) if corrected.any() else 0.0
    between = variance * shared[:, seen]
    gain = np.linalg.solve(between[seen] + np.diag(sigma.ravel()[seen] ** 2), between.T).T
    # How far the drift reaches is unknown, but it happened here: far away the model is as sure as it was.
    near = shared[:, seen][:, corrected].max(axis=1, initial=0)
    left = variance * near * (1 - near)
    corners = np.where(fixed[..., None], after, before + (gain @ moved).reshape(before.shape))
    return corners, np.sqrt(left.reshape(fixed.shape) + sigma**2)


def _settled(
    prior: ShapePrior, levels: tuple[str, ...], corners: np.ndarray, sigma: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Posterior corners and sigma of these levels; those of T1-L5 that are not marked count as unseen."""
    rows = [STANDARD_LEVELS.index(level) for level in levels]
    whole, unseen = np.zeros((len(STANDARD_LEVELS), 4, 2)), np.full((len(STANDARD_LEVELS), 4), np.inf)
    whole[rows], unseen[rows] = corners, sigma
    settled, spread = prior.posterior(whole, unseen)
    return settled[rows], spread[rows]
