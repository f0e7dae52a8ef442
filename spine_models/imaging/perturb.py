"""Films made worse on purpose, in the ways films in hospitals differ: to see how far a model can be trusted.

Every perturbation returns the bytes of a picture file, to be read as a user's film is, and the map from film pixels to
pixels of that picture, to bring landmarks back. After Hendrycks D, Dietterich T. Benchmarking neural network robustness
to common corruptions and perturbations. ICLR 2019.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .warp import warp

IDENTITY = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
TEXTS = ("R", "L", "12.03.2026", "PA 180", "AB")


@dataclass(frozen=True)
class Perturbation:
    """kind: a key of LEVELS; level: how strong, see there."""

    kind: str
    level: float


LEVELS: dict[str, tuple[float, ...]] = {
    "original": (0,),
    "rotation": (-20, -10, -5, 5, 10, 20),
    "crop": (0.2, 0.1, 0.05),
    "scale": (0.25, 0.5, 2),
    "exposure": (0.5, 0.7, 1.5, 2),
    "blur": (0.001, 0.002, 0.004),
    "noise": (0.02, 0.05, 0.1),
    "jpeg": (90, 70, 50, 30, 10),
    "inverted": (1,),
    "markers": (2, 6),
}
"""Rotation in degrees, clockwise positive; crop: margin left round the spine, shares of its height; scale: factor;
exposure: gamma; blur: standard deviation, shares of the film's height; noise: standard deviation, the film from 0 to 1;
jpeg: quality; markers: letters and dates of film height / 25 pasted anywhere."""

PERTURBATIONS = tuple(Perturbation(kind, level) for kind, levels in LEVELS.items() for level in levels)


def perturbed(pixels: np.ndarray, change: Perturbation, spine: np.ndarray, rng: np.random.Generator
              ) -> tuple[bytes, np.ndarray]:
    """The picture file and the (2, 3) map of film pixels onto it.

    pixels: float32 (H, W) in [0, 1], bone bright. spine: (2, 2) upper left and lower right (x, y) of the vertebrae,
    which a crop spares.
    """
    frame, level = IDENTITY, change.level
    if change.kind in ("rotation", "scale", "crop"):
        frame, size = _frame(pixels.shape, change, spine)
        pixels = warp(pixels, frame, size)
    elif change.kind == "exposure":
        pixels = pixels**level
    elif change.kind == "blur":
        pixels = cv2.GaussianBlur(pixels, (0, 0), level * pixels.shape[0])
    elif change.kind == "noise":
        pixels = pixels + rng.normal(0, level, pixels.shape).astype(np.float32)
    elif change.kind == "inverted":
        pixels = 1 - pixels
    elif change.kind == "markers":
        pixels = _with_markers(pixels, int(level), rng)
    grey = np.rint(np.clip(pixels, 0, 1) * 255).astype(np.uint8)
    form, options = (".jpg", [cv2.IMWRITE_JPEG_QUALITY, int(level)]) if change.kind == "jpeg" else (
        ".png", [cv2.IMWRITE_PNG_COMPRESSION, 1])
    return cv2.imencode(form, grey, options)[1].tobytes(), frame


def _frame(shape: tuple[int, int], change: Perturbation, spine: np.ndarray) -> tuple[np.ndarray, tuple[int, int]]:
    """(2, 3) map and (h, w) of the picture; a turned film is shown whole, on black."""
    height, width = shape
    if change.kind == "crop":
        margin = change.level * (spine[1, 1] - spine[0, 1])
        low = np.maximum(np.floor(spine[0] - margin), 0)
        high = np.minimum(np.ceil(spine[1] + margin) + 1, (width, height))
        return np.column_stack([np.eye(2), -low]), (int(high[1] - low[1]), int(high[0] - low[0]))
    if change.kind == "scale":
        linear = np.eye(2) * change.level
    else:
        turn = np.radians(change.level)
        linear = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    extent = np.ceil(np.abs(linear) @ (width, height))
    middle = np.array([(width - 1) / 2, (height - 1) / 2])
    return np.column_stack([linear, (extent - 1) / 2 - linear @ middle]), (int(extent[1]), int(extent[0]))


def _with_markers(pixels: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    size, ink = pixels.shape[0] / 25, np.zeros(pixels.shape, np.uint8)
    for _ in range(count):
        text = TEXTS[rng.integers(len(TEXTS))]
        place = rng.uniform((0, size), (pixels.shape[1] - size, pixels.shape[0])).astype(int)
        cv2.putText(ink, text, place.tolist(), cv2.FONT_HERSHEY_SIMPLEX, size / 22, 255, max(1, round(size / 8)))
    return np.where(ink > 0, np.float32(1), pixels)
