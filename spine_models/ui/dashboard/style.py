"""How a model looks in every chart, and what all charts have in common.

Colours have 3:1 or more on the dark and on the light page and differ for every kind of colour vision; a marker tells
models apart without any. A variant has its base's colour and marker, hollow and dashed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from spine_models.service.metric_list import METRICS
from spine_models.ui.dashboard.results import Result

COLOURS = ("#2F8FC4", "#D55E00", "#2E9E6E", "#B8619A", "#A07F00", "#7A72D6")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "star", "pentagon", "hourglass", "triangle-down",
           "hexagram", "x")
NEUTRAL = "#808890"
"""Baselines, published figures and reference lines."""

SEQUENTIAL = "Cividis"
LIGHT_FROM = 0.42
"""Share of SEQUENTIAL from where black is easier to read on it than white."""

DIVERGING = [(0, "#2F8FC4"), (0.5, "#DADDE0"), (1, "#D55E00")]


@dataclass(frozen=True)
class Look:
    """Of one model in all charts."""

    colour: str
    symbol: str
    dash: str


def looks(results: list[Result]) -> dict[str, Look]:
    """Title to look; the same models have the same looks in whatever order they come."""
    bases = sorted({result.base for result in results if result.family != "baseline"})
    found = {}
    for result in results:
        if result.family == "baseline":
            found[result.title] = Look(NEUTRAL, "x", "dot")
            continue
        rank = bases.index(result.base)
        symbol, hollow = SYMBOLS[rank % len(SYMBOLS)], "-open" if result.refined else ""
        found[result.title] = Look(COLOURS[rank % len(COLOURS)], symbol + hollow, "dash" if result.refined else "solid")
    return found


def layout(height: int, x: str, y: str, names: Sequence[str] = (), **more) -> go.Layout:
    """Height in CSS pixels and titles of the axes; names: of the rows, written left of them; more: as plotly names it.

    Room for what is written around the figure is set aside here: left to plotly, it draws every figure twice.
    """
    plain = {
        "height": height,
        "margin": {"l": room_for(names) if len(names) else 62, "r": 10, "t": 36, "b": 52 if x else 40,
                   "autoexpand": False},
        "legend": {"orientation": "h", "yref": "container", "yanchor": "bottom", "y": 0, "x": 0, "font": {"size": 12}},
        "xaxis": {"title": {"text": x}, "automargin": False},
        "yaxis": {"title": {"text": y}, "automargin": False},
        "hovermode": "closest",
        "hoverlabel": {"align": "left"},
    }
    return go.Layout(plain | {key: plain.get(key, {}) | value if isinstance(value, dict) else value
                              for key, value in more.items()})


def room_for(names: Sequence[str]) -> int:
    """CSS pixels that the longest of the names takes beside a figure."""
    return 16 + 7 * max(map(len, names), default=0)


def number(value: float) -> str:
    """Three significant digits; three decimals under 1, so that shares stand under each other."""
    value += 0.0 if value else abs(value)  # no minus sign before a zero
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3f}" if 0 < abs(value) < 1 else f"{value:.3g}"


def interval(value: float, low: float, high: float) -> str:
    """A number with its 95 % interval; a dash where it is not defined."""
    if value != value:
        return "–"
    return f"{number(value)} [{number(low)}, {number(high)}]" if low == low else number(value)


def inked(texts: list[list[str]], share: np.ndarray) -> list[list[str]]:
    """Texts of a heat map's cells, dark on the light end of SEQUENTIAL; share: (rows, columns) place on the scale."""
    inks = np.where(np.nan_to_num(share) > LIGHT_FROM, "#000000", "#FFFFFF")
    return [[text and f'<span style="color:{ink}">{text}</span>' for text, ink in zip(row, colours)]
            for row, colours in zip(texts, inks)]


def explained(key: str, films: int, failures: int) -> str:
    """Lines for the hover text of a metric's number: formula, N, failures."""
    return f"{wrapped(METRICS[key].formula)}<br>{counted(films, failures)}"


def counted(films: float, failures: float) -> str:
    """How many films a number is over."""
    films, failures = int(films), int(failures)
    return f"N = {films} films, {failures or 'no'} failure{'s' if failures != 1 else ''}"


def wrapped(text: str, width: int = 70) -> str:
    """Text broken into lines for a hover label."""
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "<br>".join(lines)
