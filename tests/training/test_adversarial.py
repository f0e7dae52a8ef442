"""A critic learns to tell, the model learns from it, and a stopped run goes on to the same weights of both."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from spine_models.training.adversarial import ADVERSARIES, AdversarialTask, Adversary, Opponent
from spine_models.training.beginning import begin_from
from spine_models.training.critics import PatchCritic, ShapeCritic
from spine_models.training.films import Film
from spine_models.training.framed_task import FramedTask, Jitter
from spine_models.training.trainer import Schedule, Trainer, learning_curve
from spine_models.zoo._framed import FramedModel
from tests.curved import curved_spine

SIZE = (64, 32)
NOW = Adversary(PatchCritic, 2, weight=0.5, start=0.25, lead=0.25)


class Painter(FramedModel):
    """Learns a picture's brightness at half its size; the critic sees it twice."""

    SIZE = SIZE

    def __init__(self):
        super().__init__()
        self.net = nn.Conv2d(1, 1, 3, 2, 1)

    def forward(self, x):
        return {"grey": self.net(x)}

    def encode(self, corners, valid):
        return {"grey": np.full((1, SIZE[0] // 2, SIZE[1] // 2), 0.5, np.float32)}

    def loss(self, out, targets):
        return {"grey": (out["grey"] - targets["grey"]).abs().mean()}

    def judged(self, x, out, targets):
        return out["grey"].repeat(1, 2, 1, 1), targets["grey"].repeat(1, 2, 1, 1)


def task_of(model: FramedModel, adversary: Adversary = NOW) -> AdversarialTask:
    task = FramedTask.__new__(FramedTask)
    grey = np.random.default_rng(0).integers(0, 255, (160, 80)).astype(np.uint8)
    film = Film(grey, curved_spine() * 0.3, np.ones(17, bool), np.arange(17))
    task.films, task.model, task.jitter, task.held_out = [film] * 8, model, Jitter(), {}
    return AdversarialTask(task, adversary)


def painter() -> Painter:
    torch.manual_seed(0)
    return Painter()


@pytest.mark.parametrize(("critic", "channels", "shape"), [(PatchCritic, 3, (12, 8)), (ShapeCritic, 8, (17,))])
def test_a_critic_learns_to_tell_what_is_made(critic, channels, shape):
    torch.manual_seed(0)
    opponent = Opponent(Adversary(critic, channels, weight=1.0, start=0.0, lead=0.0))
    opponent.set_progress(0.5)
    losses = []
    for _ in range(30):
        true = torch.randn(4, channels, *shape)
        losses.append(float(opponent.terms(0.3 * true.flip(0), true)["critic"]))
    assert losses[0] == pytest.approx(2, abs=0.2) and np.mean(losses[-5:]) < 0.9 * losses[0]


def test_the_model_is_told_by_the_critic_and_the_critic_not_by_the_model():
    opponent = Opponent(NOW)
    opponent.set_progress(0.9)
    made = torch.zeros(2, 2, 16, 8, requires_grad=True)
    terms = opponent.terms(made, torch.ones(2, 2, 16, 8))
    before = [value.clone() for value in opponent.critic.parameters()]
    assert not terms["critic"].requires_grad
    sum(terms.values()).backward()
    assert made.grad.abs().sum() > 0
    assert all(torch.equal(a, b) for a, b in zip(before, opponent.critic.parameters()))


def test_the_model_learns_alone_first_then_the_critic_looks_on_then_it_is_heard():
    model = painter()
    task, rng = task_of(model), np.random.default_rng(0)
    found = {}
    for progress in (0.0, 0.3, 0.6):
        task.epoch(rng, progress)
        found[progress] = task.loss(model, *task.batch(np.arange(4), rng))
    assert set(found[0.0]) == {"grey"} and set(found[0.3]) == {"grey", "critic", "adversarial"}
    assert float(found[0.3]["adversarial"].detach()) == 0 and float(found[0.6]["adversarial"].detach()) != 0


class Stopped(Exception):
    pass


def test_a_stopped_run_resumes_to_the_same_weights_of_model_and_critic(tmp_path):
    planned = Schedule(epochs=4, batch=4, rate=1e-2, ema=5, validate_every=9)
    whole = Trainer(painter(), task_of(painter()), planned, tmp_path / "whole")
    whole.task.validate = lambda model: {}
    whole.fit()

    def stopping(rng, progress):
        if progress >= 0.5:
            raise Stopped
        return AdversarialTask.epoch(cut.task, rng, progress)

    cut = Trainer(painter(), task_of(painter()), planned, tmp_path / "cut")
    cut.task.epoch = stopping
    with pytest.raises(Stopped):
        cut.fit()
    torch.manual_seed(99)
    resumed = Trainer(painter(), task_of(painter()), planned, tmp_path / "cut")
    resumed.task.validate = lambda model: {}
    assert resumed.epoch == 2
    resumed.fit()
    pairs = zip(whole.ema.state_dict().values(), resumed.ema.state_dict().values())
    assert all(torch.equal(a, b) for a, b in pairs)
    critics = (trainer.task.opponent.critic.state_dict() for trainer in (whole, resumed))
    assert all(torch.equal(a, b) for a, b in zip(*(critic.values() for critic in critics)))
    assert [set(row) >= {"loss_critic", "loss_adversarial"} for row in learning_curve(tmp_path / "whole")] == [
        False, True, True, True,
    ]  # fmt: skip
    assert not any("critic" in name for name in whole.ema.state_dict())


def test_an_unheard_critic_changes_nothing(tmp_path):
    planned = Schedule(epochs=2, batch=4, rate=1e-2, ema=5, validate_every=9)
    weights = []
    for adversary in (replace(NOW, weight=0.0), replace(NOW, start=2.0)):
        trainer = Trainer(painter(), task_of(painter(), adversary), planned, tmp_path / str(len(weights)))
        trainer.task.validate = lambda model: {}
        trainer.fit()
        weights.append(trainer.ema.net.weight)
    assert torch.equal(*weights)


class Placed(nn.Module):
    def __init__(self, rows: int, width: int = 3):
        super().__init__()
        self.attention = nn.Module()
        self.attention.rows = nn.Parameter(torch.arange(float(rows))[None, None, :, None].repeat(1, 2, 1, 1))
        self.layer = nn.Linear(2, width)
        self.other = nn.Linear(rows, 1)


def test_a_start_takes_what_fits_and_stretches_places():
    source, model, wider = Placed(16), Placed(12), Placed(12, width=4)
    kept, own = wider.layer.weight.detach().clone(), model.other.weight.detach().clone()
    begin_from(model, source)
    begin_from(wider, source)
    assert torch.equal(model.layer.weight, source.layer.weight) and torch.equal(wider.layer.weight, kept)
    assert torch.equal(model.other.weight, own)
    assert model.attention.rows[0, 0, :, 0].diff().detach().numpy() == pytest.approx(16 / 12, abs=0.2)


def test_every_adversary_takes_what_its_model_shows():
    from spine_models.zoo.registry import import_model

    for name, adversary in ADVERSARIES.items():
        kind = type(import_model(name).build())
        model = type("Small", (kind,), {"SIZE": (128, 64)})().eval()
        corners = np.stack([curved_spine() * 0.25] * 2)
        targets = [model.encode(spine, np.ones(17, bool)) for spine in corners]
        targets = {key: torch.from_numpy(np.stack([t[key] for t in targets])) for key in targets[0]}
        x = torch.rand(2, 1, 128, 64)
        made, true = model.judged(x, model(x), targets)
        assert made.shape == true.shape and made.shape[1] == adversary.channels, name
        assert torch.isfinite(adversary.critic(adversary.channels)(made)).all()

