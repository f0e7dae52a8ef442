"""Every trained model measures demo films, whose truth is known, and keeps giving the numbers it gave.

The golden numbers are renewed, after new weights only, by

    .venv/bin/python -m tests.contracts.test_measurement
"""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from spine_models.core.cobb import largest_curve
from spine_models.core.landmarks import STANDARD_LEVELS, Landmarks
from spine_models.core.prediction import Prediction
from spine_models.imaging.load import read_radiograph
from spine_models.service.inference import predict
from spine_models.service.measuring import aasce_or_none
from spine_models.zoo import list_models

REPOSITORY = Path(__file__).parents[2]
FILMS = sorted((REPOSITORY / "assets" / "demo").glob("*.png"))
GOLDEN = REPOSITORY / "tests" / "golden" / "angles.json"

TRAINED = [entry for entry in list_models() if entry.status == "trained" and entry.card.task == "landmarks"]
NETWORKS = [entry for entry in TRAINED if entry.family != "baseline"]

SLOW = pytest.mark.slow

LARGEST_ERROR = 5.0
"""Degrees between model and truth on a film made by this project: what human readers differ by."""

SAME = 0.2
"""Degrees within which the same weights must agree between computers."""


def films_and(entries):
    """Every model with every demo film; all but the recommended one with a single film unless slow tests run too."""
    pairs = []
    for entry in entries:
        for film in FILMS:
            at_once = entry.recommended or film == FILMS[TRAINED.index(entry) % len(FILMS)]
            pairs.append(pytest.param(entry, film, id=f"{entry.name}-{film.stem}", marks=() if at_once else SLOW))
    return pytest.mark.parametrize(("entry", "film"), pairs)


@cache
def predicted(name: str, film: Path) -> Prediction:
    return predict(read_radiograph(film), name)


def measured(name: str, film: Path) -> dict[str, float | list[float]]:
    prediction = predicted(name, film)
    landmarks = prediction.landmarks
    angles = aasce_or_none(landmarks, prediction.mask.shape[0])
    return {"largest": round(largest_curve(landmarks).angle, 2), "aasce": angles.round(2).tolist()}


def tolerance(entry) -> float:
    """Degrees: what readers differ by, or three times the model's own mean error on validation films where that is
    more; a variant must do no worse than its base."""
    base = next(other for other in TRAINED if other.name == (entry.base or entry.name))
    return max(LARGEST_ERROR, 3 * base.card.training.validation["validation_largest"])


def test_there_are_demo_films():
    assert len(FILMS) >= 3


@films_and(TRAINED)
def test_every_demo_film_gets_a_complete_result(entry, film):
    prediction, shape = predicted(entry.name, film), read_radiograph(film).shape
    assert prediction.landmarks.levels == STANDARD_LEVELS and prediction.card == entry.card
    assert set(np.unique(prediction.mask)) == set(range(18)) and prediction.mask.shape == shape
    assert prediction.confidence.shape == (17,) and 0 <= prediction.confidence.min() <= prediction.confidence.max() <= 1


@films_and(NETWORKS)
def test_networks_agree_with_the_known_truth(entry, film):
    truth = Landmarks(np.array(json.loads(film.with_suffix(".json").read_text())["corners"]))
    found = predicted(entry.name, film).landmarks
    assert abs(largest_curve(found).angle - largest_curve(truth).angle) <= tolerance(entry)
    height = np.linalg.norm(truth.corners[:, 2:].mean(axis=1) - truth.corners[:, :2].mean(axis=1), axis=1)
    rightly_named = np.linalg.norm(found.centres - truth.centres, axis=1) < height / 2
    assert rightly_named.all() if entry.recommended else rightly_named.mean() > 0.5, "vertebrae are named wrongly"


@films_and([entry for entry in TRAINED if entry.recommended])
def test_the_recommended_model_gives_its_golden_numbers(entry, film):
    golden = json.loads(GOLDEN.read_text())
    assert golden["sha256"] == entry.card.training.sha256, "new weights: look at the films, then renew the numbers"
    expected, now = golden["films"][film.name], measured(entry.name, film)
    assert now["largest"] == pytest.approx(expected["largest"], abs=SAME)
    assert now["aasce"] == pytest.approx(expected["aasce"], abs=SAME)


def renew() -> None:
    (entry,) = (entry for entry in TRAINED if entry.recommended)
    films = {film.name: measured(entry.name, film) for film in FILMS}
    GOLDEN.parent.mkdir(exist_ok=True)
    record = {"model": entry.name, "sha256": entry.card.training.sha256, "films": films}
    GOLDEN.write_text(json.dumps(record, indent=2) + "\n")


if __name__ == "__main__":
    renew()
