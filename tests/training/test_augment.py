"""Augmentation moves pixels and corners together."""

import numpy as np
import pytest

from spine_models.core.landmarks import mirrored
from spine_models.training.augment import Recipe, augment
from spine_models.training.films import Film
from tests.curved import curved_spine

SIZE = (512, 256)


def film_with_bright_bodies() -> Film:
    """Black film, one bright disc at each vertebra's centre."""
    corners = curved_spine()
    yy, xx = np.mgrid[:512, :256]
    distance = np.stack([np.hypot(xx - x, yy - y) for x, y in corners.mean(axis=1)]).min(axis=0)
    return Film((255 * (distance < 5)).astype(np.uint8), corners, np.ones(17, bool), np.arange(17))


@pytest.mark.parametrize("seed", range(6))
def test_corners_follow_the_pixels(seed):
    rng = np.random.default_rng(seed)
    image, corners = augment(film_with_bright_bodies(), SIZE, Recipe(), rng)
    centres = corners.mean(axis=1)
    inside = ((centres > 8) & (centres < (SIZE[1] - 8, SIZE[0] - 8))).all(axis=1)
    assert inside.sum() >= 8
    x, y = centres[inside].round().astype(int).T
    between = 0.5 * (corners[:, 0] + corners[:, 1])[inside]  # the middle of an endplate lies outside the disc
    u, v = between.round().astype(int).clip(0, (SIZE[1] - 1, SIZE[0] - 1)).T
    assert np.median(image[y, x]) > np.median(image[v, u]) + 0.1


def test_corner_names_follow_the_mirror():
    corners = curved_spine()
    assert (corners[:, 0, 0] < corners[:, 1, 0]).all()
    flipped = mirrored(corners, 256)
    assert (flipped[:, 0, 0] < flipped[:, 1, 0]).all()
    assert mirrored(flipped, 256) == pytest.approx(corners)
