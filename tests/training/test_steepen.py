"""Sharper bends from ordinary films: the labels must go with the film."""

import cv2
import numpy as np
import pytest

from spine_models.imaging.phantom import random_phantom
from spine_models.training.films import Film
from spine_models.training.steepen import STEEPEST, bend_corners, random_turns, steepened


def tilts(corners: np.ndarray) -> np.ndarray:
    across = corners[:, 1] + corners[:, 3] - corners[:, 0] - corners[:, 2]
    return np.arctan2(across[:, 1], across[:, 0])


@pytest.fixture(scope="module")
def film() -> Film:
    pixels, corners = random_phantom(np.random.default_rng(4), 768)
    return Film(pixels, corners, np.ones(len(corners), bool), np.arange(len(corners)))


def test_vertebrae_turn_as_bodies_and_keep_their_distance(film):
    turn = np.deg2rad(np.linspace(-20, 20, len(film.corners)))
    moved = bend_corners(film.corners, turn)
    assert np.allclose(tilts(moved) - tilts(film.corners), turn, atol=1e-9)
    for side in ((0, 1), (0, 2), (1, 2)):
        before, after = (np.linalg.norm(c[:, side[0]] - c[:, side[1]], axis=1) for c in (film.corners, moved))
        assert np.allclose(before, after)
    before, after = (np.linalg.norm(np.diff(c.mean(axis=1), axis=0), axis=1) for c in (film.corners, moved))
    assert np.allclose(before, after) and np.allclose(moved.mean(axis=(0, 1)), film.corners.mean(axis=(0, 1)), atol=2)


def test_the_labels_stay_on_what_they_mark(film):
    marked = np.zeros_like(film.pixels)
    for quad in film.corners:
        cv2.fillConvexPoly(marked, np.rint(quad[[0, 1, 3, 2]]).astype(np.int32), 255)
    bent = steepened(Film(marked, film.corners, film.valid, film.levels), np.random.default_rng(1))
    wanted = np.zeros_like(marked)
    for quad in bent.corners:
        cv2.fillConvexPoly(wanted, np.rint(quad[[0, 1, 3, 2]]).astype(np.int32), 255)
    seen = bent.pixels > 127
    overlap = (seen & (wanted > 0)).sum() / (seen | (wanted > 0)).sum()
    assert overlap > 0.9 and np.abs(tilts(bent.corners) - tilts(film.corners)).max() > np.deg2rad(3)


def test_no_vertebra_is_tilted_beyond_the_steepest(film):
    for seed in range(30):
        turn = random_turns(film.corners, np.random.default_rng(seed))
        assert np.abs(tilts(film.corners) + turn).max() <= max(STEEPEST, np.abs(tilts(film.corners)).max()) + 1e-9
