"""What the trainer needs to know per codec: which films, how a batch is made, the loss, the validation numbers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor

from ..core.aasce import aasce_angles
from ..core.centre_codec import encode
from ..core.errors import DetectionError
from ..zoo._model import Detection, SpineModel
from ..zoo._spine_map import spine_map_loss
from . import films
from .augment import Recipe, augment
from .films import Film
from .steepen import STEEPENED, steepened

WORKING_HEIGHT = 768  # films are kept this high in memory; the network sees 512 rows
SEVERE = 50.0  # degrees; such films are few and matter most


@dataclass(frozen=True)
class Shares:
    """visits per film and epoch, by pool; severe: factor for films beyond SEVERE; pretraining: share of the epochs in
    which every generated film is visited more, half a visit more at first, falling to nothing."""

    visits: dict[str, float]
    severe: float = 1.0
    pretraining: float = 0.0


PRETRAINED = Shares({"spineweb": 1.0, "fullbody": 4.0, "generated": 0.04, "phantom": 0.25}, pretraining=0.3)
FINE = Shares({"spineweb": 1.0, "fullbody": 7.0, "generated": 0.02, "phantom": 0.2}, severe=2.0)


class Task(Protocol):
    """epoch: film indices to visit, progress in [0, 1]; batch: input and targets; loss: weighted terms to be summed."""

    def epoch(self, rng: np.random.Generator, progress: float) -> np.ndarray: ...

    def batch(self, indices: np.ndarray, rng: np.random.Generator) -> tuple[Tensor, dict[str, Tensor]]: ...

    def loss(self, model: SpineModel, x: Tensor, targets: dict[str, Tensor]) -> dict[str, Tensor]: ...

    def validate(self, model: SpineModel) -> dict[str, float]: ...


@runtime_checkable
class Learner(Protocol):
    """A task that learns something itself, such as a critic, which must be kept with the run."""

    def state_dict(self) -> dict: ...

    def load_state_dict(self, state: dict) -> None: ...


class CentreLevelTask:
    """Centre, corner offset and level maps on real, full-body, generated and phantom films."""

    def __init__(self, data: Path, size: tuple[int, int], seed: int) -> None:
        self.size = size
        self.recipe = Recipe()
        self.shares = PRETRAINED
        pools = {
            "spineweb": films.spineweb(data, "train", WORKING_HEIGHT),
            "fullbody": films.fullbody(data, "train", WORKING_HEIGHT),
            "generated": films.generated(data, WORKING_HEIGHT),
            "phantom": films.phantoms(150, WORKING_HEIGHT, seed),
        }
        self.films = [film for pool in pools.values() for film in pool]
        self.pool = np.concatenate([np.full(len(pool), name) for name, pool in pools.items()])
        largest = [film.source.angles.max() if film.source else 0.0 for film in self.films]
        self.severe = np.array(largest) > SEVERE
        self.held_out = films.held_out(data)

    def epoch(self, rng: np.random.Generator, progress: float) -> np.ndarray:
        """Film indices of one epoch: each film floor(visits) times, once more with the probability that remains."""
        visits = np.array([self.shares.visits[name] for name in self.pool])
        visits = np.where(self.severe, self.shares.severe * visits, visits)
        if progress < self.shares.pretraining:
            visits += 0.5 * (self.pool == "generated") * (1 - progress / self.shares.pretraining)
        times = np.floor(visits + rng.random(len(visits))).astype(int)
        return rng.permutation(np.repeat(np.arange(len(self.films)), times))

    def batch(self, indices: np.ndarray, rng: np.random.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        images, targets = [], []
        for index in indices:
            film = self.films[index]
            if rng.random() < STEEPENED:
                film = steepened(film, rng)
            image, corners = augment(film, self.size, self.recipe, rng)
            images.append(image)
            targets.append(encode(corners, film.valid, film.levels, self.size))
        x = torch.from_numpy(np.stack(images)[:, None])
        return x, {name: torch.from_numpy(np.stack([t[name] for t in targets])) for name in targets[0]}

    def loss(self, model: SpineModel, x: Tensor, targets: dict[str, Tensor]) -> dict[str, Tensor]:
        out = {name: value.float() for name, value in model(x).items()}
        return spine_map_loss(out, targets)

    def validate(self, model: SpineModel) -> dict[str, float]:
        numbers = {}
        for name, held_out in self.held_out.items():
            numbers |= {f"{name}_{key}": value for key, value in measure(model, held_out).items()}
        return numbers


class Detector(Protocol):
    """Anything that finds vertebrae on a film: a model of the zoo or a part of one."""

    def detect(self, pixels: np.ndarray) -> Detection: ...


def measure(model: Detector, held_out: list[Film]) -> dict[str, float]:
    """SMAPE, largest-angle error (degrees), median corner error and level-shifted share on labelled films.

    A film that fails or is incomplete counts as angles of zero, a corner error of nothing, and as ``failed``.
    """
    differences, sums, largest, corner, shifted, failed = [], [], [], [], [], 0
    for film in held_out:
        truth = film.source.angles
        try:
            found = model.detect(film.pixels.astype(np.float32) / 255)
            if len(found.corners) != len(film.corners):
                raise DetectionError(f"{len(found.corners)} of {len(film.corners)} vertebrae.")
            corners = (found.corners + 0.5) / film.scale - 0.5
            angles = aasce_angles(corners, film.source.shape[0])
        except DetectionError:
            failed += 1
            angles = np.zeros(3)
        else:
            label = film.source.corners
            size = np.linalg.norm(label[:, 2:].mean(1) - label[:, :2].mean(1), axis=1).mean()
            corner.append(np.median(np.linalg.norm(corners - label, axis=2)) / size)
            if film.source.level_valid:
                along = np.linalg.norm(corners.mean(1) - label.mean(1), axis=1)[film.valid]
                shifted.append(float(np.median(along) > 0.6 * size))
        differences.append(np.abs(angles - truth).sum())
        sums.append((angles + truth).sum())
        largest.append(abs(angles.max() - truth.max()))
    largest = np.array(largest)
    return {
        "smape": float(100 * np.mean(np.array(differences) / np.array(sums))),
        "largest": float(largest.mean()),
        "within5": float((largest <= 5).mean()),
        "worst": float(largest.max()),
        "corner": float(np.mean(corner)) if corner else float("nan"),
        "shifted": float(np.mean(shifted)) if shifted else float("nan"),
        "failed": float(failed),
    }
