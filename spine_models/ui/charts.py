"""Plotly figures. Their colours are readable on the dark and on the light page (3:1 or more on either)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby

import plotly.graph_objects as go

from spine_models.service.cases.follow_up import PROGRESSION, Angle, Course

LOCKED, FREE, LINE = "#2F8FC4", "#C27C0E", "#DB4A3F"
"""Angles between the end vertebrae of the first film, angles between the most tilted ones, line of progression."""

_CHART_HEIGHT = 330  # CSS pixels

Dated = Sequence[tuple[date, Angle | None]]


def course_chart(course: Course) -> go.Figure:
    """Angles of one curve over the dates of the films, both ways of measuring, with bands and line of progression."""
    locked = [(point.film_date, point.locked) for point in course.points]
    free = [(point.film_date, point.free) for point in course.points]
    figure = go.Figure(layout=_layout())
    for angles, colour in ((free, FREE), (locked, LOCKED)):
        figure.add_traces([_band(run, colour) for run in _runs(angles)])
    figure.add_trace(_angles(free, "Free end vertebrae", FREE, size=14, symbol="circle-open", dash="dot"))
    figure.add_trace(_angles(locked, "End vertebrae of the first film", LOCKED, size=8, symbol="circle", dash="solid"))
    first = next((angle for _, angle in locked if angle), None)
    if first:
        figure.add_trace(_progression_line([day for day, _ in locked], first.degrees + PROGRESSION))
    return figure


def _layout() -> go.Layout:
    return go.Layout(
        height=_CHART_HEIGHT,
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.0, "x": 0},
        xaxis={"type": "date", "tickformat": "%b %Y", "hoverformat": "%d %b %Y"},
        yaxis={"title": {"text": "Cobb angle"}, "ticksuffix": "°", "rangemode": "tozero"},
        hovermode="closest",
    )


def _angles(angles: Dated, name: str, colour: str, size: int, symbol: str, dash: str) -> go.Scatter:
    """None leaves a gap in the line."""
    return go.Scatter(
        x=[day for day, _ in angles],
        y=[angle and angle.degrees for _, angle in angles],
        customdata=[f"{angle.upper}–{angle.lower}" if angle else "" for _, angle in angles],
        name=name,
        mode="lines+markers",
        line={"color": colour, "dash": dash, "width": 2},
        marker={"symbol": symbol, "size": size, "line": {"width": 2}},
        hovertemplate="%{x}<br>%{y:.1f}, %{customdata}",
    )


def _runs(angles: Dated) -> Iterator[list[tuple[date, Angle]]]:
    """Films in a row whose angle has an error band."""
    for known, run in groupby(angles, key=lambda dated: bool(dated[1] and dated[1].band)):
        if known:
            yield list(run)


def _band(run: Sequence[tuple[date, Angle]], colour: str) -> go.Scatter:
    """Out along the lower ends, back along the upper ones; for a single film that is an upright stroke."""
    days, bands = [day for day, _ in run], [angle.band for _, angle in run]
    return go.Scatter(
        x=[*days, *reversed(days)],
        y=[*(low for low, _ in bands), *(high for _, high in reversed(bands))],
        fill="toself",
        fillcolor=f"rgba{(*(int(colour[at : at + 2], 16) for at in (1, 3, 5)), 0.22)}",
        line={"color": colour, "width": 1.5 if len(run) == 1 else 0},
        mode="lines",
        showlegend=False,
        hoverinfo="skip",
    )


def _progression_line(days: Sequence[date], degrees: float) -> go.Scatter:
    return go.Scatter(
        x=[days[0], days[-1]],
        y=[degrees, degrees],
        name=f"{PROGRESSION:.0f}° more than at first: progression",
        mode="lines",
        line={"color": LINE, "dash": "dash", "width": 2},
        hoverinfo="skip",
    )
