"""Landmark editor: a Streamlit component (v2) made of the plain files in ``frontend/``.

The JavaScript files are ordinary ES modules, so node can test each of them alone. Streamlit takes one string, so they
are joined here in the order of ``SCRIPTS``, each after those it imports from.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import streamlit as st

from spine_models.core.cobb import SEVERITY_BANDS, Curve
from spine_models.core.landmarks import Landmarks
from spine_models.service.editing import possible_names
from spine_models.ui.landmark_editor.film_url import Film
from spine_models.ui.theme import level_colour

FRONTEND = Path(__file__).parent / "frontend"
SCRIPTS = (
    "geometry.js", "spine.js", "view.js", "film.js", "magnifier.js", "overlay.js", "controls.js", "readout.js",
    "commands.js", "help.js", "pointer.js", "outbox.js", "editor.js", "main.js",
)


@dataclass(frozen=True)
class Editing:
    """What the editor needs beyond the landmarks to let the reader change them.

    client, taken: the browser's editor and the number of its last edit that was dealt with. ghost: suggested landmarks,
    offered for one key. marking: clicks on the film mark centres. refines: whether corners can then be placed by the
    program. notice: a sentence about the last change.
    """

    client: str = ""
    taken: int = 0
    can_undo: bool = False
    can_redo: bool = False
    ghost: Landmarks | None = None
    marking: bool = False
    refines: bool = False
    notice: str = ""


def bundle() -> str:
    """The scripts as one ES module whose default export mounts or updates the editor."""
    return "\n".join(_scoped(name) for name in SCRIPTS)


def _scoped(name: str) -> str:
    """One script without its imports; all but the last in a scope of its own that hands out what it exports."""
    source = re.sub(r"^import [^;]+;\n", "", (FRONTEND / name).read_text(encoding="utf-8"), flags=re.MULTILINE)
    if name == SCRIPTS[-1]:
        return source
    exported = ", ".join(re.findall(r"^export (?:async )?(?:const|function|class) (\w+)", source, flags=re.MULTILINE))
    body = re.sub(r"^export ", "", source, flags=re.MULTILINE)
    return f"const {{ {exported} }} = (() => {{\n{body}\nreturn {{ {exported} }};\n}})();"


@cache
def _component():
    # Styles are not isolated: in a shadow root ``document.querySelector`` would not find the test hooks.
    return st.components.v2.component(
        "landmark_editor",
        html=(FRONTEND / "editor.html").read_text(encoding="utf-8"),
        css=(FRONTEND / "editor.css").read_text(encoding="utf-8"),
        js=bundle(),
        isolate_styles=False,
    )


def landmark_editor(
    film: Film,
    landmarks: Landmarks | None,
    curves: tuple[Curve, ...],
    largest: Curve | None,
    version: str,
    key: str,
    editing: Editing = Editing(),
    on_edit: Callable[[str], None] = lambda key: None,
) -> None:
    """Show a film with landmarks, level names, masks, end vertebrae and angles, and let the reader correct them.

    film: the pixels, sent to the browser once. landmarks: pixels of the original film, None for the bare film.
    curves: what to draw lines for, measured by Python, which is the authority; largest: the curve of the big number.
    version: what edits are made on; comes back with each of them. on_edit(key): called when the browser has edits, in
    ``st.session_state[key].outbox``. key: identity of the editor on the page; without it Streamlit would remount it at
    each change of data.
    """
    inline = bool((st.session_state.get(key) or {}).get("film_missing"))
    _component()(
        key=key,
        data={
            "version": version,
            "film": film.payload(key, inline=inline),
            "landmarks": None if landmarks is None else _landmark_payload(landmarks),
            "curves": [_curve_payload(curve) for curve in curves],
            "largest": None if largest is None else _curve_payload(largest),
            "bands": SEVERITY_BANDS,
            "ack": {"client": editing.client, "seq": editing.taken},
            "canUndo": editing.can_undo,
            "canRedo": editing.can_redo,
            "ghost": None if editing.ghost is None else editing.ghost.corners.tolist(),
            "marking": editing.marking,
            "refines": editing.refines,
            "notice": editing.notice,
        },
        on_film_missing_change=lambda: None,
        on_outbox_change=lambda: on_edit(key),
    )


def _landmark_payload(landmarks: Landmarks) -> dict:
    return {
        "corners": landmarks.corners.tolist(),
        "levels": list(landmarks.levels),
        "names": possible_names(landmarks.levels),
        "source": landmarks.source.tolist(),
        "sigma": [[None if np.isnan(value) else value for value in row] for row in landmarks.sigma.tolist()],
        "colours": [level_colour(level) for level in landmarks.levels],
    }


def _curve_payload(curve: Curve) -> dict:
    return {
        "angle": curve.angle,
        "upper": curve.upper,
        "lower": curve.lower,
        "apex": curve.apex,
        "side": curve.side,
        "upperLine": curve.upper_line.tolist(),
        "lowerLine": curve.lower_line.tolist(),
    }
