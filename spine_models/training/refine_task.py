"""Training the corner refiner: crops around the labelled vertebrae, placed as badly as a model or human does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..imaging.crops import CROP, CROP_WIDTHS, crop_frames, cut, frames, to_crop
from ..zoo._refiner import Refiner, refiner_loss
from . import films
from .augment import expose

WORKING_HEIGHT = 1536
PER_FILM = 8  # crops drawn per film and batch
SHARES = {"spineweb": 1, "fullbody": 2, "phantom": 1}  # visits per film and epoch


class RefineTask:
    """Corner and tilt error on jittered crops of the labelled vertebrae."""

    def __init__(self, data: Path, seed: int) -> None:
        pools = {
            "spineweb": films.spineweb(data, "train", WORKING_HEIGHT),
            "fullbody": films.fullbody(data, "train", WORKING_HEIGHT),
            "phantom": films.phantoms(40, WORKING_HEIGHT, seed),
        }
        self.films = [film for name, pool in pools.items() for film in pool * SHARES[name]]
        self.held_out = films.spineweb(data, "validation", WORKING_HEIGHT)

    def epoch(self, rng: np.random.Generator, progress: float) -> np.ndarray:
        return rng.permutation(np.tile(np.arange(len(self.films)), 2))

    def batch(self, indices: np.ndarray, rng: np.random.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        crops, truth = [], []
        for index in indices:
            film = self.films[index]
            rows = rng.choice(np.flatnonzero(film.valid), PER_FILM)
            maps = jitter(film.corners, rows, rng)
            points = to_crop(maps, film.corners[rows])
            for crop, corners in zip(cut(film.pixels, maps), points):
                crop = expose(crop, rng, strength=0.5, metal=0.08)
                if rng.random() < 0.5:
                    crop, corners = crop[:, ::-1], corners[[1, 0, 3, 2]] * (-1, 1) + (CROP[1] - 1, 0)
                crops.append(crop)
                truth.append(corners)
        x = torch.from_numpy(np.stack(crops)[:, None].astype(np.float32))
        return x, {"corners": torch.from_numpy(np.stack(truth).astype(np.float32))}

    def loss(self, model: Refiner, x: Tensor, targets: dict[str, Tensor]) -> dict[str, Tensor]:
        return refiner_loss(*model(x), targets["corners"])

    def validate(self, model: Refiner) -> dict[str, float]:
        """Mean corner error in % of the vertebra's width, tilt error in degrees, and the share within one sigma."""
        rng = np.random.default_rng(0)
        corner, tilt, within = [], [], []
        for film in self.held_out:
            rows = np.flatnonzero(film.valid)
            maps = jitter(film.corners, rows, rng)
            truth = to_crop(maps, film.corners[rows])
            with torch.inference_mode():
                points, spread = model(torch.from_numpy(cut(film.pixels, maps)[:, None]))
            points = points.numpy()
            error = np.linalg.norm(points - truth, axis=2)
            width = np.linalg.norm(_across(truth), axis=1)
            corner.append((error / width[:, None]).mean())
            tilt.append(np.degrees(np.abs(_angle(points) - _angle(truth))).mean())
            within.append((error < 2 * np.exp(spread.numpy())).mean())
        return {"corner": 100 * np.mean(corner), "tilt": np.mean(tilt), "within": np.mean(within)}


def jitter(corners: np.ndarray, rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Frames (K, 2, 3) of the vertebrae ``rows``, turned, scaled and shifted at random."""
    maps = crop_frames(corners)[rows]
    scale = np.linalg.norm(maps[:, :, 0], axis=1)
    angle = np.arctan2(maps[:, 0, 1], maps[:, 0, 0])
    quads = corners[rows]
    height = np.linalg.norm(quads[:, 2:].mean(axis=1) - quads[:, :2].mean(axis=1), axis=1)
    width = np.linalg.norm(_across(quads), axis=1)
    count = len(rows)
    along = rng.uniform(-0.28, 0.28, count) * np.minimum(height, 0.8 * width)
    aside = rng.uniform(-0.15, 0.15, count) * width
    normal = np.stack([-np.sin(angle), np.cos(angle)], axis=1)
    direction = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    centre = quads.mean(axis=1) + along[:, None] * normal + aside[:, None] * direction
    turn = angle + np.deg2rad(rng.uniform(-9, 9, count))
    return frames(centre, turn, CROP[1] / (CROP_WIDTHS * scale) * np.exp(rng.uniform(-0.18, 0.18, count)))


def _across(quads: np.ndarray) -> np.ndarray:
    return 0.5 * (quads[:, 1] + quads[:, 3] - quads[:, 0] - quads[:, 2])


def _angle(quads: np.ndarray) -> np.ndarray:
    across = _across(quads)
    return np.arctan2(across[:, 1], across[:, 0])
