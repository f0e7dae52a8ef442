"""Whether a film shows as much body on one side of the spine as on the other: a lateral has air behind the spine."""

from __future__ import annotations

import cv2
import numpy as np

from ..core.errors import DetectionError
from ._finder import Finder, find_spine

LONGEST = 512  # pixels of a film's longer side before it is looked at: twice what the finder sees
NEAR, FAR, PLACES = 1.5, 4.5, 14
"""Distance from the centre line, in steps from vertebra to vertebra, from where to where the sides are compared, and at
how many places. On a lateral the skin of the back lies about two steps behind the centres of the bodies."""
FEWEST = 4  # vertebrae with film on both sides


def one_sided(net: Finder, pixels: np.ndarray) -> float:
    """From 0, as bright on either side of the spine, to 1, nothing on one side; pixels: (H, W) in [0, 1].

    0 also where no spine is found, or the film ends beside it: then the sides cannot be compared.
    """
    shrink = min(1.0, LONGEST / max(pixels.shape))
    small = cv2.resize(pixels, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    try:
        centres = find_spine(net, small).mean(axis=1)
    except DetectionError:
        return 0.0
    step = np.linalg.norm(np.diff(centres, axis=0), axis=1).mean()
    away = np.linspace(NEAR, FAR, PLACES) * step
    left, right = (_brightness(small, centres[:, :1] + sign * away, centres[:, 1]) for sign in (-1, 1))
    differs = (left - right) / (left + right + 0.02)
    known = ~np.isnan(differs)
    return abs(float(differs[known].mean())) if known.sum() >= FEWEST else 0.0


def _brightness(pixels: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """(V,) mean grey of the places x (V, P), y (V,) that lie on the film; NaN where none does."""
    rows = np.repeat(y[:, None], x.shape[1], axis=1)
    grey = cv2.remap(pixels, x.astype(np.float32), rows.astype(np.float32), cv2.INTER_LINEAR, borderValue=-1e6)
    seen = grey >= 0
    count = seen.sum(axis=1)
    return np.where(count > 0, np.where(seen, grey, 0).sum(axis=1) / np.maximum(count, 1), np.nan)
