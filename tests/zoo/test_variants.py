"""Every model also exists with the shared refiner, without a file or weights of its own."""

import json
import sys

import numpy as np
import pytest
import torch

from spine_models.core.card import Calibration
from spine_models.core.errors import ModelError
from spine_models.zoo import _refined
from spine_models.zoo._model import Detection, SpineModel
from spine_models.zoo._refined import Refined
from spine_models.zoo._refiner import Refiner
from spine_models.zoo._weights import save_weights
from spine_models.zoo.registry import import_model, keep_calibration, list_models, load_model, weights_path
from tests.curved import curved_spine

SOURCE = '''"""A model for a test."""
from torch import nn

from ..core.card import ModelCard
from ._model import SpineModel

CARD = ModelCard(name="NAME", family="CNN", title="Plain", summary="s.", input_size=(64, 32), codec="none", paper="p",
                 training_data="d", intended_use="u", limits=("l",), task="TASK")


class Net(SpineModel):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3)


def build():
    return Net()
'''
FACTS = dict(data="films", label_revision="r", epochs=1, minutes=1, seed=0, validation={"smape": 1.0})
HOW_SURE = Calibration(sigma_scale=1, sigma_floor=0.1, angle_quantile=2, angle_floor=1, films=9, data="d",
                       label_revision="r", expected={"covered": 0.9})


def weigh(folder, name, seed=0, **parts):
    torch.manual_seed(seed)
    model = torch.nn.Module()
    for part, network in parts.items():
        setattr(model, part, network())
    save_weights(model, weights_path(name, folder), **FACTS)


def convolution():
    return torch.nn.Conv2d(1, 2, 3)


@pytest.fixture
def zoo(tmp_path):
    """A folder with one trained model and a trained cascade that holds a refiner."""
    (tmp_path / "dropped.py").write_text(SOURCE.replace("NAME", "dropped").replace("TASK", "landmarks"))
    (tmp_path / "cascade.py").write_text(SOURCE.replace("NAME", "cascade").replace("TASK", "landmarks"))
    weigh(tmp_path, "dropped", conv=convolution)
    weigh(tmp_path, "cascade", conv=convolution, refiner=Refiner)
    yield tmp_path
    for module in [name for name in sys.modules if name == "spine_models.zoo.dropped"]:
        del sys.modules[module]


def variant(folder):
    return next(entry for entry in list_models(folder) if entry.base)


def test_it_follows_its_base_and_the_holder_of_the_refiner_has_none(zoo):
    assert [entry.name for entry in list_models(zoo)] == ["cascade", "dropped", "dropped+refiner"]
    found = variant(zoo)
    assert (found.base, found.status, found.recommended, found.card.title) == ("dropped", "trained", False,
                                                                              "Plain + refiner")


def test_its_parameters_are_those_of_both_parts(zoo):
    own, refiner = (sum(p.numel() for p in net().parameters()) for net in (convolution, Refiner))
    assert variant(zoo).card.training.params == own + refiner


def test_numbers_of_the_base_are_not_its_own(zoo):
    training = variant(zoo).card.training
    assert training.validation == {} and training.calibration is None


@pytest.mark.parametrize("retrained", ["dropped", "cascade"])
def test_its_identity_and_calibration_go_with_the_weights_of_either_part(zoo, retrained):
    keep_calibration("dropped+refiner", HOW_SURE, zoo)
    before = variant(zoo).card.training
    assert before.calibration == HOW_SURE
    weigh(zoo, retrained, seed=1, conv=convolution, **({"refiner": Refiner} if retrained == "cascade" else {}))
    after = variant(zoo).card.training
    assert after.sha256 != before.sha256 and after.calibration is None


def test_calibration_of_a_model_leaves_the_rest_of_its_record(zoo):
    facts = weights_path("dropped", zoo).with_suffix(".json")
    before = json.loads(facts.read_text())
    keep_calibration("dropped", HOW_SURE, zoo)
    assert json.loads(facts.read_text()) == before | {"calibration": HOW_SURE.model_dump()}


def test_a_framed_model_is_its_weights_and_those_of_the_finder(zoo):
    source = (zoo / "dropped.py").read_text().replace('codec="none"', 'codec="framed"')
    (zoo / "dropped.py").write_text(source)
    assert list_models(zoo)[1].status == "untrained"
    hashes = []
    for seed in (0, 1):
        weigh(zoo, "_finder", seed, conv=convolution)
        hashes += [entry.card.training.sha256 for entry in list_models(zoo)[1:]]
    assert len(set(hashes)) == 4 and load_model("dropped", zoo).conv


def test_models_that_place_no_landmarks_have_none(zoo):
    (zoo / "dropped.py").write_text(SOURCE.replace("NAME", "dropped").replace("TASK", "anomaly"))
    assert [entry.name for entry in list_models(zoo)] == ["cascade", "dropped"]


def test_without_a_trained_refiner_there_are_none(zoo):
    weights_path("cascade", zoo).unlink()
    assert [entry.name for entry in list_models(zoo)] == ["cascade", "dropped"]


def test_it_waits_for_the_weights_of_its_base(zoo):
    weights_path("dropped", zoo).unlink()
    assert variant(zoo).status == "untrained"
    with pytest.raises(ModelError, match="train dropped`"):
        load_model("dropped+refiner", zoo)


def test_it_is_loaded_from_both_files(zoo):
    model = load_model("dropped+refiner", zoo)
    torch.manual_seed(0)
    convolution()  # the holder's own weights were made first
    assert torch.equal(model.refiner.stem[0].weight, Refiner().stem[0].weight.half().float())
    assert torch.equal(model.base.conv.weight, load_model("dropped", zoo).conv.weight)
    assert not model.training and not any(p.requires_grad for p in model.parameters())


def test_it_cannot_be_trained_by_itself(zoo):
    with pytest.raises(ModelError, match="train these two instead"):
        import_model("dropped+refiner", zoo)


class Placed(SpineModel):
    """Finds the same spine on every film."""

    def detect(self, pixels):
        return Detection(curved_spine(), ("T1",) * 17, np.ones(17), timings={"find": 1.0})


def test_corners_move_unless_a_whole_vertebra_runs_away(monkeypatch):
    start = curved_spine()
    height = np.linalg.norm(start[:, 2:].mean(axis=1) - start[:, :2].mean(axis=1), axis=1)
    moved = start + 0.2 * height[:, None, None] * (0, 1)
    moved[5] = start[5] + height[5] * np.array((0, 0.9))
    monkeypatch.setattr(_refined, "refine", lambda net, pixels, corners: (moved.copy(), np.ones((17, 4))))
    found = Refined(Placed(), torch.nn.Module()).detect(np.zeros((512, 256), np.float32))
    kept = np.arange(17) == 5
    assert np.array_equal(found.corners[~kept], moved[~kept]) and np.array_equal(found.corners[5], start[5])
    assert (found.sigma[~kept] == 1).all() and found.sigma[5] == pytest.approx(0.9 * height[5])
    assert set(found.timings) == {"find", "refine"}
