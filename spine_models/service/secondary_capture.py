"""Pictures as DICOM secondary captures: the film a report is about, and the film with the marks drawn over it.

A film is wrapped without whatever its file said: nobody is named but by the pseudonym the user typed, and studies are
numbered anew. Wrapping the same film for the same pseudonym and date again gives the same object.
"""

from __future__ import annotations

import numpy as np
from highdicom.sc import SCImage
from pydicom.uid import generate_uid

from .. import INTENDED_USE, __version__
from ..core.radiograph import Radiograph
from .burned_in import find_writing, off_the_spine
from .report import Report
from .report_picture import Overlay

MAKER = "spine_models"
LONGEST_ID = 64
"""Characters of a pseudonym that DICOM takes."""

_WHITE = 65535


def wrapped_film(film: Radiograph, report: Report) -> SCImage:
    """The film's pixels, 16 bits, bone bright, as the program measured them."""
    capture = _capture(report, np.rint(film.pixels * _WHITE).astype(np.uint16), "MONOCHROME2", film.pixel_spacing_mm,
                       "film", 1)
    capture.WindowCenter, capture.WindowWidth = _WHITE // 2 + 1, _WHITE + 1
    capture.SeriesDescription = "Frontal film of the spine"
    if off_the_spine(find_writing(film.pixels), film.shape, report.landmarks):
        capture.BurnedInAnnotation = "YES"  # never NO: that none was found does not prove that there is none
    return capture


def overlay_capture(overlay: Overlay, report: Report) -> SCImage:
    """Film and marks as one colour picture, for stations that do not show structured reports."""
    spacing = report.source.pixel_spacing_mm
    capture = _capture(report, overlay.pixels, "RGB", spacing and tuple(mm / overlay.scale for mm in spacing),
                       f"overlay {generate_uid()}", 3)
    capture.SeriesDescription = "Spine with landmarks and Cobb angles"
    capture.DerivationDescription = INTENDED_USE
    capture.BurnedInAnnotation = "YES"
    return capture


def _capture(report: Report, pixels: np.ndarray, photometric: str, spacing: tuple[float, float] | None, what: str,
             series: int) -> SCImage:
    """what: objects of the same study with other words here are different objects."""
    subject, source = report.subject, report.source
    study = [source.film_sha256, subject.pseudonym, str(subject.film_date)]
    capture = SCImage(
        pixels,
        photometric,
        bits_allocated=8 * pixels.itemsize,
        coordinate_system="PATIENT",
        study_instance_uid=generate_uid(entropy_srcs=study),
        series_instance_uid=generate_uid(entropy_srcs=[*study, what, "series"]),
        series_number=series,
        sop_instance_uid=generate_uid(entropy_srcs=[*study, what, __version__]),
        instance_number=1,
        manufacturer=MAKER,
        patient_id=_identity(report),
        study_id=source.film_sha256[:12],
        study_date=subject.film_date,
        pixel_spacing=spacing,
        patient_orientation=("L", "F"),
        specific_character_set="ISO_IR 192",
        software_versions=__version__,
    )
    capture.PatientOrientation = capture.Laterality = None  # the sides of the film need not be the patient's
    return capture


def _identity(report: Report) -> str | None:
    """The pseudonym as DICOM takes it."""
    return report.subject.pseudonym.replace("\\", "/")[:LONGEST_ID].strip() or None
