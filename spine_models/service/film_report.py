"""From a film file to its report."""

from __future__ import annotations

from pathlib import Path

from ..core.hanging import Hanging
from ..core.radiograph import Radiograph
from ..imaging.load import read_radiograph
from .burned_in import blanked_sentence, find_writing, off_the_spine, without_writing
from .cases import Model
from .inference import predict
from .orientation import orientation_doubt
from .report import Report, Source, Subject, make_report


def film_report(file: Path | bytes, model: str, subject: Subject) -> tuple[Report, Radiograph]:
    """Read, measure and report one film; raises SpineError with a sentence for the user.

    The film is handed back without the writing that is burned into it: here nobody looks before it is passed on.
    """
    film = read_radiograph(file)
    found = predict(film, model)
    places = off_the_spine(find_writing(film.pixels), film.shape, found.landmarks)
    source = Source(
        film_sha256=film.sha256,
        film_shape=film.shape,
        pixel_spacing_mm=film.pixel_spacing_mm,
        model=Model.from_card(found.card),
        calibration=found.card.calibration,
        warnings=(*film.notes, *orientation_doubt(film), *found.warnings, *blanked_sentence(len(places))),
        hanging=Hanging(patient_left=film.patient_left),
    )
    return make_report(found.landmarks, source, subject), without_writing(film, places, found.landmarks)
