"""Looks of models, and the words of numbers."""

import pytest
from test_theme import CONFIG, contrast

from spine_models.core.card import ModelCard, Training
from spine_models.service.store import Run
from spine_models.ui.dashboard.results import Result
from spine_models.ui.dashboard.style import COLOURS, NEUTRAL, counted, explained, interval, looks


def result(name: str, family: str = "CNN") -> Result:
    training = Training(params=1, sha256="0" * 64, data="d", label_revision="r", epochs=1, minutes=1, seed=0,
                        validation={})
    card = ModelCard(name=name, family=family, title=name.upper(), summary="s", input_size=(8, 8), codec="none",
                     paper="p", training_data="d", intended_use="u", limits=("l",), training=training)
    run = Run(None)
    run.__dict__["card"] = card
    return Result(run, name.upper(), name.partition("+")[0], None, None)


def named(monkeypatch, names: list[str], baseline: str = "") -> list[Result]:
    monkeypatch.setattr(Result, "name", property(lambda self: self.run.card.name))
    return [result(name, "baseline" if name == baseline else "CNN") for name in names]


def test_thirty_models_and_variants_never_look_alike(monkeypatch):
    names = [f"model{n}" for n in range(30)]
    found = looks(named(monkeypatch, [*names, *(f"{name}+refiner" for name in names)]))
    assert len({(look.colour, look.symbol) for look in found.values()}) == 60
    assert found["MODEL3"].colour == found["MODEL3+REFINER"].colour and found["MODEL3+REFINER"].dash == "dash"


def test_a_model_looks_the_same_in_whatever_order(monkeypatch):
    models = named(monkeypatch, ["mean", "b", "a", "b+refiner"], baseline="mean")
    assert looks(models) == looks(models[::-1]) and looks(models)["MEAN"].colour == NEUTRAL


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_lines_and_markers_stand_out(theme):
    ground = CONFIG["theme"][theme]["backgroundColor"]
    assert min(contrast(colour, ground) for colour in (*COLOURS, NEUTRAL)) >= 3


def test_numbers_and_what_they_are_over():
    assert interval(7.3085, 5.98, 8.857) == "7.31 [5.98, 8.86]" and interval(0.805, 0.7263, 0.8761) == \
        "0.805 [0.726, 0.876]"
    assert interval(-0.0, -1e-9, 12345.6) == "0 [-0.000, 12,346]" and interval(float("nan"), 0, 0) == "–"
    assert interval(6.24, float("nan"), float("nan")) == "6.24"
    assert counted(128.0, 0) == "N = 128 films, no failures" and counted(5, 1) == "N = 5 films, 1 failure"
    assert explained("smape", 128, 2).endswith("N = 128 films, 2 failures") and "sum|p - t|" in explained("smape", 1, 0)
