"""SpineNet keeps the paper's permutation and links, and finds again what it is taught."""

import numpy as np
import pytest
import torch
from torch import nn

from spine_models.core.errors import DetectionError
from spine_models.zoo._spinenet_backbone import BLOCKS, STEM, Bottleneck, Resample, SpineNetBackbone, adopted_orphans
from spine_models.zoo.spinenet import SpineNet, build
from tests.zoo.framed_spine import straight_spine

SIZE = SpineNet.SIZE
PAPER_LEVELS = [2, 4, 3, 4, 6, 4, 5, 7, 5, 5, 4, 3, 5, 7, 6]  # Du 2020, SpineNet-49 without its stem


def test_blocks_stand_in_the_papers_order():
    assert [block.level for block in BLOCKS[:-1]] == PAPER_LEVELS and BLOCKS[-1].level == 2
    assert sorted(block.level for block in BLOCKS if block.output) == [2, 3, 4, 5, 6, 7]


def test_every_block_has_two_earlier_parents_and_reaches_an_output():
    reached = set()
    for number in reversed(range(len(BLOCKS))):
        block, orphans = BLOCKS[number], adopted_orphans()[number]
        assert len(set(block.parents)) == 2 and max(block.parents) < number + len(STEM)
        if block.output or number + len(STEM) in reached:
            reached.update(block.parents, orphans)
    assert reached >= set(range(len(STEM) + len(BLOCKS))) - {
        number for number, block in enumerate(BLOCKS, len(STEM)) if block.output
    }


@pytest.mark.parametrize("size", [(384, 192), (256, 128)])
def test_outputs_lie_at_the_strides_of_their_levels(size):
    with torch.inference_mode():
        maps = SpineNetBackbone(8).eval()(torch.rand(1, 1, *size))
    assert {level: tuple(x.shape[2:]) for level, x in maps.items()} == {
        level: (-(-size[0] // 2**level), -(-size[1] // 2**level)) for level in range(2, 8)
    }


def test_a_link_squeezes_to_half_of_its_parents_inner_channels_and_pools_only_after_one_strided_convolution():
    link = Resample(BLOCKS[0], BLOCKS[7], 16)  # level 2 bottleneck to level 7 residual
    convolutions = [m for m in link.modules() if isinstance(m, nn.Conv2d)]
    assert [(c.out_channels, c.stride[0]) for c in convolutions] == [(8, 1), (8, 2), (64, 1)]
    assert sum(isinstance(layer, nn.MaxPool2d) for layer in link.squeeze) == 4
    assert link(torch.rand(2, 64, 64, 32), (2, 1)).shape == (2, 64, 2, 1)


def test_block_types_are_the_papers():
    kinds = [isinstance(block, Bottleneck) for block in SpineNetBackbone(8).blocks]
    assert [number for number, bottleneck in enumerate(kinds, len(STEM)) if not bottleneck] == [3, 6, 8, 9]


def drawn(corners):
    """What a perfect network gives for these corners: the targets as logits."""
    target = build().encode(corners, np.ones(17, bool))
    level = np.full((18, *target["level"].shape), -8.0, np.float32)
    np.put_along_axis(level, target["level"].clip(0)[None], 8.0, axis=0)
    centre = np.where(target["centre"] > 0.99, 8.0, -9.0)
    spread = np.zeros((4, *centre.shape[1:]), np.float32)
    return {"centre": centre, "offset": target["offset"], "level": level, "spread": spread}


def test_decode_undoes_encode():
    corners = straight_spine(SIZE, bend=14)
    found = build().decode(drawn(corners))
    assert np.abs(found.corners - corners).max() < 0.5
    assert found.sigma.shape == (17, 4) and (found.confidence > 0.5).all()


def test_vertebrae_out_of_the_picture_continue_the_spine_without_confidence():
    corners = straight_spine(SIZE) - (0, 40)
    found = build().decode(drawn(corners))
    outside = corners.mean(axis=1)[:, 1] < 0
    assert 0 < outside.sum() < 4 and (found.confidence[outside] == 0).all() and (found.confidence[~outside] > 0).all()
    assert np.abs(found.corners - corners).max() < 3


def test_an_empty_picture_has_no_spine():
    maps = drawn(straight_spine(SIZE))
    with pytest.raises(DetectionError):
        build().decode(maps | {"centre": np.full_like(maps["centre"], -9.0)})


def test_training_steps_lower_the_loss_of_one_film():
    torch.manual_seed(0)
    model = build().train()
    target = model.encode(straight_spine(SIZE), np.ones(17, bool))
    targets = {name: torch.from_numpy(value[None].repeat(2, 0)) for name, value in target.items()}
    optimizer = torch.optim.AdamW(model.parameters(), 2e-3)
    x, losses = torch.rand(2, 1, *SIZE), []
    for _ in range(5):
        loss = sum(model.loss(model(x), targets).values())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.8 * losses[0]
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())
