"""Films side by side, drawn at the same size of the spine, zoomed and moved together.

A Streamlit component (v2) of plain files. Each film is an SVG picture in its own pixels, so the browser scales it and
the vectors over it stay crisp; zooming only changes the part that is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import streamlit as st

from spine_models.core.cobb import measure_curves
from spine_models.core.errors import LandmarkError
from spine_models.core.landmarks import CORNERS, Landmarks
from spine_models.ui.landmark_editor.film_url import Film
from spine_models.ui.theme import level_colour

FRONTEND = Path(__file__).parent / "frontend"
OUTLINE = [0, 1, 3, 2]
"""Corners (TL, TR, BL, BR) in the order of walking round the vertebra."""

THINNEST = 0.02
"""Pixels; SVG does not draw an ellipse without width, such as that of two models."""


@dataclass(frozen=True, eq=False)
class Panel:
    """One film and what is drawn on it, in pixels of that film.

    id: of what is shown; where it changes, the view starts anew. detail: a second line under the title. note: a
    sentence over the film, where there are no landmarks. origin, unit: film pixel and number of film pixels that are
    (0, 0) and 1 in the units all panels share. guide: other landmarks, dashed. moves: (N, 2, 2) lines from one point
    to another. spread: (V, 4, 2, 2) covariance of the corners of ``landmarks``, drawn as ellipses of one deviation.
    """

    id: str
    title: str
    film: Film
    landmarks: Landmarks | None
    origin: np.ndarray
    unit: float
    detail: str = ""
    note: str = ""
    guide: Landmarks | None = None
    moves: np.ndarray | None = None
    spread: np.ndarray | None = None


@cache
def _component():
    files = {kind: (FRONTEND / f"linked_films.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js")}
    return st.components.v2.component("linked_films", **files, isolate_styles=False)


def linked_films(panels: Sequence[Panel], key: str, start: Literal["films", "spines"] = "films") -> None:
    """Show films in a row. start: what is in view at first. A film that several panels show is sent once."""
    inline = bool((st.session_state.get(key) or {}).get("film_missing"))
    films = list(dict.fromkeys(panel.film for panel in panels))
    data = {
        "films": [film.payload(f"{key}-{place}", inline) for place, film in enumerate(films)],
        "panels": [_payload(panel) | {"film": films.index(panel.film)} for panel in panels],
        "start": start,
    }
    _component()(key=key, data=data, on_film_missing_change=lambda: None)


def _payload(panel: Panel) -> dict:
    landmarks = panel.landmarks
    vectors = {"vertebrae": [], "lines": [], "labels": []} if landmarks is None else _vectors(landmarks)
    return {
        "id": panel.id,
        "title": panel.title,
        "detail": panel.detail,
        "note": panel.note,
        "origin": panel.origin.tolist(),
        "unit": panel.unit,
        "guide": [] if panel.guide is None else panel.guide.corners[:, OUTLINE].tolist(),
        "moves": [] if panel.moves is None else panel.moves.tolist(),
        "ellipses": [] if panel.spread is None else _ellipses(landmarks, panel.spread),
        **vectors,
    }


def _vectors(landmarks: Landmarks) -> dict:
    return {
        "vertebrae": [
            {"level": level, "colour": level_colour(level), "outline": corners[OUTLINE].tolist()}
            for level, corners in zip(landmarks.levels, landmarks.corners)
        ],
        **_curves(landmarks),
    }


def _curves(landmarks: Landmarks) -> dict:
    """Cobb lines, and each angle beside the lower one of its two."""
    try:
        curves = measure_curves(landmarks)
    except LandmarkError:  # too few vertebrae, or one without width: nothing to measure
        curves = ()
    return {
        "lines": [line.tolist() for curve in curves for line in (curve.upper_line, curve.lower_line)],
        "labels": [{"text": f"{curve.angle:.1f}°", "at": curve.lower_line[0].tolist()} for curve in curves],
    }


def _ellipses(landmarks: Landmarks, spread: np.ndarray) -> list[dict]:
    """Each corner's ellipse: middle, half axes (pixels), the longer one first, and its turn in degrees."""
    variances, axes = np.linalg.eigh(spread)  # ascending
    radii = np.sqrt(np.maximum(variances[..., ::-1], 0.0))
    turn = np.degrees(np.arctan2(axes[..., 1, 1], axes[..., 0, 1]))
    return [
        {
            "at": landmarks.corners[row, corner].tolist(),
            "radii": np.maximum(radii[row, corner], THINNEST).tolist(),
            "turn": float(turn[row, corner]),
            "text": f"{level} {name}: models spread over {np.hypot(*radii[row, corner]):.1f} px",
        }
        for row, level in enumerate(landmarks.levels)
        for corner, name in enumerate(CORNERS)
    ]
