"""Vertebra masks from corner polygons."""

from __future__ import annotations

import cv2
import numpy as np

_OUTLINE = [0, 1, 3, 2]  # TL, TR, BR, BL: once round the vertebra
_SUBPIXEL_BITS = 4


def level_mask(corners: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """uint8 (H, W): 0 background, v + 1 inside the v-th vertebra of corners (V, 4, 2), pixels of the film.

    Where two vertebrae overlap the lower one is drawn.
    """
    mask = np.zeros(shape, np.uint8)
    outlines = np.rint(corners[:, _OUTLINE] * (1 << _SUBPIXEL_BITS)).astype(np.int32, order="C")  # OpenCV wants C order
    for value, outline in enumerate(outlines, start=1):
        cv2.fillPoly(mask, [outline], value, shift=_SUBPIXEL_BITS)
    return mask
