"""Calibration must find the noise it was given, and keep its promise on films it has not seen."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from stand_in import CARD

from spine_models.core.aasce import aasce_angles
from spine_models.core.card import Training
from spine_models.core.errors import DataError, DetectionError
from spine_models.core.landmarks import STANDARD_LEVELS, Landmarks
from spine_models.core.radiograph import Radiograph
from spine_models.core.uncertainty import calibrated_sigma
from spine_models.service import calibration, inference
from spine_models.service.calibration import Reading, conformal_quantile, expectation, fit, judge
from spine_models.training.labels import LabelledFilm, read_table
from spine_models.zoo._model import Detection

SHAPE = (800, 400)
FILM = Radiograph(np.zeros(SHAPE, np.float32), sha256="0" * 64)


@pytest.fixture
def films(upright):
    """Function (number, seed) -> labelled films of curved spines, 40 px wide vertebrae."""

    def make(number, seed=0):
        rng = np.random.default_rng(seed)
        films = []
        for case in range(number):
            truth = upright(*SHAPE)
            slope = rng.uniform(0.05, 0.4) * np.sin(np.linspace(0, 2 * np.pi, 17) + rng.uniform(0, 1))
            truth[:, 1::2, 1] += 20 * slope[:, None]
            truth[:, 0::2, 1] -= 20 * slope[:, None]
            films.append(LabelledFilm(Path(f"{case}.jpg"), str(case), truth, truth, np.ones(17, bool), SHAPE,
                                      angles=aasce_angles(truth, SHAPE[0])))
        return films

    return make


def reading(film, rng, factor=1.7, floor=0.0, dataset="spineweb16", shift=0.0, with_raw=True):
    """A model whose raw sigma is too small by ``factor`` and knows nothing of ``floor`` (pixels)."""
    raw = rng.lognormal(0.0, 0.5, (17, 1)) * np.ones((17, 4))
    noise = rng.normal(size=(17, 4, 2)) * np.hypot(factor * raw, floor)[..., None]
    return Reading(dataset, film, Landmarks(film.corners + noise + (0, shift), sigma=raw if with_raw else None))


def test_a_known_factor_is_recovered(films):
    rng = np.random.default_rng(1)
    found = fit([reading(film, rng) for film in films(100)])
    assert found.sigma_scale == pytest.approx(1.7, rel=0.05) and found.sigma_floor * 40 < 0.4
    assert found.films == 100


def test_noise_the_model_does_not_know_of_becomes_the_floor(films):
    rng = np.random.default_rng(2)
    found = fit([reading(film, rng, factor=1.0, floor=2.0) for film in films(100)])
    assert found.sigma_floor * 40 == pytest.approx(2.0, rel=0.1)
    assert found.sigma_scale == pytest.approx(1.0, rel=0.1)


def test_a_model_without_sigma_gets_one_share_of_the_width(films):
    rng = np.random.default_rng(3)
    found = fit([Reading("spineweb16", film, Landmarks(film.corners + rng.normal(0, 3, (17, 4, 2))))
                 for film in films(60)])
    assert found.sigma_scale == 0 and found.sigma_floor * 40 == pytest.approx(3.0, rel=0.05)


def test_new_films_keep_what_was_promised(films):
    rng = np.random.default_rng(4)
    found = fit([reading(film, rng) for film in films(150)])
    rates = judge([reading(film, rng) for film in films(150, seed=5)], found).drop(columns="dataset").mean()
    for kind in ("within", "axis"):
        assert rates[f"{kind}_1_sigma"] == pytest.approx(0.683, abs=0.02)
        assert rates[f"{kind}_2_sigma"] == pytest.approx(0.954, abs=0.02)
    assert rates["covered"] == pytest.approx(0.9, abs=0.06)
    assert rates["curves_covered"] > 0.85


def test_every_film_is_judged_by_a_fit_without_its_case(films, monkeypatch):
    rng = np.random.default_rng(6)
    readings = [reading(film, rng) for film in films(12) for _ in "AB"]
    judged = []

    def judge_by_cases(held_out, cases):
        assert not cases & {reading.case for reading in held_out} and len(cases) >= 8
        judged.extend(held_out)
        return pd.DataFrame({"dataset": [reading.dataset for reading in held_out], "width": 1.0})

    monkeypatch.setattr(calibration, "fit", lambda some: {reading.case for reading in some})
    monkeypatch.setattr(calibration, "judge", judge_by_cases)
    assert expectation(readings) == {"spineweb16_width": 1.0}
    assert len(judged) == len(readings)


def test_what_no_film_can_tell_is_absent(films):
    rng = np.random.default_rng(14)
    slipped = [reading(film, rng, dataset="fullbody", shift=43.0) for film in films(15, seed=8)]
    expected = expectation([reading(film, rng) for film in films(15)] + slipped)
    assert "fullbody_covered" in expected and "fullbody_within_1_sigma" not in expected
    assert np.isfinite(list(expected.values())).all()


def test_slipped_numbering_widens_the_angle_but_not_the_corners(films):
    rng = np.random.default_rng(7)
    right = [reading(film, rng) for film in films(60)]
    slipped = [reading(replace(film, angles=film.angles + 40), rng, shift=43.0) for film in films(15, seed=8)]
    alone, together = fit(right), fit(right + slipped)
    assert (together.sigma_scale, together.sigma_floor) == (alone.sigma_scale, alone.sigma_floor)
    assert judge(slipped, alone)["covered"].mean() == 0
    assert judge(slipped, together)["covered"].mean() > 0.4


def test_masked_vertebrae_do_not_count(films):
    rng = np.random.default_rng(9)
    readings = [reading(film, rng) for film in films(40)]
    spoilt = []
    for one in readings:
        label, valid = one.film.corners.copy(), np.ones(17, bool)
        label[5], valid[5] = label[5] + 30, False
        spoilt.append(replace(one, film=replace(one.film, corners=label, valid=valid)))
    assert fit(spoilt).sigma_scale == pytest.approx(fit(readings).sigma_scale, rel=0.05)


def test_the_small_data_set_is_heard_as_well(films):
    rng = np.random.default_rng(10)
    many = [reading(film, rng, factor=0.5) for film in films(90)]
    few = [reading(film, rng, factor=5.0, dataset="fullbody") for film in films(30, seed=11)]
    assert judge(few, fit(many + few))["covered"].mean() >= 0.9


@pytest.mark.parametrize(("films", "rank"), [(9, 9), (19, 18), (24, 23), (64, 59)])
def test_conformal_quantile_leaves_room_for_the_film_to_come(films, rank):
    scores = np.random.default_rng(0).permutation(np.arange(1.0, films + 1))
    assert conformal_quantile(scores) == rank


def test_too_few_films_bound_nothing():
    with pytest.raises(DataError, match="8 measured films are too few"):
        conformal_quantile(np.ones(8))


class Reader:
    """A network that answers what it was given, film by film; an error is raised."""

    def __init__(self, answers):
        self.answers = list(answers)

    def detect(self, pixels):
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return Detection(answer.corners, STANDARD_LEVELS, np.ones(17), answer.sigma)


@pytest.fixture
def kept():
    """Model -> the calibration written for it."""
    return {}


@pytest.fixture
def calibrate(films, monkeypatch, tmp_path, kept):
    """Function -> calibration of a stand-in whose second film fails; what is written of it goes to ``kept``."""

    def run():
        rng, chosen = np.random.default_rng(12), films(31)
        answers = [reading(film, rng).landmarks for film in chosen]
        answers[1] = DetectionError("No spine.")
        model = Reader(answers)
        inference.gate_model()  # loaded and kept before what loads it is replaced
        for module in (calibration, inference):
            monkeypatch.setattr(module, "shared_model", lambda name: (model, CARD))
        monkeypatch.setattr(calibration, "validation_films", lambda data: [("spineweb16", film) for film in chosen])
        monkeypatch.setattr(calibration, "read_radiograph", lambda path: FILM)
        monkeypatch.setattr(calibration, "keep_calibration", kept.__setitem__)
        return calibration.calibrate("stand_in", tmp_path)

    return run


def test_calibrate_keeps_what_it_found(calibrate, kept):
    found = calibrate()
    assert kept == {"stand_in": found} and found.films == 30 and "spineweb16_covered" in found.expected


def test_a_record_from_before_there_was_calibration_still_loads():
    old = json.loads(CARD.training.model_dump_json())
    del old["calibration"]
    assert Training.model_validate(old).calibration is None


def test_predictions_carry_the_calibrated_sigma(films, calibrate, monkeypatch):
    found = calibrate()
    card = CARD.model_copy(update={"training": CARD.training.model_copy(update={"calibration": found})})
    answer = reading(films(1)[0], np.random.default_rng(13)).landmarks
    monkeypatch.setattr(inference, "shared_model", lambda name: (Reader([answer]), card))
    sigma = inference.predict(FILM, "stand_in").landmarks.sigma
    assert sigma == pytest.approx(calibrated_sigma(answer.corners, answer.sigma, found))
    monkeypatch.setattr(inference, "shared_model", lambda name: (Reader([answer]), CARD))
    assert np.isnan(inference.predict(FILM, "stand_in").landmarks.sigma).all()


@pytest.mark.data
def test_no_film_of_training_is_used(data_folder):
    chosen = {(name, film.path.name) for name, film in calibration.validation_films(data_folder)}
    parts = {(name, row["file"]): row["part"] for name in ("spineweb16", "fullbody") for row in read_table(name)}
    assert {parts[film] for film in chosen} == {"validation"}
    assert len(chosen) == list(parts.values()).count("validation")
