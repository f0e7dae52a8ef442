"""The heat-map and mask models: what they learn and what they say fit each other, and they can learn one film."""

import numpy as np
import pytest
import torch

from spine_models.imaging.warp import inverse, spine_frame, through
from spine_models.service.masks import level_mask
from spine_models.zoo._framed import laid_back
from spine_models.zoo.registry import import_model
from tests.curved import curved_spine

NAMES = ("unet", "fcn_vgg", "hrnet")


def spine_on(size: tuple[int, int]) -> np.ndarray:
    return (curved_spine(40) + 0.5) * (size[0] / 512) - 0.5


@pytest.fixture(params=NAMES)
def model(request):
    torch.manual_seed(0)
    return import_model(request.param).build()


def stacked(model, corners, valid):
    targets = model.encode(corners, valid)
    return {name: torch.from_numpy(values)[None] for name, values in targets.items()}


def test_the_loss_has_a_gradient_everywhere_and_is_finite(model):
    targets = stacked(model, spine_on(model.SIZE), np.ones(17, bool))
    parts = model.loss(model(torch.rand(1, 1, *model.SIZE)), targets)
    total = sum(parts.values())
    total.backward()
    assert np.isfinite(total.item())
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())


def test_a_film_with_no_usable_vertebra_costs_nothing_that_is_not_a_number(model):
    targets = stacked(model, spine_on(model.SIZE), np.zeros(17, bool))
    assert np.isfinite(sum(model.loss(model(torch.rand(1, 1, *model.SIZE)), targets).values()).item())


@pytest.mark.parametrize("name", NAMES)
def test_the_loss_is_least_at_the_truth(name):
    """Moving the truth by a cell must cost: a loss that does not see the place would train nothing."""
    model = import_model(name).build()
    corners = spine_on(model.SIZE)
    truth, moved = (stacked(model, c, np.ones(17, bool)) for c in (corners, corners + (0.0, 4.0)))
    out = perfect(name, truth)
    assert sum(model.loss(out, truth).values()) < sum(model.loss(out, moved).values()) - 0.1
    decoded = model.decode({key: value[0].numpy() for key, value in out.items()})
    assert np.abs(decoded.corners - corners).max() < 0.4


def test_the_painted_mask_lies_where_the_vertebrae_are_on_the_film():
    model = import_model("unet").build()
    film, shape = 2.2 * curved_spine(40) + (300.0, 150.0), (1500, 1100)
    frame = spine_frame(film, model.SIZE)
    truth = stacked(model, through(frame, film), np.ones(17, bool))
    seen = model.decode({key: value[0].numpy() for key, value in perfect("unet", truth).items()})
    assert np.abs(through(inverse(frame), seen.corners) - film).max() < 2
    mask, drawn = laid_back(seen.mask, frame, shape), level_mask(film, shape)
    assert mask.shape == shape and mask.dtype == np.uint8
    for level in range(1, 18):
        both = np.logical_and(mask == level, drawn == level).sum()
        assert 2 * both / ((mask == level).sum() + (drawn == level).sum()) > 0.9


def perfect(name: str, truth: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The output of the network that is right everywhere."""
    if name == "hrnet":
        return {"maps": (truth["row"][..., :, None] * truth["column"][..., None, :] + 1e-9).log()}
    if name == "unet":
        on_spine = truth["order_weight"] > 0
        return {"part": (truth["part"] + 1e-5).log(), "order": torch.where(on_spine, truth["order"], 8.0)}
    heat = truth["heat"].clamp(1e-5, 1 - 1e-5).logit()
    level = 8.0 * torch.nn.functional.one_hot(truth["level"], 18).permute(0, 3, 1, 2).float()
    return {"heat": heat, "vote": truth["vote"], "level": level}
