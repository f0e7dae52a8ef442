"""The models that are trained against a critic: what they learn can be read back, and what the critic sees is fair."""

import numpy as np
import pytest
import torch

from spine_models.zoo import landmark_gan, pix2pix, spinegan
from spine_models.zoo._framed import FramedModel
from spine_models.zoo.landmark_gan import soft_corners
from spine_models.zoo.spinegan import SpineMemory
from tests.zoo.framed_spine import straight_spine

SIZE = (128, 64)
MODULES = (pix2pix, spinegan, landmark_gan)


def small(module, size: tuple[int, int] = SIZE) -> FramedModel:
    """The model at a small picture size, untrained."""
    kind = type(module.build())
    return type(kind.__name__, (kind,), {"SIZE": size})().eval()


@pytest.fixture(scope="module", params=MODULES, ids=lambda module: module.CARD.name)
def model(request) -> FramedModel:
    torch.manual_seed(0)
    return small(request.param)


def learnt(model: FramedModel, corners: np.ndarray) -> dict[str, torch.Tensor]:
    targets = model.encode(corners, np.ones(17, bool))
    return {name: torch.from_numpy(np.asarray(value))[None] for name, value in targets.items()}


def drawn(targets: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """What a perfect network gives: the targets as logits."""
    level = torch.nn.functional.one_hot(targets["level"].clamp(min=0), 18).permute(0, 3, 1, 2).float()
    centre = torch.where(targets["centre"] > 0.99, 8.0, -9.0)
    maps = {"centre": centre, "offset": targets["offset"], "level": 16 * level - 8}
    maps["spread"] = torch.zeros(1, 4, *level.shape[2:])
    return maps | (soft_corners(maps) if "corners" in targets else {})


def test_output_and_loss(model):
    targets = learnt(model, straight_spine(SIZE, bend=4))
    out = model(torch.rand(1, 1, *SIZE))
    assert out["level"].shape == (1, 18, 32, 16) and out["offset"].shape == (1, 8, 32, 16)
    terms = model.loss(out, targets)
    assert all(torch.isfinite(term) for term in terms.values())
    perfect = model.loss(drawn(targets), targets)
    assert sum(perfect.values()) < 0.3 * sum(terms.values())


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.CARD.name)
def test_corners_are_found_again(module):
    model, corners = small(module, (256, 128)), straight_spine((256, 128), bend=8)
    out = {name: value[0].numpy() for name, value in drawn(learnt(model, corners)).items()}
    found = model.decode(out)
    assert np.abs(found.corners - corners).max() < 1.0
    assert found.sigma.shape == (17, 4) and (found.confidence > 0.3).all()


def test_a_critic_sees_less_difference_the_better_the_answer(model):
    targets = learnt(model, straight_spine(SIZE, bend=4))
    x = torch.rand(1, 1, *SIZE)
    torch.manual_seed(0)
    made, true = model.judged(x, drawn(targets), targets)
    other, _ = model.judged(x, model(x), targets)
    assert made.shape == true.shape
    assert (made - true).abs().mean() < 0.5 * (other - true).abs().mean()


def test_a_masked_vertebra_is_not_judged(model):
    valid = np.arange(17) != 8
    targets = model.encode(straight_spine(SIZE), valid)
    targets = {name: torch.from_numpy(np.asarray(value))[None] for name, value in targets.items()}
    made, true = model.judged(torch.rand(1, 1, *SIZE), model(torch.rand(1, 1, *SIZE)), targets)
    if "corners" in targets:
        assert len(made) == len(true) == 0  # the whole spine is left out
    else:
        unknown = targets["level"][0] == -1
        last = made.shape[1] - 1 if isinstance(model, spinegan.SpineGan) else 16  # the centre map comes after the film
        assert unknown.any() and not made[0, last][unknown].any() and not true[0, last][unknown].any()


def test_a_few_steps_lower_the_loss(model):
    network = small({"Pix2Pix": pix2pix, "SpineGan": spinegan, "LandmarkGan": landmark_gan}[type(model).__name__])
    targets = learnt(network, straight_spine(SIZE))
    targets = {name: value.repeat(2, *[1] * (value.ndim - 1)) for name, value in targets.items()}
    optimizer, x, losses = torch.optim.AdamW(network.parameters(), 2e-3), torch.rand(2, 1, *SIZE), []
    network.train()
    for _ in range(6):
        loss = sum(network.loss(network(x), targets).values())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.8 * losses[0]
    assert all(p.grad is not None and p.grad.isfinite().all() for p in network.parameters())


def test_the_critics_gradient_reaches_the_landmark_network_through_the_corners():
    network = small(landmark_gan)
    targets = learnt(network, straight_spine(SIZE))
    made, _ = network.judged(None, network(torch.rand(1, 1, *SIZE)), targets)
    made.square().sum().backward()
    assert network.net.stem[0][0].weight.grad.abs().sum() > 0


def test_a_painting_is_a_mask_by_level_from_top_to_bottom():
    network = small(spinegan)
    corners = straight_spine(SIZE)
    out = {name: value[0].numpy() for name, value in drawn(learnt(network, corners)).items()}
    mask = network.decode(out).mask
    assert mask.shape == SIZE and mask.dtype == np.uint8 and set(np.unique(mask)) == set(range(18))
    rows = [np.nonzero(mask == level)[0].mean() for level in range(1, 18)]
    assert np.diff(rows).min() > 0
    assert rows == pytest.approx(corners.mean(axis=1)[:, 1], abs=2.5)


def test_memory_carries_what_is_seen_along_the_spine_and_not_across_it_only():
    torch.manual_seed(0)
    memory = SpineMemory(8).eval()
    x = torch.rand(1, 8, 12, 6)
    changed = x.clone()
    changed[:, :, 0] += 1
    with torch.inference_mode():
        apart = (memory(changed) - memory(x)).abs().sum(dim=(0, 1, 3))
    assert (apart > 0).all() and apart[1] > apart[11]
