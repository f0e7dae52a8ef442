"""The film of this session: chosen by upload or from the demo films, read once, forgotten within the hour."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock

import streamlit as st

from spine_models.core.errors import SpineError
from spine_models.core.hanging import Hanging, hang
from spine_models.core.radiograph import Radiograph
from spine_models.imaging.load import read_radiograph
from spine_models.ui.landmark_editor.film_url import Film

DEMO_FOLDER = Path(__file__).parents[2] / "assets" / "demo"
KEPT_SECONDS = 3600
KEPT_FILMS = 6


@dataclass(frozen=True, eq=False)
class OpenFilm:
    """A film that could be read, as it hangs. seconds: from bytes to pixels. as_read: the film before it was hung."""

    radiograph: Radiograph
    view: Film
    seconds: float
    as_read: Radiograph | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "as_read", self.as_read or self.radiograph)


@dataclass
class _Shelf:
    """Files of films in use, in memory only, so that a page loaded again finds its film: sha256 to (time, file)."""

    films: dict[str, tuple[float, bytes]] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def put(self, sha256: str, data: bytes) -> None:
        with self.lock:
            self.films.pop(sha256, None)
            self.films[sha256] = (time.monotonic(), data)
            self._forget_old()

    def get(self, sha256: str) -> bytes | None:
        with self.lock:
            self._forget_old()
            return self.films.get(sha256, (0.0, None))[1]

    def _forget_old(self) -> None:
        oldest = time.monotonic() - KEPT_SECONDS
        recent = [(sha256, entry) for sha256, entry in self.films.items() if entry[0] > oldest]
        self.films = dict(recent[-KEPT_FILMS:])


@st.cache_resource(show_spinner=False)
def _shelf() -> _Shelf:
    return _Shelf()


def pick_film() -> OpenFilm | None:
    """The film chosen, or a sentence on why it cannot be read."""
    with st.expander("Film", expanded=st.session_state.film is None and "work" not in st.session_state):
        film_picker()
    data = chosen_film()
    try:
        return None if data is None else open_film(data)
    except SpineError as error:
        st.error(str(error))
        return None


def film_picker() -> None:
    """Upload field and demo list; what is chosen becomes ``chosen_film``."""
    upload_key = f"upload-{st.session_state.setdefault('uploads', 0)}"
    st.file_uploader(  # of any type: a refusal by the reader says what to do, Streamlit's own does not
        "Frontal spine film (DICOM, JPG, PNG or TIFF)",
        key=upload_key,
        on_change=_take_upload,
        args=(upload_key,),
        help="AP or PA, the whole spine. The film stays in this computer's memory and is forgotten within an hour.",
    )
    st.selectbox(
        "Or a demo film",
        demo_films(),
        index=None,
        key="demo",
        format_func=demo_title,
        placeholder="Computer-made film with known truth",
        on_change=_take_demo,
        persist_state="session",
    )


def demo_films() -> list[str]:
    """File names of the demo films."""
    return sorted(path.name for path in DEMO_FOLDER.glob("*.png"))


def chosen_film() -> bytes | None:
    """The file chosen last in this session."""
    return st.session_state.get("film")


def choose_film(data: bytes) -> None:
    """Make a file the film of this session, from another page; neither upload field nor demo list names it."""
    _choose(data)
    st.session_state.demo = None
    st.session_state.uploads = st.session_state.get("uploads", 0) + 1


def film_in_memory(sha256: str) -> bytes | None:
    """The file of a film opened within the last hour, in whatever session."""
    return _shelf().get(sha256)


def open_film(data: bytes) -> OpenFilm:
    """Read a film, once per session; raises ImageError with a sentence for the user."""
    sha256 = hashlib.sha256(data).hexdigest()
    film = _read(sha256, data)
    _shelf().put(sha256, data)
    return film


@st.cache_resource(scope="session", max_entries=3, show_spinner="Reading the film…")
def _read(sha256: str, _data: bytes) -> OpenFilm:
    start = time.perf_counter()
    radiograph = read_radiograph(_data)
    seconds = time.perf_counter() - start
    return OpenFilm(radiograph, Film.from_radiograph(radiograph), seconds)


def hung(film: OpenFilm, hanging: Hanging) -> OpenFilm:
    """A film just read, as it shall hang."""
    key = f"{film.as_read.sha256}-{hanging.picture}-{hanging.patient_left}"
    return film if hanging == Hanging() else _hung(key, film, hanging)


@st.cache_resource(scope="session", max_entries=3, show_spinner=False)
def _hung(key: str, _film: OpenFilm, _hanging: Hanging) -> OpenFilm:
    radiograph = hang(_film.as_read, _hanging)
    view = Film.from_radiograph(radiograph)
    named = replace(view, id=f"{view.id}-{_hanging.picture}" if _hanging.picture else view.id)
    return OpenFilm(radiograph, named, _film.seconds, _film.as_read)


def _take_upload(key: str) -> None:
    upload = st.session_state[key]
    _choose(None if upload is None else upload.getvalue())
    st.session_state.demo = None


def _take_demo() -> None:
    name = st.session_state.demo
    _choose(None if name is None else (DEMO_FOLDER / name).read_bytes())
    st.session_state.uploads += 1  # an empty upload field, so that it does not name a film that is not shown


def _choose(data: bytes | None) -> None:
    st.session_state.film = data
    st.session_state.work = None
    for name in ("hanging", "rehang", "model_chosen"):
        st.session_state.pop(name, None)


def demo_title(name: str) -> str:
    """A demo film's name for people."""
    return Path(name).stem.replace("_", " ").replace("-", " ").capitalize()
