"""A sheet of X-ray attenuation that shapes are added to, as overlapping organs add up in a projection."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

_SHIFT = 4  # OpenCV draws with fixed-point coordinates: 1/16 px


class Canvas:
    """density: float32 (H, W), any unit (trunk soft tissue is about 1). ``pen`` is the fine stroke of a cortex, px."""

    def __init__(self, size: tuple[int, int], pen: float) -> None:
        self.density = np.zeros(size, np.float32)
        self.pen = pen

    def fill(self, outline: np.ndarray, amount: float, soft: float = 0.0, rim: float = 0.0) -> None:
        """Add a closed outline (N, 2) px: ``amount`` inside, ``rim`` along its border, edges blurred by ``soft`` px."""
        window = self._window(outline, 3 * soft + 4 * self.pen)
        if window is None:
            return
        mask = np.zeros(self.density[window].shape, np.uint8)
        points = self._fixed(outline, window)
        cv2.fillPoly(mask, [points], 255, cv2.LINE_AA, _SHIFT)
        self.density[window] += amount / 255 * _blur(mask, soft)
        if rim:
            self._stroke(window, [points], rim, self.pen, closed=True)

    def tube(self, paths: list[np.ndarray], width: float, amount: float, rim: float = 0, soft: float = 0) -> None:
        """Add strokes ``width`` px wide along paths (N, 2) px, brighter at the walls by ``rim``; they do not add up."""
        everything = np.concatenate(paths)
        window = self._window(everything, width + 3 * soft + 2)
        if window is None:
            return
        points = [self._fixed(path, window) for path in paths]
        self._stroke(window, points, amount + rim, width, soft=soft)
        if rim:
            self._stroke(window, points, -rim, max(width - 2.5 * self.pen, 1), soft=soft)

    def _stroke(self, window, points, amount: float, width: float, closed: bool = False, soft: float = 0.0) -> None:
        mask = np.zeros(self.density[window].shape, np.uint8)
        cv2.polylines(mask, points, closed, 255, max(round(width), 1), cv2.LINE_AA, _SHIFT)
        self.density[window] += amount / 255 * _blur(mask, max(soft, 0.35 * self.pen))

    def _window(self, points: np.ndarray, margin: float) -> tuple[slice, slice] | None:
        """The part of the sheet a shape touches, or None when it lies outside."""
        height, width = self.density.shape
        low = np.maximum(np.floor(points.min(axis=0) - margin), 0).astype(int)
        high = np.minimum(np.ceil(points.max(axis=0) + margin), [width, height]).astype(int)
        return None if (high <= low).any() else (slice(low[1], high[1]), slice(low[0], high[0]))

    @staticmethod
    def _fixed(points: np.ndarray, window: tuple[slice, slice]) -> np.ndarray:
        shifted = points - [window[1].start, window[0].start]
        return np.round(shifted * (1 << _SHIFT)).astype(np.int32).reshape(-1, 1, 2)


def smooth_outline(points: np.ndarray, closed: bool = True) -> np.ndarray:
    """Corner cutting (Chaikin 1974), three rounds: a smooth outline through few hand-placed points (N, 2)."""
    for _ in range(3):
        following = np.roll(points, -1, axis=0) if closed else points[1:]
        current = points if closed else points[:-1]
        cut = np.stack([0.75 * current + 0.25 * following, 0.25 * current + 0.75 * following], axis=1).reshape(-1, 2)
        points = cut if closed else np.concatenate([points[:1], cut, points[-1:]])
    return points


def ellipse(centre: Sequence[float], radii: Sequence[float], tilt: float = 0.0) -> np.ndarray:
    """(48, 2) outline; tilt in radians, clockwise."""
    turn = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    x, y = radii[0] * np.cos(turn), radii[1] * np.sin(turn)
    return np.stack([x * np.cos(tilt) - y * np.sin(tilt), x * np.sin(tilt) + y * np.cos(tilt)], axis=1) + centre


def _blur(mask: np.ndarray, sigma: float) -> np.ndarray:
    return cv2.GaussianBlur(mask.astype(np.float32), (0, 0), sigma) if sigma > 0.2 else mask.astype(np.float32)
