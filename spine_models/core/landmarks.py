"""Vertebral corner landmarks in pixels of the original upright film."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .errors import LandmarkError

LEVELS = (*(f"C{i}" for i in range(3, 8)), *(f"T{i}" for i in range(1, 14)), *(f"L{i}" for i in range(1, 7)), "S1")
"""Every level name the project knows, top to bottom (T13 and L6 are variants)."""

STANDARD_LEVELS = (*(f"T{i}" for i in range(1, 13)), *(f"L{i}" for i in range(1, 6)))
"""The 17 vertebrae T1-L5 of the public data sets."""

CORNERS = ("TL", "TR", "BL", "BR")
"""Corner order within a vertebra, as seen on the film (TL = top, left of the picture)."""

MIRRORED = [1, 0, 3, 2]
"""Where each corner is found on the mirror image: TL and TR, BL and BR change names."""


def mirrored(corners: np.ndarray, width: int) -> np.ndarray:
    """Corners (..., 4, 2) of the same vertebrae on the left-right mirror image of a picture ``width`` pixels wide."""
    return corners[..., MIRRORED, :] * (-1, 1) + (width - 1, 0)


@dataclass(frozen=True, eq=False)
class Landmarks:
    """Corners of V vertebrae, top vertebra first.

    corners: float64 (V, 4, 2), (x, y) pixels of the original upright film, y down, order TL, TR, BL, BR.
    levels:  V names from ``LEVELS``, for example ("T1", ..., "L5").
    sigma:   float64 (V, 4), one standard deviation of each corner in pixels; NaN where unknown.
    source:  V x 4 of "model" or "human".
    Raises LandmarkError on a wrong shape, NaN corners or level names out of order.
    """

    corners: np.ndarray
    levels: tuple[str, ...] = STANDARD_LEVELS
    sigma: np.ndarray = field(default=None)  # type: ignore[assignment]
    source: np.ndarray = field(default=None)  # type: ignore[assignment]

    def __post_init__(self) -> None:
        corners = np.array(self.corners, dtype=np.float64)
        if corners.ndim != 3 or corners.shape[1:] != (4, 2) or len(corners) == 0:
            raise LandmarkError(f"Landmarks must have the shape (V, 4, 2), not {corners.shape}.")
        if not np.isfinite(corners).all():
            raise LandmarkError("Landmarks must be finite numbers: a corner is missing or NaN.")
        count = len(corners)
        levels = tuple(self.levels)
        unknown = [name for name in levels if name not in LEVELS]
        if unknown:
            raise LandmarkError(f"Unknown vertebral level {unknown[0]!r}: use names such as T1 or L5.")
        ranks = [LEVELS.index(name) for name in levels]
        if len(levels) != count or any(a >= b for a, b in zip(ranks, ranks[1:])):
            raise LandmarkError(f"{count} vertebrae need {count} level names from top to bottom, not {levels}.")
        sigma = np.full((count, 4), np.nan) if self.sigma is None else np.array(self.sigma, dtype=np.float64)
        source = np.full((count, 4), "model") if self.source is None else np.array(self.source, dtype="<U5")
        if sigma.shape != (count, 4) or source.shape != (count, 4):
            raise LandmarkError(f"sigma and source must have the shape ({count}, 4).")
        for name, value in (("corners", corners), ("levels", levels), ("sigma", sigma), ("source", source)):
            if isinstance(value, np.ndarray):
                value.setflags(write=False)
            object.__setattr__(self, name, value)

    def __len__(self) -> int:
        return len(self.corners)

    @property
    def centres(self) -> np.ndarray:
        """(V, 2) mean of the four corners."""
        return self.corners.mean(axis=1)

    def index(self, level: str) -> int:
        """Row of a level name; raises LandmarkError when the film does not show it."""
        if level not in self.levels:
            raise LandmarkError(f"Level {level} is not among the landmarks of this film.")
        return self.levels.index(level)
