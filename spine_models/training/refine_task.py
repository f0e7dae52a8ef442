"""Training the corner refiner: all labelled vertebrae of a film, each crop placed as badly as a model or human does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..core.landmarks import mirrored
from ..imaging.crops import CROP, CROP_WIDTHS, crop_frames, cut, frames, mirror_frames, to_crop
from ..zoo._refiner import Refiner, film_angles, refiner_loss
from . import films
from .augment import expose
from .steepen import STEEPENED, steepened
from .tasks import SEVERE

WORKING_HEIGHT = 1536
SHARES = {"spineweb": 1, "fullbody": 3, "phantom": 1}  # visits per film and epoch
SHIFTS, SHIFT_ODDS = (-1, 0, 1), (0.2, 0.6, 0.2)  # the chain handed over starts one vertebra too high or too low


@dataclass(frozen=True, eq=False)
class Rows:
    """Vertebrae of one film as they are handed to the refiner: corners (V, 4, 2); valid: (V,) may be learnt."""

    corners: np.ndarray
    valid: np.ndarray


class RefineTask:
    """Corner, tilt and curve error on jittered crops of the labelled vertebrae."""

    def __init__(self, data: Path, seed: int) -> None:
        pools = {
            "spineweb": films.spineweb(data, "train", WORKING_HEIGHT),
            "fullbody": films.fullbody(data, "train", WORKING_HEIGHT),
            "phantom": films.phantoms(40, WORKING_HEIGHT, seed),
        }
        self.films = [film for name, pool in pools.items() for film in pool * SHARES[name]]
        self.films += [film for film in pools["spineweb"] if film.source.angles.max() > SEVERE]
        self.held_out = films.spineweb(data, "validation", WORKING_HEIGHT)

    def epoch(self, rng: np.random.Generator, progress: float) -> np.ndarray:
        return rng.permutation(len(self.films))

    def batch(self, indices: np.ndarray, rng: np.random.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        samples = [sample(self.films[index], rng) for index in indices]
        x = torch.from_numpy(np.stack([crops for crops, _ in samples]))
        return x, {name: torch.from_numpy(np.stack([target[name] for _, target in samples])) for name in samples[0][1]}

    def loss(self, model: Refiner, x: Tensor, targets: dict[str, Tensor]) -> dict[str, Tensor]:
        return refiner_loss(model(x, targets["frames"]), targets)

    def validate(self, model: Refiner) -> dict[str, float]:
        """Mean corner error in % of the vertebra's width; tilt error of vertebrae, alone and with their neighbours, and
        error of the largest angle, degrees; share of corners within two sigma."""
        rng = np.random.default_rng(0)
        rows = [self._held_out(model, film, SHIFTS[k % 3], rng) for k, film in enumerate(self.held_out)]
        return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}

    def _held_out(self, model: Refiner, film: films.Film, shift: int, rng: np.random.Generator) -> dict[str, float]:
        rows = shifted_rows(film, shift)
        maps = jitter(rows.corners, 0.5, rng)
        truth = torch.from_numpy(to_crop(maps, rows.corners)).float()[None]
        placed = torch.from_numpy(maps).float()[None]
        with torch.inference_mode():
            out = model(torch.from_numpy(cut(film.pixels, maps))[None], placed)
        label, found, alone = (film_angles(p, placed)[0, rows.valid, 2].numpy() for p in (truth, out.points, out.alone))
        error = (out.points - truth).norm(dim=3)[0, rows.valid].numpy()
        width = np.linalg.norm(_across(truth[0].numpy()), axis=1)[rows.valid]
        return {
            "corner": 100 * (error / width[:, None]).mean(),
            "alone": np.abs(alone - label).mean(),
            "tilt": np.abs(found - label).mean(),
            "largest": np.abs(np.ptp(found) - np.ptp(label)),
            "within": (error < 2 * out.spread.exp()[0, rows.valid].numpy()).mean(),
        }


def shifted_rows(film: films.Film, shift: int) -> Rows:
    """The film's vertebrae, or those one further up or down; a vertebra beyond the label continues the last step."""
    corners = film.corners
    corners = np.concatenate([[2 * corners[0] - corners[1]], corners, [2 * corners[-1] - corners[-2]]])
    valid = np.concatenate([[False], film.valid, [False]])
    chosen = slice(1 + shift, len(corners) - 1 + shift)
    return Rows(corners[chosen], valid[chosen])


def sample(film: films.Film, rng: np.random.Generator) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Crops (V, 96, 128) of a film's vertebrae, exposed alike, and what ``refiner_loss`` compares with."""
    if rng.random() < STEEPENED:
        film = steepened(film, rng)
    rows = shifted_rows(film, rng.choice(SHIFTS, p=SHIFT_ODDS))
    maps = jitter(rows.corners, rng.uniform(0.2, 1.0), rng)
    crops, corners = cut(film.pixels, maps), to_crop(maps, rows.corners)
    crops = expose(crops.reshape(-1, CROP[1]), rng, strength=0.5, metal=0).reshape(crops.shape)
    crops = np.stack([expose(crop, rng, strength=0.2, metal=0.08) for crop in crops])
    if rng.random() < 0.5:
        crops, corners, maps = crops[:, :, ::-1], mirrored(corners, CROP[1]), mirror_frames(maps)
    targets = {
        "corners": corners.astype(np.float32),
        "frames": maps.astype(np.float32),
        "valid": rows.valid.astype(np.float32),
        "pairs": end_pairs(rows),
    }
    return crops.astype(np.float32), targets


def end_pairs(rows: Rows) -> np.ndarray:
    """(3, 2) rows of the end vertebrae of the largest angle, and of the largest ones above and below it; -1 if none."""
    usable = np.flatnonzero(rows.valid)
    tilt = np.degrees(_angle(rows.corners[usable]))
    between = np.abs(tilt[:, None] - tilt)
    upper, lower = sorted(np.unravel_index(between.argmax(), between.shape))
    above, below = between[upper, : upper + 1].argmax(), lower + between[lower, lower:].argmax()
    pairs = usable[np.array([(upper, lower), (above, upper), (lower, below)])]
    return np.where(pairs[:, :1] == pairs[:, 1:], -1, pairs)


def jitter(corners: np.ndarray, strength: float, rng: np.random.Generator) -> np.ndarray:
    """Frames (V, 2, 3) of the vertebrae, turned, scaled and shifted at random; strength 1 is a third of a vertebra."""
    maps = crop_frames(corners)
    scale = np.linalg.norm(maps[:, :, 0], axis=1)
    angle = np.arctan2(maps[:, 0, 1], maps[:, 0, 0])
    height = np.linalg.norm(corners[:, 2:].mean(axis=1) - corners[:, :2].mean(axis=1), axis=1)
    width = np.linalg.norm(_across(corners), axis=1)
    along, aside, turn, grow = strength * rng.uniform(-1, 1, (4, len(corners)))
    along = 0.28 * along * np.minimum(height, 0.8 * width)
    aside = 0.15 * aside * width
    normal = np.stack([-np.sin(angle), np.cos(angle)], axis=1)
    direction = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    centre = corners.mean(axis=1) + along[:, None] * normal + aside[:, None] * direction
    return frames(centre, angle + np.deg2rad(9 * turn), CROP[1] / (CROP_WIDTHS * scale) * np.exp(0.18 * grow))


def _across(quads: np.ndarray) -> np.ndarray:
    return 0.5 * (quads[:, 1] + quads[:, 3] - quads[:, 0] - quads[:, 2])


def _angle(quads: np.ndarray) -> np.ndarray:
    across = _across(quads)
    return np.arctan2(across[:, 1], across[:, 0])
