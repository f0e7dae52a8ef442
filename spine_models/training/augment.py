"""One random affine map and one random exposure per training film."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..core.landmarks import mirrored
from .films import Film


@dataclass(frozen=True)
class Recipe:
    """How far a training film may be bent. Angles in degrees, scales relative to the framing that fills the input."""

    rotation: float = 8.0  # standard deviation
    rotation_limit: float = 30.0
    film_scale: tuple[float, float] = (0.5, 1.1)  # when the whole film is framed
    spine_scale: tuple[float, float] = (0.72, 1.06)  # when the spine alone is framed
    shift: float = 0.07  # standard deviation, share of the input size
    spine_framed: float = 0.5  # share of the samples framed on the spine


def framing(
    film_shape: tuple[int, int], corners: np.ndarray, size: tuple[int, int], on_spine: bool
) -> tuple[np.ndarray, float]:
    """Centre (x, y) and scale that letterbox the film, or the box of its corners, into the input."""
    if on_spine:
        low, high = corners.reshape(-1, 2).min(axis=0), corners.reshape(-1, 2).max(axis=0)
        extent = np.maximum(high - low, 1.0)
        return 0.5 * (low + high), min(size[0] / extent[1], size[1] / extent[0])
    height, width = film_shape
    return np.array([(width - 1) / 2, (height - 1) / 2]), min(size[0] / height, size[1] / width)


def affine(film: Film, size: tuple[int, int], recipe: Recipe, rng: np.random.Generator) -> np.ndarray:
    """(2, 3) map from film pixels to input pixels."""
    on_spine = rng.random() < recipe.spine_framed
    middle, scale = framing(film.pixels.shape, film.corners, size, on_spine)
    scale *= rng.uniform(*(recipe.spine_scale if on_spine else recipe.film_scale))
    turn = np.deg2rad(np.clip(rng.normal(0, recipe.rotation), -recipe.rotation_limit, recipe.rotation_limit))
    stretch = np.exp(rng.normal(0, 0.04))
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    linear = scale * rotation @ np.diag([stretch, 1 / stretch])
    target = np.array([size[1] / 2, size[0] / 2]) + rng.normal(0, recipe.shift, 2) * (size[1], size[0])
    return np.hstack([linear, (target - linear @ middle)[:, None]])


def expose(image: np.ndarray, rng: np.random.Generator, strength: float = 1.0, metal: float = 0.25) -> np.ndarray:
    """Random gamma, contrast, noise, blur and (share ``metal``) pasted metal; float32 [0, 1] in and out."""
    image = image ** np.exp(strength * rng.normal(0, 0.3))
    image = (image - 0.5) * np.exp(strength * rng.normal(0, 0.2)) + 0.5 + strength * rng.normal(0, 0.08)
    if rng.random() < 0.2:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.5, 1.5))
    if rng.random() < metal:
        image = _occlude(image, rng)
    if rng.random() < 0.6:
        image = image + rng.normal(0, rng.uniform(0, 0.06 * strength), image.shape).astype(np.float32)
    return np.clip(image, 0, 1).astype(np.float32)


def _occlude(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Bright rods, markers and shadowed blocks."""
    image = np.ascontiguousarray(image)
    height, width = image.shape
    for _ in range(rng.integers(1, 5)):
        start = rng.uniform((0, 0), (width, height))
        end = start + rng.normal(0, 1, 2) * (10, 60)
        value = float(rng.choice([rng.uniform(0.8, 1.0), rng.uniform(0, 0.3)]))
        cv2.line(image, start.astype(int).tolist(), end.astype(int).tolist(), value, int(rng.integers(1, 8)))
    return image


def augment(
    film: Film, size: tuple[int, int], recipe: Recipe, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Input image float32 (h, w) and the film's corners (V, 4, 2) on it."""
    matrix = affine(film, size, recipe, rng)
    border = 0 if rng.random() < 0.6 else int(rng.integers(0, 256))
    shrunk = np.linalg.norm(matrix[:, 0])
    source = film.pixels if shrunk > 0.6 else cv2.GaussianBlur(film.pixels, (0, 0), 0.35 / shrunk)
    image = cv2.warpAffine(source, matrix, (size[1], size[0]), flags=cv2.INTER_LINEAR, borderValue=border)
    corners = film.corners @ matrix[:, :2].T + matrix[:, 2]
    image = expose(image.astype(np.float32) / 255, rng)
    if rng.random() < 0.5:
        image, corners = image[:, ::-1], mirrored(corners, size[1])
    return np.ascontiguousarray(image), corners
