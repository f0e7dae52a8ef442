"""Neighbours that lie closer together than vertebrae do: one was marked twice, or a level squeezed in between."""

from __future__ import annotations

import numpy as np

from .card import Calibration
from .cobb import Curve
from .landmarks import Landmarks
from .uncertainty import could_swap

CLOSEST = 0.6
"""Least ``spacing`` of neighbours. On the 329 films trained on whose label has no defect the least is 0.63, on 54 held
out 0.66; on 47 full-body films one label has less.
"""

NEAR = 2
"""Distances on either side of one that say what is usual there."""


def spacing(centres: np.ndarray) -> np.ndarray:
    """(..., V - 1) distance of each two neighbours, centres (..., V, 2), over the median of up to 2 * NEAR around it.

    A vertebra that is missing nearby changes the median little. 1.0 throughout for fewer than four vertebrae.
    """
    gaps = np.linalg.norm(np.diff(centres, axis=-2), axis=-1)
    count = gaps.shape[-1]
    if count <= NEAR:
        return np.ones_like(gaps)
    around = [[other for other in range(max(0, row - NEAR), min(count, row + NEAR + 1)) if other != row]
              for row in range(count)]
    usual = np.stack([np.median(gaps[..., others], axis=-1) for others in around], axis=-1)
    return gaps / np.maximum(usual, 1e-9)


def crowded(landmarks: Landmarks) -> list[tuple[str, str]]:
    """Pairs of neighbouring levels that are closer than CLOSEST, top first."""
    return [landmarks.levels[row: row + 2] for row in np.flatnonzero(spacing(landmarks.centres) < CLOSEST)]


def crowding(landmarks: Landmarks) -> tuple[str, ...]:
    """A sentence for the user on each of these pairs."""
    return tuple(
        f"{upper} and {lower} lie closer together than vertebrae do: look whether one was marked twice."
        for upper, lower in crowded(landmarks)
    )


def doubts_about(landmarks: Landmarks, curves: tuple[Curve, ...], calibration: Calibration | None) -> tuple[str, ...]:
    """Sentences for the user on what the landmarks themselves, whoever placed them, give reason to doubt."""
    return (*crowding(landmarks), *could_swap(landmarks, curves, calibration))
