"""From a film file to its report."""

from __future__ import annotations

from pathlib import Path

from ..core.hanging import Hanging
from ..core.radiograph import Radiograph
from ..imaging.load import read_radiograph
from .cases import Model
from .inference import predict
from .orientation import orientation_doubt
from .report import Report, Source, Subject, make_report


def film_report(file: Path | bytes, model: str, subject: Subject) -> tuple[Report, Radiograph]:
    """Read, measure and report one film; raises SpineError with a sentence for the user."""
    film = read_radiograph(file)
    found = predict(film, model)
    source = Source(
        film_sha256=film.sha256,
        film_shape=film.shape,
        pixel_spacing_mm=film.pixel_spacing_mm,
        model=Model.from_card(found.card),
        calibration=found.card.calibration,
        warnings=(*film.notes, *orientation_doubt(film), *found.warnings),
        hanging=Hanging(patient_left=film.patient_left),
    )
    return make_report(found.landmarks, source, subject), film
