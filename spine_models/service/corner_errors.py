"""How a model's errors go together, and what a corrected corner therefore says about those beside it.

Where a network and a reader disagree about an endplate, they do so at both its corners, and where they disagree about
the edge of a vertebra, the edges above and below follow. A corner moved alone turns an endplate that was only too high.

Legend
    axes    (V, 2, 2) unit vectors of each vertebra: across it (left to right) and down it
    place   of a corner's endplate in the chain: 0 the upper one of the first vertebra, 1 its lower one, and so on
    own     part of a corner's error that is its own; the rest is shared and fades to 1/e over REACH endplates

The corners are then Gaussian process regression (Rasmussen & Williams 2006, eq. 2.23) on the corrected ones.
"""

from __future__ import annotations

import numpy as np

OWN = (0.35, 0.25)
"""Across and down; read off the errors of cascade's corners on 52 validation films."""

REACH = (5.0, 4.0)
"""Endplates. Across, an error is shared along one side of the spine; down, by both corners of an endplate."""

ROUNDING = 1e-6
"""Share of a sigma's square that keeps the equations solvable where corners go together perfectly."""


def conditioned(
    measured: np.ndarray, truth: np.ndarray, sigma: np.ndarray, fixed: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Corners (V, 4, 2) and their sigma (V, 4), given that the fixed ones are where ``truth`` has them; film pixels.

    measured: (V, 4, 2) by a model whose own sigma is (V, 4); fixed: (V, 4) bool.
    """
    axes, seen, spread = _axes(measured), fixed.ravel(), sigma.ravel()
    error = np.einsum("vcd,vad->avc", truth - measured, axes).reshape(2, -1)
    shift, left = np.zeros_like(error), np.zeros_like(error)
    for axis, together in enumerate(_correlations(len(measured))):
        covariance = together * np.outer(spread, spread)
        gain = np.linalg.solve(covariance[np.ix_(seen, seen)] + np.diag(ROUNDING * spread[seen] ** 2), covariance[seen])
        shift[axis] = gain.T @ error[axis, seen]
        left[axis] = np.maximum(spread**2 - (gain * covariance[seen]).sum(axis=0), 0)
    moved = measured + np.einsum("avc,vad->vcd", shift.reshape(2, -1, 4), axes)
    corners = np.where(fixed[..., None], truth, moved)
    return corners, np.where(fixed, 0.0, np.sqrt(left.mean(axis=0)).reshape(fixed.shape))


def _axes(corners: np.ndarray) -> np.ndarray:
    """Directions of vertebrae (V, 4, 2), smoothed with the neighbours, for one that is misplaced may lie askew."""
    across = corners[:, 1] + corners[:, 3] - corners[:, 0] - corners[:, 2]
    padded = np.pad(across / np.linalg.norm(across, axis=1, keepdims=True), ((1, 1), (0, 0)), mode="edge")
    across = padded[:-2] + 2 * padded[1:-1] + padded[2:]
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    return np.stack([across, np.stack([-across[:, 1], across[:, 0]], axis=1)], axis=1)


def _correlations(count: int) -> np.ndarray:
    """(2, 4 V, 4 V) of errors across and down."""
    corner = np.arange(4 * count)
    place, side = corner // 2, corner % 2
    apart = np.abs(place[:, None] - place)
    shared = np.exp(-apart / REACH[0]) * (side[:, None] == side), np.exp(-apart / REACH[1])
    return np.stack([own * np.eye(4 * count) + (1 - own) * part for own, part in zip(OWN, shared)])
