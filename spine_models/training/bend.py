"""Bend a framed spine: new curves from old films, every vertebra turned with the line it lies on.

Legend
    g  sideways shift of a row of the bent picture against the film's, pixels; a smooth random function of the row
    m  x of the spine's middle in a row of the bent picture

A place (x, y) of the bent picture shows the place (x + g(y), y - g'(y) (x - m(y))) of the picture before: to first
order a shift of every row and a turn of it about the spine's middle, so that vertebrae keep their form.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

WAVES = (0.5, 1.0, 1.5, 2.0)  # periods of g over the picture's height
STEEPNESS = 0.08  # standard deviation of g', so that vertebrae turn by about 5 degrees
LIMIT = 0.25  # of g', so that no part of a picture is folded


@dataclass(frozen=True, eq=False)
class Bend:
    """shift and slope: g and g' in every row of the picture; middle: m in every row."""

    shift: np.ndarray
    slope: np.ndarray
    middle: np.ndarray

    @classmethod
    def draw(cls, corners: np.ndarray, size: tuple[int, int], rng: np.random.Generator) -> Bend:
        """A random bend of the spine with these corners (V, 4, 2) on a picture (h, w)."""
        rows = np.arange(size[0])
        phase = 2 * np.pi * (np.outer(WAVES, rows / size[0]) + rng.random((len(WAVES), 1)))
        speed = 2 * np.pi * np.array(WAVES)[:, None] / size[0]
        strength = rng.normal(0, STEEPNESS * np.sqrt(2 / len(WAVES)), (len(WAVES), 1)) / speed
        slope = (strength * speed * np.cos(phase)).sum(axis=0)
        calm = min(1.0, LIMIT / np.abs(slope).max())
        shift = calm * (strength * np.sin(phase)).sum(axis=0)
        shift -= shift.mean()
        x, y = corners.mean(axis=1).T
        return cls(shift, calm * slope, np.interp(rows, y, x) - shift)

    def source(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Places (..., 2) of the picture before that are shown at (x, y) of the bent one."""
        rows = np.arange(len(self.shift))
        shift, slope, middle = (np.interp(y, rows, values) for values in (self.shift, self.slope, self.middle))
        return np.stack([x + shift, y - slope * (x - middle)], axis=-1)

    def grid(self, width: int) -> np.ndarray:
        """``source`` of every pixel of the picture, float32 (h, width, 2)."""
        x, y = np.arange(width, dtype=np.float32), np.arange(len(self.shift), dtype=np.float32)[:, None]
        shift, slope, middle = (values.astype(np.float32)[:, None] for values in (self.shift, self.slope, self.middle))
        return cv2.merge([x + shift, y - slope * (x - middle)])

    def target(self, points: np.ndarray) -> np.ndarray:
        """Where places (..., 2) of the picture before lie on the bent one; ``source`` turned round by iteration."""
        found = points.copy()
        for _ in range(12):
            found = found + points - self.source(found[..., 0], found[..., 1])
        return found
