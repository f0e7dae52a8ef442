"""The whole film with its marks as a picture: SVG to go on drawing in, PNG to look at.

Marks are as large against the spine as on the PDF page. Of the patient a picture holds what is burned into the
film it is given (``burned_in`` blanks that).
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import cv2
import numpy as np
import pypdfium2
from PIL import Image as Picture
from reportlab.graphics import renderPDF, renderSVG
from reportlab.graphics.shapes import Drawing, Group, Image, Rect
from reportlab.lib.colors import HexColor
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from ..core.radiograph import Radiograph
from .report import Report
from .report_film import Box, Window, film_marks
from .report_rows import DEFORMED, level_rows
from .report_style import BOLD, PLAIN, register_fonts

_SPINE_POINTS = 560
"""Height of the spine in points, as on the PDF page."""

LEAST_DOTS = 2.0
"""Pixels in a point at least, so that the smallest letter can be read."""
LONGEST_SIDE = 4000
"""Pixels of a PNG at most."""

_GROUND = HexColor("#05070A")


@dataclass(frozen=True, eq=False)
class Overlay:
    """pixels: uint8 (H, W, 3) red, green, blue. scale: pixels of it in a pixel of the film."""

    pixels: np.ndarray
    scale: float


def report_png(report: Report, film: Radiograph | None) -> bytes:
    """The overlay as PNG."""
    return cv2.imencode(".png", report_overlay(report, film).pixels[..., ::-1])[1].tobytes()


def report_overlay(report: Report, film: Radiograph | None) -> Overlay:
    """Film and marks, with every pixel of the film, more of them for a small film, fewer for a huge one."""
    marks, points = _marks(report)
    height, width = report.source.film_shape
    scale = min(max(1.0, LEAST_DOTS * points), LONGEST_SIDE / max(height, width))
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(width, height), initialFontName=PLAIN)
    canvas.setFillColor(_GROUND)
    canvas.rect(0, 0, width, height, stroke=0, fill=1)
    if film is not None:
        canvas.drawImage(ImageReader(_grey(film)), 0, 0, width, height)
    canvas.scale(1 / points, 1 / points)
    renderPDF.draw(marks, canvas, 0, 0)
    canvas.save()
    with pypdfium2.PdfDocument(file.getvalue()) as document:
        pixels = document[0].render(scale=scale, rev_byteorder=True).to_numpy()[..., :3].copy()
    return Overlay(pixels, scale)


def report_svg(report: Report, film: Radiograph | None) -> str:
    """Film and marks as one file: the film embedded, marks as shapes and text. One unit is a pixel of the film."""
    marks, points = _marks(report)
    height, width = report.source.film_shape
    picture = Rect(0, 0, width, height, fillColor=_GROUND, strokeColor=None)
    if film is not None:
        picture = Image(0, 0, width, height, _grey(film))
    whole = Drawing(width, height)
    whole.add(picture)
    whole.add(Group(*marks.contents, transform=(1 / points, 0, 0, 1 / points, 0, 0)))
    drawn = renderSVG.drawToString(whole)
    for font in (PLAIN, BOLD):  # where this font is not installed, one of the same widths
        weight = "; font-weight: bold" if font == BOLD else ""
        drawn = drawn.replace(f"font-family: {font};", f"font-family: {PLAIN}, Arial, sans-serif{weight};")
    return drawn


def _marks(report: Report) -> tuple[Drawing, float]:
    """Marks in points, and how many of them a pixel of the film is."""
    register_fonts()
    height, width = report.source.film_shape
    points = _SPINE_POINTS / max(1.0, float(np.ptp(report.landmarks.corners[..., 1])))
    box = Box(0, 0, width * points, height * points)
    deformed = {row.level for row in level_rows(report.deformity) if row.shape == DEFORMED}
    return film_marks(Window(0, 0, points), box, report.landmarks, report.curves, deformed,
                      report.patient_left), points


def _grey(film: Radiograph) -> Picture.Image:
    return Picture.fromarray(np.rint(film.pixels * 255).clip(0, 255).astype(np.uint8))
