"""The corner-type codec: marks of four kinds become vertebrae in order, with marks missing and marks too many."""

import numpy as np
import pytest

from spine_models.core.chain import link
from spine_models.core.corner_type_codec import STRIDE, decode, encode
from spine_models.core.errors import DetectionError
from spine_models.core.whole_spine import whole_spine
from tests.curved import curved_spine

SIZE = (512, 256)
ALL = np.ones(17, bool)


def perfect(corners: np.ndarray) -> dict[str, np.ndarray]:
    """What a network would say that is right everywhere."""
    target = encode(corners, ALL, SIZE)
    heat = target["heat"].clip(1e-6, 1 - 1e-6)
    level = 8.0 * np.eye(18)[target["level"]].transpose(2, 0, 1)
    return {"heat": np.log(heat / (1 - heat)), "vote": target["vote"], "level": level}


def found(maps: dict[str, np.ndarray]) -> np.ndarray:
    return whole_spine(link(decode(maps)))[0]


def erase(maps: dict[str, np.ndarray], corners: np.ndarray, kind: int) -> None:
    column, row = np.rint(corners / STRIDE).astype(int)
    maps["heat"][kind, row - 5 : row + 6, column - 5 : column + 6] = -14


@pytest.mark.parametrize("bend, lean", [(0, 0), (60, 0), (60, 25)])
def test_perfect_maps_give_the_corners_back(bend, lean):
    corners = curved_spine(bend, lean)
    chain = link(decode(perfect(corners)))
    whole, _, confidence = whole_spine(chain)
    assert np.abs(whole - corners).max() < 0.3
    assert not chain.filled.any() and confidence.min() > 0.7


def test_a_missing_corner_is_filled_in_and_its_spread_grows():
    corners = curved_spine()
    maps = perfect(corners)
    erase(maps, corners[6, 1], 1)
    chain = link(decode(maps))
    assert np.abs(chain.corners[6, 1] - corners[6, 1]).max() < 1.0
    assert np.abs(np.delete(chain.corners, 6, axis=0) - np.delete(corners, 6, axis=0)).max() < 0.3
    assert chain.sigma[6, 1] > 1.5 * chain.sigma[6, 0]


def test_a_vertebra_without_marks_is_put_between_its_neighbours():
    corners = curved_spine()
    maps = perfect(corners)
    for kind in range(4):
        erase(maps, corners[6, kind], kind)
    chain = link(decode(maps))
    assert list(np.flatnonzero(chain.filled)) == [6] and list(chain.levels) == list(range(17))
    assert np.abs(chain.corners[6] - corners[6]).max() < 5


def test_vertebrae_missing_at_the_ends_continue_the_spine_with_no_confidence():
    corners = curved_spine(0)
    maps = perfect(corners)
    for kind in range(4):
        erase(maps, corners[0, kind], kind)
        erase(maps, corners[16, kind], kind)
    whole, sigma, confidence = whole_spine(link(decode(maps)))
    assert np.abs(whole - corners).max() < 5
    assert confidence[0] == confidence[16] == 0 and confidence[8] > 0.7
    assert (sigma[0] > 2 * sigma[8]).all()


def test_marks_that_are_too_many_swap_nothing():
    corners = curved_spine()
    maps = perfect(corners)
    rng = np.random.default_rng(1)
    for kind, row, column in zip(rng.integers(0, 4, 30), rng.integers(20, 240, 30), rng.integers(2, 40, 30)):
        maps["heat"][kind, row, column] = 2.0
        maps["vote"][2 * kind : 2 * kind + 2, row, column] = rng.normal(0, 8, 2)
    assert np.abs(found(maps) - corners).max() < 0.5


def test_what_may_not_be_learnt_is_masked():
    corners, valid = curved_spine(), ALL.copy()
    valid[8] = False
    target = encode(corners, valid, SIZE)
    column, row = np.rint(corners[8, 2] / STRIDE).astype(int)
    assert target["heat_known"][2, row, column] == 0 and target["vote_weight"][2, row, column] == 0
    column, row = np.rint(corners[8].mean(axis=0) / STRIDE).astype(int)
    assert target["level"][row, column] == -1


def test_empty_maps_are_refused_with_a_sentence():
    maps = perfect(curved_spine())
    maps["heat"][:] = -14
    with pytest.raises(DetectionError, match="No spine"):
        link(decode(maps))
