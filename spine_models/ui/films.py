"""The film of this session: chosen by upload or from the demo films, read once, forgotten with the session."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from spine_models.core.radiograph import Radiograph
from spine_models.imaging.load import read_radiograph
from spine_models.ui.landmark_editor.film_url import Film

DEMO_FOLDER = Path(__file__).parents[2] / "assets" / "demo"


@dataclass(frozen=True, eq=False)
class OpenFilm:
    """A film that could be read. seconds: time from bytes to pixels."""

    radiograph: Radiograph
    view: Film
    seconds: float


def film_picker() -> bytes | None:
    """Upload field and demo list; returns the bytes of the film chosen last, or None."""
    st.session_state.setdefault("film", None)
    upload_key = f"upload-{st.session_state.setdefault('uploads', 0)}"
    st.file_uploader(  # of any type: a refusal by the reader says what to do, Streamlit's own does not
        "Frontal spine film (JPG, PNG or TIFF)",
        key=upload_key,
        on_change=_take_upload,
        args=(upload_key,),
        help="AP or PA, the whole spine. The film stays in this computer's memory and is forgotten with the session.",
    )
    st.selectbox(
        "Or a demo film",
        demo_films(),
        index=None,
        key="demo",
        format_func=_demo_title,
        placeholder="Computer-made film with known truth",
        on_change=_take_demo,
        persist_state="session",
    )
    return st.session_state.film


def demo_films() -> list[str]:
    """File names of the demo films."""
    return sorted(path.name for path in DEMO_FOLDER.glob("*.png"))


def open_film(data: bytes) -> OpenFilm:
    """Read a film, once per session; raises ImageError with a sentence for the user."""
    return _read(hashlib.sha256(data).hexdigest(), data)


@st.cache_resource(scope="session", max_entries=3, show_spinner="Reading the film…")
def _read(sha256: str, _data: bytes) -> OpenFilm:
    start = time.perf_counter()
    radiograph = read_radiograph(_data)
    seconds = time.perf_counter() - start
    return OpenFilm(radiograph, Film.from_radiograph(radiograph), seconds)


def _take_upload(key: str) -> None:
    upload = st.session_state[key]
    st.session_state.film = None if upload is None else upload.getvalue()
    st.session_state.demo = None


def _take_demo() -> None:
    name = st.session_state.demo
    st.session_state.film = None if name is None else (DEMO_FOLDER / name).read_bytes()
    st.session_state.uploads += 1  # an empty upload field, so that it does not name a film that is not shown


def _demo_title(name: str) -> str:
    return Path(name).stem.replace("_", " ").replace("-", " ").capitalize()
