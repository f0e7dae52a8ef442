"""One level off: good vertebrae under wrong names, all of them or those beyond one the model skipped or saw twice.

Such an error shows when a correction puts a corner where the model has the same corner of the next vertebra. The chain
then slides along itself by one vertebra, as far as leaves the vertebrae most evenly spaced: everywhere, or up to a
place on either side, over which the slip fades and where vertebrae stood too close or too far apart.

Legend
    row     the corrected vertebra
    step    +1 when it belongs where the model has the vertebra below, -1 above
    share   (V,) of the slip each vertebra takes part in, 1 at the row, 0 at vertebrae corrected before
"""

from __future__ import annotations

from itertools import product

import numpy as np

HIT = 0.35
"""The correction must come this near to the neighbour's corner, in distances between neighbouring centres."""

FADES = (1, 2, 4, 6)
"""Vertebrae over which a slip may fade: networks spread what they miscounted over some of them."""

BREAK = 0.01
"""Unevenness a place where the slip ends must save, for a whole chain slips more often than a part."""


def slipped(before: np.ndarray, after: np.ndarray, fixed: np.ndarray, usual: np.ndarray) -> np.ndarray | None:
    """Corners (V, 4, 2) of ``before`` slid by one level, or None when the correction is no slip of a level.

    after: with the correction; fixed: (V, 4) bool, corners placed by a human; usual: (V, 4, 2) the mean spine.
    """
    moved = np.linalg.norm(after - before, axis=2) * fixed
    row, corner = np.unravel_index(moved.argmax(), moved.shape)
    chain = np.concatenate([[2 * before[0] - before[1]], before, [2 * before[-1] - before[-2]]])
    apart = np.linalg.norm(chain[:, corner] - after[row, corner], axis=1)
    nearest = int(apart.argmin())
    step = nearest - (row + 1)
    if abs(step) != 1 or apart[nearest] > HIT * np.linalg.norm(chain[nearest].mean(axis=0) - before[row].mean(axis=0)):
        return None
    held = fixed.any(axis=1)
    held[row] = False
    spines = [(_slid(chain, step * share), ends) for share, ends in _shares(len(before), row) if not share[held].any()]
    if not spines:
        return None
    return min(spines, key=lambda spine: unevenness(spine[0], usual) + BREAK * spine[1])[0]


def unevenness(corners: np.ndarray, usual: np.ndarray) -> float:
    """How much the distances between neighbours differ from those of the mean spine, whatever its size: RMS of logs."""
    ratio = _log_distances(corners) - _log_distances(usual)
    return float(np.sqrt(np.mean((ratio - np.median(ratio)) ** 2)))


def _shares(count: int, row: int) -> list[tuple[np.ndarray, int]]:
    """Every (share, number of places where the slip ends) that is 1 at the row."""
    rows, whole = np.arange(count), [(np.ones(count), 0)]
    above = [(np.clip((rows - end) / fade, 0, 1), 1) for end in range(row) for fade in FADES if end + fade <= row]
    below = [(np.clip((end - rows) / fade, 0, 1), 1) for end in range(row + 1, count) for fade in FADES
             if end - fade >= row]
    return [(up * down, one + other) for (up, one), (down, other) in product(whole + above, whole + below)]


def _slid(chain: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Corners (V, 4, 2) at steps (V,) along a chain (V + 2, 4, 2) that goes on by one vertebra at either end."""
    place = np.arange(len(steps)) + 1 + steps
    low = np.minimum(place.astype(int), len(chain) - 2)
    part = (place - low)[:, None, None]
    return chain[low] * (1 - part) + chain[low + 1] * part


def _log_distances(corners: np.ndarray) -> np.ndarray:
    distance = np.linalg.norm(np.diff(corners.mean(axis=1), axis=0), axis=1)
    return np.log(np.maximum(distance, 1e-3))  # two that coincide are very uneven, not an error
