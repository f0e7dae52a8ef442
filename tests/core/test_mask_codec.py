"""The mask codec: painted vertebrae give their corners back within a fraction of a cell, in order, come what may."""

import numpy as np
import pytest

from spine_models.core.errors import DetectionError
from spine_models.core.mask_codec import GAP, STRIDE, VERTEBRA, encode
from spine_models.core.mask_decoder import decode
from tests.curved import curved_spine

SIZE = (512, 256)
ALL = np.ones(17, bool)


def painted(corners: np.ndarray) -> dict[str, np.ndarray]:
    """What a network would say that is right everywhere."""
    target = encode(corners, ALL, SIZE)
    return {"part": np.log(target["part"] + 1e-6), "order": np.where(target["order_weight"] > 0, target["order"], 8.0)}


def cell(point: np.ndarray) -> tuple[int, int]:
    column, row = np.rint((point - (STRIDE - 1) / 2) / STRIDE).astype(int)
    return row, column


@pytest.mark.parametrize("bend, lean", [(0, 0), (60, 0), (60, 25)])
def test_a_perfect_painting_gives_the_corners_back(bend, lean):
    corners = curved_spine(bend, lean)
    found = decode(painted(corners))
    assert np.abs(found.corners - corners).max() < 0.3
    assert found.confidence.min() > 0.85 and found.sigma.max() < 1
    assert [found.owner[cell(middle)] for middle in corners.mean(axis=1)] == list(range(17))
    assert all(found.margin[cell(middle)] > 0.9 for middle in corners.mean(axis=1))


def test_an_edge_between_two_cells_is_found_between_them():
    corners = curved_spine(0)
    moved = corners + (0.0, 0.5)
    shift = decode(painted(moved)).corners - decode(painted(corners)).corners
    assert np.abs(shift - (0.0, 0.5)).max() < 0.15


def test_the_order_runs_on_through_the_gaps():
    corners = curved_spine(0)
    target = encode(corners, ALL, SIZE)
    gap = 0.5 * (corners[4, 2:].mean(axis=0) + corners[5, :2].mean(axis=0))
    assert target["order"][0][cell(corners[4].mean(axis=0))] == pytest.approx(4.0, abs=0.06)
    assert target["order"][0][cell(gap)] == pytest.approx(4.5, abs=0.06)
    assert target["part"][GAP][cell(gap)] > 0.9 and np.allclose(target["part"].sum(axis=0), 1, atol=1e-6)


def test_nothing_is_learnt_of_a_vertebra_that_may_not_be_and_of_its_gaps():
    corners, valid = curved_spine(), ALL.copy()
    valid[8] = False
    target = encode(corners, valid, SIZE)
    gap = 0.5 * (corners[8, 2:].mean(axis=0) + corners[9, :2].mean(axis=0))
    for point in (corners[8].mean(axis=0), gap):
        assert target["known"][0][cell(point)] == 0 and target["order_weight"][0][cell(point)] == 0
    assert target["known"][0][cell(corners[9].mean(axis=0))] == 1


def test_paint_beside_the_spine_does_not_move_it():
    corners = curved_spine()
    maps = painted(corners)
    maps["part"][:, 100:108, 5:17] = np.log([0.01, 0.98, 0.01])[:, None, None]
    maps["order"][:, 100:108, 5:17] = 12.0
    found = decode(maps).corners
    assert np.abs(np.delete(found, 12, axis=0) - np.delete(corners, 12, axis=0)).max() < 0.3


def test_an_unpainted_vertebra_is_put_between_its_neighbours_and_doubted():
    corners = curved_spine()
    maps = painted(corners)
    maps["part"][:, np.abs(maps["order"][0] - 7) < 0.45] = np.log([0.98, 0.01, 0.01])[:, None]
    found = decode(maps)
    assert np.abs(found.corners[7] - corners[7]).max() < 5 and found.confidence[7] < 0.5
    assert np.abs(np.delete(found.corners, 7, axis=0) - np.delete(corners, 7, axis=0)).max() < 0.6


def test_an_order_that_is_off_by_a_third_of_a_level_and_noisy_still_names_each_vertebra():
    corners = curved_spine()
    maps = painted(corners)
    maps["order"] = maps["order"] + 0.33 + np.random.default_rng(0).normal(0, 0.05, maps["order"].shape)
    assert np.abs(decode(maps).corners - corners).max() < 1.5


def test_an_empty_painting_is_refused_with_a_sentence():
    maps = painted(curved_spine())
    maps["part"][VERTEBRA] = -20
    with pytest.raises(DetectionError, match="No spine"):
        decode(maps)
