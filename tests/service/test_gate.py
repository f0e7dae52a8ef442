"""The gate as the services use it: warnings, the picture of what is unusual, and the study of other pictures."""

import json

import numpy as np
import pandas as pd
import pytest

from spine_models.core.radiograph import Radiograph
from spine_models.imaging.load import read_radiograph
from spine_models.service import gate, inference, measuring, orientation
from spine_models.service.gate_study import CASES, FOLDER, SUMMARY, auroc, summary
from spine_models.service.other_pictures import other_pictures, turned
from spine_models.service.provenance import REPOSITORY
from spine_models.zoo import recommended_model
from spine_models.zoo.randgan import PARTS, Doubt

DEMO = REPOSITORY / "assets" / "demo" / "straight-spine.png"


def doubt(score: float, shape=(100, 40)) -> Doubt:
    return Doubt(score, dict.fromkeys(PARTS, score), np.ones(shape, np.float32))


@pytest.mark.parametrize(("score", "warned"), [(0.4, False), (1.7, True)])
def test_predict_carries_the_score_and_warns_of_what_is_hardly_a_spine_film(monkeypatch, score, warned):
    monkeypatch.setattr(inference, "judge", lambda radiograph: doubt(score))
    row = measuring.film_row(DEMO, recommended_model())
    assert row["ok"] and row["anomaly"] == score
    assert (gate.WARNING in row["warnings"]) == warned


@pytest.mark.parametrize(("score", "asked"), [(0.4, 2), (1.7, 0)])
def test_only_a_spine_film_is_asked_about_its_way_up(monkeypatch, score, asked):
    film = Radiograph(np.random.default_rng(0).random((100, 40), dtype=np.float32), "a" * 64)
    seen = []
    monkeypatch.setattr(orientation, "quarter_turns", lambda net, pixels: 2)
    monkeypatch.setattr(orientation, "judge", lambda film: seen.append(film.pixels) or doubt(score))
    assert orientation.turns_to_upright(film) == asked
    assert np.array_equal(seen[0], film.pixels[::-1, ::-1])  # judged as it would hang


def test_noise_is_doubted_and_not_asked_about_its_way_up():
    noise = Radiograph(np.random.default_rng(5).random((900, 380), dtype=np.float32), "b" * 64)
    assert gate.doubted(inference.judge(noise)) and orientation.turns_to_upright(noise) == 0


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_demo_film_passes_and_turned_is_asked_about_its_way_up(turns):
    film = read_radiograph(DEMO)
    turned_film = Radiograph(np.ascontiguousarray(np.rot90(film.pixels, turns)), "c" * 64)
    assert gate.doubted(inference.judge(turned_film)) == (turns != 0)
    assert orientation.turns_to_upright(turned_film) == turns


def test_only_what_is_more_unusual_than_usual_films_is_coloured():
    film = Radiograph(np.full((100, 40), 0.5, np.float32), "a" * 64)
    heat = np.full((100, 40), 0.9, np.float32)
    heat[20:60, 10:30] = 2.0
    picture = gate.unusual_picture(film, heat, height=100)
    coloured = picture.max(axis=2) != picture.min(axis=2)
    assert coloured[40, 20] and not coloured[80, 5] and 600 < coloured.sum() < 1000


@pytest.mark.slow
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


def test_the_stored_study_is_of_the_gate_that_is_shipped_and_reaches_its_aims():
    cases = pd.read_csv(FOLDER / CASES)
    assert np.allclose(cases[list(PARTS)].max(axis=1), cases["score"], atol=2e-4) and cases["spine"].dtype == bool
    found = summary(cases)
    assert found == json.loads((FOLDER / SUMMARY).read_text(encoding="utf-8"))
    assert found["auroc"] >= 0.97 and found["other_flagged"] >= 0.95 and found["spine_flagged"] <= 0.05


def test_auroc():
    assert auroc(np.array([3.0, 2, 1, 0]), np.array([True, True, False, False])) == 1
    assert auroc(np.array([1.0, 1, 1, 1]), np.array([True, False, True, False])) == 0.5
