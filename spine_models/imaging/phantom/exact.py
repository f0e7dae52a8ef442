"""Spines whose measured Cobb angles are exactly those asked for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...core.cobb import Curve, measure_curves
from ...core.errors import DataError
from ...core.landmarks import STANDARD_LEVELS, Landmarks
from .shape import CurveSpec, Spine, SpineShape, build_spine

CLOSE = 0.02
"""Degrees within which an angle is the one asked for."""

NEAR = 2
"""Levels that the apex may lie beside the one asked for: neighbouring curves push each other's aside."""

_TRIALS, _ROUNDS = 12, 40


def exact_spine(shape: SpineShape, seed: int, t1_height: float, length: float, middle: float) -> Spine:
    """The spine of ``build_spine`` with the very angles of ``shape.curves``, as ``core.cobb`` measures them.

    Raises DataError when the curves cannot stand on one spine: too steep, too near to each other or the ends.
    """
    _check(shape)
    for trial in range(_TRIALS):
        calm = replace(shape, wobble=shape.wobble * (1 - trial / _TRIALS))  # jitter may hide a mild curve
        asked = np.array([curve.angle for curve in shape.curves])
        given = asked.copy()
        for _ in range(_ROUNDS):
            curves = tuple(replace(curve, angle=float(angle)) for curve, angle in zip(shape.curves, given))
            rng = np.random.default_rng((seed, trial))
            spine = build_spine(replace(calm, curves=curves), rng, t1_height, length, middle)
            found = _counterparts(shape.curves, measure_curves(Landmarks(spine.truth), minimum=5.0))
            if found is None:
                break
            away = asked - [curve.angle for curve in found]
            if np.abs(away).max(initial=0) <= CLOSE:
                return spine
            given = np.maximum(given + 0.8 * away, 1.0)
    raise DataError(
        "No spine has these curves: ask for smaller angles, or for apexes further from each other and from T1 and L5."
    )


def _check(shape: SpineShape) -> None:
    rows = [STANDARD_LEVELS.index(curve.apex) for curve in shape.curves if curve.apex in STANDARD_LEVELS]
    sides = [curve.side for curve in shape.curves]
    if len(rows) < len(shape.curves) or set(sides) - {"left", "right"}:
        raise DataError("A curve needs an apex from T1 to L5 and a side, left or right.")
    if any(below <= above for above, below in zip(rows, rows[1:])) or any(a == b for a, b in zip(sides, sides[1:])):
        raise DataError("Name the curves from top to bottom; neighbouring curves bend to opposite sides.")


def _counterparts(asked: tuple[CurveSpec, ...], measured: tuple[Curve, ...]) -> list[Curve] | None:
    """The measured curve of each curve asked for, by apex and side; None when one is missing or another is as large."""
    found = []
    for spec in asked:
        row = STANDARD_LEVELS.index(spec.apex)
        near = [
            curve for curve in measured
            if curve.side == spec.side and abs(STANDARD_LEVELS.index(curve.apex) - row) <= NEAR
        ]  # fmt: skip
        if not near:
            return None
        found.append(max(near, key=lambda curve: curve.angle))
    others = [curve.angle for curve in measured if curve not in found]
    smallest = min((curve.angle for curve in asked), default=10.0)
    return None if len(set(map(id, found))) < len(found) or max(others, default=0.0) > max(smallest, 9.9) else found
