"""The report on one film: every fact that its text, its PDF and its files are made of, measured once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ..core.card import Calibration
from ..core.cobb import Curve, largest_curve, measure_curves
from ..core.deformity import Deformity, measure_deformity
from ..core.landmarks import Landmarks
from ..core.lenke import CoronalPattern, coronal_pattern
from ..core.uncertainty import angle_interval, could_swap
from .cases.case import Model


@dataclass(frozen=True, eq=False)
class Subject:
    """What the user typed about the case, the only words on the patient in a report."""

    pseudonym: str = ""
    film_date: date | None = None
    notes: str = ""


@dataclass(frozen=True, eq=False)
class Source:
    """Where the landmarks come from.

    film_sha256: hash of the film's file; film_shape: (height, width) in pixels; pixel_spacing_mm: (row, column).
    model: None for a spine marked by hand. calibration: of that model where it is at hand. warnings: what it said.
    """

    film_sha256: str
    film_shape: tuple[int, int]
    pixel_spacing_mm: tuple[float, float] | None = None
    model: Model | None = None
    calibration: Calibration | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Report:
    """largest: the curve of the largest angle, also under 10 degrees; intervals: 90 % in degrees, None where unknown.

    doubts: sentences for the user on what may be wrong.
    """

    landmarks: Landmarks
    source: Source
    subject: Subject
    curves: tuple[Curve, ...]
    largest: Curve
    intervals: tuple[tuple[float, float] | None, ...]
    deformity: Deformity
    pattern: CoronalPattern | None
    doubts: tuple[str, ...]

    @property
    def edited(self) -> Sequence[str]:
        """Levels with a corner that a human placed."""
        human = (self.landmarks.source == "human").any(axis=1)
        return [level for level, touched in zip(self.landmarks.levels, human) if touched]


def make_report(landmarks: Landmarks, source: Source, subject: Subject = Subject()) -> Report:
    """Measure everything on these landmarks.

    Raises LandmarkError for fewer than two vertebrae, a vertebra without width, or vertebrae without any height.
    """
    curves = measure_curves(landmarks)
    return Report(
        landmarks=landmarks,
        source=source,
        subject=subject,
        curves=curves,
        largest=largest_curve(landmarks),
        intervals=tuple(angle_interval(landmarks, curve, source.calibration) for curve in curves),
        deformity=measure_deformity(landmarks, curves, source.pixel_spacing_mm),
        pattern=coronal_pattern(landmarks, curves),
        doubts=(*source.warnings, *could_swap(landmarks, curves, source.calibration)),
    )
