"""The middle line of a painted spine, and what is painted across it at every place along it.

Symbols: S places along the line, STEP cells apart, from the top down; A slants of a line across the spine against the
normal of the middle line; maps are (h, w) cells, points (x, y) in cells.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

STEP = 0.5  # cells
NEAR = 12  # cells to either side of the line that belong to the spine
SIDESTEP = 2  # cells the line may move aside from one row to the next
TRIM = 5  # rows at either end, where a slanted endplate leaves only a part of the spine's width
CALM = 4.0  # rows over which the line is smoothed
SLANTS = np.deg2rad(np.arange(-40, 41, 5))
ACROSS = np.linspace(-0.8, 0.8, 9)  # places on a line across, in halves of the spine's width


@dataclass(frozen=True, eq=False)
class SpineLine:
    """points (S, 2), tangent (S, 2) downwards and half (S,), half the spine's width, in cells."""

    points: np.ndarray
    tangent: np.ndarray
    half: np.ndarray

    @property
    def normal(self) -> np.ndarray:
        """(S, 2), to the right of the film where the line runs down."""
        return np.stack([self.tangent[:, 1], -self.tangent[:, 0]], axis=1)

    def across(self, values: np.ndarray) -> np.ndarray:
        """Mean of a map on the lines across the spine: (S, A)."""
        way = np.cos(SLANTS)[:, None, None] * self.normal + np.sin(SLANTS)[:, None, None] * self.tangent
        places = self.points[None, :, None] + (self.half[:, None] * ACROSS)[None, ..., None] * way[:, :, None]
        return sampled(values, places).mean(axis=2).T

    def where(self, cells: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """For cells (N, 2): the nearest place of the line (N,), and how far along and aside of it they lie, cells."""
        nearest = ((cells[:, None] - self.points[None, ::2]) ** 2).sum(axis=2).argmin(axis=1) * 2
        offset = cells - self.points[nearest]
        return nearest, (offset * self.tangent[nearest]).sum(axis=1), (offset * self.normal[nearest]).sum(axis=1)


def trace(spine: np.ndarray, beyond: float) -> SpineLine | None:
    """The line through paint (h, w) in [0, 1], and ``beyond`` of its length on at either end; None without paint."""
    path = _ridge(spine)
    near = np.abs(np.arange(spine.shape[1]) - path[:, None]) <= NEAR
    own = spine * near
    mass = own.sum(axis=1)
    rows = np.flatnonzero(mass > 0.3 * np.median(mass[mass > 1])) if (mass > 1).any() else ()
    rows = rows[TRIM:-TRIM]
    if len(rows) < 2 * TRIM:
        return None
    span = np.arange(rows[0], rows[-1] + 1)
    middle = np.interp(span, rows, (own[rows] @ np.arange(spine.shape[1])) / mass[rows])
    middle = _smooth(middle, CALM)
    slope = np.gradient(middle)
    half = 0.5 * _smooth(np.interp(span, rows, mass[rows]), 2 * CALM) / np.hypot(1, slope)
    line = np.stack([middle, span.astype(float)], axis=1)
    length = beyond * np.linalg.norm(np.diff(line, axis=0), axis=1).sum()
    ends = [line[0] + _way(line[8], line[0]) * length, line[-1] + _way(line[-9], line[-1]) * length]
    line = np.concatenate([ends[:1], line, ends[1:]])
    way = np.concatenate([[0], np.linalg.norm(np.diff(line, axis=0), axis=1).cumsum()])
    at = np.arange(0, way[-1], STEP)
    points = np.stack([np.interp(at, way, axis) for axis in line.T], axis=1)
    tangent = np.gradient(points, axis=0)
    tangent = tangent / np.linalg.norm(tangent, axis=1, keepdims=True)
    return SpineLine(points, tangent, np.interp(at, way, np.concatenate([half[:1], half, half[-1:]])))


def sampled(values: np.ndarray, places: np.ndarray) -> np.ndarray:
    """A map (h, w) read at places (..., 2) between its cells; 0 outside."""
    padded = np.pad(values, 1)
    x, y = (np.clip(places[..., axis] + 1, 0, padded.shape[1 - axis] - 1.001) for axis in (0, 1))
    column, row = x.astype(int), y.astype(int)
    right, low = x - column, y - row
    upper = padded[row, column] * (1 - right) + padded[row, column + 1] * right
    lower = padded[row + 1, column] * (1 - right) + padded[row + 1, column + 1] * right
    return upper * (1 - low) + lower * low


def _ridge(spine: np.ndarray) -> np.ndarray:
    """(h,) column of the most paint in every row, by a path that does not jump."""
    wide = np.apply_along_axis(np.convolve, 1, spine, np.ones(9) / 9, mode="same")
    height, width = spine.shape
    best, back = wide[0], np.zeros((height, width), int)
    steps = np.arange(-SIDESTEP, SIDESTEP + 1)
    for row in range(1, height):
        reached = np.full((len(steps), width), -np.inf)
        for k, step in enumerate(steps):
            to = slice(max(0, step), width + min(0, step))
            reached[k, to] = best[max(0, -step) : width - max(0, step)] - 0.02 * abs(step)
        choice = reached.argmax(axis=0)
        back[row] = steps[choice]
        best = reached.max(axis=0) + wide[row]
    path = np.zeros(height, int)
    path[-1] = best.argmax()
    for row in range(height - 1, 0, -1):
        path[row - 1] = path[row] - back[row, path[row]]
    return path


def _smooth(values: np.ndarray, spread: float) -> np.ndarray:
    reach = min(int(3 * spread), len(values) - 1)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / spread) ** 2)
    odd = np.pad(values, reach, mode="reflect", reflect_type="odd")  # a straight line stays straight to its ends
    return np.convolve(odd, kernel / kernel.sum(), mode="valid")


def _way(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    return (end - start) / np.linalg.norm(end - start)
