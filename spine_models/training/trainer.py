"""One training loop for every network of the zoo: EMA, warm-up and cosine, bf16 where the CPU has it, resume."""

from __future__ import annotations

import copy
import json
import math
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn
from tqdm import tqdm

from ..zoo._records import curve_path
from .tasks import Learner, Task

LOG = "log.jsonl"


@dataclass(frozen=True)
class Schedule:
    """epochs, batch size, peak learning rate, share of steps that warm up, EMA memory in steps, seed, epochs from one
    validation to the next (the last epoch is always followed by one)."""

    epochs: int = 40
    batch: int = 8
    rate: float = 1.5e-3
    weight_decay: float = 0.02
    warmup: float = 0.04
    ema: float = 300.0
    seed: int = 0
    validate_every: int = 1


def has_bf16() -> bool:
    """True where bf16 arithmetic is done by the CPU itself; elsewhere autocast would be several times slower."""
    return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()


class Trainer:
    """Trains ``model`` on ``task`` and keeps ``runs/<name>/{last.pt,log.jsonl}``; a second start goes on."""

    def __init__(self, model: nn.Module, task: Task, schedule: Schedule, folder: Path) -> None:
        self.model = model.requires_grad_(True).to(memory_format=torch.channels_last)
        self.ema = copy.deepcopy(self.model).eval()
        self.task, self.schedule, self.folder = task, schedule, folder
        self.optimizer = torch.optim.AdamW(_groups(model, schedule.weight_decay), lr=schedule.rate)
        self.epoch, self.step, self.seconds = 0, 0, 0.0
        self.bf16 = has_bf16()
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / "last.pt").exists():
            self._resume()

    def _resume(self) -> None:
        state = torch.load(self.folder / "last.pt", weights_only=True)
        self.model.load_state_dict(state["model"])
        self.ema.load_state_dict(state["ema"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.epoch, self.step, self.seconds = state["epoch"], state["step"], state["seconds"]
        if isinstance(self.task, Learner):
            self.task.load_state_dict(state["task"])

    def _save(self) -> None:
        state = {"model": self.model.state_dict(), "ema": self.ema.state_dict()}
        state |= {"optimizer": self.optimizer.state_dict()}
        state |= {"epoch": self.epoch, "step": self.step, "seconds": self.seconds}
        if isinstance(self.task, Learner):
            state["task"] = self.task.state_dict()
        torch.save(state, self.folder / "last.tmp")
        (self.folder / "last.tmp").replace(self.folder / "last.pt")

    def fit(self) -> dict[str, float]:
        """Train to the last epoch; returns the validation numbers of the averaged weights."""
        numbers: dict[str, float] = {}
        while self.epoch < self.schedule.epochs:
            rng = np.random.default_rng((self.schedule.seed, self.epoch))
            torch.manual_seed(self.schedule.seed + self.epoch)
            start = time.perf_counter()
            losses = self._one_epoch(rng)
            self.epoch += 1
            self.seconds += time.perf_counter() - start
            self._save()
            due = self.epoch % self.schedule.validate_every == 0 or self.epoch == self.schedule.epochs
            numbers = self.task.validate(self.ema) if due else {}
            log_row(self.folder, {"epoch": self.epoch, "minutes": self.seconds / 60, **losses, **numbers})
        return numbers or self.task.validate(self.ema)

    def _one_epoch(self, rng: np.random.Generator) -> dict[str, float]:
        self.model.train()
        order = self.task.epoch(rng, self.epoch / self.schedule.epochs)
        size = self.schedule.batch
        batches = [order[i : i + size] for i in range(0, len(order) - size + 1, size)]
        totals: dict[str, float] = {}
        for done, indices in enumerate(tqdm(batches, desc=f"epoch {self.epoch + 1}/{self.schedule.epochs}")):
            self._set_rate((self.epoch + done / len(batches)) / self.schedule.epochs)
            x, targets = self.task.batch(indices, rng)
            x = x.contiguous(memory_format=torch.channels_last)
            with torch.autocast("cpu", torch.bfloat16, enabled=self.bf16):
                parts = self.task.loss(self.model, x, targets)
            self.optimizer.zero_grad(set_to_none=True)
            sum(parts.values()).backward()
            nn.utils.clip_grad_norm_(self.model.parameters(), 5.0)
            self.optimizer.step()
            self.step += 1
            average(self.ema, self.model, self.schedule.ema, self.step)
            for name, value in parts.items():
                totals[name] = totals.get(name, 0.0) + float(value.detach())
        return {f"loss_{name}": value / len(batches) for name, value in totals.items()}

    def _set_rate(self, progress: float) -> None:
        schedule = self.schedule
        if progress < schedule.warmup:
            factor = progress / schedule.warmup
        else:
            factor = 0.5 * (1 + math.cos(math.pi * (progress - schedule.warmup) / (1 - schedule.warmup)))
        for group in self.optimizer.param_groups:
            group["lr"] = schedule.rate * max(factor, 0.01)



@torch.no_grad()
def average(mean: nn.Module, model: nn.Module, memory: float, step: int) -> None:
    """Draw the weights of ``mean`` towards the model's, as if it remembered so many steps; fewer at first."""
    keep = min(1 - 1 / memory, step / (step + 10))
    for kept, now in zip(mean.state_dict().values(), model.state_dict().values()):
        if kept.dtype.is_floating_point:
            kept.lerp_(now, 1 - keep)
        else:
            kept.copy_(now)


def log_row(folder: Path, row: dict[str, float]) -> None:
    """Add an epoch to a run's log, and say it."""
    rounded = {key: float(f"{value:.5g}") for key, value in row.items()}
    with open(folder / LOG, "a", encoding="utf-8") as handle:
        handle.write(json.dumps(rounded) + "\n")
    tqdm.write("  ".join(f"{key} {value:.4g}" for key, value in row.items()))


def learning_curve(folder: Path) -> list[dict[str, float]]:
    """The log of a run: epoch, minutes and mean losses of every epoch, and validation numbers where it had any."""
    return [json.loads(line) for line in (folder / LOG).read_text(encoding="utf-8").splitlines()]


def keep_curve(run: Path, weights: Path) -> None:
    """Write the learning curve of a run beside its weights, as <name>.curve.json: one row an epoch."""
    rows = ",\n".join(json.dumps(row) for row in learning_curve(run))
    curve_path(weights).write_text(f"[\n{rows}\n]\n", encoding="utf-8")


def _groups(model: nn.Module, weight_decay: float) -> list[dict]:
    """No weight decay on norms and biases."""
    matrices = [p for p in model.parameters() if p.ndim > 1]
    vectors = [p for p in model.parameters() if p.ndim <= 1]
    return [{"params": matrices, "weight_decay": weight_decay}, {"params": vectors, "weight_decay": 0.0}]
