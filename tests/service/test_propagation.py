"""Corrections spread where they should and nowhere else; spines and their prior are made up."""

import numpy as np
import pytest

from spine_models.core.landmarks import STANDARD_LEVELS, Landmarks
from spine_models.core.shape_prior import ShapePrior
from spine_models.service.editing import with_corners
from spine_models.service.propagation import propagate

SIGMA = 1.5


def made_spine(rng: np.random.Generator) -> np.ndarray:
    """(17, 4, 2) corners with up to three bends, on a film about 800 px high."""
    along = np.linspace(0, 1, 17)
    waves = np.sin(np.pi * np.arange(1, 4)[:, None] * along + rng.uniform(0, 6, (3, 1)))
    tilt = np.radians((rng.uniform(-15, 15, (3, 1)) * waves).sum(axis=0))
    right, down = np.stack([np.cos(tilt), np.sin(tilt)], 1), np.stack([-np.sin(tilt), np.cos(tilt)], 1)
    centres = np.cumsum(down * 40, axis=0) + 100
    quad = np.array([(-25, -14), (25, -14), (-25, 14), (25, 14)])
    return centres[:, None] + quad[:, :1] * right[:, None] + quad[:, 1:] * down[:, None]


@pytest.fixture(scope="module")
def prior() -> ShapePrior:
    rng = np.random.default_rng(0)
    return ShapePrior.fit(np.stack([made_spine(rng) for _ in range(150)]), components=12)


@pytest.fixture
def truth() -> np.ndarray:
    return made_spine(np.random.default_rng(99))


def predicted(truth: np.ndarray, drift: np.ndarray) -> Landmarks:
    """A model's answer: jitter within its sigma, and a drift (17, 2) it knows nothing of."""
    jitter = np.random.default_rng(1).normal(0, SIGMA, truth.shape)
    return Landmarks(truth + jitter + drift[:, None], sigma=np.full((17, 4), SIGMA))


def corrected(before: Landmarks, truth: np.ndarray, *places: tuple[int, int]) -> Landmarks:
    corners = before.corners.copy()
    for row, corner in places:
        corners[row, corner] = truth[row, corner]
    return with_corners(before, corners)


def error(landmarks: Landmarks, truth: np.ndarray) -> np.ndarray:
    return np.linalg.norm(landmarks.corners - truth, axis=2).mean(axis=1)


def tilt(landmarks: Landmarks, row: int) -> float:
    """Degrees, of the line through the middles of the left and the right edge."""
    across = landmarks.corners[row, 1::2].mean(axis=0) - landmarks.corners[row, 0::2].mean(axis=0)
    return float(np.degrees(np.arctan2(across[1], across[0])))


@pytest.fixture
def drift() -> np.ndarray:
    """The upper five vertebrae 25 px to the side, as when a model follows a shoulder blade."""
    return np.outer(np.interp(np.arange(17), [0, 4, 7], [1, 1, 0]), [25.0, 0.0])


def test_one_correction_takes_its_neighbours_along(prior, truth, drift):
    before = predicted(truth, drift)
    after = propagate(before, corrected(before, truth, (2, 0)), prior)
    assert error(after, truth)[:5].mean() < 0.5 * error(before, truth)[:5].mean()
    assert error(after, truth).mean() < 0.6 * error(before, truth).mean()


def test_corrected_corners_never_move_and_the_rest_stays_the_models(prior, truth, drift):
    before = predicted(truth, drift)
    edited = corrected(before, truth, (0, 0), (2, 1), (16, 3))
    after = propagate(before, edited, prior)
    human = edited.source == "human"
    assert after.corners[human].tobytes() == edited.corners[human].tobytes()
    assert (after.source == edited.source).all() and np.isnan(after.sigma[human]).all()


def test_a_second_correction_improves_on_the_first(prior, truth, drift):
    before = predicted(truth, drift)
    first = propagate(before, corrected(before, truth, (2, 0)), prior)
    second = propagate(first, corrected(first, truth, (0, 1)), prior)
    assert error(second, truth).mean() < error(first, truth).mean()


def test_a_small_correction_takes_the_endplate_along_and_does_not_turn_it(prior, truth):
    before = Landmarks(truth, sigma=np.full((17, 4), SIGMA))
    lower = truth.copy()
    lower[8, 2] += (0, 4)
    edited = with_corners(before, lower)
    after = propagate(before, edited, prior)
    moved = np.linalg.norm(after.corners - truth, axis=2)
    assert moved[8, 2] == pytest.approx(4) and 2 < moved[8, 3] < 4 and moved[[0, 16]].max() == 0
    assert abs(tilt(after, 8) - tilt(before, 8)) < 0.5 * abs(tilt(edited, 8) - tilt(before, 8))


def test_a_touch_within_the_models_own_sigma_moves_no_other_vertebra(prior, truth):
    before = predicted(truth, np.zeros((17, 2)))
    after = propagate(before, corrected(before, truth, (8, 2)), prior)
    assert after is None or (np.delete(after.corners, 8, axis=0) == np.delete(before.corners, 8, axis=0)).all()


def test_vertebrae_that_moved_are_measured_on_the_film_from_where_they_are_now(prior, truth, drift):
    before = predicted(truth, drift)
    edited, started = corrected(before, truth, (2, 0)), []

    def refine(corners):
        started.append(corners)
        return truth, np.full((17, 4), 0.3)

    after = propagate(before, edited, prior, refine)
    assert np.linalg.norm(started[0] - truth, axis=2).mean() < error(before, truth).mean()
    assert error(after, truth)[:5].max() < 0.3 * error(propagate(before, edited, prior), truth)[:5].max()


def test_missing_levels_do_not_disturb(prior, truth, drift):
    keep = np.array([level not in ("T1", "T9") for level in STANDARD_LEVELS])
    levels = tuple(level for level in STANDARD_LEVELS if level not in ("T1", "T9"))
    whole = predicted(truth, drift)
    before = Landmarks(whole.corners[keep], levels, whole.sigma[keep])
    after = propagate(before, corrected(before, truth[keep], (2, 0)), prior)
    assert error(after, truth[keep])[:4].mean() < 0.6 * error(before, truth[keep])[:4].mean()


def test_a_model_without_sigma_is_helped_too(prior, truth, drift):
    before = Landmarks(predicted(truth, drift).corners)
    after = propagate(before, corrected(before, truth, (2, 0)), prior)
    assert error(after, truth)[:5].mean() < 0.6 * error(before, truth)[:5].mean()


def test_nothing_is_suggested_without_reason(prior, truth):
    before = predicted(truth, np.zeros((17, 2)))
    assert propagate(before, before, prior) is None  # nothing corrected
    assert propagate(before, with_corners(before, truth), prior) is None  # nothing left to suggest
    other = Landmarks(before.corners, ("C7", *STANDARD_LEVELS[:-1]))
    assert propagate(other, corrected(other, truth, (2, 0)), prior) is None  # levels the prior does not know
    few = Landmarks(truth[:3] + 20, STANDARD_LEVELS[:3])
    assert propagate(few, corrected(few, truth[:3], (0, 0)), prior) is None


@pytest.mark.parametrize("step", [1, -1])
def test_one_correction_slides_a_chain_that_is_a_level_off(prior, step):
    """The model names every vertebra one level wrong; below or above its last there is nothing to copy."""
    longer = made_spine(np.random.default_rng(99))
    beyond = longer[-1] + (longer[-1] - longer[-2])
    longer = np.concatenate([longer, [beyond]])
    truth, seen = (longer[:-1], longer[1:]) if step > 0 else (longer[1:], longer[:-1])
    before = predicted(seen, np.zeros((17, 2)))
    after = propagate(before, corrected(before, truth, (14, 3)), prior)
    assert error(before, truth).mean() > 35 and error(after, truth).mean() < 4


def test_a_slip_ends_where_a_vertebra_was_skipped_and_where_the_reader_was_before(prior, truth):
    seen = np.concatenate([truth[:6], truth[7:], [2 * truth[-1] - truth[-2]]])  # T7 was skipped
    before = predicted(seen, np.zeros((17, 2)))
    after = propagate(before, corrected(before, truth, (14, 3)), prior)
    assert error(after, truth).mean() < 6 and (after.corners[:5] == before.corners[:5]).all()
    first = corrected(before, truth, (2, 0))
    assert (propagate(first, corrected(first, truth, (14, 3)), prior).corners[2] == first.corners[2]).all()


def test_slid_vertebrae_are_measured_on_the_film(prior, truth):
    before = predicted(np.concatenate([truth[1:], [2 * truth[-1] - truth[-2]]]), np.zeros((17, 2)))
    after = propagate(before, corrected(before, truth, (8, 0)), prior, lambda corners: (truth, np.full((17, 4), 0.3)))
    assert error(after, truth).max() == 0
