"""Type and colours of the PDF. The font is embedded: what a user types is not limited to western letters."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from reportlab.lib.colors import HexColor
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

FONTS = Path(__file__).parents[2] / "assets" / "fonts"
PLAIN, BOLD = "Liberation Sans", "Liberation Sans Bold"
INK, QUIET, RULE, ACCENT = HexColor("#1B2430"), HexColor("#5B6770"), HexColor("#D5DBE0"), HexColor("#1F5F8B")
TINT, ALERT, ALERT_TINT = HexColor("#F3F6F8"), HexColor("#9A3A0E"), HexColor("#FCEDE3")
COURSE_COLOURS = tuple(map(HexColor, ("#1F5F8B", "#B85A12", "#3E7D3A", "#7A4E9E")))

TITLE = ParagraphStyle("title", fontName=BOLD, fontSize=8.6, leading=11, textColor=ACCENT, spaceBefore=7, spaceAfter=2)
BODY = ParagraphStyle("body", fontName=PLAIN, fontSize=7.6, leading=9.6, textColor=INK, spaceAfter=2)
SMALL = ParagraphStyle("small", parent=BODY, fontSize=6.6, leading=8.2, textColor=QUIET)


@cache
def register_fonts() -> None:
    """Make the fonts known to reportlab, once; before anything is drawn."""
    pdfmetrics.registerFont(TTFont(PLAIN, FONTS / "LiberationSans-Regular.ttf"))
    pdfmetrics.registerFont(TTFont(BOLD, FONTS / "LiberationSans-Bold.ttf"))
    pdfmetrics.registerFontFamily(PLAIN, normal=PLAIN, bold=BOLD, italic=PLAIN, boldItalic=BOLD)
