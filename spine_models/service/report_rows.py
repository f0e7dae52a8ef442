"""The numbers of a report as they are printed: screen, text and PDF all take them from here, so they cannot differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..core.cobb import Curve, severity
from ..core.deformity import Deformity, Distance
from ..core.deformity_reference import Measure, ReferenceRanges, reference_ranges
from ..core.hanging import OPPOSITE, Side, side_name

DEFORMED, WITHIN, UNKNOWN = "deformed", "within range", "not judged"
"""Shape of a vertebra against the range of its level; not judged where a side, an endplate or a range is missing."""

PATIENT = "pt"
"""Marks a side of the patient where there is room for a word only."""

NOTHING = "–"
"""Printed where there is nothing to measure."""


@dataclass(frozen=True)
class Cell:
    """A number as it is printed. usual: its reference range, "" where there is none; outside: it lies beyond it."""

    text: str
    usual: str = ""
    outside: bool = False


@dataclass(frozen=True)
class LevelRow:
    """One vertebra. wedge, disc: degrees and the taller side; ratio: left over right; tilt: degrees, lower side.

    shape: DEFORMED, WITHIN or UNKNOWN, by wedge and ratio. space: the disc space under it, such as "T8–T9".
    """

    level: str
    shape: str
    space: str
    wedge: Cell
    ratio: Cell
    tilt: Cell
    disc: Cell


def curve_row(curve: Curve, interval: tuple[float, float] | None, patient_left: Side | None = None) -> dict[str, str]:
    """One curve as a reader would report it; "90 %" is empty where it is not known.

    patient_left: the side of the film on which the patient's left is; then the side of the curve is the patient's, and
    is marked with PATIENT.
    """
    return {
        "Angle": f"{curve.angle:.1f}°",
        "90 %": f"{interval[0]:.0f}–{interval[1]:.0f}" if interval else "",
        "Levels": f"{curve.upper}–{curve.lower}",
        "Apex": curve.apex,
        "Region": curve.region,
        "Side": side_name(curve.side, patient_left).replace("patient's", PATIENT),
        "Severity": severity(curve.angle),
    }


def level_rows(deformity: Deformity) -> tuple[LevelRow, ...]:
    """One row a vertebra, top first, against the shipped reference ranges."""
    ranges = reference_ranges()
    columns = {measure: _cells(deformity, measure, ranges) for measure in ranges.limits}
    cells = zip(columns["wedge"], columns["height_ratio"], columns["tilt"], columns["disc_wedge"])
    spaces = [f"{upper}–{lower}" for upper, lower in zip(deformity.levels, deformity.levels[1:])]
    rows = zip(deformity.levels, [*spaces, ""], cells)
    return tuple(LevelRow(level, _shape(*row[:2]), space, *row) for level, space, row in rows)


def stance_rows(deformity: Deformity, curves: Sequence[Curve]) -> tuple[tuple[str, str], ...]:
    """(what, value) for how the spine stands; what cannot be measured on this film is left out."""
    rows = [
        ("Coronal balance, T1 from L5", deformity.balance and distance(deformity.balance)),
        ("Trunk shift, T1–T12 from L5", deformity.trunk_shift and distance(deformity.trunk_shift)),
        ("Lean of the line L5–T1", _leaning(deformity.lean)),
        ("T1 tilt", _lowered(deformity.t1_tilt)),
        ("L5 tilt", _lowered(deformity.l5_tilt)),
    ]
    for curve, found in zip(curves, deformity.translations):
        if found:
            name = f"Apex {found.apex} ({curve.region}) from {found.origin}"
            rows.append((name, distance(found.distance)))
    return tuple((what, value) for what, value in rows if value)


def distance(found: Distance) -> str:
    """Such as "12 mm right", or in vertebra heights where the film's scale is unknown."""
    size = f"{abs(found.mm):.0f} mm" if found.mm is not None else f"{abs(found.heights):.1f} vertebra heights"
    return size if float(size.split()[0]) == 0 else f"{size} {'right' if found.pixels > 0 else 'left'}"


def angle_to(degrees: float, positive: str) -> str:
    """Such as "3.2° left": an angle and its side, ``positive`` for angles over 0; no side for what prints as 0.0°."""
    size = f"{abs(degrees):.1f}°"
    return size if size == "0.0°" else f"{size} {positive if degrees > 0 else OPPOSITE[positive]}"


def _lowered(degrees: float | None) -> str:
    if degrees is None:
        return ""
    size, _, side = angle_to(degrees, "right").partition(" ")
    return f"{size}, {side} side lower" if side else size


def _leaning(degrees: float | None) -> str:
    return "" if degrees is None else angle_to(degrees, "right")


def _shape(wedge: Cell, ratio: Cell) -> str:
    if wedge.outside or ratio.outside:
        return DEFORMED
    return WITHIN if wedge.usual and ratio.usual else UNKNOWN


def _cells(deformity: Deformity, measure: Measure, ranges: ReferenceRanges) -> list[Cell]:
    values = getattr(deformity, measure)
    outside = ranges.outside(deformity, measure).tolist()
    return [_cell(*row, ranges) for row in zip(values.tolist(), outside, deformity.levels, [measure] * len(values))]


def _cell(value: float, outside: bool, level: str, measure: Measure, ranges: ReferenceRanges) -> Cell:
    if np.isnan(value):
        return Cell(NOTHING)
    usual = ranges.range(measure, level)
    if measure == "height_ratio":
        return Cell(f"{value:.2f}", f"{usual[0]:.2f}–{usual[1]:.2f}" if usual else "", outside)
    side = "right" if measure == "tilt" else "left"
    return Cell(angle_to(value, side), f"≤ {usual[1]:.1f}°" if usual else "", outside)
