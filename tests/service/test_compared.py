"""Which models Compare shows at first."""

from dataclasses import replace

from spine_models.core.card import ModelCard, Training
from spine_models.service.compared import MOST, first_choice
from spine_models.zoo import ModelEntry


def model(name: str, error: float | None, recommended: bool = False, base: str | None = None) -> ModelEntry:
    validation = {} if error is None else {"validation_largest": error}
    training = Training(params=1, sha256="0" * 64, data="d", label_revision="r", epochs=1, minutes=1, seed=0,
                        validation=validation)
    card = ModelCard(name=name, family="CNN", title=name, summary="s", input_size=(8, 8), codec="none", paper="p",
                     training_data="d", intended_use="u", limits=("l",), training=training)
    return ModelEntry(name, "CNN", "trained", recommended, card, base=base)


MODELS = [model("bad", 9.0), model("good", 3.0), model("best", 5.0, recommended=True),
          model("good+refiner", None, base="good")]


def test_the_recommended_one_then_the_least_validation_error_each_once():
    assert first_choice(MODELS) == ["best", "good+refiner", "bad"]


def test_what_the_recommended_one_starts_from_is_left_out():
    models = [model("cascade", 2.0, recommended=True), model("vertebra_focused", 3.0), model("good", 4.0)]
    assert first_choice(models) == ["cascade", "good"]
    assert first_choice(models[1:]) == ["vertebra_focused", "good"]


def test_only_so_many_trained_landmark_models():
    useless = [replace(model("a", 1.0), status="untrained"), replace(model("b", 1.0), family="baseline")]
    assert first_choice(useless) == []
    assert len(first_choice([model(str(n), 1.0) for n in range(9)])) == MOST
