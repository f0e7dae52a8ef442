"""Every model of the zoo says what it is, and its weights are those its card names."""

from pathlib import Path

import pytest

from spine_models.zoo import list_models
from spine_models.zoo._variants import HOLDER
from spine_models.zoo.registry import ZOO

ENTRIES = {entry.name: entry for entry in list_models()}
TRAINED = [entry for entry in ENTRIES.values() if entry.status == "trained"]
MEGABYTE = 1_000_000


@pytest.mark.parametrize("name", ENTRIES)
def test_no_model_is_broken(name):
    assert ENTRIES[name].error is None


@pytest.mark.parametrize("name", ENTRIES)
def test_card_is_complete(name):
    card = ENTRIES[name].card
    texts = (card.title, card.summary, card.codec, card.licence, card.paper, card.training_data, card.intended_use)
    assert all(text.strip() for text in (*texts, *card.limits)) and card.limits
    assert min(card.input_size) > 0


def test_one_trained_model_is_recommended_and_it_is_no_baseline():
    recommended = [entry for entry in TRAINED if entry.recommended]
    assert len(recommended) == 1 and recommended[0].family != "baseline"


@pytest.mark.parametrize("entry", TRAINED, ids=lambda entry: entry.name)
def test_trained_models_carry_measured_facts(entry):
    training = entry.card.training
    assert training.params > 0 and training.data.strip() and training.label_revision
    assert training.validation or entry.base  # a variant is not trained: its numbers are in the evaluation store


def test_every_model_that_places_landmarks_but_the_one_holding_the_refiner_has_a_variant():
    variants = {entry.base for entry in ENTRIES.values() if entry.base}
    assert variants == {e.name for e in ENTRIES.values() if not e.base and e.card.task == "landmarks"} - {HOLDER}


def test_weights_stay_small():
    sizes = {path.name: path.stat().st_size for path in Path(ZOO / "weights").glob("*.safetensors")}
    assert sizes and max(sizes.values()) <= 12 * MEGABYTE and sum(sizes.values()) < 80 * MEGABYTE


def test_every_weights_file_belongs_to_a_model():
    known = {*ENTRIES, *(path.stem for path in ZOO.glob("_*.py"))}
    assert {path.name.partition(".")[0] for path in Path(ZOO / "weights").glob("*.*")} <= known
