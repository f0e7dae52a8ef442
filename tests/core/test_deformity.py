"""Shapes and stance by hand-computed spines, and what turning, scaling and mirroring a film must leave as it is."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spine_models.core.cobb import measure_curves
from spine_models.core.deformity import measure_deformity
from spine_models.core.deformity_reference import CENTRAL, MEASURES, reference_ranges
from spine_models.core.errors import LandmarkError
from spine_models.core.landmarks import STANDARD_LEVELS, Landmarks

SHAPES = ("wedge", "height_ratio", "disc_wedge")


def box(x, y, width=40.0, height=20.0):
    """TL, TR, BL, BR of an upright rectangle round (x, y)."""
    left, right, top, bottom = x - width / 2, x + width / 2, y - height / 2, y + height / 2
    return [(left, top), (right, top), (left, bottom), (right, bottom)]


def column(across):
    """T1-L5 of upright boxes 40 x 20, each under the one before, their centres at these x."""
    return Landmarks(np.array([box(x, 30.0 * row) for row, x in enumerate(across)]))


def measured(landmarks, spacing=None):
    return measure_deformity(landmarks, measure_curves(landmarks), spacing)


def turned(landmarks, degrees=0.0, scale=1.0):
    turn = np.radians(degrees)
    spin = scale * np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    return Landmarks(landmarks.corners @ spin, landmarks.levels)


def mirrored(landmarks):
    return Landmarks((landmarks.corners * (-1, 1))[:, [1, 0, 3, 2]], landmarks.levels)


@st.composite
def spines(draw):
    """Wedged, bent spines of 17 vertebrae whose tilts stay well under a right angle."""
    seed = draw(st.integers(0, 2**31))
    rng = np.random.default_rng(seed)
    across = 500 + np.cumsum(rng.uniform(-8, 8, 17))
    corners = np.array([box(x, 30.0 * row) for row, x in enumerate(across)]) + rng.uniform(-4, 4, (17, 4, 2))
    return Landmarks(corners)


def test_a_wedge_that_is_taller_on_the_left():
    first = [(0, 0), (10, 0), (0, 6), (10, 4)]
    second = [(0, 8), (10, 8), (0, 14), (10, 14)]
    found = measure_deformity(Landmarks(np.array([first, second]), ("T1", "T2")), ())
    assert found.wedge == pytest.approx([np.degrees(np.arctan(0.2)), 0])
    assert found.height_ratio == pytest.approx([1.5, 1])
    assert found.tilt == pytest.approx([-np.degrees(np.arctan(0.1)), 0])
    # The space is 2 high on the left and 4 on the right, so it is taller on the right by the same angle.
    assert found.disc_wedge[0] == pytest.approx(-np.degrees(np.arctan(0.2))) and np.isnan(found.disc_wedge[1])


def test_distances_of_a_bent_column_by_hand():
    """T1 at x = 20, T8 at 80, all others over L5 at x = 0; vertebrae are 20 high."""
    across = np.zeros(17)
    across[[0, 7]] = 20, 80
    landmarks = column(across)
    found = measured(landmarks, (0.5, 0.25))
    assert (found.balance.pixels, found.balance.heights, found.balance.mm) == pytest.approx((20, 1, 5))
    assert found.trunk_shift.pixels == pytest.approx(100 / 12)
    assert found.lean == pytest.approx(np.degrees(np.arctan2(20, 16 * 30)))
    assert (found.t1_tilt, found.l5_tilt) == (0, 0) and found.translations == ()


def test_an_apex_is_measured_from_t1_in_the_chest_and_from_l5_in_the_loins():
    tilts = np.radians(30 * np.cos(np.linspace(0, 2 * np.pi, 17)))
    right, down = np.stack([np.cos(tilts), np.sin(tilts)], 1), np.stack([-np.sin(tilts), np.cos(tilts)], 1)
    quad = np.array([(-20, -10), (20, -10), (-20, 10), (20, 10)])
    centres = np.cumsum(30 * down, axis=0)
    landmarks = Landmarks(centres[:, None] + quad[:, :1] * right[:, None] + quad[:, 1:] * down[:, None])
    curves = measure_curves(landmarks)
    upper, lower = measured(landmarks).translations
    assert [curve.apex for curve in curves] == [upper.apex, lower.apex]
    assert (upper.origin, lower.origin) == ("T1", "L5")
    row, apex_x = landmarks.index(upper.apex), landmarks.centres[:, 0]
    assert upper.distance.pixels == pytest.approx(apex_x[row] - apex_x[0])
    assert lower.distance.pixels == pytest.approx(apex_x[landmarks.index(lower.apex)] - apex_x[16])
    assert (upper.distance.pixels > 0) == (curves[0].side == "right")
    assert upper.distance.mm is None


def test_without_l5_nothing_is_measured_from_it():
    whole = column(np.linspace(0, 40, 17))
    found = measured(Landmarks(whole.corners[:-1], STANDARD_LEVELS[:-1]))
    assert found.balance is found.trunk_shift is found.lean is found.l5_tilt is None
    assert found.t1_tilt == 0 and np.isfinite(found.wedge).all()


def test_no_disc_is_measured_across_a_missing_vertebra():
    whole, levels = column(np.zeros(17)), STANDARD_LEVELS
    kept = [row for row, level in enumerate(levels) if level != "T6"]
    found = measured(Landmarks(whole.corners[kept], tuple(levels[row] for row in kept)))
    missing = [level for level, value in zip(found.levels, found.disc_wedge) if np.isnan(value)]
    assert missing == ["T5", "L5"]


def test_a_vertebra_without_endplate_has_no_wedge_but_the_others_do():
    corners = column(np.zeros(17)).corners.copy()
    corners[4, 1] = corners[4, 0]
    found = measured(Landmarks(corners))
    assert np.flatnonzero(np.isnan(found.wedge)).tolist() == [4]
    assert np.flatnonzero(np.isnan(found.disc_wedge)).tolist() == [3, 16]


def test_vertebrae_without_any_height_are_refused_in_a_sentence():
    corners = column(np.zeros(17)).corners.copy()
    corners[:, 2:] = corners[:, :2]
    with pytest.raises(LandmarkError, match="no height.*apart\\.$"):
        measured(Landmarks(corners))


@settings(deadline=None)
@given(spines(), st.floats(-40, 40), st.floats(0.1, 10))
def test_turning_and_scaling_change_no_shape(landmarks, degrees, scale):
    before, after = measured(landmarks), measured(turned(landmarks, degrees, scale))
    for name in SHAPES:
        assert getattr(after, name) == pytest.approx(getattr(before, name), nan_ok=True)
    assert after.tilt - before.tilt == pytest.approx(np.full(17, degrees))
    assert after.lean - before.lean == pytest.approx(degrees)


@settings(deadline=None)
@given(spines(), st.floats(0.1, 10))
def test_distances_in_vertebra_heights_do_not_depend_on_the_scale(landmarks, scale):
    before, after = measured(landmarks), measured(turned(landmarks, scale=scale))
    assert after.balance.heights == pytest.approx(before.balance.heights)
    assert after.trunk_shift.pixels == pytest.approx(scale * before.trunk_shift.pixels)


@settings(deadline=None)
@given(spines())
def test_a_mirrored_film_changes_sides_and_nothing_else(landmarks):
    before, after = measured(landmarks), measured(mirrored(landmarks))
    for name in ("wedge", "disc_wedge", "tilt"):
        assert getattr(after, name) == pytest.approx(-getattr(before, name), nan_ok=True)
    assert after.height_ratio == pytest.approx(1 / before.height_ratio)
    assert after.balance.pixels == pytest.approx(-before.balance.pixels)
    assert [t.distance.heights for t in after.translations] == pytest.approx(
        [-t.distance.heights for t in before.translations])
    ranges = reference_ranges()
    for measure in MEASURES:
        assert (ranges.outside(after, measure) == ranges.outside(before, measure)).all()


@settings(deadline=None)
@given(spines())
def test_wedges_of_vertebrae_and_discs_add_up_to_the_angle_between_the_outermost_endplates(landmarks):
    found, corners = measured(landmarks), landmarks.corners
    (ax, ay), (bx, by) = corners[0, 1] - corners[0, 0], corners[-1, 3] - corners[-1, 2]
    between = np.degrees(np.arctan2(ay, ax) - np.arctan2(by, bx))
    assert found.wedge.sum() + np.nansum(found.disc_wedge) == pytest.approx(between)


def test_the_shipped_ranges_hold_for_every_level_and_were_tried_on_films_held_out():
    ranges = reference_ranges()
    for measure in MEASURES:
        levels = STANDARD_LEVELS[:-1] if measure == "disc_wedge" else STANDARD_LEVELS
        assert tuple(ranges.limits[measure]) == levels
        assert ranges.inside[measure] == pytest.approx(CENTRAL, abs=0.03)
    low, high = ranges.range("height_ratio", "T8")
    assert low * high == pytest.approx(1) and high > 1 and ranges.range("wedge", "L6") is None


def test_what_lies_beyond_its_limit_is_outside_and_what_is_unknown_is_not():
    ranges = reference_ranges()
    limit = ranges.limits["wedge"]["T2"]
    corners = column(np.zeros(17)).corners.copy()
    for row, wedge in ((1, limit + 0.1), (3, ranges.limits["wedge"]["T4"] - 0.1)):
        corners[row, 3, 1] -= 40 * np.tan(np.radians(wedge))
    found = measured(Landmarks(corners))
    assert np.flatnonzero(ranges.outside(found, "wedge")).tolist() == [1]
    corners[1, 1] = corners[1, 0]
    assert not ranges.outside(measured(Landmarks(corners)), "wedge").any()
