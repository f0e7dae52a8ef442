"""Curves over the years, on spines whose tilts, and therefore angles, are given."""

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest
from case_samples import FILM, MODEL

from spine_models.core.cobb import measure_curves
from spine_models.core.hanging import Hanging, mirror_image
from spine_models.core.landmarks import STANDARD_LEVELS, Landmarks
from spine_models.service.cases import Case, State, follow_up

BLOCK = np.array([(-25, -14), (25, -14), (-25, 14), (25, 14)], dtype=float)


def spine(angles: dict[str, float], levels=STANDARD_LEVELS, sigma=None) -> Landmarks:
    """Vertebrae stacked along their own axes; tilt in degrees at the levels given, linear in between."""
    rows = [levels.index(level) for level in angles]
    tilt = np.radians(np.interp(range(len(levels)), rows, list(angles.values())))
    down = np.stack([-np.sin(tilt), np.cos(tilt)], axis=1)
    centres = (400, 50) + 40 * np.cumsum(down, axis=0)
    turn = np.stack([np.cos(tilt), -np.sin(tilt), np.sin(tilt), np.cos(tilt)], axis=1).reshape(-1, 2, 2)
    corners = centres[:, None] + BLOCK @ turn.transpose(0, 2, 1)
    return Landmarks(corners, levels=levels, sigma=sigma)


def visit(landmarks: Landmarks | None, year: int | None, month: int = 1, day: int = 1) -> Case:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    film_date = year and date(year, month, day)
    return Case(f"{year}-{month}", 1, "open", "oak", film_date, "", FILM, (800, 400), False, State(landmarks, MODEL),
                False, False, now, now)


def single(degrees: float, upper="T5", lower="T12", **more) -> Landmarks:
    """One curve bulging to the right on the film; above and below it the tilt falls by too little for another."""
    half = degrees / 2
    return spine({"T1": -0.8 * half, upper: -half, lower: half, "L5": 0.8 * half}, **more)


def test_a_growing_curve_is_measured_locked_and_free():
    visits = [visit(single(24, "T6", "L1"), 2026), visit(single(20), 2024)]
    (course,) = follow_up(visits).courses
    assert [point.film_date.year for point in course.points] == [2024, 2026] and course.side == "right"
    first, last = course.points
    assert (first.locked.upper, first.locked.lower) == (last.locked.upper, last.locked.lower) == ("T5", "T12")
    assert (last.free.upper, last.free.lower) == ("T6", "L1")
    assert first.locked.degrees == pytest.approx(20) and first.free.degrees == pytest.approx(20)
    # T5 lies 4/5 of the way from T1 to T6, T12 lies 6/7 of the way from T6 to L1.
    t5, t12 = -12 * (0.8 + 0.2 * 4 / 5), -12 + 24 * 6 / 7
    assert last.locked.degrees == pytest.approx(t12 - t5) and last.free.degrees == pytest.approx(24)
    assert course.free.degrees == pytest.approx(4) and course.free.per_year == pytest.approx(2, abs=0.01)
    assert first.free.band is None


def test_a_curve_is_the_same_on_a_mirrored_film_where_the_patients_left_is_known():
    first, second = visit(single(20), 2024), visit(mirror_image(single(26), 400), 2026)
    assert [course.side for course in follow_up([first, second]).courses] == ["right", "left"]
    known = [replace(case, state=replace(case.state, hanging=Hanging(patient_left=left)))
             for case, left in ((first, "left"), (second, "right"))]
    (course,) = follow_up(known).courses
    assert course.side == "patient's right" and course.free.degrees == pytest.approx(6)


def test_free_angles_are_those_of_the_measure_page():
    """Shapes with three curves either way round: the same number on both pages, to the last digit shown."""
    rng = np.random.default_rng(5)
    for _ in range(50):
        tilts = rng.uniform(-25, 25, 5)
        landmarks = spine(dict(zip(("T1", "T5", "T10", "L2", "L5"), tilts)))
        courses = follow_up([visit(landmarks, 2025)]).courses
        curves = measure_curves(landmarks)
        assert [course.points[0].free.degrees for course in courses] == pytest.approx([c.angle for c in curves])
        assert [(course.apex, course.side) for course in courses] == [(c.apex, c.side) for c in curves]


@pytest.mark.parametrize(("grown", "progressed"), [(24.9, False), (25.0, True), (31.0, True), (10.0, False)])
def test_five_degrees_are_progression(grown, progressed):
    (course,) = follow_up([visit(single(20), 2024), visit(single(grown), 2025)]).courses
    assert course.locked.progressed is progressed and course.free.progressed is progressed
    assert course.locked.degrees == pytest.approx(grown - 20)


def test_two_films_within_weeks_give_no_rate():
    (course,) = follow_up([visit(single(20), 2024, 1, 1), visit(single(30), 2024, 1, 20)]).courses
    assert course.locked.degrees == pytest.approx(10) and course.locked.per_year is None


def test_a_curve_that_appears_or_disappears_keeps_its_locked_angle():
    double = {"T1": -12, "T5": -15, "T11": 15, "L4": -10, "L5": -10}
    early = {"T1": -12, "T5": -15, "T11": 15, "L4": 9, "L5": 9}
    visits = [visit(spine(early), 2023), visit(spine(double), 2024), visit(single(4, "T5", "T11"), 2025)]
    thoracic, lumbar = follow_up(visits).courses
    assert (thoracic.side, lumbar.side, lumbar.region) == ("right", "left", "TL/L")
    assert [point.free is None for point in thoracic.points] == [False, False, True]
    assert [point.free is None for point in lumbar.points] == [True, False, True]
    assert thoracic.points[2].locked.degrees == pytest.approx(4)
    assert lumbar.points[0].locked.degrees == pytest.approx(6) and lumbar.points[1].locked.degrees == pytest.approx(25)
    assert thoracic.locked.degrees == pytest.approx(-26) and lumbar.free is None


def test_a_curve_to_the_other_side_is_another_curve():
    visits = [visit(single(20), 2024), visit(single(-20), 2025)]
    courses = follow_up(visits).courses
    assert [course.side for course in courses] == ["right", "left"]
    assert courses[0].points[1].locked.degrees == pytest.approx(-20) and courses[0].points[1].free is None


def test_an_end_vertebra_not_on_the_film_leaves_a_gap():
    short = spine({"T6": -15, "T12": 15, "L5": 12}, levels=STANDARD_LEVELS[5:])
    (course,) = follow_up([visit(single(20), 2024), visit(short, 2025)]).courses
    assert course.points[1].locked is None and course.points[1].free.degrees == pytest.approx(30)
    assert course.locked is None and course.free.degrees == pytest.approx(10)


def test_the_band_follows_from_the_corners_sigma():
    """Each tilt errs by sigma / width for small angles (four corners, half weights), the angle by sqrt(2) of that."""
    sigma = np.full((17, 4), 0.5)
    (course,) = follow_up([visit(single(20, sigma=sigma), 2025)]).courses
    low, high = course.points[0].free.band
    expected = 1.96 * np.degrees(np.sqrt(2) * 0.5 / 50)
    assert (high - low) / 2 == pytest.approx(expected, rel=0.08) and (high + low) / 2 == pytest.approx(20, abs=0.1)
    assert course.points[0].locked.band == (low, high)


def test_films_that_cannot_be_used_are_named():
    flat = single(20).corners.copy()
    flat[3] = flat[3].mean(axis=0)
    visits = [visit(single(20), None), visit(None, 2023), visit(Landmarks(flat), 2024), visit(single(20), 2025)]
    result = follow_up(visits)
    assert len(result.courses) == 1 and len(result.courses[0].points) == 1 and result.courses[0].locked is None
    assert [sentence.split(":")[0] for sentence in result.left_out] == [
        "Film of 2023-01-01", "Film of 2024-01-01", "Film of unknown date",
    ]
    assert "T4" in result.left_out[1]


def test_a_straight_spine_has_no_course():
    assert follow_up([visit(single(3), 2025)]).courses == () and follow_up([]).courses == ()


def test_a_curve_is_matched_to_the_nearest_apex_on_its_side():
    """Two right curves with a left one between; each moves by a level, and none may be taken for the other."""
    def three(shift: int) -> Landmarks:
        turns = {0: -10, 1 + shift: -15, 5 + shift: 15, 9 + shift: -15, 13 + shift: 15, 16: 10}
        return spine({STANDARD_LEVELS[row]: tilt for row, tilt in turns.items()})

    courses = follow_up([visit(three(0), 2023), visit(three(1), 2024), visit(three(2), 2025)]).courses
    assert [course.side for course in courses] == ["right", "left", "right"]
    starts = [[STANDARD_LEVELS.index(point.free.upper) for point in course.points] for course in courses]
    assert starts == [[1, 2, 3], [5, 6, 7], [9, 10, 11]]


def test_a_curve_far_away_is_another_one():
    visits = [visit(single(20, "T2", "T7"), 2024), visit(single(20, "T10", "L4"), 2025)]
    assert [course.region for course in follow_up(visits).courses] == ["PT", "TL/L"]
