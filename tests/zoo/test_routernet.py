"""RouterNet starts from the usual spine, reads the film exactly where its points are, and can learn to move them."""

import numpy as np
import pytest
import torch

from spine_models.core.errors import DetectionError
from spine_models.zoo._routing import Branch, Look, sample, turned
from spine_models.zoo.routernet import CENTRE_LOOKS, RouterNet, build
from tests.zoo.framed_spine import straight_spine

SIZE = RouterNet.SIZE
LAST = "points7"


@pytest.fixture
def model():
    torch.manual_seed(0)
    built = build()
    built.prepare(straight_spine(SIZE)[None])
    return built


def stacked(target, films=2):
    return {name: torch.from_numpy(value[None].repeat(films, 0)) for name, value in target.items()}


@pytest.mark.parametrize("stride", [4, 32])
def test_sample_reads_a_map_where_a_pixel_of_the_picture_lies(stride):
    rows, columns = (torch.arange(side // stride) * stride + (stride - 1) / 2 for side in SIZE)
    ramp = torch.stack([columns.expand(len(rows), -1), rows[:, None].expand(-1, len(columns))])[None]
    places = torch.tensor([[[100.0, 200.5], [31.25, 400.0]]])
    assert torch.allclose(sample(ramp, places, SIZE), places, atol=1e-3)


def test_a_look_moves_its_point_to_the_place_that_fits(model):
    """A map that answers the point's query at one place only pulls the point there."""
    look = Look(4, 8, 1, (64, 64), 0, 2.0, heads=1).eval()
    with torch.no_grad():
        look.key.weight.copy_(torch.eye(4))
        look.query.weight.zero_()
        look.query.bias.copy_(torch.tensor([200.0, 0, 0, 0]))
        bright = torch.zeros(1, 4, 32, 32)
        bright[0, 0, 17, 13] = 1.0  # its middle is at (26.5, 34.5)
        moved, _ = look([bright], torch.tensor([[[30.5, 32.5]]]), torch.zeros(1, 1, 8))
    assert torch.allclose(moved, torch.tensor([[[26.5, 34.5]]]), atol=0.05)


def test_branching_halves_the_way_between_parents():
    branch = Branch(torch.tensor([[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]]), 4)
    points, tokens = branch(torch.tensor([[[0.0, 0.0], [4.0, 20.0]]]), torch.zeros(1, 2, 4), torch.zeros(3, 2))
    assert points.tolist() == [[[0, 0], [2, 10], [4, 20]]] and torch.equal(tokens[0], branch.name)


def test_corners_turn_with_the_line_of_centres():
    spine = torch.from_numpy(straight_spine(SIZE))
    centres = spine.mean(1)
    angle = np.deg2rad(30)
    turn = 1.1 * torch.tensor([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    arms = turned(spine - centres[:, None], (centres @ turn.T)[None], centres)
    assert torch.allclose(arms[0], (spine - centres[:, None]) @ turn.T)


def test_points_start_on_the_usual_spine(model):
    """With nothing learnt, looks that stay where they are give the mean spine in every stage."""
    with torch.no_grad():
        for look in model.looks:
            look.step = 0.0
    with torch.inference_mode():
        out = model.eval()(torch.rand(1, 1, *SIZE))
    usual = straight_spine(SIZE)
    assert np.allclose(out["points2"][0], usual.mean(axis=1)[::4], atol=1e-2)
    assert np.allclose(out["points4"][0], usual.mean(axis=1), atol=1e-2)
    assert np.allclose(out[LAST][0].reshape(17, 4, 2), usual, atol=1e-2)


def perfect(model, corners):
    target = stacked(model.encode(corners, np.ones(17, bool)))
    level = torch.full((2, 18, *target["level"].shape[1:]), -8.0)
    level.scatter_(1, target["level"].clamp(min=0)[:, None], 8.0)
    centres = target["corners"].mean(2)
    out = {f"points{k}": centres[:, nodes] for k, nodes in enumerate(([8], *(range(0, 17, e) for e in (8, 4, 2, 1))))}
    out |= {f"points{k}": target["corners"].flatten(1, 2) for k in (5, 6, 7)}
    return out | {"spread": torch.zeros(2, 17, 4), "level": level}, target


def test_truth_has_no_loss_but_that_of_the_spread(model):
    out, target = perfect(model, straight_spine(SIZE, bend=20))
    terms = model.loss(out, target)
    assert terms["points"] < 1e-5 and terms["tilt"] < 1e-5 and terms["level"] < 1e-4


def test_masked_vertebrae_are_not_learnt(model):
    out, target = perfect(model, straight_spine(SIZE))
    target["corners"][:, 3] += 50
    assert model.loss(out, target)["points"] > 0.1
    target["valid"][:, 3] = 0
    assert model.loss(out, target)["points"] < 1e-5


def test_decode_gives_the_last_corners_and_how_sure_each_name_is(model):
    corners = straight_spine(SIZE, bend=20)
    out, _ = perfect(model, corners)
    one = {name: value[0].numpy().copy() for name, value in out.items()}
    one["level"][[3, 4]] = one["level"][[4, 3]]  # the third vertebra looks like the fourth and the other way round
    found = model.decode(one)
    assert np.allclose(found.corners, corners, atol=1e-3) and np.allclose(found.sigma, 1)
    assert (found.confidence[[2, 3]] < 0.1).all() and (np.delete(found.confidence, [2, 3]) > 0.9).all()


def test_a_picture_without_bone_has_no_spine(model):
    out, _ = perfect(model, straight_spine(SIZE))
    one = {name: value[0].numpy().copy() for name, value in out.items()}
    one["level"][0] = 20.0
    with pytest.raises(DetectionError):
        model.decode(one)


def test_training_steps_lower_the_loss_of_one_film(model):
    targets = stacked(model.encode(straight_spine(SIZE, bend=30), np.ones(17, bool)))
    optimizer = torch.optim.AdamW(model.parameters(), 1.5e-3)
    x, losses = torch.rand(2, 1, *SIZE), []
    for _ in range(6):
        loss = sum(model.loss(model(x), targets).values())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.8 * losses[0]
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())


def test_there_is_a_point_for_every_look(model):
    with torch.inference_mode():
        out = model.eval()(torch.rand(2, 1, *SIZE))
    counts = [out[f"points{k}"].shape[1] for k in range(8)]
    assert counts == [1, 3, 5, 9, 17, 68, 68, 68] and len(CENTRE_LOOKS) == 5
    assert out["spread"].shape == (2, 17, 4) and out["level"].shape == (2, 18, SIZE[0] // 4, SIZE[1] // 4)
