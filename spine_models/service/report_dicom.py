"""A report as DICOM: a Comprehensive SR of template 1500, its film as secondary capture, and an overlay.

Clunie DA. DICOM structured reporting. PixelMed 2000; DICOM PS3.16, TID 1500 "Measurement Report". A curve is a group
(TID 1501) whose Cobb angle is inferred from two polylines, the lines it was measured on; a vertebra is a region (TID
1410), the closed polyline TL TR BR BL. Coordinates are pixels of the film. Nobody has verified the report: the objects
say so, and the last item repeats the words of ``report_text``.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from highdicom import sr
from pydicom import Dataset
from pydicom.sr.codedict import codes
from pydicom.uid import generate_uid

from .. import __version__
from ..core.cobb import Curve, severity
from ..core.deformity import Distance, Translation
from ..core.errors import DataError
from ..core.hanging import Side, side_name
from ..core.radiograph import Radiograph
from . import dicom_codes as code
from .report import Report
from .report_picture import report_overlay
from .report_rows import level_rows
from .report_text import report_text
from .secondary_capture import MAKER, overlay_capture, wrapped_film

_ONCE_ROUND = (0, 1, 3, 2, 0)  # TL, TR, BR, BL, TL
_MEASURES = {"wedge": (code.WEDGE, code.DEGREE), "height_ratio": (code.HEIGHT_RATIO, code.RATIO),
             "tilt": (code.TILT, code.DEGREE), "disc_wedge": (code.DISC_WEDGE, code.DEGREE)}
_DECIMALS = 4


@dataclass(frozen=True, eq=False)
class DicomReport:
    """One study. film and overlay: secondary captures; sr: the report, which refers to the film."""

    film: Dataset
    overlay: Dataset
    sr: Dataset

    def files(self) -> dict[str, bytes]:
        """The report, and by what is added to its name the film and the overlay."""
        return {"": _bytes(self.sr), "-film": _bytes(self.film), "-overlay": _bytes(self.overlay)}


def report_dicom(report: Report, film: Radiograph | None) -> DicomReport:
    """The three objects; raises DataError where the film, which the coordinates refer to, is not at hand."""
    if film is None:
        raise DataError("A DICOM report needs the film it is about: open the film first.")
    wrapped = wrapped_film(film, report)
    return DicomReport(wrapped, overlay_capture(report_overlay(report, film), report), _structured(report, wrapped))


def _structured(report: Report, film: Dataset) -> Dataset:
    place = sr.SourceImageForRegion.from_source_image(film)
    groups = [*_curve_groups(report, place), *_vertebra_groups(report, place), _stance_group(report)]
    content = sr.MeasurementReport(
        sr.ObservationContext(observer_device_context=sr.ObserverContext(
            codes.DCM.Device,
            sr.DeviceObserverIdentifyingAttributes(generate_uid(entropy_srcs=[MAKER, __version__]), MAKER, MAKER,
                                                   MAKER, __version__),
        )),
        procedure_reported=codes.SCT.PlainRadiography,
        imaging_measurements=groups,
        referenced_images=[film],
    )
    content[0].ContentSequence.append(sr.TextContentItem(code.COMMENT, report_text(report), "CONTAINS"))
    made = sr.ComprehensiveSR(
        [film], content[0], series_instance_uid=generate_uid(), series_number=2, sop_instance_uid=generate_uid(),
        instance_number=1, manufacturer=MAKER, is_complete=True, is_final=False, is_verified=False,
        software_versions=__version__,
    )
    made.SeriesDescription = "Spinal deformity report"
    return made


def _curve_groups(report: Report, place: sr.SourceImageForRegion) -> Iterator[sr.MeasurementsAndQualitativeEvaluations]:
    found = zip(report.curves, report.intervals, report.deformity.translations)
    for number, (curve, interval, translation) in enumerate(found, start=1):
        lines = [sr.CoordinatesForMeasurement("POLYLINE", line, place) for line in (curve.upper_line, curve.lower_line)]
        angle = sr.Measurement(code.COBB_ANGLE, _rounded(curve.angle), code.DEGREE, referenced_coordinates=lines)
        ends = zip((code.LOW, code.HIGH), interval or ())
        yield sr.MeasurementsAndQualitativeEvaluations(
            sr.TrackingIdentifier(generate_uid(), f"Curve {number}"),
            finding_type=code.CURVE,
            algorithm_id=_algorithm(report),
            finding_sites=[sr.FindingSite(code.SPINE)],
            measurements=[angle, *(sr.Measurement(name, _rounded(end), code.DEGREE) for name, end in ends),
                          *_translation(translation)],
            qualitative_evaluations=_curve_words(curve, report.patient_left),
        )


def _curve_words(curve: Curve, patient_left: Side | None) -> list[sr.QualitativeEvaluation]:
    words = [(code.UPPER, code.vertebra(curve.upper)), (code.LOWER, code.vertebra(curve.lower)),
             (code.APEX, code.vertebra(curve.apex)), (code.REGION, code.REGIONS[curve.region]),
             (code.CONVEXITY, code.SIDES[side_name(curve.side, patient_left)]),
             (code.SEVERITY, code.SEVERITIES[severity(curve.angle)])]
    return [sr.QualitativeEvaluation(*word) for word in words]


def _translation(found: Translation | None) -> list[sr.Measurement]:
    """From the vertical through T1 or L5, whose name is the measurement's site."""
    if found is None:
        return []
    value, unit = _length(found.distance)
    site = sr.FindingSite(code.vertebra(found.origin))
    return [sr.Measurement(code.TRANSLATION, value, unit, finding_sites=[site])]


def _vertebra_groups(
    report: Report, place: sr.SourceImageForRegion
) -> Iterator[sr.PlanarROIMeasurementsAndQualitativeEvaluations]:
    landmarks = report.landmarks
    for at, row in enumerate(level_rows(report.deformity)):
        site, human = code.vertebra(row.level), int((landmarks.source[at] == "human").sum())
        values = [(getattr(report.deformity, measure)[at], *named) for measure, named in _MEASURES.items()]
        yield sr.PlanarROIMeasurementsAndQualitativeEvaluations(
            sr.TrackingIdentifier(generate_uid(), row.level),
            referenced_region=sr.ImageRegion("POLYLINE", landmarks.corners[at][list(_ONCE_ROUND)], place),
            finding_type=site,
            algorithm_id=_algorithm(report),
            finding_sites=[sr.FindingSite(site)],
            measurements=[*(sr.Measurement(name, _rounded(value), unit) for value, name, unit in values
                            if not np.isnan(value)), sr.Measurement(code.EDITED, human, code.CORNER_COUNT)],
            qualitative_evaluations=[sr.QualitativeEvaluation(
                code.SHAPE, code.own(row.shape.upper().replace(" ", "_"), row.shape))],
        )


def _stance_group(report: Report) -> sr.MeasurementsAndQualitativeEvaluations:
    found = report.deformity
    lengths = [(name, value) for name, value in ((code.BALANCE, found.balance), (code.TRUNK_SHIFT, found.trunk_shift))
               if value is not None]
    human = int((report.landmarks.source == "human").sum())
    types = report.pattern.types if report.pattern else ()
    return sr.MeasurementsAndQualitativeEvaluations(
        sr.TrackingIdentifier(generate_uid(), "Whole spine"),
        finding_type=code.STANCE,
        algorithm_id=_algorithm(report),
        finding_sites=[sr.FindingSite(code.SPINE)],
        measurements=[
            *(sr.Measurement(name, *_length(value)) for name, value in lengths),
            *([sr.Measurement(code.LEAN, _rounded(found.lean), code.DEGREE)] if found.lean is not None else []),
            sr.Measurement(code.EDITED, human, code.CORNER_COUNT),
        ],
        qualitative_evaluations=[
            sr.QualitativeEvaluation(code.WHOSE_SIDES, code.OWNERS[report.patient_left is not None]),
            *(sr.QualitativeEvaluation(code.LENKE, code.own(f"LENKE_{kind}", f"Lenke type {kind}")) for kind in types),
        ],
    )


def _algorithm(report: Report) -> sr.AlgorithmIdentification:
    model = report.source.model
    weights = model and model.weights_sha256
    return sr.AlgorithmIdentification(model.name if model else "marked by hand", f"{MAKER} {__version__}",
                                      [f"weights sha256 {weights}"] if weights else None)


def _length(distance: Distance) -> tuple[float, object]:
    """Value and unit: mm, or vertebra heights where the film's scale is unknown."""
    if distance.mm is None:
        return _rounded(distance.heights), code.VERTEBRA_HEIGHTS
    return _rounded(distance.mm), code.MILLIMETRE


def _rounded(value: float) -> float:
    return round(float(value), _DECIMALS)


def _bytes(dataset: Dataset) -> bytes:
    file = io.BytesIO()
    dataset.save_as(file, enforce_file_format=True)
    return file.getvalue()
