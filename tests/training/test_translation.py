"""The duel: both sides learn, a killed run goes on, and the distance of two sets of films."""

import numpy as np
import pytest
import torch
from torch import nn

from spine_models.training.films import columns_with_film, without_bars
from spine_models.training.kid import kid
from spine_models.training.translation import DuelTrainer, PatchCritic, Plan, hinge


class Shift:
    """Make 0.2 into 0.7: a duel that one convolution can win."""

    def batch(self, count, rng):
        return {"x": torch.full((count, 1, 8, 8), 0.2), "y": torch.full((count, 1, 8, 8), 0.7)}

    def generator_loss(self, generator, critic, batch):
        made = generator(batch["x"])
        self.made = made.detach()
        return {"fool": -0.01 * critic(made)[-1].float().mean(), "grey": (made.float() - batch["y"]).abs().mean()}

    def critic_loss(self, critic, batch):
        return {"critic": hinge(critic(batch["y"])[-1], critic(self.made)[-1])}


def trainer(folder, epochs):
    torch.manual_seed(0)
    plan = Plan(epochs=epochs, steps=8, batch=1, rate=5e-2, ema=3)
    return DuelTrainer(nn.Conv2d(1, 1, 1), PatchCritic(1, 4, 2), Shift(), plan, folder)


def test_the_generator_learns_and_the_average_follows(tmp_path):
    duel = trainer(tmp_path, 4)
    duel.fit()
    with torch.no_grad():
        assert duel.ema(torch.full((1, 1, 4, 4), 0.2)).mean().item() == pytest.approx(0.7, abs=0.1)
    assert len((tmp_path / "log.jsonl").read_text().splitlines()) == 4


def test_a_second_start_goes_on_where_the_first_stopped(tmp_path):
    trainer(tmp_path, 2).fit()
    again = trainer(tmp_path, 2)
    kept = {name: value.clone() for name, value in again.ema.state_dict().items()}
    assert again.epoch == 2
    again.fit()
    assert all(torch.equal(kept[name], value) for name, value in again.ema.state_dict().items())


def test_kid_is_nothing_between_samples_of_one_kind_and_grows_with_the_distance():
    rng = np.random.default_rng(0)
    one, same, near, far = (rng.normal(shift, 1, (150, 12)) for shift in (0, 0, 0.3, 1.0))
    assert abs(kid(one, same)) < 0.05 < kid(one, near) < kid(one, far)


def test_the_bars_beside_a_generated_film_are_found():
    film = np.full((64, 64), 128, np.uint8)
    film[:, 20:45] = np.random.default_rng(0).integers(0, 256, (64, 25))
    assert columns_with_film(film) == slice(20, 45) and without_bars(film).shape == (64, 25)
