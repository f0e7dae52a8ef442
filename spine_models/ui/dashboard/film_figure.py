"""Two spines on one film as vectors: the label's and a model's."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from spine_models.core.cobb import largest_curve
from spine_models.core.errors import LandmarkError
from spine_models.core.landmarks import CORNERS, STANDARD_LEVELS, Landmarks
from spine_models.training.labels import LabelledFilm
from spine_models.ui.dashboard.style import layout

LABEL, FOUND = "#4CC38A", "#FF9F45"
"""Bright, for they lie on a dark film in either theme; dashes tell them apart without colour."""

GROUND, INK = "#0A0C0E", "#DDE3E8"
OUTLINE = [0, 1, 3, 2, 0]
"""Corners (TL, TR, BL, BR) in the order of walking round the vertebra."""

MARGIN = 0.06
"""Of the film's height, shown round both spines."""


def film_figure(label: LabelledFilm, found: np.ndarray, picture: str | None) -> go.Figure:
    """Level names beside the film are the label's.

    found: (17, 4, 2) pixels of the film, NaN where it failed; picture: the film's data URL, if it is at hand.
    """
    height, width = label.shape
    both = np.concatenate([label.corners, found]).reshape(-1, 2)
    low, high = np.nanmin(both, axis=0) - MARGIN * height, np.nanmax(both, axis=0) + MARGIN * height
    wide = max(high[0] - low[0], 0.55 * (high[1] - low[1]))
    middle = (low[0] + high[0]) / 2
    figure = go.Figure(layout=layout(
        760, "", "", plot_bgcolor=GROUND, margin={"l": 10, "r": 40, "t": 44, "b": 4},
        legend={"yref": "paper", "y": 1.01, "yanchor": "bottom", "bgcolor": "rgba(0, 0, 0, 0)"},
        xaxis={"range": [middle - wide / 2, middle + wide / 2], "visible": False, "constrain": "domain"},
        yaxis={"range": [high[1], low[1]], "scaleanchor": "x", "constrain": "domain", "side": "right",
               "showgrid": False, "zeroline": False, "tickvals": label.corners[..., 1].mean(axis=1),
               "ticktext": list(STANDARD_LEVELS)},
    ))
    if picture:
        figure.add_layout_image(source=picture, x=-0.5, y=-0.5, sizex=width, sizey=height, xref="x", yref="y",
                                sizing="stretch", layer="below")
    if np.isfinite(found).all():
        apart = np.stack([label.corners, found, np.full(found.shape, np.nan)], axis=2).reshape(-1, 2)
        figure.add_scatter(x=apart[:, 0], y=apart[:, 1], mode="lines", showlegend=False, hoverinfo="skip",
                           line={"color": INK, "width": 1}, opacity=0.6)
        figure.add_traces(_spine(found, "model", FOUND, "dot", "diamond"))
    figure.add_traces(_spine(label.corners, "label", LABEL, "solid", "circle"))
    return figure


def corner_table(label: LabelledFilm, found: np.ndarray) -> pd.DataFrame:
    """A row per corner: level, corner, label and model in pixels of the film."""
    names = [(level, corner) for level in STANDARD_LEVELS for corner in CORNERS]
    numbers = np.concatenate([label.corners.reshape(-1, 2), found.reshape(-1, 2)], axis=1)
    return pd.DataFrame(names, columns=["level", "corner"]).assign(
        **dict(zip(("label_x", "label_y", "model_x", "model_y"), numbers.T)))


def _spine(corners: np.ndarray, name: str, colour: str, dash: str, symbol: str) -> list[go.Scatter]:
    """Outlines of all vertebrae, and the two lines of the largest angle."""
    gap = np.full((len(corners), 1, 2), np.nan)
    points = np.concatenate([corners[:, OUTLINE], gap], axis=1)
    levels = np.repeat(STANDARD_LEVELS, points.shape[1])
    angle, lines = _largest(corners)
    return [
        go.Scatter(x=points[..., 0].ravel(), y=points[..., 1].ravel(), name=f"{name}{angle}", legendgroup=name,
                   mode="lines+markers", line={"color": colour, "width": 2, "dash": dash},
                   marker={"size": 4, "symbol": symbol}, customdata=levels,
                   hovertemplate=f"{name}, %{{customdata}}<br>x %{{x:.0f}}, y %{{y:.0f}} px<extra></extra>"),
        go.Scatter(x=lines[:, 0], y=lines[:, 1], legendgroup=name, showlegend=False, mode="lines", hoverinfo="skip",
                   line={"color": colour, "width": 2.5, "dash": dash}),
    ]


def _largest(corners: np.ndarray) -> tuple[str, np.ndarray]:
    try:
        curve = largest_curve(Landmarks(corners))
    except LandmarkError:  # a vertebra without width has no tilt
        return "", np.zeros((0, 2))
    gap = np.full((1, 2), np.nan)
    return (f": {curve.angle:.1f}°, {curve.upper}–{curve.lower}",
            np.concatenate([curve.upper_line, gap, curve.lower_line]))
