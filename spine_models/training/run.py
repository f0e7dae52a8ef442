"""``train NAME``: build the model, train it on its codec's task, keep the averaged weights beside the zoo file."""

from __future__ import annotations

from pathlib import Path

import torch

from ..core.errors import ModelError
from ..zoo._weights import save_weights
from ..zoo.registry import import_model, weights_path
from .labels import LABEL_REVISION
from .tasks import CentreLevelTask
from .trainer import Schedule, Trainer

RUNS = Path("runs")
TASKS = {"centre_level": CentreLevelTask}


def train(name: str, data: Path, epochs: int = Schedule.epochs, seed: int = Schedule.seed) -> dict[str, float]:
    """Train a model of the zoo (resuming ``runs/<name>`` when it exists), save its weights; returns validation numbers."""
    module = import_model(name)
    if module.CARD.codec not in TASKS:
        raise ModelError(f"Model {name} is not trained by this command: its codec is {module.CARD.codec!r}.")
    torch.manual_seed(seed)
    task = TASKS[module.CARD.codec](data, module.CARD.input_size, seed)
    trainer = Trainer(module.build(), task, Schedule(epochs=epochs, seed=seed), RUNS / name)
    numbers = trainer.fit()
    save_weights(
        trainer.ema,
        weights_path(name),
        data=module.CARD.training_data,
        label_revision=LABEL_REVISION,
        epochs=trainer.epoch,
        minutes=round(trainer.seconds / 60, 1),
        seed=seed,
        validation={key: round(value, 4) for key, value in numbers.items()},
    )
    return numbers
