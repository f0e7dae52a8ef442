"""The clinical measurement: what is printed, what is named and what is drawn are one thing, on any spine."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spine_models.core.cobb import largest_curve, measure_curves, severity, vertebra_tilts
from spine_models.core.errors import LandmarkError
from spine_models.core.landmarks import LEVELS, STANDARD_LEVELS, Landmarks


def spine(tilts, turned=0.0, jitter=0.0, first="T1", seed=0):
    """Landmarks of a spine whose vertebrae have the given tilts (degrees, right side lower positive).

    The chain of vertebrae follows the tilts, so curves bulge as they do in a body; ``turned`` rotates the film.
    """
    angles = np.radians(np.asarray(tilts, dtype=float))
    across = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    down = np.stack([-across[:, 1], across[:, 0]], axis=-1)
    centres = np.cumsum(40 * down, axis=0)
    half, height = 30 * across, 15 * down
    corners = centres[:, None] + np.stack([-half - height, half - height, -half + height, half + height], axis=1)
    corners = corners + np.random.default_rng(seed).normal(0, jitter, corners.shape)
    turn = np.radians(turned)
    corners = corners @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) + 500
    usual = [level for level in LEVELS if level != "T13"]
    start = usual.index(first)
    return Landmarks(corners, tuple(usual[start : start + len(corners)]))


def degrees_between(a, b):
    return np.degrees(np.arctan2(abs(a[0] * b[1] - a[1] * b[0]), a @ b))


def directions_of(corners):
    tl, tr, bl, br = corners.swapaxes(0, 1)
    return (tr + br) / 2 - (tl + bl) / 2


def disagreements(landmarks):
    """What is wrong with the measurement of one spine, as words; empty when all is consistent."""
    curves, largest = measure_curves(landmarks), largest_curve(landmarks)
    directions = directions_of(landmarks.corners)
    every = np.degrees(np.abs(np.angle(np.divide.outer(directions @ [1, 1j], directions @ [1, 1j]))))
    wrong = []
    if abs(largest.angle - every.max()) > 1e-6:
        wrong.append("the largest curve is not the largest tilt difference")
    if largest.angle >= 10 and largest.angle not in [curve.angle for curve in curves]:
        wrong.append("the largest curve is not listed")
    if largest.angle < 10 and curves:
        wrong.append("curves on a normal spine")
    for curve in (*curves, largest):
        upper, apex, lower = (landmarks.index(level) for level in (curve.upper, curve.apex, curve.lower))
        named = degrees_between(directions[upper], directions[lower])
        drawn = degrees_between(curve.upper_line[1] - curve.upper_line[0], curve.lower_line[1] - curve.lower_line[0])
        if not (abs(curve.angle - named) < 1e-6 and abs(curve.angle - drawn) < 1e-6):
            wrong.append(f"printed {curve.angle}, named {named}, drawn {drawn}")
        if not (upper < apex < lower or upper == apex == lower - 1):
            wrong.append("the apex is not between the end vertebrae")
        if not (np.isfinite(curve.upper_line).all() and np.isfinite(curve.lower_line).all()):
            wrong.append("a line is not finite")
    if any(a.lower != b.upper for a, b in zip(curves, curves[1:])) or any(c.angle < 10 for c in curves):
        wrong.append("the curves do not follow each other down the spine")
    return wrong


@settings(max_examples=300, deadline=None)
@given(
    tilts=st.lists(st.floats(-60, 60), min_size=4, max_size=20),
    turned=st.floats(-59.9, 59.9),
    jitter=st.floats(0, 5),
    seed=st.integers(0, 2**32 - 1),
)
def test_any_spine_agrees_with_itself(tilts, turned, jitter, seed):
    assert not disagreements(spine(tilts, turned, jitter, first="C7", seed=seed))


def test_ten_thousand_spines_agree_with_themselves():
    random = np.random.default_rng(2026)
    violations = 0
    for seed in range(10_000):
        count = random.integers(4, 21)
        phase = random.uniform(0, 2 * np.pi) + np.linspace(0, random.uniform(1, 12), count)
        tilts = random.uniform(0, 60) * np.sin(phase) + random.normal(0, random.uniform(0, 8), count)
        film = spine(tilts, random.uniform(-60, 60), random.uniform(0, 3), first="C7", seed=seed)
        violations += bool(disagreements(film))
    assert violations == 0


def test_vertebrae_with_swapped_sides_still_agree():
    film = spine([-30, -10, 5, 20, 25, 10, -5, -20])
    corners = film.corners.copy()
    corners[3] = corners[3][[1, 0, 3, 2]]
    assert not disagreements(Landmarks(corners, film.levels))


def test_spine_wound_up_like_a_spring_still_agrees():
    assert not disagreements(spine([0, 100, 200, 300, 400, 540]))


def test_double_curve_is_read_as_a_reader_would():
    tilts = [8, 9, 10, 11, 14, 16, 10, 2, -8, -15, -22, -14, -6, 2, 8, 12, 6]
    main, lower = measure_curves(spine(tilts))
    assert main.angle == pytest.approx(38) and lower.angle == pytest.approx(34)
    assert (main.upper, main.lower, main.side, main.region) == ("T6", "T11", "left", "MT")
    assert (lower.upper, lower.lower, lower.side, lower.region) == ("T11", "L4", "right", "TL/L")
    assert main.apex in ("T8", "T9") and lower.apex in ("L1", "L2")


@pytest.mark.parametrize("turned", [-59, -20, 0, 35, 59])
def test_turning_the_film_changes_no_reading(turned):
    tilts = [-5, -12, -20, -14, 0, 12, 30, 44, 33, 20, 5, -10, -25, -31, -20, -8, 0]
    upright, leaning = measure_curves(spine(tilts)), measure_curves(spine(tilts, turned))
    assert [(c.upper, c.apex, c.lower, c.side) for c in upright] == [
        (c.upper, c.apex, c.lower, c.side) for c in leaning
    ]
    assert [c.angle for c in leaning] == pytest.approx([c.angle for c in upright])


def test_tilt_past_upright_is_unwrapped():
    film = spine([-70, 0, 70, 110, 70], turned=80)
    assert np.diff(vertebra_tilts(film)) == pytest.approx([70, 70, 40, -40])
    assert largest_curve(film).angle == pytest.approx(180)


def test_mirrored_film_has_the_other_side():
    film = spine([20, 15, 8, 0, -8, -15, -20])
    mirrored = Landmarks((film.corners * [-1, 1] + [1000, 0])[:, [1, 0, 3, 2]], film.levels)
    assert largest_curve(film).side == "left" and largest_curve(mirrored).side == "right"
    assert largest_curve(mirrored).angle == pytest.approx(largest_curve(film).angle)


def test_normal_spine_has_no_curve_but_a_largest_angle():
    film = spine([0, 2, 4, 1, -3, -4, 0])
    assert measure_curves(film) == ()
    assert largest_curve(film).angle == pytest.approx(8)


def test_jitter_within_a_curve_makes_no_further_curves():
    tilts = np.linspace(25, -25, 17) + np.tile([3, -3], 9)[:17]
    assert len(measure_curves(spine(tilts))) == 1


def test_swing_between_the_largest_ends_does_not_split_the_largest_curve():
    (curve,) = measure_curves(spine([-30, -10, 0, -12, 5, 20]))
    assert (curve.upper, curve.lower) == ("T1", "T6") and curve.angle == pytest.approx(50)


def test_minimum_sets_which_curves_are_listed():
    tilts = [0, 12, 0, -20, 0, 7]
    assert [round(c.angle) for c in measure_curves(spine(tilts))] == [12, 32, 27]
    assert [round(c.angle) for c in measure_curves(spine(tilts), minimum=30)] == [32]


@pytest.mark.parametrize("turned", [-59, -23.7, 0, 11.3, 59])
def test_ten_degrees_on_the_nose_are_a_curve_however_the_film_is_turned(turned):
    curves = measure_curves(spine([0, 15.375, 0, 10, 0, 16], turned))
    assert [curve.angle for curve in curves] == pytest.approx([15.375, 15.375, 10, 10, 16])
    assert severity(curves[2].angle) == "mild"


def test_lines_run_through_the_outer_endplates():
    film = spine([10, 0, -10])
    curve = largest_curve(film)
    assert curve.upper_line.mean(axis=0) == pytest.approx(film.corners[0, :2].mean(axis=0))
    assert curve.lower_line.mean(axis=0) == pytest.approx(film.corners[2, 2:].mean(axis=0))
    assert curve.upper_line[0, 0] < curve.upper_line[1, 0]


@pytest.mark.parametrize(
    ("levels", "region"),
    [
        (("C6", "C7", "T1"), "PT"),
        (("T4", "T5", "T6"), "PT"),
        (("T5", "T6", "T7"), "MT"),
        (("T10", "T11", "T12"), "MT"),
        (("T11", "T12", "L1"), "TL/L"),
        (("T12", "T13", "L1"), "TL/L"),
        (("L3", "L4", "L5"), "TL/L"),
    ],
)
def test_region_follows_the_apex(levels, region):
    curve = largest_curve(Landmarks(spine([20, 0, -20]).corners, levels))
    assert (curve.upper, curve.apex, curve.lower, curve.region) == (*levels, region)


def test_two_vertebrae_are_enough_and_one_is_not():
    assert largest_curve(spine([5, -10])).angle == pytest.approx(15)
    with pytest.raises(LandmarkError, match="at least two vertebrae"):
        measure_curves(spine([5]))


def test_parallel_vertebrae_measure_zero():
    film = spine([7] * 5, turned=30)
    assert largest_curve(film).angle == pytest.approx(0, abs=1e-6)
    assert all(curve.upper != curve.lower for curve in (largest_curve(film), *measure_curves(film, minimum=0)))


def test_vertebra_without_width_is_named():
    corners = spine([0] * 17).corners.copy()
    corners[4, [1, 3]] = corners[4, [0, 2]]
    with pytest.raises(LandmarkError, match="T5 has no width"):
        measure_curves(Landmarks(corners, STANDARD_LEVELS))


@pytest.mark.parametrize(("start", "end", "band"), [(0, 10, "none"), (10, 25, "mild"), (25, 40, "moderate")])
def test_severity_bands_hold_from_their_start_to_just_under_the_next(start, end, band):
    assert severity(start) == severity(end - 0.01) == band != severity(end)


def test_severity_from_forty_degrees_is_severe():
    assert severity(40) == severity(120) == "severe"


@pytest.mark.parametrize("angle", [float("nan"), -1.0])
def test_severity_of_no_angle_is_refused(angle):
    with pytest.raises(LandmarkError, match="degrees"):
        severity(angle)
