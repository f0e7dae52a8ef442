"""Resample a film through an affine map without aliasing."""

from __future__ import annotations

import cv2
import numpy as np


def warp(pixels: np.ndarray, frame: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Picture float32 (h, w) in [0, 1] of a film (H, W), float32 [0, 1] or uint8; black outside the film.

    frame: (2, 3) map from film pixels to picture pixels. A film that shrinks is shrunk by area averaging first.
    """
    pixels, frame = shrunk(pixels, frame, float(np.sqrt(abs(np.linalg.det(frame[:, :2])))))
    picture = cv2.warpAffine(pixels, frame, (size[1], size[0]), flags=cv2.INTER_LINEAR)
    return picture.astype(np.float32) / 255 if pixels.dtype == np.uint8 else picture


def shrunk(pixels: np.ndarray, frame: np.ndarray, scale: float) -> tuple[np.ndarray, np.ndarray]:
    """The film resized by ``scale`` when that is clearly below 1, and the map from the resized film's pixels."""
    if scale > 0.9:
        return pixels, frame
    small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    # pixel p of the small film stands at film pixel (p + 0.5) / scale - 0.5
    linear = frame[..., :2] / scale
    shift = frame[..., 2] + linear @ np.full(2, 0.5 - 0.5 * scale)
    return small, np.concatenate([linear, shift[..., None]], axis=-1)


def spine_frame(corners: np.ndarray, size: tuple[int, int], fill: float = 0.86, upright: float = 10.0) -> np.ndarray:
    """(2, 3) map that stands the spine in the middle of a picture (h, w), filling the share ``fill`` of it.

    corners: (V, 4, 2) film pixels. A spine is turned upright when its axis leans by more than ``upright`` degrees.
    """
    way = corners[-1].mean(axis=0) - corners[0].mean(axis=0)
    lean = np.arctan2(-way[0], way[1])
    turn = -lean if abs(np.degrees(lean)) > upright else 0.0
    linear = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    points = corners.reshape(-1, 2) @ linear.T
    low, high = points.min(axis=0), points.max(axis=0)
    scale = fill * min(size[0] / (high[1] - low[1]), size[1] / (high[0] - low[0]))
    middle = np.array([(size[1] - 1) / 2, (size[0] - 1) / 2])
    return np.column_stack([scale * linear, middle - scale * 0.5 * (low + high)])


def through(frame: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Points (..., 2) mapped by a (2, 3) frame."""
    return points @ frame[:, :2].T + frame[:, 2]


def inverse(frame: np.ndarray) -> np.ndarray:
    """The (2, 3) frame that undoes another."""
    back = np.linalg.inv(frame[:, :2])
    return np.column_stack([back, -back @ frame[:, 2]])
