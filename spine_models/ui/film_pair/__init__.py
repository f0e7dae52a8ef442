"""Two films side by side, drawn at the same size of the spine, zoomed and moved together.

A Streamlit component (v2) of plain files. Each film is an SVG picture in its own pixels, so the browser scales it and
the vectors over it stay crisp; zooming only changes the part that is shown.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import streamlit as st

from spine_models.core.cobb import measure_curves
from spine_models.core.errors import LandmarkError
from spine_models.core.landmarks import Landmarks
from spine_models.service.cases import Case
from spine_models.ui.films import hung
from spine_models.ui.landmark_editor.film_url import Film
from spine_models.ui.theme import level_colour
from spine_models.ui.work import Work, kept_film

FRONTEND = Path(__file__).parent / "frontend"
OUTLINE = [0, 1, 3, 2]
"""Corners (TL, TR, BL, BR) in the order of walking round the vertebra."""


@cache
def _component():
    files = {kind: (FRONTEND / f"film_pair.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js")}
    return st.components.v2.component("film_pair", **files, isolate_styles=False)


def film_pair(left: Case, right: Case, key: str) -> None:
    """Show two cases; of one whose film was not kept, the landmarks alone."""
    inline = bool((st.session_state.get(key) or {}).get("film_missing"))
    frame_left, frame_right = _shared_frames(left, right)
    films = [_payload(left, *frame_left, f"{key}-left", inline), _payload(right, *frame_right, f"{key}-right", inline)]
    _component()(key=key, data={"films": films}, on_film_missing_change=lambda: None)


def _payload(case: Case, origin: np.ndarray, unit: float, key: str, inline: bool) -> dict:
    """What is drawn for a case, in pixels of its film; origin and unit: as in ``_shared_frames``."""
    kept = kept_film(Work.on(case))
    height, width = case.film_shape
    film = hung(kept, case.hanging).view if kept else Film(case.film_sha256, b"", width, height)
    title = f"{case.film_date or 'Film without date'}{'' if kept else ' · film not kept, landmarks only'}"
    vectors = {"vertebrae": [], "lines": [], "labels": []} if case.landmarks is None else _vectors(case.landmarks)
    return {"case": case.id, "title": title, "origin": origin.tolist(), "unit": unit,
            **film.payload(key, inline), **vectors}


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
        "labels": [{"text": f"{curve.angle:.1f}°", "at": curve.lower_line[1].tolist()} for curve in curves],
    }


def _shared_frames(left: Case, right: Case) -> tuple[tuple[np.ndarray, float], tuple[np.ndarray, float]]:
    """(origin, unit) of either film, such that the vertebrae both show lie at the same place in these units."""
    if left.landmarks is not None and right.landmarks is not None:
        common = [level for level in left.landmarks.levels if level in right.landmarks.levels]
        frames = [_spine_frame(case.landmarks, common) for case in (left, right)] if len(common) > 1 else [None]
        if all(frames):
            return frames[0], frames[1]
    return _film_frame(left), _film_frame(right)


def _spine_frame(landmarks: Landmarks, common: list[str]) -> tuple[np.ndarray, float] | None:
    top, bottom = (landmarks.centres[landmarks.index(level)] for level in (common[0], common[-1]))
    length = float(np.hypot(*(bottom - top)))
    return ((top + bottom) / 2, length) if length > 0 else None


def _film_frame(case: Case) -> tuple[np.ndarray, float]:
    height, width = case.film_shape
    return np.array([width / 2, height / 2]), float(height)
