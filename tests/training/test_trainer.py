"""The trainer learns, averages, logs every epoch and goes on where it was stopped."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from spine_models.training.trainer import Schedule, Trainer, learning_curve


class LineTask:
    """Fit y = 3 x - 1; validation is the error of slope and intercept."""

    def epoch(self, rng, progress):
        return rng.permutation(64)

    def batch(self, indices, rng):
        x = torch.from_numpy(rng.normal(size=(len(indices), 1, 1, 1)).astype(np.float32))
        return x, {"y": 3 * x - 1}

    def loss(self, model, x, targets):
        return {"square": (model(x) - targets["y"]).square().mean()}

    def validate(self, model):
        return {"error": abs(model.weight.item() - 3) + abs(model.bias.item() + 1)}


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Conv2d(1, 1, 1)


SCHEDULE = Schedule(epochs=12, batch=8, rate=0.3, weight_decay=0.0, ema=5)


def test_it_learns_and_logs_every_epoch(tmp_path):
    numbers = Trainer(network(), LineTask(), SCHEDULE, tmp_path).fit()
    assert numbers["error"] < 0.1
    rows = learning_curve(tmp_path)
    assert [row["epoch"] for row in rows] == list(range(1, 13))
    assert rows[-1]["loss_square"] < rows[0]["loss_square"]


def test_it_validates_every_few_epochs_and_at_the_end(tmp_path):
    Trainer(network(), LineTask(), replace(SCHEDULE, epochs=7, validate_every=3), tmp_path).fit()
    assert [row["epoch"] for row in learning_curve(tmp_path) if "error" in row] == [3, 6, 7]


class Stopped(Exception):
    pass


class StoppingTask(LineTask):
    def epoch(self, rng, progress):
        if progress >= 0.5:
            raise Stopped
        return super().epoch(rng, progress)


def test_a_stopped_run_resumes_to_the_same_weights(tmp_path):
    whole = Trainer(network(), LineTask(), SCHEDULE, tmp_path / "whole")
    whole.fit()
    with pytest.raises(Stopped):
        Trainer(network(), StoppingTask(), SCHEDULE, tmp_path / "cut").fit()
    resumed = Trainer(network(), LineTask(), SCHEDULE, tmp_path / "cut")
    assert resumed.epoch == 6
    resumed.fit()
    assert torch.equal(resumed.ema.weight, whole.ema.weight) and torch.equal(resumed.model.bias, whole.model.bias)
