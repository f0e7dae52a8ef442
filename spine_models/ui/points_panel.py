"""Saving the points of the film to a file and loading them from one."""

from __future__ import annotations

import streamlit as st

from spine_models.core.errors import DataError
from spine_models.core.landmarks import Landmarks
from spine_models.service.points import KINDS, read_points, write_points
from spine_models.ui.work import Work, put_in_force

_MEDIA_TYPES = {"txt": "text/plain", "csv": "text/csv", "json": "application/json", "mat": "application/octet-stream"}


def points_panel(work: Work) -> None:
    """Four file formats out, the same four in; loading is an undoable change like any other."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = st.selectbox("Format", KINDS, key="points-kind", format_func=".{}".format, width=110)
        st.download_button(
            "Save points",
            b"" if work.landmarks is None else write_points(work.landmarks, kind),
            file_name=f"points.{kind}",
            mime=_MEDIA_TYPES[kind],
            disabled=work.landmarks is None,
            on_click="ignore",
        )
    key = f"points-{st.session_state.setdefault('points_loaded', 0)}"
    st.file_uploader("Load points", key=key, on_change=_load, args=(key,))
    if refusal := st.session_state.pop("points_refusal", None):
        st.error(refusal)


def _load(key: str) -> None:
    file, work = st.session_state[key], st.session_state.work
    # Streamlit may call again for the same file when a run was cut short; by then the field has another key.
    if file is None or work is None or key != f"points-{st.session_state.points_loaded}":
        return
    st.session_state.points_loaded += 1  # an empty field, ready for the next file
    try:
        points = read_points(file.getvalue(), file.name)
        _check_on_film(points, work.case.film_shape)
        put_in_force(work, points, "load points")
    except DataError as error:
        st.session_state.points_refusal = str(error)


def _check_on_film(points: Landmarks, shape: tuple[int, int]) -> None:
    """Raises DataError unless every vertebra has its centre on the film (height, width)."""
    height, width = shape
    if ((points.centres < 0) | (points.centres > (width, height))).any():
        raise DataError(f"These points lie outside this film of {width} × {height} pixels: are they of another film?")
