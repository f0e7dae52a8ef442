"""Oriented crops: one upright, equally large picture per vertebra, cut from the full-resolution film.

A frame is a (2, 3) affine map from film pixels to crop pixels. The crop is CROP_WIDTHS vertebra widths wide, so that
it shows the facing endplates of both neighbours.
"""

from __future__ import annotations

import cv2
import numpy as np

from .warp import shrunk

CROP = (96, 128)  # (height, width) of a crop
CROP_WIDTHS = 2.0
FINEST = 64.0  # vertebra width in pixels beyond which the film is shrunk first, so that cutting does not alias


def crop_frames(corners: np.ndarray) -> np.ndarray:
    """Frames (V, 2, 3) for vertebrae (V, 4, 2), film pixels; direction and width are smoothed with the neighbours."""
    across = 0.5 * (corners[:, 1] + corners[:, 3] - corners[:, 0] - corners[:, 2])
    width = np.linalg.norm(across, axis=1)
    width = np.maximum(width, 0.3 * np.median(width))
    direction = _smooth(across / width[:, None])
    return frames(corners.mean(axis=1), np.arctan2(direction[:, 1], direction[:, 0]), _smooth(width[:, None])[:, 0])


def frames(centre: np.ndarray, angle: np.ndarray, width: np.ndarray) -> np.ndarray:
    """(V, 2, 3) frames from centres (V, 2), tilts (V,) in radians and vertebra widths (V,), film pixels."""
    scale = CROP[1] / (CROP_WIDTHS * width)
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    linear = np.stack([np.stack([cos, sin], axis=1), np.stack([-sin, cos], axis=1)], axis=1)
    middle = np.array([(CROP[1] - 1) / 2, (CROP[0] - 1) / 2])
    return np.concatenate([linear, (middle - np.einsum("vij,vj->vi", linear, centre))[:, :, None]], axis=2)


def cut(pixels: np.ndarray, maps: np.ndarray) -> np.ndarray:
    """Crops float32 (V, 96, 128) in [0, 1] of a film (H, W), float32 [0, 1] or uint8."""
    zoom = float(np.median(np.linalg.norm(maps[:, :, 0], axis=1)))
    pixels, maps = shrunk(pixels, maps, zoom * CROP_WIDTHS * FINEST / CROP[1])
    crops = [cv2.warpAffine(pixels, frame, CROP[::-1], flags=cv2.INTER_LINEAR) for frame in maps]
    return np.stack(crops).astype(np.float32) / (255 if pixels.dtype == np.uint8 else 1)


def to_crop(maps: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Film points (V, K, 2) -> crop pixels of each vertebra's own frame."""
    return np.einsum("vij,vkj->vki", maps[:, :, :2], points) + maps[:, None, :, 2]


def to_film(maps: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Crop pixels (V, K, 2) -> film points; undoes ``to_crop``."""
    return np.einsum("vij,vkj->vki", np.linalg.inv(maps[:, :, :2]), points - maps[:, None, :, 2])


def mirror_frames(maps: np.ndarray) -> np.ndarray:
    """Frames of the same vertebrae on the mirrored film (x counted the other way), for which crops are mirrored too."""
    turned = maps * np.array([[1, -1, -1], [-1, 1, 1]])
    turned[:, 0, 2] += CROP[1] - 1
    return turned


def _smooth(values: np.ndarray) -> np.ndarray:
    padded = np.pad(values, ((1, 1), (0, 0)), mode="edge")
    return 0.25 * padded[:-2] + 0.5 * padded[1:-1] + 0.25 * padded[2:]
