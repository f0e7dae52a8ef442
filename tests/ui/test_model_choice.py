"""The picker follows the model in force: a variant is its base with the switch on."""

import pytest
import streamlit as st

from spine_models.ui import models
from spine_models.zoo import ModelEntry


@pytest.fixture
def session(monkeypatch) -> dict:
    def listed(name, base=None):
        return ModelEntry(name, "CNN", "trained", False, None, base=base)

    monkeypatch.setattr(models, "ordered_models", lambda: [listed("whole"), listed("a"), listed("a+refiner", "a")])
    state = type("State", (dict,), {"__getattr__": dict.__getitem__, "__setattr__": dict.__setitem__})()
    monkeypatch.setattr(st, "session_state", state)
    return state


@pytest.mark.parametrize("name, shown", [
    ("a", {"model": "a", "refine": False}),
    ("a+refiner", {"model": "a", "refine": True}),
    ("whole", {"model": "whole"}),  # has no variant, so the switch stays as the reader left it
    ("gone", {"model": "gone"}),
])
def test_the_picker_names_what_made_the_landmarks(session, name, shown):
    models.show_as_chosen(name)
    assert session == shown
