"""Formulas against simulated corners, and what is said when nothing is known."""

import numpy as np
import pytest

from spine_models.core.card import Calibration
from spine_models.core.cobb import largest_curve, measure_curves, vertebra_tilts
from spine_models.core.landmarks import Landmarks
from spine_models.core.uncertainty import (
    WITHIN_1,
    WITHIN_2,
    angle_interval,
    angle_sigma,
    calibrated_sigma,
    could_swap,
    tilt_sigma,
)

CALIBRATION = Calibration(sigma_scale=2.0, sigma_floor=0.05, angle_quantile=1.6, angle_floor=3.0, films=88, data="d",
                          label_revision="r", expected={})
WIDTH = 40.0


def spine(tilts, sigma=None):
    """Landmarks of vertebrae WIDTH wide with the given tilts in degrees; sigma: per vertebra, pixels."""
    along = np.stack([np.cos(np.radians(tilts)), np.sin(np.radians(tilts))], axis=1) * WIDTH / 2
    down = np.stack([-along[:, 1], along[:, 0]], axis=1) / 2
    middle = np.stack([np.full(len(tilts), 100.0), 30.0 * np.arange(len(tilts))], axis=1)
    corners = np.stack([middle - along - down, middle + along - down, middle - along + down, middle + along + down], 1)
    levels = ("T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8")[: len(tilts)]
    return Landmarks(corners, levels, None if sigma is None else np.repeat(np.array(sigma)[:, None], 4, axis=1))


def test_the_radii_hold_what_one_and_two_sigma_hold_on_a_line():
    apart = np.random.default_rng(0).normal(size=(400_000, 2))
    for radius, sigmas in ((WITHIN_1, 1), (WITHIN_2, 2)):
        on_the_plane = (np.linalg.norm(apart, axis=1) <= radius).mean()
        assert on_the_plane == pytest.approx((np.abs(apart) <= sigmas).mean(), abs=2e-3)


def test_tilt_and_angle_sigma_are_those_of_simulated_corners():
    rng = np.random.default_rng(1)
    still = spine([10.0, -20.0])
    sigma = np.array([[0.5, 1.0, 0.2, 0.8], [0.3, 0.1, 1.2, 0.4]])
    noisy = still.corners + rng.normal(size=(20_000, 2, 4, 2)) * sigma[..., None]
    tilts = np.array([vertebra_tilts(Landmarks(corners, still.levels)) for corners in noisy])
    known = Landmarks(still.corners, still.levels, sigma)
    assert tilt_sigma(known) == pytest.approx(tilts.std(axis=0), rel=0.02)
    assert angle_sigma(known, "T1", "T2") == pytest.approx((tilts[:, 0] - tilts[:, 1]).std(), rel=0.02)


def test_sigma_is_the_scaled_raw_one_and_the_floor_in_quadrature():
    corners = spine([0.0, 0.0]).corners
    sigma = calibrated_sigma(corners, np.array([[0.0, 1.5, 1.5, 1.5]] * 2), CALIBRATION)
    floor = 0.05 * WIDTH
    assert sigma == pytest.approx(np.array([[floor, *[np.hypot(3.0, floor)] * 3]] * 2))
    assert calibrated_sigma(corners, None, CALIBRATION) == pytest.approx(np.full((2, 4), floor))


def test_without_a_calibration_nothing_is_known():
    landmarks = spine([10.0, -20.0], sigma=[1.0, 1.0])
    assert np.isnan(calibrated_sigma(landmarks.corners, landmarks.sigma, None)).all()
    assert angle_interval(landmarks, largest_curve(landmarks), None) is None
    assert could_swap(landmarks, measure_curves(landmarks), None) == ()


def test_interval_is_the_quantile_times_sigma_and_floor():
    landmarks = spine([10.0, -20.0], sigma=[1.0, 2.0])
    half = 1.6 * np.sqrt(angle_sigma(landmarks, "T1", "T2") ** 2 + 3.0**2)
    assert angle_interval(landmarks, largest_curve(landmarks), CALIBRATION) == pytest.approx((30 - half, 30 + half))


def test_interval_has_no_negative_angles():
    landmarks = spine([0.0, -2.0], sigma=[1.0, 1.0])
    low, high = angle_interval(landmarks, largest_curve(landmarks), CALIBRATION)
    assert low == 0 and high > 2


def test_a_corner_placed_by_hand_leaves_the_angle_without_interval():
    landmarks = spine([10.0, -20.0], sigma=[1.0, np.nan])
    assert angle_interval(landmarks, largest_curve(landmarks), CALIBRATION) is None


def test_the_shared_end_vertebra_does_not_make_the_order_uncertain():
    tilts = [20.0, 0.0, -20.0, 0.0, 12.0]  # 40 and 32 degrees, both ending at the third vertebra
    certain = spine(tilts, sigma=[0.1, 0.1, 5.0, 0.1, 0.1])
    curves = measure_curves(certain)
    (low, _), (_, high) = (angle_interval(certain, curve, CALIBRATION) for curve in curves)
    assert low < high and could_swap(certain, curves, CALIBRATION) == ()
    uncertain = spine(tilts, sigma=[5.0, 0.1, 0.1, 0.1, 0.1])
    (sentence,) = could_swap(uncertain, curves, CALIBRATION)
    assert "T1–T3 (40°)" in sentence and "T3–T5 (32°)" in sentence


def test_curves_apart_swap_when_their_own_errors_allow_it():
    tilts = [12.0, -12.0, -8.0, 8.0]  # 24 and 16 degrees, the swing between them too small to be a curve
    landmarks = spine(tilts, sigma=[0.1] * 4)
    upper, lower = curves_of(landmarks, ("T1", "T2"), ("T3", "T4"))
    # Both halves are 1.6 * 3 degrees: certain from 6.8 degrees apart.
    assert could_swap(landmarks, (upper, lower), CALIBRATION) == ()
    landmarks = spine([11.0, -11.0, -8.0, 8.0], sigma=[0.1] * 4)
    assert len(could_swap(landmarks, curves_of(landmarks, ("T1", "T2"), ("T3", "T4")), CALIBRATION)) == 1


def curves_of(landmarks, *pairs):
    """The curve between each pair of levels."""
    rows = [[landmarks.index(level) for level in pair] for pair in pairs]
    parts = [Landmarks(landmarks.corners[pair], [landmarks.levels[row] for row in pair]) for pair in rows]
    return tuple(largest_curve(part) for part in parts)


def test_only_the_largest_curve_is_compared():
    landmarks = spine([40.0, 0.0, -40.0, 0.0, 5.0, 0.0, -38.0], sigma=[0.1] * 7)
    curves = measure_curves(landmarks)
    assert [round(curve.angle) for curve in curves] == [80, 45, 43]
    assert could_swap(landmarks, curves, CALIBRATION) == ()
