"""Films of one pseudonym over time: how much each curve has changed, and whether it has progressed.

Each curve is measured twice on every film: between the end vertebrae chosen when it was first seen (locked), which
compares like with like, and between those that are most tilted on that film (free), which is what a fresh reading
would say. Measurement on common end vertebrae: Morrissy RT, et al. Measurement of the Cobb angle on radiographs of
patients who have scoliosis. J Bone Joint Surg Am 1990;72:320-327.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from scipy.optimize import linear_sum_assignment

from ...core.cobb import Curve, measure_curves
from ...core.errors import LandmarkError
from ...core.hanging import mirror_image, side_name
from ...core.landmarks import LEVELS, Landmarks
from .case import Case

PROGRESSION = 5.0
"""Degrees of increase that count as progression, about the most that readers differ on one film (Negrini S, et al. 2016
SOSORT guidelines. Scoliosis Spinal Disord 2018;13:3)."""

SHORTEST_RATE = 30
"""Days between the films under which a change per year is not given: it would be the noise of two readings."""

_APEX_REACH = 3
"""Levels by which the apex of a curve may move between two films and still be the same curve's."""

_DRAWS = 2000
_BAND = (2.5, 97.5)
"""Percentiles of the error band: 95 % of repeated measurements."""


@dataclass(frozen=True)
class Angle:
    """Degrees between two end vertebrae; positive to the side of the curve, so a locked angle may turn negative.

    band: where 95 % of measurements of this film would lie, from the sigma of the corners; None where one is unknown.
    """

    degrees: float
    upper: str
    lower: str
    band: tuple[float, float] | None


@dataclass(frozen=True)
class Point:
    """One curve on one film. locked: None where the film lacks an end vertebra. free: None where no such curve is."""

    case_id: str
    film_date: date
    locked: Angle | None
    free: Angle | None


@dataclass(frozen=True)
class Change:
    """From the first film with the angle to the last, in degrees. per_year: None under SHORTEST_RATE days.

    progressed: the angle has grown by PROGRESSION or more.
    """

    degrees: float
    per_year: float | None
    progressed: bool


@dataclass(frozen=True)
class Course:
    """One curve over all films, oldest first. region, side, apex: as on the film where it was first seen;
    the side is "patient's left" or "right" where the patient's left is known of every film, else that of the film.

    locked, free: the change by each way of measuring; None with fewer than two such angles.
    """

    region: str
    side: str
    apex: str
    points: tuple[Point, ...]
    locked: Change | None
    free: Change | None


@dataclass(frozen=True)
class FollowUp:
    """courses: from the top of the spine down. left_out: a sentence on each film that could not be used."""

    courses: tuple[Course, ...]
    left_out: tuple[str, ...]


def follow_up(cases: Sequence[Case]) -> FollowUp:
    """Follow every curve of at least 10 degrees through the dated, measured films of one pseudonym, in any order."""
    visits, left_out = [], []
    of_patient = all(case.hanging.patient_left for case in cases)
    by_date = sorted(cases, key=lambda case: (case.film_date or date.max, case.created))
    for case in map(_by_patient, by_date) if of_patient else by_date:
        try:
            visits.append((case, _curves(case)))
        except LandmarkError as error:
            left_out.append(f"Film of {case.film_date or 'unknown date'}: {error}")
    courses = [_course(visits, track, of_patient) for track in curve_tracks([curves for _, curves in visits])]
    courses.sort(key=lambda course: LEVELS.index(course.apex))
    return FollowUp(tuple(courses), tuple(left_out))


def _curves(case: Case) -> tuple[Curve, ...]:
    if case.film_date is None:
        raise LandmarkError("the case has no date of film, so it is left out: give it one.")
    if case.landmarks is None:
        raise LandmarkError("no vertebra is marked, so it is left out.")
    return measure_curves(case.landmarks)


def curve_tracks(curves: Sequence[tuple[Curve, ...]]) -> list[list[Curve | None]]:
    """For every curve seen, its appearance on each film or None. Each film is matched to where the curves were last.

    ``curves`` may also be what several models see on one film.
    """
    tracks: list[list[Curve | None]] = []
    for film, present in enumerate(curves):
        last = [next(curve for curve in reversed(track) if curve) for track in tracks]
        matched = _match(last, present)
        for row, track in enumerate(tracks):
            track.append(present[matched[row]] if row in matched else None)
        new = [curve for column, curve in enumerate(present) if column not in matched.values()]
        tracks += [[None] * film + [curve] for curve in new]
    return tracks


def _match(known: Sequence[Curve], present: Sequence[Curve]) -> dict[int, int]:
    """Pairs (row of known, row of present) that are the same curve: as many and as near as possible."""
    impossible = 1e6
    distance = np.array([[_distance(a, b) for b in present] for a in known]).reshape(len(known), len(present))
    pairs = zip(*linear_sum_assignment(np.where(np.isfinite(distance), distance, impossible)))
    return {int(a): int(b) for a, b in pairs if np.isfinite(distance[a, b])}


def _distance(a: Curve, b: Curve) -> float:
    """Levels between the apices, and with them the regions; infinite for curves that cannot be the same."""
    apart = abs(LEVELS.index(a.apex) - LEVELS.index(b.apex))
    return float(apart) if a.side == b.side and apart <= _APEX_REACH else np.inf


def _by_patient(case: Case) -> Case:
    """The case as on a film with the patient's left on its left."""
    if case.landmarks is None or case.hanging.patient_left == "left":
        return case
    image = mirror_image(case.landmarks, case.film_shape[1])
    return replace(case, state=replace(case.state, landmarks=image))


def _course(
    visits: Sequence[tuple[Case, tuple[Curve, ...]]], track: Sequence[Curve | None], of_patient: bool
) -> Course:
    first = next(curve for curve in track if curve)
    points = tuple(
        Point(
            case_id=case.id,
            film_date=case.film_date,
            locked=_angle(case.landmarks, first.upper, first.lower, first.side),
            free=curve and _angle(case.landmarks, curve.upper, curve.lower, curve.side),
        )
        for (case, _), curve in zip(visits, track)
    )
    dated = [(point.film_date, point.locked, point.free) for point in points]
    return Course(
        region=first.region,
        side=side_name(first.side, "left" if of_patient else None),
        apex=first.apex,
        points=points,
        locked=_change([(day, angle.degrees) for day, angle, _ in dated if angle]),
        free=_change([(day, angle.degrees) for day, _, angle in dated if angle]),
    )


def _change(angles: Sequence[tuple[date, float]]) -> Change | None:
    if len(angles) < 2:
        return None
    (start, first), (end, last) = angles[0], angles[-1]
    days, degrees = (end - start).days, last - first
    rate = degrees / days * 365.25 if days >= SHORTEST_RATE else None
    return Change(degrees, rate, round(degrees, 9) >= PROGRESSION)


def _angle(landmarks: Landmarks, upper: str, lower: str, side: str) -> Angle | None:
    if not {upper, lower} <= set(landmarks.levels):
        return None
    rows = [landmarks.index(upper), landmarks.index(lower)]
    corners, sigma = landmarks.corners[rows], landmarks.sigma[rows]
    return Angle(float(_degrees(corners, side)), upper, lower, _band(corners, sigma, side))


def _degrees(corners: np.ndarray, side: str) -> np.ndarray:
    """(..., 2, 4, 2) corners of an upper and a lower vertebra to (...) signed Cobb angles (tilts as in core.cobb)."""
    across = corners[..., 1, :] + corners[..., 3, :] - corners[..., 0, :] - corners[..., 2, :]
    (ux, uy), (vx, vy) = np.moveaxis(across, (-2, -1), (0, 1))
    # The right ends of the two vertebrae converge where the curve bulges to the left.
    turn = vx * uy - vy * ux if side == "left" else ux * vy - uy * vx
    return np.degrees(np.arctan2(turn, ux * vx + uy * vy))


def _band(corners: np.ndarray, sigma: np.ndarray, side: str) -> tuple[float, float] | None:
    """Monte Carlo: the corners' errors are taken as normal and independent, of (2, 4) sigma along x and along y."""
    if np.isnan(sigma).any():
        return None
    noise = np.random.default_rng(0).standard_normal((_DRAWS, *corners.shape)) * sigma[..., None]
    low, high = np.percentile(_degrees(corners + noise, side), _BAND)
    return float(low), float(high)
