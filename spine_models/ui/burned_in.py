"""Writing burned into the film: said to the user, shown where asked, and blanked in what is saved and exported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import streamlit as st

from spine_models.core.radiograph import Radiograph
from spine_models.service.burned_in import Box, find_writing, off_the_spine, without_writing
from spine_models.service.cases import Case
from spine_models.ui.films import OpenFilm, hung
from spine_models.ui.work import Work

_BLANKED = "blanked"
"""Session state: sha256 of the films whose writing the user wants blanked."""

_SHOWN_HEIGHT = 700
_FRAME = (255, 180, 84)


def film_to_hand_out(work: Work, film: OpenFilm) -> OpenFilm:
    """The film as it is saved and exported: without its writing where the user said so. The question is on the page."""
    places = _on_film(work.case, film)
    if not places:
        return film
    blanked = film.as_read.sha256 in _films()
    count = f"{len(places)} places" if len(places) > 1 else "one place"
    if blanked:
        st.info(f"Writing burned into the film is blanked in {count} of what is saved and exported. What lies on the "
                "spine stays: look at the picture before you pass it on.")
        st.button("Leave it in", key="leave-writing", on_click=_films().discard, args=(film.as_read.sha256,))
    else:
        st.warning(f"Burned-in text was found in {count}: it is on whatever picture of the film is saved or exported.")
        st.button("Blank it in what is saved and exported", key="blank-writing", on_click=_films().add,
                  args=(film.as_read.sha256,))
    handed_out = _without(film, work.case, places) if blanked else film
    with st.expander("Show the burned-in text"):
        st.image(_framed(handed_out.radiograph, places))
        st.caption("Found by its look, not read: a ruler may be among it, and faint or lone letters may be missing.")
    return handed_out


def blanked_where_asked(film: OpenFilm, case: Case) -> Radiograph:
    """The film as it was read, to be kept with the case: without its writing where the user said so on Measure."""
    if film.as_read.sha256 not in _films():
        return film.as_read
    hanging = hung(film, case.hanging)
    return _without(hanging, case, _on_film(case, hanging)).as_read


def is_blanked(film_sha256: str) -> bool:
    """Whether the user wants the writing of this film blanked."""
    return film_sha256 in _films()


def _films() -> set[str]:
    return st.session_state.setdefault(_BLANKED, set())


def _on_film(case: Case, film: OpenFilm) -> tuple[Box, ...]:
    return off_the_spine(_found(film.view.id, film.radiograph.pixels), film.radiograph.shape, case.landmarks)


@st.cache_resource(max_entries=16, show_spinner=False)
def _found(film_id: str, _pixels: np.ndarray) -> tuple[Box, ...]:
    return find_writing(_pixels)


def _without(film: OpenFilm, case: Case, places: Sequence[Box]) -> OpenFilm:
    clean = without_writing(film.radiograph, places, case.landmarks)
    return replace(film, radiograph=clean, as_read=replace(film.as_read, pixels=case.hanging.as_read(clean.pixels)))


def _framed(film: Radiograph, places: Sequence[Box]) -> np.ndarray:
    """uint8 (H, W, 3) small picture of the film with a frame round every place."""
    scale = min(1.0, _SHOWN_HEIGHT / film.shape[0])
    small = cv2.resize(film.pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    picture = np.repeat(np.rint(small * 255).clip(0, 255).astype(np.uint8)[..., None], 3, axis=2)
    for place in places:
        corners = np.rint(scale * np.array([place.left, place.top, place.right, place.bottom])).astype(int).tolist()
        cv2.rectangle(picture, corners[:2], corners[2:], _FRAME, 2)
    return picture
