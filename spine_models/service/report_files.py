"""A report as a file: the page, the text, pictures, a DICOM report, or its numbers for other programs.

JSON: as ``report_schema.json`` beside this file says. CSV: a line per vertebra; ``human`` names the corners a human
placed, such as TL BR. In both, a number that cannot be measured is missing (null, empty); degrees and ratios are as in
``core.deformity``, limits as in ``core.deformity_reference``. The .mat holds the landmarks as in ``points``. A DICOM
report is three files: the report under the name asked for, and beside it its film and an overlay.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from .. import INTENDED_USE, __version__
from ..core.cobb import Curve, severity
from ..core.deformity import Translation
from ..core.deformity_reference import MEASURES, reference_ranges
from ..core.errors import DataError
from ..core.hanging import Side, side_name
from ..core.landmarks import CORNERS
from ..core.radiograph import Radiograph
from .cases.follow_up import Course
from .points import write_points
from .report import Report
from .report_pdf import Paper, report_pdf
from .report_picture import report_png, report_svg
from .report_rows import level_rows
from .report_text import report_text


def write_report(report: Report, film: Radiograph | None, out: Path, paper: Paper = "A4") -> None:
    """Write one file, its kind told by the ending of its name, and those that belong to it.

    Raises DataError for an ending that is none of ``KINDS`` and for a file that cannot be written.
    """
    for addition, data in report_files(report, film, check_kind(out), paper=paper).items():
        place = out.with_name(f"{out.stem}{addition}{out.suffix}")
        try:
            place.write_bytes(data)
        except OSError as error:
            raise DataError(f"The report {place} cannot be written: {error.strerror}.") from error


def report_files(report: Report, film: Radiograph | None, kind: str, courses: Sequence[Course] = (),
                 paper: Paper = "A4") -> dict[str, bytes]:
    """The files of one of ``KINDS``, by what is added to the name of each: nothing for the first.

    film and courses: as for ``report_pdf``. Raises DataError for a DICOM report without film.
    """
    if kind == "pdf":
        return {"": report_pdf(report, film, courses, paper)}
    if kind == "png":
        return {"": report_png(report, film)}
    if kind == "svg":
        return {"": report_svg(report, film).encode()}
    if kind == "mat":
        return {"": write_points(report.landmarks, kind)}
    if kind == "dcm":
        from .report_dicom import report_dicom  # a second that no other kind need wait for

        return report_dicom(report, film).files()
    return {"": _WRITERS[kind](report).encode()}


def check_kind(out: Path) -> str:
    """The kind of file a name asks for; raises DataError for one that is none of ``KINDS``."""
    kind = out.suffix.lower().removeprefix(".")
    if kind not in KINDS:
        raise DataError(f"A report is a file that ends in {', '.join('.' + kind for kind in KINDS)}, not {out.name}.")
    return kind


def report_json(report: Report) -> str:
    """One JSON object, as ``report_schema.json`` says."""
    source, deformity = report.source, report.deformity
    stance = {name: getattr(deformity, name) for name in ("t1_tilt", "l5_tilt", "lean")}
    distances = {name: getattr(deformity, name) for name in ("balance", "trunk_shift")}
    found = zip(report.curves, report.intervals, deformity.translations)
    fields = {
        "schema": SCHEMA_VERSION,
        "film": {"sha256": source.film_sha256, "shape": source.film_shape, "pixel_spacing_mm": source.pixel_spacing_mm},
        "hanging": asdict(source.hanging),
        "sides": "patient" if report.patient_left else "film",
        "model": source.model and asdict(source.model),
        "program": __version__,
        "intended_use": INTENDED_USE,
        "levels": report.landmarks.levels,
        "landmarks": report.landmarks.corners.round(3).tolist(),
        "source": report.landmarks.source.tolist(),
        "edited": report.edited,
        "curves": [_curve_fields(*curve, report.patient_left) for curve in found],
        "stance": stance | {name: value and asdict(value) for name, value in distances.items()},
        "vertebrae": _vertebrae(report),
        "pattern": report.pattern and asdict(report.pattern),
        "doubts": report.doubts,
        "text": report_text(report),
    }
    return json.dumps(fields, indent=1, ensure_ascii=False, allow_nan=False, default=float) + "\n"


def report_csv(report: Report) -> str:
    """A line per vertebra, with the limit of each measure for its level."""
    text, rows = io.StringIO(), _vertebrae(report)
    writer = csv.DictWriter(text, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _vertebrae(report: Report) -> list[dict[str, str | float | None]]:
    ranges, deformity = reference_ranges(), report.deformity
    rows = []
    for at, row in enumerate(level_rows(deformity)):
        fields: dict[str, str | float | None] = {"level": row.level, "shape": row.shape}
        for measure in MEASURES:
            fields[measure] = _number(getattr(deformity, measure)[at])
            fields[f"{measure}_limit"] = ranges.limits[measure].get(row.level)
        human = report.landmarks.source[at] == "human"
        fields["human"] = " ".join(corner for corner, placed in zip(CORNERS, human) if placed)
        rows.append(fields)
    return rows


def _curve_fields(curve: Curve, interval: Sequence[float] | None, translation: Translation | None,
                  patient_left: Side | None) -> dict:
    names = {name: getattr(curve, name) for name in ("upper", "lower", "apex", "region")}
    return names | {
        "side": side_name(curve.side, patient_left).removeprefix("patient's "),
        "angle": round(curve.angle, 3),
        "interval": interval and [round(end, 3) for end in interval],
        "severity": severity(curve.angle),
        "translation": translation and {"origin": translation.origin, **asdict(translation.distance)},
    }


def _number(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 3)


SCHEMA_VERSION = 1
"""Of ``report_schema.json``: one more with every change that a reader of the JSON must know of."""

_WRITERS: dict[str, Callable[[Report], str]] = {"json": report_json, "csv": report_csv, "txt": report_text}
KINDS = ("pdf", *_WRITERS, "png", "svg", "dcm", "mat")
"""File endings, without the dot."""
