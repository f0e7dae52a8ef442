"""One training loop for the picture-making networks: generator and critic take turns, each with its own optimiser.

Adam with little momentum, a constant rate that falls to zero over the second half, the generator's weights averaged
(EMA), bf16 where the CPU has it; a checkpoint every epoch, from which a second start goes on.
"""

from __future__ import annotations

import copy
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from tqdm import tqdm

from .trainer import average, has_bf16, log_row

Terms = dict[str, Tensor]


@dataclass(frozen=True)
class Plan:
    """epochs; steps of an epoch; batch size; learning rates of generator and critic; EMA memory in steps; seed."""

    epochs: int
    steps: int
    batch: int
    rate: float = 4e-4
    critic_rate: float = 4e-4
    ema: float = 200.0
    seed: int = 0


class Duel(Protocol):
    """What a translation trains on. ``generator_loss`` keeps its pictures for ``critic_loss``, which follows."""

    def batch(self, count: int, rng: np.random.Generator) -> Terms: ...

    def generator_loss(self, generator: nn.Module, critic: nn.Module, batch: Terms) -> Terms: ...

    def critic_loss(self, critic: nn.Module, batch: Terms) -> Terms: ...


class DuelTrainer:
    """Trains ``generator`` against ``critic`` and keeps ``folder/{last.pt,log.jsonl}``; ``ema`` is the result."""

    def __init__(self, generator: nn.Module, critic: nn.Module, task: Duel, plan: Plan, folder: Path) -> None:
        self.generator = generator.requires_grad_(True).train().to(memory_format=torch.channels_last)
        self.critic = critic.requires_grad_(True).train().to(memory_format=torch.channels_last)
        self.ema = copy.deepcopy(self.generator)
        self.task, self.plan, self.folder = task, plan, folder
        self.optimizers = [
            torch.optim.Adam(net.parameters(), lr=rate, betas=(0.5, 0.99))
            for net, rate in ((generator, plan.rate), (critic, plan.critic_rate))
        ]
        self.epoch, self.seconds = 0, 0.0
        self.bf16 = has_bf16()
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / "last.pt").exists():
            self._resume()

    def fit(self) -> None:
        """Train to the last epoch."""
        while self.epoch < self.plan.epochs:
            rng = np.random.default_rng((self.plan.seed, self.epoch))
            torch.manual_seed(self.plan.seed + self.epoch)
            start = time.perf_counter()
            losses = self._one_epoch(rng)
            self.epoch += 1
            self.seconds += time.perf_counter() - start
            self._save()
            log_row(self.folder, {"epoch": self.epoch, "minutes": self.seconds / 60, **losses})

    def _one_epoch(self, rng: np.random.Generator) -> dict[str, float]:
        totals: dict[str, float] = {}
        for step in tqdm(range(self.plan.steps), desc=f"epoch {self.epoch + 1}/{self.plan.epochs}", mininterval=10):
            progress = (self.epoch + step / self.plan.steps) / self.plan.epochs
            batch = self.task.batch(self.plan.batch, rng)
            for net, optimizer, rate in zip(
                (self.generator, self.critic), self.optimizers, (self.plan.rate, self.plan.critic_rate)
            ):
                optimizer.param_groups[0]["lr"] = rate * min(1.0, 2 * (1 - progress) + 0.01)
                self.critic.requires_grad_(net is self.critic)
                with torch.autocast("cpu", torch.bfloat16, enabled=self.bf16):
                    if net is self.generator:
                        terms = self.task.generator_loss(self.generator, self.critic, batch)
                    else:
                        terms = self.task.critic_loss(self.critic, batch)
                optimizer.zero_grad(set_to_none=True)
                sum(terms.values()).backward()
                nn.utils.clip_grad_norm_(net.parameters(), 10.0)
                optimizer.step()
                for name, value in terms.items():
                    totals[name] = totals.get(name, 0.0) + float(value.detach())
            average(self.ema, self.generator, self.plan.ema, self.epoch * self.plan.steps + step + 1)
        return {f"loss_{name}": value / self.plan.steps for name, value in totals.items()}

    def _parts(self) -> dict[str, nn.Module | torch.optim.Optimizer]:
        made, judged = self.optimizers
        nets = {"generator": self.generator, "critic": self.critic, "ema": self.ema}
        return nets | {"made": made, "judged": judged}

    def _save(self) -> None:
        state = {name: part.state_dict() for name, part in self._parts().items()}
        torch.save(state | {"epoch": self.epoch, "seconds": self.seconds}, self.folder / "last.tmp")
        (self.folder / "last.tmp").replace(self.folder / "last.pt")

    def _resume(self) -> None:
        state = torch.load(self.folder / "last.pt", weights_only=True)
        for name, part in self._parts().items():
            part.load_state_dict(state[name])
        self.epoch, self.seconds = state["epoch"], state["seconds"]


class PatchCritic(nn.Module):
    """PatchGAN (Isola 2017): (N, C, H, W) -> the maps of every stage, the last being the verdict on each patch."""

    def __init__(self, channels: int, width: int = 24, stages: int = 3) -> None:
        super().__init__()
        widths = [channels] + [min(width * 2**stage, 4 * width) for stage in range(stages)]
        self.stages = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(inner, outer, 4, 2, 1),
                nn.InstanceNorm2d(outer) if stage else nn.Identity(),
                nn.LeakyReLU(0.2),
            )
            for stage, (inner, outer) in enumerate(zip(widths, widths[1:]))
        )
        self.verdict = nn.Conv2d(widths[-1], 1, 3, 1, 1)

    def forward(self, x: Tensor) -> list[Tensor]:
        maps = []
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        return [*maps, self.verdict(x)]


def hinge(real: Tensor, made: Tensor) -> Tensor:
    """The critic's hinge loss (Lim 2017)."""
    return F.relu(1 - real.float()).mean() + F.relu(1 + made.float()).mean()
