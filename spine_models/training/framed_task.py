"""Training the framed models: the spine alone, framed as badly as the finder frames it, and a random exposure."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from ..core.centre_codec import UNKNOWN_LEVEL
from ..core.landmarks import mirrored
from ..imaging.warp import inverse, shrunk, spine_frame, through
from ..zoo._framed import FramedModel
from . import films
from .augment import expose
from .bend import Bend
from .films import Film
from .tasks import measure

WORKING_HEIGHTS = {"spineweb": 768, "fullbody": 1536, "phantom": 768}  # full-body spines fill half of their film
VISITS = {"spineweb": 1, "fullbody": 3, "phantom": 1}  # per film and epoch
PHANTOMS = 80
EXPOSURE = 0.7  # strength of ``augment.expose``
LEVELS = 17


@dataclass(frozen=True)
class Jitter:
    """How badly a training spine is framed. Shares of the picture's height, logarithms of scale, degrees."""

    shift: float = 0.04
    level_off: float = 0.1  # share of the pictures framed a whole vertebra too high or too low
    scale: float = 0.08
    stretch: float = 0.03
    rotation: float = 4.0
    bent: float = 0.5  # share of the pictures whose spine is bent


class FramedTask:
    """Corners of T1-L5 on framed SpineWeb-16, full-body and phantom films whose level names hold."""

    def __init__(self, data: Path, model: FramedModel, seed: int) -> None:
        self.model, self.jitter = model, Jitter()
        pools = {
            "spineweb": films.spineweb(data, "train", WORKING_HEIGHTS["spineweb"]),
            "fullbody": films.fullbody(data, "train", WORKING_HEIGHTS["fullbody"]),
            "phantom": films.phantoms(PHANTOMS, WORKING_HEIGHTS["phantom"], seed),
        }
        named = {name: [film for film in pool if (film.levels != UNKNOWN_LEVEL).all()] for name, pool in pools.items()}
        self.films = [film for name, pool in named.items() for film in pool * VISITS[name]]
        self.held_out = films.held_out(data)
        model.prepare(self.framed_spines([f for name in ("spineweb", "fullbody") for f in named[name]]))

    def framed_spines(self, chosen: list[Film]) -> np.ndarray:
        """(N, 17, 4, 2) corners of the completely labelled films on their pictures, framed exactly."""
        whole = [film.corners for film in chosen if film.valid.all()]
        return np.stack([through(spine_frame(corners, self.model.SIZE), corners) for corners in whole])

    def epoch(self, rng: np.random.Generator, progress: float) -> np.ndarray:
        return rng.permutation(len(self.films))

    def batch(self, indices: np.ndarray, rng: np.random.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        pictures, targets = [], []
        for index in indices:
            picture, corners = sample(self.films[index], self.model.SIZE, self.jitter, rng)
            pictures.append(picture)
            targets.append(self.model.encode(corners, self.films[index].valid))
        x = torch.from_numpy(np.stack(pictures)[:, None])
        return x, {name: torch.from_numpy(np.stack([t[name] for t in targets])) for name in targets[0]}

    def loss(self, model: FramedModel, x: Tensor, targets: dict[str, Tensor]) -> dict[str, Tensor]:
        return model.loss({name: value.float() for name, value in model(x).items()}, targets)

    def validate(self, model: FramedModel) -> dict[str, float]:
        """``tasks.measure`` on the held-out films through the model's whole ``detect``, finder and all."""
        numbers = {}
        for part, held in self.held_out.items():
            numbers |= {f"{part}_{key}": value for key, value in measure(model, held).items()}
        return numbers


def sample(
    film: Film, size: tuple[int, int], jitter: Jitter, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Picture float32 (h, w) of a film's spine, and the film's corners (17, 4, 2) on it."""
    frame = jittered(spine_frame(film.corners[film.valid], size), size, jitter, rng)
    corners = through(frame, film.corners)
    bend = Bend.draw(corners[film.valid], size, rng) if rng.random() < jitter.bent else None
    source, small = shrunk(film.pixels, frame, float(np.sqrt(np.linalg.det(frame[:, :2]))))
    if bend is None:
        picture = cv2.warpAffine(source, small, (size[1], size[0]), flags=cv2.INTER_LINEAR)
    else:
        places = cv2.transform(bend.grid(size[1]), inverse(small))
        picture, corners = cv2.remap(source, places, None, cv2.INTER_LINEAR), bend.target(corners)
    picture = picture.astype(np.float32) / 255
    picture = expose(picture, rng, EXPOSURE)
    if rng.random() < 0.5:
        picture, corners = np.ascontiguousarray(picture[:, ::-1]), mirrored(corners, size[1])
    return picture, corners


def jittered(
    frame: np.ndarray, size: tuple[int, int], jitter: Jitter, rng: np.random.Generator
) -> np.ndarray:
    """A frame (2, 3) turned, scaled and stretched about the picture's middle, and shifted, at random."""
    turn = np.deg2rad(rng.normal(0, jitter.rotation))
    stretch = np.exp(rng.normal(0, jitter.stretch))
    scale = np.exp(rng.normal(0, jitter.scale))
    linear = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    linear = linear @ np.diag([stretch, 1 / stretch])
    shift = rng.normal(0, jitter.shift, 2) * size[0]
    if rng.random() < jitter.level_off:
        shift[1] += rng.choice([-1, 1]) * size[0] / LEVELS
    middle = np.array([(size[1] - 1) / 2, (size[0] - 1) / 2])
    return np.column_stack([linear @ frame[:, :2], linear @ (frame[:, 2] - middle) + middle + shift])
