"""``train NAME`` for the networks that make pictures: build, train in a duel, keep the averaged weights."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import torch

from ..zoo._finder import shared_finder
from ..zoo._records import weights_path
from ..zoo._weights import save_weights
from ..zoo.spine_synth import CONDITION
from . import films
from .cyclegan_task import HEIGHT, Critics, CycleGanTask
from .kid import finder_features, kid
from .labels import LABEL_REVISION
from .randgan_task import RandGanTask, set_scales
from .synth_task import SynthTask
from .trainer import keep_curve
from .translation import DuelTrainer, PatchCritic, Plan

RUNS = Path("runs")
PLANS = {
    "randgan": Plan(epochs=14, steps=100, batch=8, rate=8e-4, critic_rate=8e-4),
    "spine_synth": Plan(epochs=14, steps=80, batch=4, rate=1e-3, critic_rate=5e-4),
    "cyclegan": Plan(epochs=14, steps=40, batch=2, rate=8e-4, critic_rate=4e-4),
}
COMPARED = 300  # generated films behind a KID


def train_randgan(module: ModuleType, data: Path, epochs: int | None, seed: int) -> dict[str, float]:
    """Painter against critic, then what is usual; returns how well turned films are told from upright ones."""
    model = module.build()
    trainer = _fit(model.painter, model.critic, RandGanTask(data, seed), module, epochs, seed)
    model.painter = trainer.ema
    held_out = {name: [film.pixels.astype(np.float32) / 255 for film in part]
                for name, part in films.held_out(data).items()}
    model.eval().requires_grad_(False)
    set_scales(model, sum(held_out.values(), []))
    numbers = _flagged(model, held_out)
    _save(model, trainer, module, numbers, seed)
    return numbers


def _flagged(model: torch.nn.Module, held_out: dict[str, list[np.ndarray]]) -> dict[str, float]:
    """Shares of held-out films that are doubted, as they are and upside down."""
    numbers = {}
    for name, part in held_out.items():
        for how, turn in (("flagged", 0), ("turned", 2)):
            scores = [model.judge(np.ascontiguousarray(np.rot90(film, turn))).score for film in part]
            numbers[f"{name}_{how}"] = float(np.mean(np.array(scores) > 1))
    return numbers


def train_synth(module: ModuleType, data: Path, epochs: int | None, seed: int) -> dict[str, float]:
    """From drawn anatomy to films; returns how far painted held-out films are from the true ones."""
    task, rng = SynthTask(data, seed), np.random.default_rng(seed)
    trainer = _fit(module.build(), PatchCritic(CONDITION + 1, 16, 4), task, module, epochs, seed)
    model = trainer.ema.eval().requires_grad_(False)
    task.describe_styles(model, rng)
    numbers = {"validation_grey": task.measure(model, data, rng)}
    _save(model, trainer, module, numbers, seed)
    return numbers


def train_cyclegan(module: ModuleType, data: Path, epochs: int | None, seed: int) -> dict[str, float]:
    """Both directions at once; returns KID between held-out real films and generated ones, as they are and restyled."""
    task = CycleGanTask(data)
    trainer = _fit(module.build(), Critics(), task, module, epochs, seed)
    model = trainer.ema.eval().requires_grad_(False)
    step = len(task.generated) // COMPARED
    generated = [pixels.astype(np.float32) / 255 for pixels in task.generated[::step]]
    real = [film.pixels.astype(np.float32) / 255 for film in films.spineweb(data, "validation", HEIGHT)]
    sets = {"raw": generated, "restyled": [model.restyle(pixels) for pixels in generated]}
    features = finder_features(shared_finder(), real)
    numbers = {f"kid_{name}": kid(features, finder_features(shared_finder(), pool)) for name, pool in sets.items()}
    _save(model, trainer, module, numbers, seed)
    return numbers


def _fit(generator: torch.nn.Module, critic: torch.nn.Module, task, module: ModuleType, epochs: int | None,
         seed: int) -> DuelTrainer:
    name = module.CARD.name
    plan = replace(PLANS[name], epochs=epochs or PLANS[name].epochs, seed=seed)
    trainer = DuelTrainer(generator, critic, task, plan, RUNS / name)
    trainer.fit()
    return trainer


def _save(model: torch.nn.Module, trainer: DuelTrainer, module: ModuleType, numbers: dict[str, float],
          seed: int) -> None:
    save_weights(
        model, weights_path(module.CARD.name), data=module.CARD.training_data, label_revision=LABEL_REVISION,
        epochs=trainer.epoch, minutes=round(trainer.seconds / 60, 1), seed=seed,
        validation={key: round(float(value), 4) for key, value in numbers.items()},
    )  # fmt: skip
    keep_curve(RUNS / module.CARD.name, weights_path(module.CARD.name))


RECIPES = {"anomaly": train_randgan, "synthesis": train_synth, "translation": train_cyclegan}
