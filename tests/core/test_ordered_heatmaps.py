"""Ordered heat maps: the 68 corners come back finer than a cell, and no peak on a neighbour swaps vertebrae."""

import numpy as np
import pytest

from spine_models.core.chain import link
from spine_models.core.ordered_heatmaps import decode, encode
from tests.curved import curved_spine

SIZE = (512, 256)
ALL = np.ones(17, bool)


def shares(corners: np.ndarray) -> np.ndarray:
    """(68, h/4, w/4) what a network would say that is right everywhere."""
    target = encode(corners, ALL, SIZE)
    return (target["row"][:, :, None] * target["column"][:, None, :]).astype(np.float64)


def linked(maps: np.ndarray):
    return link(decode({"maps": np.log(maps + 1e-9)}))


@pytest.mark.parametrize("bend, lean", [(0, 0), (60, 0), (60, 25)])
def test_perfect_maps_give_the_corners_back(bend, lean):
    corners = curved_spine(bend, lean)
    chain = linked(shares(corners))
    assert list(chain.levels) == list(range(17)) and not chain.filled.any()
    assert np.abs(chain.corners - corners).max() < 0.3
    assert chain.numbering > 0.9


def test_maps_whose_highest_peak_is_on_the_next_vertebra_do_not_swap():
    corners = curved_spine()
    maps = shares(corners)
    wrong = maps.copy()
    for v in (4, 5, 11):
        for k in (0, 2, 3):
            wrong[4 * v + k] = 0.35 * maps[4 * v + k] + 0.65 * maps[4 * (v + 1) + k]
    chain = linked(wrong)
    assert np.abs(chain.corners - corners).max() < 0.5


def test_noise_peaks_in_every_map_do_not_move_the_spine():
    corners = curved_spine()
    maps = shares(corners)
    rng = np.random.default_rng(2)
    for k in range(68):
        maps[k] *= 0.5
        for _ in range(2):
            maps[k, rng.integers(2, 126), rng.integers(2, 62)] += 0.25
    assert np.median(np.abs(linked(maps).corners - corners)) < 0.3
    assert np.linalg.norm(linked(maps).corners.mean(axis=1) - corners.mean(axis=1), axis=1).max() < 3


def test_a_corner_without_a_peak_is_made_up_from_the_other_three():
    corners = curved_spine()
    maps = shares(corners)
    maps[4 * 9 + 1] = 1 / maps[0].size
    chain = linked(maps)
    assert np.abs(chain.corners[9, 1] - corners[9, 1]).max() < 1.5
    assert np.abs(np.delete(chain.corners, 9, axis=0) - np.delete(corners, 9, axis=0)).max() < 0.3


def test_a_vertebra_without_peaks_is_put_between_its_neighbours():
    corners = curved_spine()
    maps = shares(corners)
    maps[36:40] = 1 / maps[0].size
    chain = linked(maps)
    assert list(np.flatnonzero(chain.filled)) == [9] and np.abs(chain.corners[9] - corners[9]).max() < 5


def test_numbering_is_doubted_when_every_map_is_split_between_two_vertebrae():
    maps = shares(curved_spine())
    split = 0.5 * maps + 0.5 * np.concatenate([maps[4:], maps[-4:]])
    chain = linked(split)
    assert chain.numbering < 0.8
    step = np.linalg.norm(np.diff(chain.corners.mean(axis=1), axis=0), axis=1)
    assert step.max() < 1.5 * step.min()  # nothing is skipped or doubled half-way


def test_corners_that_may_not_be_learnt_or_lie_outside_weigh_nothing():
    corners, valid = curved_spine(), ALL.copy()
    valid[3] = False
    target = encode(corners + (0.0, -90.0), valid, SIZE)
    outside = (corners[..., 1] - 90 < -0.5).ravel()
    assert outside.any() and not target["weight"][outside].any() and not target["weight"][12:16].any()
    assert target["weight"].sum() == 68 - 4 - outside.sum()
