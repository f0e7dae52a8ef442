"""``train NAME``: build the model, train it as its codec asks, keep the averaged weights beside the zoo file."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import numpy as np
import torch

from ..core.errors import ModelError
from ..core.shape_prior import ShapePrior
from ..zoo._finder import WEIGHTS, Finder, shared_finder
from ..zoo._weights import save_weights
from ..zoo.registry import import_model, load_model, weights_path
from . import films, picture_runs
from .ablation import ablation
from .adversarial import ADVERSARIES, AdversarialTask
from .beginning import begin
from .finder_task import FinderTask
from .framed_task import FramedTask
from .labels import LABEL_REVISION
from .protocol import schedule
from .refine_task import RefineTask
from .tasks import FINE, CentreLevelTask, measure
from .trainer import Schedule, Trainer, keep_curve

RUNS = Path("runs")
LOCATOR = "vertebra_focused"  # the cascade starts from its network
FINDER = "finder"  # no model of the zoo, but trained by the same command
FINDER_DATA = "SpineWeb-16 training films, half of the full-body AASCE films, phantoms"


def train(name: str, data: Path, epochs: int | None = None, seed: int = 0) -> dict[str, float]:
    """Train a model of the zoo (resuming ``runs/<name>`` when it exists), save its weights; returns validation numbers.

    epochs: passes over the films, else what the model's recipe names. Raises ModelError, DataError.
    """
    torch.manual_seed(seed)
    if name == FINDER:
        return _train_finder(data, epochs, seed)
    module = import_model(name)
    recipe = RECIPES.get(module.CARD.codec)
    if recipe is None:
        raise ModelError(f"Model {name} is not trained by this command: its codec is {module.CARD.codec!r}.")
    return recipe(module, data, epochs, seed)


def _train_centre_level(module: ModuleType, data: Path, epochs: int | None, seed: int) -> dict[str, float]:
    """Long training that begins with generated films, then another with more full-body films and severe curves."""
    task = CentreLevelTask(data, module.CARD.input_size, seed)
    first = Trainer(module.build(), task, Schedule(epochs=epochs or 24, seed=seed), RUNS / module.CARD.name)
    first.fit()
    task.shares = FINE
    fine = Schedule(epochs=22, rate=1e-3, seed=seed + 1)
    second = Trainer(first.ema, task, fine, RUNS / f"{module.CARD.name}-fine")
    numbers = second.fit()
    _save(second.ema, module, numbers, first.epoch + second.epoch, first.seconds + second.seconds, seed)
    return numbers


def _train_cascade(module: ModuleType, data: Path, epochs: int | None, seed: int) -> dict[str, float]:
    """The locator is that of ``vertebra_focused``; the refiner is trained; the prior is fitted to the labels."""
    model = module.build()
    model.locator.load_state_dict(load_model(LOCATOR).net.state_dict())
    task = RefineTask(data, seed)
    planned = Schedule(epochs=epochs or 17, batch=4, rate=1.5e-3, seed=seed)
    trainer = Trainer(model.refiner, task, planned, RUNS / module.CARD.name)
    trainer.fit()
    model.refiner = trainer.ema
    model.set_prior(fit_prior(task))
    parts = films.held_out(data)
    numbers = {}
    for part, held in parts.items():
        numbers |= {f"{part}_{key}": value for key, value in measure(model.eval(), held).items()}
    _save(model, module, numbers, trainer.epoch, trainer.seconds, seed, ablation=ablation(model, parts))
    return numbers


def _train_framed(module: ModuleType, data: Path, epochs: int | None, seed: int) -> dict[str, float]:
    """A model that sees the spine alone, under the protocol, against a critic where it has one; needs the finder."""
    name, model = module.CARD.name, module.build()
    shared_finder()  # without it nothing can be validated
    begin(model)
    task = FramedTask(data, model, seed)
    if name in ADVERSARIES:
        task = AdversarialTask(task, ADVERSARIES[name])
    trainer = Trainer(model, task, schedule(name, epochs, seed), RUNS / name)
    numbers = trainer.fit()
    _save(trainer.ema, module, numbers, trainer.epoch, trainer.seconds, seed)
    keep_curve(RUNS / name, weights_path(name))
    return numbers


def _train_finder(data: Path, epochs: int | None, seed: int) -> dict[str, float]:
    """The network that finds the spine for all framed models."""
    trainer = Trainer(Finder(), FinderTask(data, seed), schedule(FINDER, epochs, seed), RUNS / FINDER)
    numbers = trainer.fit()
    save_weights(trainer.ema, WEIGHTS, **_facts(FINDER_DATA, numbers, trainer.epoch, trainer.seconds, seed))
    keep_curve(RUNS / FINDER, WEIGHTS)
    return numbers


def fit_prior(task: RefineTask) -> ShapePrior:
    """The shape prior of all completely labelled real training films."""
    usable = (f for f in dict.fromkeys(task.films) if f.source and f.valid.all() and f.source.level_valid)
    return ShapePrior.fit(np.stack([film.source.corners for film in usable]))


def _save(
    model: torch.nn.Module,
    module: ModuleType,
    numbers: dict[str, float],
    epochs: int,
    seconds: float,
    seed: int,
    **more: object,
) -> None:
    facts = _facts(module.CARD.training_data, numbers, epochs, seconds, seed)
    save_weights(model, weights_path(module.CARD.name), **facts, **more)


def _facts(data: str, numbers: dict[str, float], epochs: int, seconds: float, seed: int) -> dict[str, object]:
    return {
        "data": data,
        "label_revision": LABEL_REVISION,
        "epochs": epochs,
        "minutes": round(seconds / 60, 1),
        "seed": seed,
        "validation": {key: round(float(value), 4) for key, value in numbers.items()},
    }


RECIPES = {
    "centre_level": _train_centre_level, "cascade": _train_cascade, "framed": _train_framed, **picture_runs.RECIPES,
}  # fmt: skip
