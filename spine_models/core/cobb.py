"""Clinical Cobb measurement: the curves a reader would report, each with the two lines it was measured from.

Cobb JR. Outline for the study of scoliosis. Instr Course Lect 1948;5:261-275. Regions by apex as in Lenke LG, et al.
Adolescent idiopathic scoliosis: a new classification. J Bone Joint Surg Am 2001;83:1169-1181.

Legend
    V      number of vertebrae, top first
    u_v    direction of vertebra v, mid(TR, BR) - mid(TL, BL): both endplates, so the largest angle is the same as the
           first angle of the challenge rule (core.aasce)
    tilt   angle of u_v to the horizontal in degrees, y down: positive where the right side on the film is lower
"""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, degrees

import numpy as np

from .errors import LandmarkError
from .landmarks import LEVELS, Landmarks

MINIMUM_ANGLE = 10.0
"""Degrees under which a curve is not called scoliosis (Scoliosis Research Society)."""

SEVERITY_BANDS = (("none", 0.0), ("mild", MINIMUM_ANGLE), ("moderate", 25.0), ("severe", 40.0))
"""Band names with the angle in degrees from which each holds; 25 and 40 are where bracing and surgery are discussed
(Weinstein SL, et al. Adolescent idiopathic scoliosis. Lancet 2008;371:1527-1537)."""

LINE_WIDTHS = 3.0
"""Length of a drawn Cobb line in widths of its end vertebra."""

_DECIMALS = 9
"""Degrees (and px^2 for the apex) are compared to this many decimals, so that floating-point noise decides neither a
tie between two vertebrae nor whether a curve of ten degrees is one."""

_LOWEST_PT = LEVELS.index("T5")
_LOWEST_MT = LEVELS.index("T11")


@dataclass(frozen=True, eq=False)
class Curve:
    """One curve of the spine.

    angle: Cobb angle in degrees, in [0, 180]: the angle between the two lines.
    upper, lower: level names of the end vertebrae, the most tilted above and below the apex.
    apex: level name of the vertebra between them that lies furthest out on the side of the convexity.
    region: "PT" (apex T5 or above), "MT" (T6-T11) or "TL/L" (T12 and below).
    side: "left" or "right", the side of the convexity as seen on the film.
    upper_line, lower_line: (2, 2) points on the film, left end first: through the middle of the upper end vertebra's
        superior and of the lower end vertebra's inferior endplate, each along the tilt of that vertebra.
    """

    angle: float
    upper: str
    lower: str
    apex: str
    region: str
    side: str
    upper_line: np.ndarray
    lower_line: np.ndarray


def measure_curves(landmarks: Landmarks, minimum: float = MINIMUM_ANGLE) -> tuple[Curve, ...]:
    """Every curve of at least ``minimum`` degrees, top to bottom; none for a normal spine.

    The two vertebrae that differ most in tilt bound the largest curve. From them upwards and downwards the tilt swings
    back and forth; a swing bounds a further curve when it is at least ``minimum`` degrees, so that the jitter of a
    corner makes no curve. Swings between the ends of the largest curve do not split it.
    Raises LandmarkError for fewer than two vertebrae or a vertebra without width.
    """
    tilt = vertebra_tilts(landmarks)
    upper, lower = _largest_pair(tilt)
    sign = 1.0 if tilt[upper] > tilt[lower] else -1.0
    above = [upper - step for step in _swings((sign * tilt[upper::-1]).tolist(), minimum)]
    below = [lower + step for step in _swings((-sign * tilt[lower:]).tolist(), minimum)]
    ends = [*reversed(above), *below]
    curves = (_curve(landmarks, *pair) for pair in zip(ends, ends[1:]))
    return tuple(curve for curve in curves if curve.angle >= minimum)


def largest_curve(landmarks: Landmarks) -> Curve:
    """The curve between the two vertebrae that differ most in tilt, however small it is.

    Raises LandmarkError for fewer than two vertebrae or a vertebra without width.
    """
    return _curve(landmarks, *_largest_pair(vertebra_tilts(landmarks)))


def vertebra_tilts(landmarks: Landmarks) -> np.ndarray:
    """(V,) tilts in degrees, top first.

    Unwrapped along the spine: on a film turned by 60 degrees a strongly tilted vertebra may pass the upright.
    Raises LandmarkError for a vertebra without width.
    """
    across = _across(landmarks.corners)
    flat = np.flatnonzero(np.hypot(*across.T) < 1e-6)
    if flat.size:
        level = landmarks.levels[flat[0]]
        raise LandmarkError(f"Vertebra {level} has no width: move its left and right corners apart.")
    return np.degrees(np.unwrap(np.arctan2(across[:, 1], across[:, 0])))


def severity(angle: float) -> str:
    """The band of a Cobb angle in degrees: "none" < 10 <= "mild" < 25 <= "moderate" < 40 <= "severe"."""
    if not angle >= 0:
        raise LandmarkError(f"A Cobb angle must be a number of degrees from 0 up, not {angle}.")
    return next(name for name, start in reversed(SEVERITY_BANDS) if angle >= start)


def _across(corners: np.ndarray) -> np.ndarray:
    """(..., 4, 2) corners to (..., 2) vectors u_v in pixels."""
    return (corners[..., 1, :] + corners[..., 3, :] - corners[..., 0, :] - corners[..., 2, :]) / 2


def _largest_pair(tilt: np.ndarray) -> tuple[int, int]:
    """Rows (upper, lower) of the two vertebrae at the largest angle; of equal pairs the nearest, then the first."""
    if len(tilt) < 2:
        raise LandmarkError("A Cobb angle needs at least two vertebrae, but only one is marked.")
    upper, lower = np.triu_indices(len(tilt), k=1)
    apart = np.abs(tilt[upper] - tilt[lower]) % 360.0
    # Beyond half a turn (left and right corners swapped) the angle between two directions becomes smaller again.
    angle = np.minimum(apart, 360.0 - apart).round(_DECIMALS)
    best = np.lexsort((lower - upper, -angle))[0]
    return int(upper[best]), int(lower[best])


def _swings(values: list[float], minimum: float) -> list[int]:
    """Positions of the alternating lows and highs of ``values``, which starts at its highest.

    Hysteresis: an extreme counts once the values have moved back from it by ``minimum``; the last one always does.
    """
    turns, extreme, sign = [0], 0, -1.0
    for here in range(1, len(values)):
        beyond = round(sign * (values[here] - values[extreme]), _DECIMALS)
        if beyond > 0:
            extreme = here
        elif -beyond >= minimum and extreme != turns[-1]:
            turns.append(extreme)
            extreme, sign = here, -sign
    return turns if extreme == turns[-1] else [*turns, extreme]


def _curve(landmarks: Landmarks, upper: int, lower: int) -> Curve:
    """The curve between two rows; angle and side are read off the very lines that are drawn."""
    upper_line = _line(landmarks.corners[upper], endplate=slice(0, 2))
    lower_line = _line(landmarks.corners[lower], endplate=slice(2, 4))
    (ux, uy), (vx, vy) = (upper_line[1] - upper_line[0]).tolist(), (lower_line[1] - lower_line[0]).tolist()
    turn = ux * vy - uy * vx
    bulge = 1.0 if turn <= 0 else -1.0  # the lines open towards the convexity: left when the right ends converge
    apex = _apex(landmarks.corners[upper : lower + 1].mean(axis=1), bulge) + upper
    return Curve(
        angle=round(degrees(atan2(abs(turn), ux * vx + uy * vy)), _DECIMALS),
        upper=landmarks.levels[upper],
        lower=landmarks.levels[lower],
        apex=landmarks.levels[apex],
        region=_region(landmarks.levels[apex]),
        side="left" if bulge > 0 else "right",
        upper_line=upper_line,
        lower_line=lower_line,
    )


def _line(corners: np.ndarray, endplate: slice) -> np.ndarray:
    """(2, 2) line of LINE_WIDTHS vertebra widths through the middle of an endplate, along the vertebra's tilt."""
    half = _across(corners) * LINE_WIDTHS / 2
    middle = corners[endplate].sum(axis=0) / 2
    return np.array([middle - half, middle + half])


def _apex(centres: np.ndarray, bulge: float) -> int:
    """Row of the centre furthest from the chord between the first and the last, to the left (bulge 1) or right (-1).

    Measured from the chord and not from the vertical, so that it does not depend on how the film is turned.
    """
    chord, offset = centres[-1] - centres[0], centres - centres[0]
    outward = (bulge * (chord[0] * offset[:, 1] - chord[1] * offset[:, 0])).round(_DECIMALS)
    return int(outward[1:-1].argmax()) + 1 if len(centres) > 2 else 0


def _region(apex: str) -> str:
    rank = LEVELS.index(apex)
    return "PT" if rank <= _LOWEST_PT else "MT" if rank <= _LOWEST_MT else "TL/L"
