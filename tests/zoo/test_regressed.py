"""The models that regress all coordinates at once start from the mean spine and can learn."""

import numpy as np
import pytest
import torch

from spine_models.zoo import boostnet, convnet
from spine_models.zoo.boostnet import Boost, neighbours
from tests.curved import curved_spine

SPINES = np.stack([0.5 * curved_spine(bend, lean) for bend, lean in ((60, 0), (20, 8), (0, 0), (40, -6))])
MODELS = pytest.mark.parametrize("module", [convnet, boostnet], ids=lambda module: module.CARD.name)


def pictures(count: int) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(0).random((count, 1, 256, 128), dtype=np.float32))


def prepared(module):
    torch.manual_seed(0)
    model = module.build()
    model.prepare(SPINES)
    return model


@MODELS
def test_untaught_it_draws_the_mean_of_the_spines_and_their_mirror_images(module):
    model = prepared(module).eval()
    with torch.inference_mode():
        out = {name: value[0].numpy() for name, value in model(pictures(1)).items()}
    mirrored = SPINES[:, :, [1, 0, 3, 2]] * (-1, 1) + (127, 0)
    found = model.decode(out)
    assert found.corners == pytest.approx(np.concatenate([SPINES, mirrored]).mean(axis=0), abs=0.01)
    assert found.sigma.shape == (17, 4) and (found.sigma > 0).all()
    assert ((0 < found.confidence) & (found.confidence < 1)).all()


@MODELS
def test_it_learns_the_spines_of_a_few_pictures(module):
    model, x = prepared(module).train(), pictures(4)
    encoded = [model.encode(spine, np.ones(17, bool)) for spine in SPINES]
    targets = {name: torch.from_numpy(np.stack([one[name] for one in encoded])) for name in encoded[0]}
    optimizer, seen = torch.optim.AdamW(model.parameters(), 2e-3), []
    for _ in range(12):
        parts = model.loss(model(x), targets)
        optimizer.zero_grad()
        sum(parts.values()).backward()
        optimizer.step()
        seen.append(float((parts["corner"] + parts["tilt"]).detach()))
    assert seen[-1] < 0.5 * seen[0]


@MODELS
def test_vertebrae_without_a_label_are_not_learnt(module):
    model = prepared(module)
    valid = np.arange(17) != 3
    spoilt = SPINES[0].copy()
    spoilt[3] += 500
    out = {"corners": torch.zeros(1, 17, 4, 2), "spread": torch.zeros(1, 17, 4)}
    losses = []
    for spine in (SPINES[0], spoilt):
        targets = {name: torch.from_numpy(value[None]) for name, value in model.encode(spine, valid).items()}
        losses.append({name: float(value) for name, value in model.loss(out, targets).items()})
    assert losses[0] == losses[1] and losses[0]["corner"] > 0


def test_a_boost_layer_draws_outliers_back_and_lets_the_usual_pass():
    layer = Boost(1, 1, 1, 1).eval()
    layer.conv.weight.data.fill_(1.0)
    layer.norm.eps = 0.0
    x = torch.tensor([0.5, 1.5, 6.0, 50.0]).reshape(1, 1, 1, 4)
    with torch.inference_mode():
        usual, higher, outlier, far = layer(x).flatten().tolist()
    assert (usual, higher) == (0.5, 1.5) and far < outlier < 1.0


def test_corners_depend_on_themselves_first_and_then_on_their_neighbours():
    dependency = neighbours()
    assert dependency.sum(dim=1) == pytest.approx(torch.ones(68)) and (dependency.diagonal() == 0.5).all()
    assert dependency[0, 7] > 0 and dependency[0, 8] == 0
