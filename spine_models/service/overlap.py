"""How well the vertebrae drawn from predicted corners cover those drawn from the label's."""

from __future__ import annotations

import cv2
import numpy as np

from ..core.metrics import dice, hausdorff95, iou, level_dice
from .masks import level_mask

MISSING = {"dice": np.nan, "iou": np.nan, "dice_levels": np.nan, "hd95": np.nan}


def overlap(corners: np.ndarray, label: np.ndarray, shape: tuple[int, int]) -> dict[str, float]:
    """Masks of corners (V, 4, 2) and of the label (V, 4, 2) on a film of ``shape``; MISSING where corners are NaN.

    dice, iou: of all vertebrae as one area; dice_levels: mean over levels of each level's Dice; hd95: Hausdorff
    distance of the areas' outlines, 95th percentile, pixels of the film, NaN when one has no outline on the film.
    """
    if not np.isfinite(corners).all():
        return MISSING
    left_top, right_bottom = _around(np.concatenate([corners, label]), shape)
    size = tuple((right_bottom - left_top)[::-1])
    found, true = level_mask(corners - left_top, size), level_mask(label - left_top, size)
    outlines = outline(found), outline(true)
    seen = all(len(points) for points in outlines)
    return {"dice": dice(found, true), "iou": iou(found, true), "dice_levels": level_dice(found, true, len(label)),
            "hd95": hausdorff95(*outlines) if seen else np.nan}


def _around(corners: np.ndarray, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """(x, y) of the first pixel of the part of the film that holds all corners, and of the pixel after its last."""
    points, last = corners.reshape(-1, 2), np.array(shape[::-1])
    return (np.clip(np.floor(points.min(axis=0)).astype(int) - 1, 0, last - 1),
            np.clip(np.ceil(points.max(axis=0)).astype(int) + 2, 1, last))


def outline(mask: np.ndarray) -> np.ndarray:
    """(P, 2) pixels (x, y) on the outlines of the area that is not 0."""
    contours, _ = cv2.findContours((mask > 0).astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    return np.concatenate([contour[:, 0] for contour in contours]) if contours else np.zeros((0, 2))
