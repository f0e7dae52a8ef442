"""The gate as the services use it: warnings, the picture of what is unusual, and the study of other pictures."""

import numpy as np
import pandas as pd
import pytest

from spine_models.core.radiograph import Radiograph
from spine_models.service import gate, inference, measuring
from spine_models.service.gate_study import auroc
from spine_models.service.other_pictures import other_pictures, turned
from spine_models.zoo import recommended_model
from spine_models.zoo.randgan import PARTS, Doubt

DEMO = "assets/demo/straight-spine.png"


def doubt(score: float, shape=(100, 40)) -> Doubt:
    return Doubt(score, dict.fromkeys(PARTS, score), np.ones(shape, np.float32))


@pytest.mark.parametrize(("score", "warned"), [(0.4, False), (1.7, True)])
def test_predict_carries_the_score_and_warns_of_what_is_hardly_a_spine_film(monkeypatch, score, warned):
    monkeypatch.setattr(inference, "judge", lambda radiograph: doubt(score))
    row = measuring.film_row(DEMO, recommended_model())
    assert row["ok"] and row["anomaly"] == score
    assert (gate.WARNING in row["warnings"]) == warned


def test_only_what_is_more_unusual_than_usual_films_is_coloured():
    film = Radiograph(np.full((100, 40), 0.5, np.float32), "a" * 64)
    heat = np.full((100, 40), 0.9, np.float32)
    heat[20:60, 10:30] = 2.0
    picture = gate.unusual_picture(film, heat, height=100)
    coloured = picture.max(axis=2) != picture.min(axis=2)
    assert coloured[40, 20] and not coloured[80, 5] and 600 < coloured.sum() < 1000


def test_there_are_enough_other_pictures_and_no_two_are_alike():
    pictures = other_pictures()
    groups = pd.Series([group for group, _, _ in pictures]).value_counts()
    assert len(pictures) >= 60
    assert {"photograph", "other DICOM image", "noise", "text page", "lateral-like"} <= set(groups.index)
    assert len({film.sha256 for _, _, film in pictures}) == len(pictures)


def test_a_turned_film_is_that_film_turned():
    film = Radiograph(np.random.default_rng(0).random((200, 100), dtype=np.float32), "a" * 64)
    ((how, name, again),) = turned("x", film, 2)
    assert (how, name) == ("film upside down", "x")
    assert np.corrcoef(again.pixels.ravel(), film.pixels[::-1, ::-1].ravel())[0, 1] > 0.99


def test_auroc():
    assert auroc(np.array([3.0, 2, 1, 0]), np.array([True, True, False, False])) == 1
    assert auroc(np.array([1.0, 1, 1, 1]), np.array([True, False, True, False])) == 0.5
