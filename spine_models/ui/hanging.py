"""Putting a film right on the Measure page: turned, mirrored, inverted, and whose left is left."""

from __future__ import annotations

import streamlit as st

from spine_models.core.hanging import Hanging, Side, mirror_image
from spine_models.ui.films import OpenFilm
from spine_models.ui.gate import confirmed
from spine_models.ui.measuring import warm_up
from spine_models.ui.work import Work, put_in_force

_UNKNOWN = "not known"
_MIRROR_NOTE = (
    "A mirrored film looks like any other: the program cannot tell, so look for the side marker. Turning or inverting "
    "the film measures it again; Undo brings the film and its landmarks back."
)


def hanging_of(film: OpenFilm | None, work: Work | None) -> Hanging:
    """How the film shall hang: as the reader has just asked, else as the case keeps it, else as its file says."""
    if work is not None:
        return st.session_state.get("rehang") or work.case.hanging
    as_read = Hanging(patient_left=film.as_read.patient_left) if film else Hanging()
    return st.session_state.get("hanging") or as_read


def orientation_question(film: OpenFilm, hanging: Hanging, model: str) -> bool:
    """Ask about a spine film that seems to lie wrong; True while the reader has not answered."""
    if film.view.id in confirmed():
        return False
    turns = _turns_to_upright(film.view.id, film, model)
    if not turns:
        return False
    from spine_models.service.orientation import LIES

    with st.container(border=True, key="orientation"):
        st.markdown(f"**{LIES[turns]}** Nothing is measured until you have answered.")
        with st.container(horizontal=True):
            st.button("Turn it upright", type="primary", key="turn-upright", on_click=_rehang,
                      args=(None, hanging.turned(turns)))
            st.button("Measure it as it is", key="is-upright", on_click=confirmed().add, args=(film.view.id,))
    return True


@st.cache_resource(max_entries=64, show_spinner="Reading the film…")
def _turns_to_upright(film_id: str, _film: OpenFilm, _model: str) -> int:
    warm_up(_model).join()  # brings torch; imported in one thread at a time
    from spine_models.service.orientation import turns_to_upright

    return turns_to_upright(_film.radiograph)


def hanging_tools(film: OpenFilm | None, hanging: Hanging, work: Work | None) -> None:
    """Buttons that turn, mirror and invert the film, and the patient's left; all undoable once there is a case."""
    with st.expander("Turn, mirror, sides"):
        if film is not None:
            with st.container(horizontal=True, key="hanging"):
                _button("Left", ":material/rotate_left:", work, hanging.turned(3), "A quarter turn anticlockwise")
                _button("Right", ":material/rotate_right:", work, hanging.turned(1), "A quarter turn clockwise")
                _button("Half turn", ":material/sync:", work, hanging.turned(2), "Upside down")
                _button("Invert", ":material/invert_colors:", work, hanging.negative(), "Black for white")
                st.button("Mirror", icon=":material/flip:", key="hang-Mirror", on_click=_flip, args=(work, hanging),
                          help="Left for right")
            st.caption(_MIRROR_NOTE)
        _sides(hanging, work)


def _button(title: str, icon: str, work: Work | None, hanging: Hanging, explanation: str) -> None:
    st.button(title, icon=icon, key=f"hang-{title}", help=explanation, on_click=_rehang, args=(work, hanging))


def _sides(hanging: Hanging, work: Work | None) -> None:
    options = (None, "left", "right")
    key = f"patient-left-{hanging.patient_left}-{hanging.picture}-{work.version if work else ''}"
    st.radio(
        "The patient's left is",
        options,
        options.index(hanging.patient_left),
        format_func=lambda side: f"{side} on the film" if side else _UNKNOWN,
        horizontal=True,
        key=key,
        on_change=_say_left,
        args=(key, hanging, work),
        help="By the marker on the film. Once it is known, curves are named by the patient's side in table, report and "
        "files; until then by the side of the film.",
    )


def _rehang(work: Work | None, hanging: Hanging) -> None:
    """Hang the film so; the page then measures it anew."""
    st.session_state["hanging" if work is None else "rehang"] = hanging


def _flip(work: Work | None, hanging: Hanging) -> None:
    """Mirror the film and the landmarks with it: what was corrected stays corrected."""
    if work is None or work.case.landmarks is None:
        _rehang(work, hanging.flipped())
        return
    width = work.case.film_shape[1]
    put_in_force(work, mirror_image(work.case.landmarks, width), "mirror film", hanging=hanging.flipped())


def _say_left(key: str, hanging: Hanging, work: Work | None) -> None:
    side: Side | None = st.session_state[key]
    said = Hanging(hanging.turns, hanging.mirrored, hanging.inverted, side)
    if work is None:
        st.session_state.hanging = said
    else:
        put_in_force(work, work.case.landmarks, "patient's left", hanging=said)
