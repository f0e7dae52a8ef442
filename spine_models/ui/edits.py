"""The editor's messages: each edit is checked, carried out and journaled; then the browser shows what came of it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st

from spine_models.core.errors import LandmarkError, SpineError
from spine_models.core.landmarks import Landmarks
from spine_models.service import editing
from spine_models.service.cases import StaleCase
from spine_models.ui.films import hung, open_film
from spine_models.ui.models import ordered_models
from spine_models.ui.work import Work, case_book, follow_model, kept_film, reload

TOOLS_MODEL = "cascade"
"""The model whose refiner and shape prior help the reader."""

_MOVED = {"upper": "endplate", "lower": "endplate", "body": "vertebra"}

OUTDATED = "That change was made on an earlier state of the landmarks and was left out."


def take_edits(key: str) -> None:
    """Callback of the editor: carry out every edit of its message that is new."""
    work: Work | None = st.session_state.get("work")
    message = (st.session_state.get(key) or {}).get("outbox")
    if work is None or not message:
        return
    if message["client"] != work.client:
        work.client, work.taken = message["client"], 0
    new = [entry for entry in message["entries"] if entry["seq"] > work.taken]
    if not new:
        return
    work.notice = work.greeting = ""
    for entry in new:
        work.taken = entry["seq"]
        _take(work, entry)
    if new[-1]["action"] == "move" and not work.notice:
        work.ghost = _suggestion(work)
    follow_model(work)


def tools_trained() -> bool:
    """Whether corners can be found on the film from where the reader put a vertebra."""
    return any(entry.name == TOOLS_MODEL and entry.status == "trained" for entry in ordered_models())


def _take(work: Work, entry: dict) -> None:
    case_id, _, version = entry["base"].rpartition("/")
    if case_id != work.case.id or int(version) < work.own_since:
        work.notice = OUTDATED
        return
    try:
        action = entry["action"]
        if action in ("undo", "redo"):
            _step(work, action)
        else:
            kind, landmarks = _ACTIONS[action](work, entry)
            work.case = case_book().commit(work.case.id, work.case.version, landmarks, kind)
        work.ghost = None
        if action != "move":
            work.base = work.landmarks
    except StaleCase as stale:
        reload(work, str(stale))
    except SpineError as error:
        work.notice = str(error)


def _step(work: Work, direction: str) -> None:
    """Undo or redo; a key pressed once too often is no error."""
    if work.case.can_undo if direction == "undo" else work.case.can_redo:
        work.case = getattr(case_book(), direction)(work.case.id, work.case.version)


def _move(work: Work, entry: dict) -> tuple[str, Landmarks]:
    corners = np.array(entry["corners"], dtype=np.float64)
    return f"move {_MOVED.get(entry['what'], 'corner')}", editing.with_corners(_marked(work), corners)


def _delete(work: Work, entry: dict) -> tuple[str, Landmarks | None]:
    return "delete vertebra", editing.delete_vertebra(_marked(work), entry["level"])


def _add(work: Work, entry: dict) -> tuple[str, Landmarks]:
    return "add vertebra", editing.add_vertebra(_marked(work), entry["level"], entry["side"])


def _rename(work: Work, entry: dict) -> tuple[str, Landmarks]:
    return "rename vertebra", editing.rename(_marked(work), entry["level"], entry["name"])


def _relabel(work: Work, entry: dict) -> tuple[str, Landmarks]:
    return "move level names", editing.relabel(_marked(work), entry["step"])


def _mark(work: Work, entry: dict) -> tuple[str, Landmarks]:
    return "mark centre", editing.mark_centre(work.landmarks, entry["centre"], work.case.film_shape[0])


def _accept(work: Work, entry: dict) -> tuple[str, Landmarks]:
    if work.ghost is None:
        raise LandmarkError("There is no suggestion any more.")
    return "accept suggestion", work.ghost


def _place(work: Work, entry: dict) -> tuple[str, Landmarks]:
    pixels = _pixels(work)
    if pixels is None or not tools_trained():
        raise LandmarkError("The corners cannot be placed: the film is not open, or the model for it is not trained.")
    from spine_models.service.corner_tools import corner_tools  # brings torch, which drags must not wait for

    return "place corners", corner_tools().place(_marked(work), pixels)


_ACTIONS: dict[str, Callable[[Work, dict], tuple[str, Landmarks | None]]] = {
    "move": _move, "delete": _delete, "add": _add, "rename": _rename, "relabel": _relabel,
    "mark": _mark, "accept": _accept, "place": _place,
}


def _suggestion(work: Work) -> Landmarks | None:
    """What the corrections say about the rest of the spine, where a prior is at hand."""
    if work.by_hand or work.base is None or work.landmarks is None or not tools_trained():
        return None
    from spine_models.service.corner_tools import corner_tools

    return corner_tools().suggest(work.base, work.landmarks, _pixels(work))


def _pixels(work: Work) -> np.ndarray | None:
    data = st.session_state.film
    film = kept_film(work) if data is None else open_film(data)
    return film and hung(film, work.case.hanging).radiograph.pixels


def _marked(work: Work) -> Landmarks:
    if work.landmarks is None:
        raise LandmarkError("There is no vertebra on this film yet.")
    return work.landmarks
