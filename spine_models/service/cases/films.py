"""Kept films: the pixels as 16-bit PNG, made anew so that no tag, comment or file name of the upload comes along."""

from __future__ import annotations

import cv2
import numpy as np

from ...core.hanging import Hanging
from ...core.radiograph import Radiograph
from .models import CaseRow, FilmRow

THUMBNAIL_HEIGHT = 160
_WHITE = 65535


def kept_film(case_id: str, film: Radiograph, hanging: Hanging) -> FilmRow:
    """The film as the case book stores it: as read, grey values to 1/65535; and a JPEG of THUMBNAIL_HEIGHT pixels of it
    as it hangs."""
    height, width = hanging.shape(film.shape)
    size = (max(1, round(width * THUMBNAIL_HEIGHT / height)), THUMBNAIL_HEIGHT)
    small = cv2.resize(hanging.pixels(film.pixels), size, interpolation=cv2.INTER_AREA)
    row_spacing, column_spacing = film.pixel_spacing_mm or (None, None)
    return FilmRow(
        case_id=case_id,
        png=cv2.imencode(".png", (film.pixels * _WHITE).round().astype(np.uint16))[1].tobytes(),
        thumbnail=cv2.imencode(".jpg", (small * 255).round().astype(np.uint8))[1].tobytes(),
        row_spacing_mm=row_spacing,
        column_spacing_mm=column_spacing,
    )


def restored_film(case: CaseRow, film: FilmRow) -> Radiograph:
    """The kept film under the hash of the file it came from."""
    pixels = cv2.imdecode(np.frombuffer(film.png, np.uint8), cv2.IMREAD_UNCHANGED).astype(np.float32) / _WHITE
    pixels.setflags(write=False)
    spacing = None if film.row_spacing_mm is None else (film.row_spacing_mm, film.column_spacing_mm)
    return Radiograph(pixels, case.film_sha256, pixel_spacing_mm=spacing)
