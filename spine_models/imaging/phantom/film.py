"""From attenuation to film: scatter, contrast, noise, stitching, borders and the side marker."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np


@dataclass(frozen=True)
class Exposure:
    """black, white: attenuation percentiles shown as black and white; gamma > 1 darkens; flatten: share of the slow
    brightness changes that the film's processing removed (0-1); noise: standard deviation in grey values of 255;
    blur: px at 1,024 px height; stitch: brightness step between two exposures, grey values."""

    black: float = 2.0
    white: float = 99.8
    gamma: float = 1.1
    flatten: float = 0.4
    noise: float = 4.0
    blur: float = 0.7
    stitch: float = 0.0


def random_exposure(rng: np.random.Generator) -> Exposure:
    """From flat digital processing to films with black lungs and a stitching line."""
    return Exposure(
        black=rng.choice([0.5, 2.0, 8.0, 20.0], p=[0.3, 0.3, 0.25, 0.15]),
        white=rng.uniform(99.0, 100),
        gamma=rng.uniform(0.8, 1.6),
        flatten=rng.uniform(0.0, 0.85),
        noise=rng.gamma(2.0, 2.2),
        blur=rng.uniform(0.4, 1.5),
        stitch=rng.normal(0, 25) if rng.random() < 0.3 else 0.0,
    )


def expose(density: np.ndarray, exposure: Exposure, rng: np.random.Generator) -> np.ndarray:
    """Attenuation (H, W) -> uint8 film (H, W), bone bright."""
    height, width = density.shape
    density = cv2.GaussianBlur(density, (0, 0), exposure.blur * height / 1024)
    small = cv2.resize(density, None, fx=0.125, fy=0.125, interpolation=cv2.INTER_AREA)
    slow = cv2.resize(cv2.GaussianBlur(small, (0, 0), max(height / 1024 * 5, 0.5)), (width, height))
    scatter = cv2.resize(cv2.GaussianBlur(small, (0, 0), max(height / 1024 * 12, 0.5)), (width, height))
    film = density + 0.15 * scatter - exposure.flatten * (slow - slow.mean())
    low, high = np.percentile(film[::4, ::4], [exposure.black, exposure.white])
    film = np.clip((film - low) / max(high - low, 1e-3), 0, 1) ** exposure.gamma * 235 + 8
    if exposure.stitch:
        seam = rng.uniform(0.35, 0.65) * height
        ramp = np.clip((np.arange(height) - seam) / (0.004 * height), -1, 1) / 2
        film += (exposure.stitch * ramp)[:, None].astype(np.float32)
    film += _grain(film, exposure.noise, rng)
    return np.clip(np.round(film), 0, 255).astype(np.uint8)


def mark_side(film: np.ndarray, rng: np.random.Generator) -> None:
    """An R on the patient's right (left of the picture) or an L on the left, circled or not, in place."""
    height, width = film.shape
    letter, x = ("R", 0.06) if rng.random() < 0.6 else ("L", 0.88)
    size = height * rng.uniform(0.010, 0.018)
    at = int(width * x), int(height * rng.uniform(0.03, 0.3))
    thick = max(round(size / 6), 1)
    cv2.putText(film, letter, at, cv2.FONT_HERSHEY_SIMPLEX, size / 11, 250, thick, cv2.LINE_AA)
    if rng.random() < 0.6:
        cv2.circle(film, (at[0] + round(0.9 * size), at[1] - round(size)), round(1.9 * size), 250, thick, cv2.LINE_AA)


def add_border(film: np.ndarray, rng: np.random.Generator) -> None:
    """Black collimation edges, a few pixels to a few per cent wide, in place."""
    height, width = film.shape
    edges = np.round(rng.exponential(0.012, 4) * [height, height, width, width]).astype(int)
    top, bottom, left, right = np.minimum(edges, [height // 40, height // 40, width // 20, width // 20])
    film[:top], film[height - bottom :], film[:, :left], film[:, width - right :] = 0, 0, 0, 0


def _grain(film: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    """Quantum noise (stronger where the film is bright: fewer photons) plus a coarser, bone-like texture."""
    shape = film.shape
    fine = rng.standard_normal(shape, dtype=np.float32)
    fine = cv2.GaussianBlur(fine, (0, 0), 0.8) * 1.8
    coarse = clouds(shape, 3, rng)
    return amount * (0.5 + film / 255) * (0.7 * fine + 0.3 * coarse)


def clouds(shape: tuple[int, int], grain: float, rng: np.random.Generator) -> np.ndarray:
    """Smooth noise (H, W) of unit variance, its blobs about ``grain`` px wide."""
    rows, columns = (int(np.ceil(extent / grain)) + 1 for extent in shape)
    coarse = rng.standard_normal((rows, columns), dtype=np.float32)
    coarse = cv2.GaussianBlur(coarse, (0, 0), 0.8) * 2.8
    return cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_CUBIC)
