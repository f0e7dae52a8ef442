"""Bending moves pixels and corners together and turns every vertebra with the line it lies on."""

import numpy as np
import pytest

from spine_models.training.bend import LIMIT, Bend
from tests.curved import curved_spine

SIZE = (512, 256)


def bend(seed: int) -> Bend:
    return Bend.draw(curved_spine(), SIZE, np.random.default_rng(seed))


def tilt(corners: np.ndarray) -> np.ndarray:
    across = corners[:, 1] + corners[:, 3] - corners[:, 0] - corners[:, 2]
    return np.degrees(np.arctan2(across[:, 1], across[:, 0]))


def lean(corners: np.ndarray) -> np.ndarray:
    way = np.gradient(corners.mean(axis=1), axis=0)
    return np.degrees(np.arctan2(-way[:, 0], way[:, 1]))


@pytest.mark.parametrize("seed", range(5))
def test_target_undoes_source(seed):
    one, corners = bend(seed), curved_spine()
    moved = one.target(corners)
    assert np.abs(moved - corners).max() > 2
    assert one.source(moved[..., 0], moved[..., 1]) == pytest.approx(corners, abs=1e-6)


def test_the_grid_is_the_source_of_every_pixel():
    one = bend(0)
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    assert one.grid(SIZE[1]) == pytest.approx(one.source(x, y), abs=1e-3)


def test_vertebrae_turn_with_their_line_and_keep_their_form():
    turns, leans = [], []
    for seed in range(20):
        corners = curved_spine()
        moved = bend(seed).target(corners)
        turns.append(tilt(moved) - tilt(corners))
        leans.append(lean(moved) - lean(corners))
        sides = [np.linalg.norm(quads[:, 1] - quads[:, 0], axis=1) for quads in (moved, corners)]
        assert sides[0] == pytest.approx(sides[1], rel=0.2)
    assert 3 < np.std(turns) < 9  # degrees
    assert np.corrcoef(np.ravel(turns), np.ravel(leans))[0, 1] > 0.95


def test_nothing_is_folded():
    assert max(np.abs(bend(seed).slope).max() for seed in range(100)) <= LIMIT + 1e-9
