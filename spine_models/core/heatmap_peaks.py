"""Peaks of heat maps, finer than a cell.

Symbols: a map is (h, w) of values >= 0; points are (x, y) in cells, a cell's centre at its integer coordinates.
"""

from __future__ import annotations

import numpy as np

REACH = 3  # cells to either side that belong to a peak
WINDOW_SD = 1.2  # cells
STEPS = 8


def local_maxima(maps: np.ndarray, limit: int) -> tuple[np.ndarray, np.ndarray]:
    """The ``limit`` highest local maxima of each map (C, h, w): cells (C, limit, 2) and their values (C, limit).

    A map with fewer maxima repeats arbitrary cells, whose value is given as 0.
    """
    count, rows, columns = maps.shape
    padded = np.pad(maps, ((0, 0), (1, 1), (1, 1)), constant_values=-1.0)
    across = np.maximum(np.maximum(padded[:, :, :-2], padded[:, :, 2:]), padded[:, :, 1:-1])
    highest = np.maximum(np.maximum(across[:, :-2], across[:, 2:]), across[:, 1:-1])
    peaks = np.where(maps >= highest, maps, 0.0).reshape(count, -1)
    best = np.argpartition(-peaks, limit, axis=1)[:, :limit]
    value = np.take_along_axis(peaks, best, axis=1)
    order = np.argsort(-value, axis=1)
    best = np.take_along_axis(best, order, axis=1)
    return np.stack([best % columns, best // columns], axis=-1), np.take_along_axis(value, order, axis=1)


def settle(maps: np.ndarray, channel: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points (K, 2) moved to the top of the hill they stand on by mean shift (Comaniciu 2002) in maps[channel (K,)].

    Also the spread (K,) of the hill in cells (root mean square of both axes) and the mass (K,) under the window.
    A window that follows its own mean has no bias towards the cell it started from, unlike one soft-argmax.
    """
    mean = np.asarray(points, np.float64)
    for _ in range(STEPS):
        weight, cells, _ = _window(maps, channel, mean, WINDOW_SD)
        mean = np.einsum("kn,knd->kd", weight, cells)
    weight, cells, mass = _window(maps, channel, mean, np.inf)
    spread = np.sqrt(0.5 * np.einsum("kn,knd->k", weight, (cells - mean[:, None]) ** 2))
    return mean, spread, mass


def mass_near(maps: np.ndarray, points: np.ndarray) -> np.ndarray:
    """(K, C) sum of every map (C, h, w) over the cells within a Gaussian of WINDOW_SD around points (K, 2)."""
    cells, inside = _cells(points, maps.shape[1:])
    window = np.exp(-0.5 * ((cells - points[:, None]) ** 2).sum(axis=2) / WINDOW_SD**2) * inside
    x, y = _clipped(cells, maps.shape[1:])
    return np.einsum("ckn,kn->kc", maps[:, y, x], window)


def _window(
    maps: np.ndarray, channel: np.ndarray, points: np.ndarray, deviation: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Share (K, n) of each cell (K, n, 2) near the points, and the mass (K,) of the maps there."""
    cells, inside = _cells(points, maps.shape[1:])
    x, y = _clipped(cells, maps.shape[1:])
    value = maps[channel[:, None], y, x] * inside
    mass = value.sum(axis=1)
    value = value * np.exp(-0.5 * ((cells - points[:, None]) ** 2).sum(axis=2) / deviation**2) + 1e-12
    return value / value.sum(axis=1, keepdims=True), cells, mass


def _cells(points: np.ndarray, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    step = np.arange(-REACH, REACH + 1)
    around = np.stack(np.meshgrid(step, step), axis=-1).reshape(-1, 2)
    cells = np.rint(points).astype(int)[:, None] + around
    return cells, ((cells >= 0) & (cells < shape[::-1])).all(axis=2)


def _clipped(cells: np.ndarray, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    return cells[..., 0].clip(0, shape[1] - 1), cells[..., 1].clip(0, shape[0] - 1)
