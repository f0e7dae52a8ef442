"""Fit a film into a network's frame without changing its aspect, and map points there and back exactly.

Convention: a pixel's centre is at its integer coordinates, so the film covers [-0.5, W - 0.5]. Resizing by s maps the
film's edge on the frame's edge: x' = (x + 0.5) s - 0.5 + offset. This is what cv2.resize does.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..core.errors import ImageError


@dataclass(frozen=True)
class Letterbox:
    """source: (H, W) of the film; size: (h, w) of the frame, px. scale: frame px per film px, the same along both axes.

    offset: (x, y) of the resized film's top left pixel in the frame, px.
    """

    source: tuple[int, int]
    size: tuple[int, int]
    scale: float
    offset: tuple[int, int]

    @classmethod
    def fit(cls, shape: tuple[int, int], size: tuple[int, int]) -> Letterbox:
        """The largest centred placement of a film of ``shape`` (H, W) in a frame of ``size`` (h, w)."""
        if min(*shape, *size) < 1:
            raise ImageError(f"A film of {shape[1]} x {shape[0]} pixels cannot be fitted: it has no pixels.")
        scale = min(size[0] / shape[0], size[1] / shape[1])
        x, y = ((room - round(extent * scale)) // 2 for room, extent in zip(size[::-1], shape[::-1]))
        return cls(source=tuple(shape), size=tuple(size), scale=scale, offset=(x, y))

    def apply(self, pixels: np.ndarray) -> np.ndarray:
        """Film (H, W) -> float32 frame (h, w), black outside the film; area averaging when it shrinks."""
        if pixels.shape != self.source:
            raise ImageError(f"This letterbox is for a film of the shape {self.source}, not {pixels.shape}.")
        how = cv2.INTER_AREA if self.scale < 1 else cv2.INTER_LINEAR
        # Given as factors, not as a target size: the target has whole pixels and would stretch the film a little.
        resized = cv2.resize(pixels.astype(np.float32), None, fx=self.scale, fy=self.scale, interpolation=how)
        rows, columns = resized.shape
        frame = np.zeros(self.size, np.float32)
        x, y = self.offset
        frame[y : y + rows, x : x + columns] = resized
        return frame

    @property
    def edges(self) -> tuple[float, float]:
        """y of the film's upper and lower edge in the frame, px."""
        top = self.offset[1] - 0.5
        return top, top + self.source[0] * self.scale

    def to_box(self, points: np.ndarray) -> np.ndarray:
        """Points (..., 2), (x, y) px of the film -> px of the frame."""
        return (np.asarray(points, np.float64) + 0.5) * self.scale - 0.5 + self.offset

    def to_film(self, points: np.ndarray) -> np.ndarray:
        """Points (..., 2), (x, y) px of the frame -> px of the film; undoes ``to_box``."""
        return (np.asarray(points, np.float64) - self.offset + 0.5) / self.scale - 0.5
