"""The film of a report, with outlines, Cobb lines and angles over it as vectors: on the page, as SVG and as PNG."""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from reportlab.graphics import renderPDF
from reportlab.graphics.shapes import Drawing, Group, Line, Polygon, Rect, String
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from ..core.cobb import Curve
from ..core.hanging import OPPOSITE, Side, side_name
from ..core.landmarks import Landmarks
from ..core.radiograph import Radiograph
from .report_rows import curve_row
from .report_style import BOLD, PLAIN

MARGIN = 0.10
"""Film shown beyond the outermost corners, as a share of the height of the spine."""

_DOTS = 4
"""Film pixels in a point of the page at most: 288 dots an inch."""
_QUALITY = 88
_OUTLINE = (0, 1, 3, 2)  # TL, TR, BR, BL: once round the vertebra
_USUAL, _DEFORMED, _COBB = HexColor("#8FD3F4"), HexColor("#FFB454"), HexColor("#FFE45C")
_QUIET = HexColor("#C9D3DA")
_SHADE = Color(0.03, 0.05, 0.08, alpha=0.72)
_ANGLE_SIZE, _LEVEL_SIZE = 8.5, 5.6
_LABEL_HEIGHT = 1.24 * _ANGLE_SIZE


@dataclass(frozen=True)
class Box:
    """A rectangle of the page in points, (x, y) its lower left corner."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Window:
    """The part of the film in a box: pixel (left, top) at the box's upper left corner; scale: points per pixel."""

    left: float
    top: float
    scale: float

    def to_page(self, points: np.ndarray, box: Box) -> np.ndarray:
        """(..., 2) film pixels to points of the page, whose y goes up."""
        x = box.x + (points[..., 0] - self.left) * self.scale
        y = box.y + box.height - (points[..., 1] - self.top) * self.scale
        return np.stack([x, y], axis=-1)


def draw_film(canvas: Canvas, box: Box, film: Radiograph | None, landmarks: Landmarks, curves: Sequence[Curve],
              deformed: Collection[str], patient_left: Side | None = None) -> None:
    """From the upper left corner of the box on, as much of it as the film fills.

    film: None where it is not at hand: then the outlines alone; deformed: levels to be set off; patient_left: a side
    of the film, where it is known.
    """
    window = window_round(landmarks.corners, box, film and film.shape)
    if film is not None:
        window, box = _within(film.shape, window, box)
    canvas.saveState()
    frame = canvas.beginPath()
    frame.roundRect(box.x, box.y, box.width, box.height, 3)
    canvas.clipPath(frame, stroke=0)
    canvas.setFillColor(HexColor("#05070A"))
    canvas.rect(box.x, box.y, box.width, box.height, stroke=0, fill=1)
    if film is not None:
        picture = ImageReader(io.BytesIO(_cut_out(film.pixels, window, box)))
        canvas.drawImage(picture, box.x, box.y, box.width, box.height)
    renderPDF.draw(film_marks(window, box, landmarks, curves, deformed, patient_left), canvas, box.x, box.y)
    canvas.restoreState()


def film_marks(window: Window, box: Box, landmarks: Landmarks, curves: Sequence[Curve],
               deformed: Collection[str], patient_left: Side | None) -> Drawing:
    """All that is drawn over the film, as large as the box; the fonts of ``report_style`` must be registered."""
    drawing, frame = Drawing(box.width, box.height), Box(0, 0, box.width, box.height)
    sides = {curve.apex: curve.side for curve in curves}
    _add_vertebrae(drawing, window.to_page(landmarks.corners, frame), landmarks.levels, deformed, sides)
    _add_curves(drawing, window, frame, landmarks, curves)
    _add_sides(drawing, frame, patient_left)
    return drawing


def window_round(corners: np.ndarray, box: Box, shape: tuple[int, int] | None) -> Window:
    """The smallest part of the box's shape that holds corners (V, 4, 2) and what the film (height, width) shows round.

    shape: None for a film without end.
    """
    low, high = corners.min(axis=(0, 1)), corners.max(axis=(0, 1))
    margin = MARGIN * (high - low)[1]
    if shape is None:
        start, end = low - margin, high + margin
    else:
        start = np.minimum(low, np.maximum(low - margin, 0))
        end = np.maximum(high, np.minimum(high + margin, shape[::-1]))
    scale = float((np.array([box.width, box.height]) / (end - start)).min())
    left, top = (start + end) / 2 - np.array([box.width, box.height]) / (2 * scale)
    return Window(float(left), float(top), scale)


def _within(shape: tuple[int, int], window: Window, box: Box) -> tuple[Window, Box]:
    """Window and box without what lies beyond the film (height, width)."""
    height, width = shape
    left, top = max(0.0, window.left), max(0.0, window.top)
    across = (min(width, window.left + box.width / window.scale) - left) * window.scale
    down = (min(height, window.top + box.height / window.scale) - top) * window.scale
    return Window(left, top, window.scale), Box(box.x, box.y + box.height - down, across, down)


def _cut_out(pixels: np.ndarray, window: Window, box: Box) -> bytes:
    """JPEG of the part of the film in the window, black where the film ends; its detail is kept up to _DOTS."""
    dots = min(_DOTS, 1 / window.scale)
    width, height = max(1, round(box.width * dots)), max(1, round(box.height * dots))
    step = 1 / (window.scale * dots)
    smooth = cv2.GaussianBlur(pixels, (0, 0), step / 3) if step > 1.5 else pixels  # no moire where pixels are skipped
    move = np.array([[step, 0, window.left], [0, step, window.top]])
    part = cv2.warpAffine(smooth, move, (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    grey = np.rint(part * 255).clip(0, 255).astype(np.uint8)
    return cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1].tobytes()


def _add_vertebrae(drawing: Drawing, corners: np.ndarray, levels: Sequence[str], deformed: Collection[str],
                   sides: Mapping[str, str]) -> None:
    """Outlines and level names, away from the angle beside an apex; corners: (V, 4, 2) in the drawing."""
    for quad, level in zip(corners, levels):
        colour = _DEFORMED if level in deformed else _USUAL
        outline = quad[list(_OUTLINE)].ravel().tolist()
        drawing.add(Polygon(outline, fillColor=None, strokeColor=colour, strokeWidth=1.1 if level in deformed else 0.6))
        if sides.get(level) == "right":
            x, y = quad[[0, 2]].mean(axis=0) - (3 + _label_width(level, PLAIN, _LEVEL_SIZE), 0)
        else:
            x, y = quad[[1, 3]].mean(axis=0) + (3, 0)
        drawing.add(_label(level, PLAIN, _LEVEL_SIZE, colour, x, y))


def _label_width(text: str, font: str, size: float) -> float:
    return stringWidth(text, font, size) + 0.8 * size


def _label(text: str, font: str, size: float, colour: Color, x: float, y: float) -> Group:
    """Text on a dark ground, so that it can be read on bone; its left end at x, its middle at height y."""
    width = _label_width(text, font, size)
    ground = Rect(x, y - 0.62 * size, width, 1.24 * size, 0.3 * size, 0.3 * size, fillColor=_SHADE, strokeColor=None)
    words = String(x + width / 2, y - 0.35 * size, text, fontName=font, fontSize=size, fillColor=colour,
                   textAnchor="middle")
    return Group(ground, words)


def _add_curves(drawing: Drawing, window: Window, frame: Box, landmarks: Landmarks, curves: Sequence[Curve]) -> None:
    """Both lines of each curve, its angle beside the apex on the side of the convexity."""
    for curve in curves:
        for line in (curve.upper_line, curve.lower_line):
            drawing.add(Line(*window.to_page(line, frame).ravel().tolist(), strokeColor=_COBB, strokeWidth=0.9))
    apices = [window.to_page(landmarks.corners[landmarks.index(curve.apex)], frame) for curve in curves]
    heights = _apart([float(apex[:, 1].mean()) for apex in apices], frame)
    for curve, apex, y in zip(curves, apices, heights):
        drawing.add(_angle(frame, curve, float(apex[:, 0].min()), float(apex[:, 0].max()), y))


def _apart(heights: Sequence[float], box: Box) -> list[float]:
    """Heights of labels, from the top of the spine down, moved down where two would touch; all within the box."""
    placed, ceiling = [], box.y + box.height - _LABEL_HEIGHT
    for y in heights:
        placed.append(min(y, ceiling))
        ceiling = placed[-1] - 1.3 * _LABEL_HEIGHT
    lift = max(0.0, box.y + 2 * _LABEL_HEIGHT - placed[-1]) if placed else 0.0
    return [y + lift for y in placed]


def _angle(frame: Box, curve: Curve, left: float, right: float, y: float) -> Group:
    text = curve_row(curve, None)["Angle"]
    width = _label_width(text, BOLD, _ANGLE_SIZE)
    x = left - 12 - width if curve.side == "left" else right + 12
    x = min(max(x, frame.x + 3), frame.x + frame.width - 3 - width)
    return _label(text, BOLD, _ANGLE_SIZE, _COBB, x, y)


def _add_sides(drawing: Drawing, frame: Box, patient_left: Side | None) -> None:
    """Which side is meant by left and right in every sentence."""
    left, right = (side_name(side, patient_left) if patient_left else f"{side} of the film" for side in OPPOSITE)
    width = _label_width(right, PLAIN, _LEVEL_SIZE)
    drawing.add(_label(left, PLAIN, _LEVEL_SIZE, _QUIET, frame.x + 4, frame.y + 8))
    drawing.add(_label(right, PLAIN, _LEVEL_SIZE, _QUIET, frame.x + frame.width - 4 - width, frame.y + 8))
