"""A model file dropped into the zoo is listed with what can be said about it, whatever is wrong with it."""

import json
import subprocess
import sys

import pytest
import torch

from spine_models.core.errors import ModelError
from spine_models.zoo._weights import save_weights
from spine_models.zoo.registry import list_models, load_model, recommended_model, weights_path

GOOD = '''"""A model for a test."""
from torch import nn

from ..core.card import ModelCard
from ._model import SpineModel

CARD = ModelCard(name="NAME", family="CNN", title="t", summary="s", input_size=(64, 32), codec="none", paper="p",
                 training_data="d", intended_use="u", limits=("l",), recommended=True)


class Net(SpineModel):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3)


def build():
    return Net()
'''
FACTS = dict(data="d", label_revision="r", epochs=1, minutes=1, seed=0, validation={"smape": 1.0})


@pytest.fixture
def zoo(tmp_path):
    """An empty zoo folder and a function that drops a model file into it."""

    def drop(name, source=GOOD):
        (tmp_path / f"{name}.py").write_text(source.replace("NAME", name))
        return tmp_path

    yield drop
    for module in [name for name in sys.modules if name.startswith("spine_models.zoo.dropped")]:
        del sys.modules[module]


def entry(folder):
    (only,) = list_models(folder)
    return only


def test_a_new_file_is_listed_as_untrained(zoo):
    found = entry(zoo("dropped"))
    assert (found.name, found.family, found.status, found.recommended) == ("dropped", "CNN", "untrained", False)


BROKEN = {
    "syntax": (GOOD + "\ndef (", "not valid Python"),
    "package": (GOOD.replace("from torch import nn", "import no_such_package.part"), "imports no_such_package.part"),
    "own module": (GOOD.replace("._model", "._no_such_file"), "imports spine_models.zoo._no_such_file"),
    "own name": (GOOD.replace("import SpineModel", "import SpineModle"), "imports SpineModle"),
    "raises": (GOOD + "\nraise RuntimeError('boom at import')", "RuntimeError: boom at import"),
    "exits": (GOOD + "\nimport sys\nsys.exit('no licence')", "SystemExit: no licence"),
    "no card": (GOOD.replace("CARD =", "CARDS ="), "no CARD"),
    "no build": (GOOD.replace("def build", "def construct"), "no build()"),
    "unknown field": (GOOD.replace('title="t"', 'title="t", colour="red"'), "colour: Extra inputs"),
    "missing field": (GOOD.replace('title="t", ', ""), "title: Field required"),
    "wrong family": (GOOD.replace('"CNN"', '"SVM"'), "family"),
    "computed field": (GOOD.replace('title="t"', "title=str(1)"), "literal values"),
    "other name": (GOOD.replace('name="NAME"', 'name="somebody"'), "must name the model 'dropped'"),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_file_is_listed_with_its_error(zoo, fault):
    source, sentence = BROKEN[fault]
    folder = zoo("dropped", source)
    found = entry(folder)
    assert found.status == "broken" and not found.recommended
    assert sentence in found.error
    with pytest.raises(ModelError, match="dropped is broken"):
        load_model("dropped", folder)


def test_one_broken_file_does_not_hide_the_others(zoo):
    zoo("dropped_bad", "raise ValueError")
    folder = zoo("dropped_good")
    assert {e.name: e.status for e in list_models(folder)} == {"dropped_bad": "broken", "dropped_good": "untrained"}


def test_underscore_files_are_not_models(zoo):
    assert list_models(zoo("_blocks", "x = 1")) == []


def train_by_hand(folder, name="dropped"):
    torch.manual_seed(0)
    model = torch.nn.Module()
    model.conv = torch.nn.Conv2d(1, 2, 3)
    training = save_weights(model, weights_path(name, folder), **FACTS)
    return model, training


def test_weights_make_it_trained_and_come_back_in_float32_ready_to_share(zoo):
    folder = zoo("dropped")
    model, training = train_by_hand(folder)
    found = entry(folder)
    assert found.status == "trained" and found.recommended and recommended_model(folder) == "dropped"
    assert found.card.training == training and training.params == 2 * 9 + 2
    loaded = load_model("dropped", folder)
    assert not loaded.training and loaded.conv.weight.dtype == torch.float32
    assert not loaded.conv.weight.requires_grad
    assert loaded.conv.weight.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(loaded.conv.weight, model.conv.weight.half().float())


def test_foreign_weights_are_refused(zoo):
    folder = zoo("dropped")
    train_by_hand(folder)
    path = weights_path("dropped", folder)
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    with pytest.raises(ModelError, match="sha256 differs"):
        load_model("dropped", folder)


def test_weights_of_another_network_are_refused(zoo):
    folder = zoo("dropped", GOOD.replace("Conv2d(1, 2, 3)", "Conv2d(1, 4, 3)"))
    train_by_hand(folder)
    with pytest.raises(ModelError, match="does not fit the network"):
        load_model("dropped", folder)


def test_a_training_record_with_an_unknown_field_is_an_error(zoo):
    folder = zoo("dropped")
    train_by_hand(folder)
    facts = weights_path("dropped", folder).with_suffix(".json")
    facts.write_text(json.dumps(json.loads(facts.read_text()) | {"mood": "good"}))
    assert entry(folder).status == "broken" and "not a valid training record" in entry(folder).error


def test_weights_without_their_record_are_not_used(zoo):
    folder = zoo("dropped")
    train_by_hand(folder)
    weights_path("dropped", folder).with_suffix(".json").unlink()
    assert entry(folder).status == "untrained"


def test_an_unknown_name_lists_the_known_ones(zoo):
    with pytest.raises(ModelError, match="no model named 'other': choose one of dropped"):
        load_model("other", zoo("dropped"))


def test_untrained_models_give_no_network(zoo):
    folder = zoo("dropped")
    with pytest.raises(ModelError, match="has no weights yet"):
        load_model("dropped", folder)
    with pytest.raises(ModelError, match="No trained model is recommended"):
        recommended_model(folder)


def test_listing_the_zoo_imports_no_torch():
    code = "import sys; from spine_models.zoo import list_models; list_models(); assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
