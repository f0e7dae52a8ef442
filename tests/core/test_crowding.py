"""A vertebra that was marked twice, or squeezed in between two others."""

import numpy as np
import pytest

from spine_models.core.crowding import CLOSEST, crowded, doubts_about, spacing
from spine_models.core.landmarks import STANDARD_LEVELS, Landmarks
from spine_models.training.labels import load_fullbody, load_spineweb


def spine(tops: np.ndarray, levels=STANDARD_LEVELS, tilt: float = 0.0) -> Landmarks:
    """Vertebrae 30 px high whose upper edges lie at these heights, the whole turned by ``tilt`` radians."""
    corners = np.array([[(100, top), (160, top), (100, top + 30), (160, top + 30)] for top in tops], float)
    turn = np.array([[np.cos(tilt), np.sin(tilt)], [-np.sin(tilt), np.cos(tilt)]])
    return Landmarks(corners @ turn + 500, levels)


EVEN = 40.0 * np.arange(17)


@pytest.mark.parametrize("tilt", [0, 1])
def test_an_even_spine_is_not_crowded(tilt):
    assert np.allclose(spacing(spine(EVEN, tilt=tilt).centres), 1)
    assert crowded(spine(EVEN * np.linspace(0.7, 1, 17))) == []  # vertebrae grow downwards


@pytest.mark.parametrize("row", [0, 7, 15])
def test_the_two_that_were_marked_on_one_vertebra_are_named(row):
    tops = EVEN.copy()
    tops[row + 1:] -= 40 - 40 * 0.5
    pair = STANDARD_LEVELS[row: row + 2]
    assert crowded(spine(tops)) == [pair]
    (sentence,) = doubts_about(spine(tops), (), None)
    assert sentence.startswith(f"{pair[0]} and {pair[1]} lie closer together")


def test_a_missing_vertebra_does_not_make_its_neighbours_crowded():
    for gone in range(17):
        levels = tuple(level for row, level in enumerate(STANDARD_LEVELS) if row != gone)
        assert crowded(spine(np.delete(EVEN, gone), levels)) == []


def test_three_vertebrae_or_none_apart_say_nothing():
    assert crowded(spine(np.array([0.0, 5, 60]), STANDARD_LEVELS[:3])) == []
    assert np.isfinite(spacing(np.zeros((17, 2)))).all()


def test_many_spines_at_once_are_judged_one_by_one_and_a_failed_film_not_at_all():
    tops = EVEN.copy()
    tops[9:] -= 20
    centres = np.stack([spine(EVEN).centres, spine(tops).centres, np.full((17, 2), np.nan)])
    assert (spacing(centres) < CLOSEST).any(axis=1).tolist() == [False, True, False]


@pytest.mark.data
def test_no_label_without_defect_is_called_crowded(data_folder):
    sound = [film for film in load_spineweb(data_folder, "training") if film.clean]
    assert len(sound) == 383 and not any(crowded(Landmarks(film.corners)) for film in sound)
    assert sum(bool(crowded(Landmarks(film.corners))) for film in load_fullbody(data_folder) if film.clean) == 1
