"""The report as one PDF page, A4 or Letter.

Above, the film beside curves, balance, words and follow-up; below, a table of all levels; at the foot what was used to
measure, a line to sign on and what the tool is for. Of the patient it holds the pseudonym, date and note the user gave.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import date
from typing import Literal, get_args
from xml.sax.saxutils import escape

from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4, LETTER
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, KeepInFrame, Paragraph, Spacer, Table

from .. import INTENDED_USE, __version__
from ..core.radiograph import Radiograph
from .cases.follow_up import Course
from .report import Report
from .report_course import course_plot, course_sentence, seen_twice
from .report_film import Box, draw_film
from .report_rows import DEFORMED, Cell, LevelRow, curve_row, level_rows, stance_rows
from .report_style import (
    ACCENT,
    ALERT,
    ALERT_TINT,
    BODY,
    BOLD,
    INK,
    PLAIN,
    QUIET,
    RULE,
    SMALL,
    TINT,
    TITLE,
    register_fonts,
)
from .report_text import curve_sentences, notes, pattern_sentences, reliability_sentences, shape_sentences

Paper = Literal["A4", "Letter"]
PAPERS: tuple[Paper, ...] = get_args(Paper)

LONGEST_NOTE = 400
"""Characters of the note that are printed."""

_SIZES = {"A4": A4, "Letter": LETTER}
_EDGE, _GAP = 34, 15
_HEADER, _FOOTER = 40, 58
_FILM_WIDTH = 206
_PLOT_HEIGHT = 86
_TABLE_ROW = 9.3
_MOST_TABLE = 190
_SHRINK, _ENDLESS = 0.96, 100_000


def report_pdf(report: Report, film: Radiograph | None, courses: Sequence[Course] = (), paper: Paper = "A4") -> bytes:
    """One page. film: None where it is not at hand; courses: follow-up of the pseudonym, where it has earlier films."""
    register_fonts()
    width, height = _SIZES[paper]
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(width, height), initialFontName=PLAIN, lang="en")
    canvas.setTitle("Spinal deformity report")
    canvas.setAuthor("")
    canvas.setCreator(f"spine_models {__version__}")
    rows = level_rows(report.deformity)
    _draw_header(canvas, report, width, height)
    table_top = _draw_levels(canvas, rows, width)
    body = Box(_EDGE, table_top + _GAP, width - 2 * _EDGE, height - _EDGE - _HEADER - table_top - _GAP)
    picture = Box(body.x, body.y, _FILM_WIDTH, body.height)
    deformed = {row.level for row in rows if row.shape == DEFORMED}
    draw_film(canvas, picture, film, report.landmarks, report.curves, deformed, report.patient_left)
    _draw_column(canvas, report, courses, film is None, Box(
        body.x + _FILM_WIDTH + _GAP, body.y, body.width - _FILM_WIDTH - _GAP, body.height))
    _draw_footer(canvas, report, width)
    canvas.save()
    return file.getvalue()


def _draw_header(canvas: Canvas, report: Report, width: float, height: float) -> None:
    """Title, and what the user typed to tell the case."""
    top, subject = height - _EDGE, report.subject
    canvas.setFillColor(INK)
    canvas.setFont(BOLD, 15)
    canvas.drawString(_EDGE, top - 12, "Spinal deformity report")
    canvas.setFillColor(QUIET)
    canvas.setFont(PLAIN, 8)
    canvas.drawString(_EDGE, top - 25, "Frontal film of the spine")
    facts = [f"Film of {subject.film_date}" if subject.film_date else "", f"Report of {date.today()}"]
    canvas.drawRightString(width - _EDGE, top - 25, " · ".join(fact for fact in facts if fact))
    name = Paragraph(escape(subject.pseudonym), TITLE.clone("name", fontSize=11, leading=13, alignment=TA_RIGHT))
    _fill(canvas, lambda width: [name], Box(width / 2, top - 16, width / 2 - _EDGE, 15))
    canvas.setStrokeColor(RULE)
    canvas.line(_EDGE, top - _HEADER + 8, width - _EDGE, top - _HEADER + 8)


def _draw_column(canvas: Canvas, report: Report, courses: Sequence[Course], filmless: bool, box: Box) -> None:
    """Curves, stance, words and follow-up."""
    followed = seen_twice(courses)

    def story(width: float) -> list[Flowable]:
        return [*_curves(report, width), *_stance(report, width), *_words(report, filmless),
                *_follow_up(followed, width)]

    _fill(canvas, story, box)


def _fill(canvas: Canvas, story: Callable[[float], list[Flowable]], box: Box) -> None:
    """Draw from the top of the box down, as much smaller as it takes to fit; story: what to draw at a given width."""
    scale = 1.0
    while True:
        frame = KeepInFrame(box.width / scale, _ENDLESS, story(box.width / scale))
        _, used = frame.wrapOn(canvas, box.width / scale, _ENDLESS)
        if used * scale <= box.height:
            break
        scale *= _SHRINK
    canvas.saveState()
    canvas.translate(box.x, box.y + box.height)
    canvas.scale(scale, scale)
    frame.drawOn(canvas, 0, -used)
    canvas.restoreState()


def _curves(report: Report, width: float) -> list[Flowable]:
    title = Paragraph("Curves", TITLE.clone("first", spaceBefore=0))
    if not report.curves:
        return [title, *_paragraphs(curve_sentences(report))]
    rows = [curve_row(*found, report.patient_left) for found in zip(report.curves, report.intervals)]
    rows = [row if any(report.intervals) else {k: v for k, v in row.items() if k != "90 %"} for row in rows]
    cells = [list(rows[0]), *([*row.values()] for row in rows)]
    style = [("FONT", (0, 1), (0, -1), BOLD, 8.4), ("TEXTCOLOR", (0, 1), (0, -1), ACCENT)]
    return [title, _table(cells, [width / len(rows[0])] * len(rows[0]), 8, style)]


def _stance(report: Report, width: float) -> list[Flowable]:
    rows = stance_rows(report.deformity, report.curves)
    if not rows:
        return []
    style = [("TEXTCOLOR", (0, 0), (0, -1), QUIET), ("LINEBELOW", (0, 0), (-1, -2), 0.3, RULE)]
    widths, heights = [0.55 * width, 0.45 * width], [10.2] * len(rows)
    return [Paragraph("Balance and tilt", TITLE), Table(rows, widths, heights, style=_style(7.4, style))]


def _words(report: Report, filmless: bool) -> list[Flowable]:
    """The report's sentences but for those that the tables beside them give in full."""
    note = " ".join(report.subject.notes.split())
    note = note if len(note) <= LONGEST_NOTE else f"{note[:LONGEST_NOTE].rstrip()} … (shortened)"
    missing = ["The film was not at hand: the drawing shows outlines alone."] if filmless else []
    return [
        Paragraph("Findings", TITLE),
        *_paragraphs([*pattern_sentences(report), *shape_sentences(report)]),
        Paragraph("Reliability", TITLE),
        *_paragraphs([*reliability_sentences(report), *missing]),
        *([Paragraph("Note of the user", TITLE), *_paragraphs([note])] if note else []),
        Spacer(1, 4),
        Paragraph(escape(" ".join(notes(report))), SMALL),
    ]


def _follow_up(courses: Sequence[Course], width: float) -> list[Flowable]:
    if not courses:
        return []
    return [Paragraph("Follow-up", TITLE), course_plot(courses, width, _PLOT_HEIGHT), Spacer(1, 2),
            *(Paragraph(escape(course_sentence(course)), SMALL) for course in courses)]


def _paragraphs(sentences: Sequence[str]) -> list[Paragraph]:
    return [Paragraph(escape(sentence), BODY) for sentence in sentences]


def _draw_levels(canvas: Canvas, rows: Sequence[LevelRow], width: float) -> float:
    """The table of all levels at the lower edge; returns the height of its top."""
    heads = ["Level", "Shape", "Wedge, taller side (usual)", "Height left : right (usual)", "Tilt, lower side (usual)",
             "Disc below, taller side (usual)"]
    cells = [heads, *([row.level, row.shape, *map(_cell, (row.wedge, row.ratio, row.tilt, row.disc))] for row in rows)]
    style = [("FONT", (0, 1), (0, -1), BOLD, 6.9)]
    for line, row in enumerate(rows, start=1):
        outside = [column for column, cell in enumerate((row.wedge, row.ratio, row.tilt, row.disc), 2) if cell.outside]
        for column in [1, *outside] if row.shape == DEFORMED else outside:
            style += [("TEXTCOLOR", (column, line), (column, line), ALERT),
                      ("BACKGROUND", (column, line), (column, line), ALERT_TINT)]
    shares = (0.07, 0.12, 0.2, 0.2, 0.2, 0.21)
    row_height = min(_TABLE_ROW, _MOST_TABLE / len(cells))
    table = _table(cells, [share * (width - 2 * _EDGE) for share in shares], 6.9, style, row_height)
    _, height = table.wrapOn(canvas, width, height := _MOST_TABLE)
    table.drawOn(canvas, _EDGE, _EDGE + _FOOTER)
    return _EDGE + _FOOTER + height


def _cell(cell: Cell) -> str:
    return f"{cell.text}  ({cell.usual})" if cell.usual else cell.text


def _table(cells: list[list[str]], widths: list[float], size: float, style: list, row_height: float = 11.5) -> Table:
    """First row: heads."""
    heads = [("TEXTCOLOR", (0, 0), (-1, 0), QUIET), ("FONT", (0, 0), (-1, 0), PLAIN, size - 0.8),
             ("LINEBELOW", (0, 0), (-1, 0), 0.5, RULE), ("ROWBACKGROUNDS", (0, 1), (-1, -1), (None, TINT))]
    return Table(cells, widths, [row_height] * len(cells), style=_style(size, [*heads, *style]))


def _style(size: float, more: list) -> list:
    return [("FONT", (0, 0), (-1, -1), PLAIN, size), ("TEXTCOLOR", (0, 0), (-1, -1), INK),
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"), ("LEFTPADDING", (0, 0), (-1, -1), 3),
            ("RIGHTPADDING", (0, 0), (-1, -1), 2), ("TOPPADDING", (0, 0), (-1, -1), 0),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 0), *more]


def _draw_footer(canvas: Canvas, report: Report, width: float) -> None:
    """What was used, a line to sign on, what the tool is for."""
    source = report.source
    height, across = source.film_shape
    model = source.model.name if source.model else "by hand"
    weights = f" · weights sha256 {source.model.weights_sha256}" if source.model and source.model.weights_sha256 else ""
    canvas.setFillColor(QUIET)
    canvas.setFont(PLAIN, 5.8)
    canvas.drawString(_EDGE, _EDGE + 46, f"Model {model}{weights} · spine_models {__version__}")
    canvas.drawString(_EDGE, _EDGE + 38, f"Film sha256 {source.film_sha256} · {across} × {height} pixels")
    canvas.setFont(PLAIN, 7.5)
    canvas.setFillColor(INK)
    canvas.drawString(_EDGE, _EDGE + 21, "Checked and edited by")
    canvas.drawString(width - _EDGE - 150, _EDGE + 21, "Date")
    canvas.setStrokeColor(QUIET)
    canvas.setLineWidth(0.5)
    canvas.line(_EDGE + 84, _EDGE + 19, width - _EDGE - 160, _EDGE + 19)
    canvas.line(width - _EDGE - 128, _EDGE + 19, width - _EDGE, _EDGE + 19)
    canvas.setFillColor(TINT)
    canvas.roundRect(_EDGE, _EDGE - 6, width - 2 * _EDGE, 15, 3, stroke=0, fill=1)
    canvas.setFillColor(INK)
    canvas.setFont(PLAIN, 7)
    canvas.drawCentredString(width / 2, _EDGE - 1, INTENDED_USE)
