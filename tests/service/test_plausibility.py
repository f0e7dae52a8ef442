import numpy as np
import pytest

from spine_models.core.errors import DetectionError
from spine_models.core.landmarks import STANDARD_LEVELS
from spine_models.service.plausibility import check_spine, doubts

FILM = (800, 400)
SURE = np.ones(17)


def test_a_spine_passes_without_a_word(upright):
    check_spine(upright(), FILM)
    assert doubts(upright(), SURE, STANDARD_LEVELS, FILM, 512) == ()


def test_a_severe_curve_passes(upright):
    corners = upright()
    corners[..., 0] += 120 * np.sin(np.linspace(0, 2 * np.pi, 17))[:, None]
    check_spine(corners, FILM)


def nan(corners):
    corners[3, 2, 0] = np.nan


def swapped(corners):
    corners[[4, 5]] = corners[[5, 4]]


def upside_down(corners):
    corners[:] = corners[::-1].copy()


def far_away(corners):
    corners[0] -= (700, 0)


def collapsed(corners):
    corners[:] = corners[0]


@pytest.mark.parametrize("spoil", [nan, swapped, upside_down, far_away, collapsed])
def test_nonsense_is_refused(spoil, upright):
    corners = upright()
    spoil(corners)
    with pytest.raises(DetectionError):
        check_spine(corners, FILM)


def test_one_unsure_vertebra_is_named(upright):
    confidence = np.where(np.array(STANDARD_LEVELS) == "T4", 0.2, 0.9)
    (sentence,) = doubts(upright(), confidence, STANDARD_LEVELS, FILM, 512)
    assert "unsure of T4:" in sentence


def test_an_unsure_spine_is_called_uncertain_as_a_whole(upright):
    (sentence,) = doubts(upright(), 0.2 * SURE, STANDARD_LEVELS, FILM, 512)
    assert "numbering" in sentence


def test_corners_beyond_the_edge_are_mentioned(upright):
    (sentence,) = doubts(upright() - (0, 60), SURE, STANDARD_LEVELS, FILM, 512)
    assert "outside the film" in sentence


def test_a_small_film_is_mentioned(upright):
    (sentence,) = doubts(upright(200, 100), SURE, STANDARD_LEVELS, (200, 100), 512)
    assert "only 200 pixels high" in sentence
