"""The shape prior recovers spines from noise, never moves a fixed corner, and fills what was not seen."""

import numpy as np
import pytest

from spine_models.core.errors import LandmarkError
from spine_models.core.shape_prior import ShapePrior
from tests.curved import curved_spine

RNG = np.random.default_rng(1)
BENDS, SCALES, SHIFTS = RNG.uniform(-70, 70, 120), RNG.uniform(1, 6, 120), RNG.uniform(0, 900, 120)
SPINES = np.stack([curved_spine(bend) * scale + shift for bend, scale, shift in zip(BENDS, SCALES, SHIFTS)])
PRIOR = ShapePrior.fit(SPINES[:100], components=10)


def test_noise_is_reduced_and_the_spread_is_of_the_right_size():
    inside = []
    for spine in SPINES[100:]:
        width = np.linalg.norm(spine[:, 1] - spine[:, 0], axis=1).mean()
        sigma = np.full((17, 4), 0.06 * width)
        noisy = spine + RNG.normal(0, 0.06 * width, spine.shape)
        better, spread = PRIOR.posterior(noisy, sigma)
        assert np.linalg.norm(better - spine, axis=2).mean() < 0.5 * np.linalg.norm(noisy - spine, axis=2).mean()
        inside.append(np.abs(better - spine) <= 2 * spread[:, :, None])
    assert 0.6 < np.mean(inside) < 0.99


def test_a_fixed_corner_does_not_move_and_pulls_its_neighbours():
    spine = SPINES[110]
    width = np.linalg.norm(spine[:, 1] - spine[:, 0], axis=1).mean()
    rough = spine.copy()
    rough[9:12] += 0.5 * width
    sigma = np.full((17, 4), 0.4 * width)
    rough[10], sigma[10] = spine[10], 0
    better, _ = PRIOR.posterior(rough, sigma)
    assert np.array_equal(better[10], spine[10])
    assert np.linalg.norm(better[[9, 11]] - spine[[9, 11]], axis=2).mean() < 0.4 * width


def test_corners_that_were_not_seen_are_filled_in():
    spine = SPINES[115]
    width = np.linalg.norm(spine[:, 1] - spine[:, 0], axis=1).mean()
    sigma = np.full((17, 4), 0.01 * width)
    sigma[3:6] = np.inf
    hidden = spine.copy()
    hidden[3:6] = 0
    better, spread = PRIOR.posterior(hidden, sigma)
    assert np.linalg.norm(better[3:6] - spine[3:6], axis=2).mean() < 0.2 * width
    assert spread[4].mean() > spread[12].mean()


def test_another_number_of_vertebrae_is_refused():
    with pytest.raises(LandmarkError, match="17 vertebrae"):
        PRIOR.posterior(SPINES[0][:15], np.ones((15, 4)))
