"""Adversarial training: the framed task with a critic that learns to tell what the model makes from the truth.

The model learns its own loss and, after some epochs of that alone, also to please the critic; hinge losses (Lim 2017,
Miyato 2018). The critic and its optimiser belong to the task and to the run's checkpoint, not to the model.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..zoo._framed import FramedModel
from .critics import PatchCritic, ShapeCritic
from .framed_task import FramedTask


@dataclass(frozen=True)
class Adversary:
    """critic: made for so many channels; weight of the adversarial term; the critic learns from the share ``start`` of
    the training on, and the model from it after ``lead`` more; rate of the critic's optimiser."""

    critic: Callable[[int], nn.Module]
    channels: int
    weight: float
    start: float = 0.15
    lead: float = 0.1
    rate: float = 4e-4


ADVERSARIES = {
    "pix2pix": Adversary(PatchCritic, 16 + 1 + 8, weight=0.05),
    "spinegan": Adversary(PatchCritic, 18, weight=0.05),
    "landmark_gan": Adversary(ShapeCritic, 12, weight=0.05, start=0.0, lead=0.2, rate=1e-3),
}
"""The adversary of each model that has one."""


class Opponent:
    """A critic and how it learns. ``weight`` is that of the moment, None while the critic does not learn yet."""

    def __init__(self, adversary: Adversary) -> None:
        self.adversary, self.critic = adversary, adversary.critic(adversary.channels)
        self.optimizer = torch.optim.Adam(self.critic.parameters(), lr=adversary.rate, betas=(0.0, 0.99))
        self.weight: float | None = None

    def set_progress(self, progress: float) -> None:
        """progress: share of the training that is done."""
        since = progress - self.adversary.start
        self.weight = None if since < 0 else self.adversary.weight * float(since >= self.adversary.lead)

    def terms(self, made: Tensor, true: Tensor) -> dict[str, Tensor]:
        """The critic's hinge loss, after which it has learnt (2: it knows nothing, 0: it is never wrong), a number
        without a gradient; and the model's adversarial term."""
        with torch.autocast("cpu", enabled=False):
            critic = self._teach(made.detach().float(), true.float())
            self.critic.requires_grad_(False)
            return {"critic": critic, "adversarial": -self.weight * self.critic(made.float()).mean()}

    def _teach(self, made: Tensor, true: Tensor) -> Tensor:
        self.critic.requires_grad_(True)
        loss = F.relu(1 + self.critic(made)).mean() + F.relu(1 - self.critic(true)).mean()
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        return loss.detach()

    def state_dict(self) -> dict:
        return {"critic": self.critic.state_dict(), "optimizer": self.optimizer.state_dict()}

    def load_state_dict(self, state: dict) -> None:
        self.critic.load_state_dict(state["critic"])
        self.optimizer.load_state_dict(state["optimizer"])


class AdversarialTask:
    """A framed task with an opponent: the model's ``judged`` says what of a batch is put before the critic."""

    def __init__(self, task: FramedTask, adversary: Adversary) -> None:
        self.task, self.opponent = task, Opponent(adversary)
        self.batch, self.validate = task.batch, task.validate

    def epoch(self, rng: np.random.Generator, progress: float) -> np.ndarray:
        self.opponent.set_progress(progress)
        return self.task.epoch(rng, progress)

    def loss(self, model: FramedModel, x: Tensor, targets: dict[str, Tensor]) -> dict[str, Tensor]:
        out = {name: value.float() for name, value in model(x).items()}
        terms = model.loss(out, targets)
        if self.opponent.weight is None:
            return terms
        return terms | self.opponent.terms(*model.judged(x, out, targets))

    def state_dict(self) -> dict:
        return self.opponent.state_dict()

    def load_state_dict(self, state: dict) -> None:
        self.opponent.load_state_dict(state)
