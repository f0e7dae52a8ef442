"""The report on one film: every fact that its text, its PDF and its files are made of, measured once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ..core.card import Calibration
from ..core.cobb import Curve, largest_curve, measure_curves
from ..core.crowding import doubts_about
from ..core.deformity import Deformity, measure_deformity
from ..core.hanging import Hanging, Side, mirror_image
from ..core.landmarks import Landmarks
from ..core.lenke import CoronalPattern, coronal_pattern
from ..core.uncertainty import angle_interval
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
    hanging: what the user did to the film, and where the patient's left is. model: None for a spine marked by hand.
    calibration: of that model where it is at hand. warnings: what it said.
    """

    film_sha256: str
    film_shape: tuple[int, int]
    pixel_spacing_mm: tuple[float, float] | None = None
    model: Model | None = None
    calibration: Calibration | None = None
    warnings: tuple[str, ...] = ()
    hanging: Hanging = Hanging()


@dataclass(frozen=True, eq=False)
class Report:
    """largest: the curve of the largest angle, also under 10 degrees; intervals: 90 % in degrees, None where unknown.

    deformity: its left and right are the patient's where the source knows them, else those of the film; the side of a
        curve is always that of the film (``report_rows.curve_row`` names it). doubts: sentences for the user.
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
    def patient_left(self) -> Side | None:
        """The side of the film on which the patient's left is, where that is known."""
        return self.source.hanging.patient_left

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
    named = landmarks if source.hanging.patient_left != "right" else mirror_image(landmarks, source.film_shape[1])
    return Report(
        landmarks=landmarks,
        source=source,
        subject=subject,
        curves=curves,
        largest=largest_curve(landmarks),
        intervals=tuple(angle_interval(landmarks, curve, source.calibration) for curve in curves),
        deformity=measure_deformity(named, curves, source.pixel_spacing_mm),
        pattern=coronal_pattern(landmarks, curves),
        doubts=(*source.warnings, *doubts_about(landmarks, curves, source.calibration)),
    )
