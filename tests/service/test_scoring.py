"""Do sigma and interval of an evaluated film say what they should?"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from spine_models.core.uncertainty import WITHIN_1, WITHIN_2
from spine_models.service.scoring import covered, rightly_named, score_sigma
from spine_models.training.labels import LabelledFilm

SHAPE = (800, 400)


@pytest.fixture
def film(upright):
    truth = upright(*SHAPE)
    return LabelledFilm(Path("a.jpg"), "a", truth, truth, np.ones(17, bool), SHAPE)


def test_corners_are_counted_by_radius_and_coordinates_by_axis(film):
    corners, sigma = film.corners.copy(), np.full((17, 4), 2.0)
    corners[:, 0, 0] += 2 * 1.9  # within two sigma of the coordinate, and within both radii or not:
    corners[:, 1, 0] += 2 * (WITHIN_1 - 0.01)
    corners[:, 2, 0] += 2 * (WITHIN_2 + 0.01)
    (row,) = score_sigma(corners[None], sigma[None], [film]).to_dict("records")
    assert row == {"within_1_sigma": 0.5, "within_2_sigma": 0.75, "axis_1_sigma": 0.625, "axis_2_sigma": 0.875}


def test_a_film_without_sigma_or_without_a_named_vertebra_counts_for_nothing(film):
    sigma = np.full((17, 4), 2.0)
    unsure = replace(film, level_valid=False)
    rows = score_sigma(np.stack([film.corners] * 3), np.stack([sigma * np.nan, sigma, sigma]), [film, unsure, film])
    assert rows.isna().all(axis=1).tolist() == [True, True, False]


def test_misnamed_and_masked_vertebrae_do_not_tell_how_well_corners_are_placed(film):
    pitch = film.corners[1, 0, 1] - film.corners[0, 0, 1]
    assert rightly_named(film.corners, film).all()
    assert not rightly_named(film.corners + (0, pitch), film).any()
    slipped = film.corners.copy()
    slipped[12:] += (0, pitch)
    assert np.flatnonzero(~rightly_named(slipped, film)).tolist() == [12, 13, 14, 15, 16]
    assert not rightly_named(film.corners, replace(film, valid=np.arange(17) > 0))[0]


def test_covered_is_unknown_without_an_interval():
    cases = pd.DataFrame({"true_1": [30, 30, 30], "interval_low": [28, 31, np.nan], "interval_high": [31, 35, np.nan]})
    assert covered(cases).tolist() == pytest.approx([1, 0, np.nan], nan_ok=True)
