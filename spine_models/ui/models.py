"""The list of models as the pages need it, and choosing one."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

import spine_models.zoo
from spine_models.core.errors import ModelError
from spine_models.ui.track_record import track_record
from spine_models.zoo import ModelEntry, list_models

_ZOO = Path(spine_models.zoo.__file__).parent


def ordered_models() -> list[ModelEntry]:
    """Every model: recommended first, then the other trained ones, baselines after, unusable ones last."""
    files = [*_ZOO.glob("*.py"), *_ZOO.glob("weights/*")]
    return sorted(
        _listing(tuple((path.name, path.stat().st_mtime_ns) for path in files)),
        key=lambda entry: (not entry.recommended, entry.status != "trained", entry.family == "baseline"),
    )


@st.cache_resource(max_entries=1, show_spinner=False)
def _listing(files: tuple[tuple[str, int], ...]) -> list[ModelEntry]:
    """The list as of these files: every run of a page needs it, and reading it takes parsing every model's source."""
    return list_models()


def measuring_models() -> list[ModelEntry]:
    """Models that place landmarks on a film, untrained and broken ones too; a baseline measures nobody's spine."""
    return [
        entry
        for entry in ordered_models()
        if entry.card is None or (entry.card.task == "landmarks" and entry.family != "baseline")
    ]


def model_title(entry: ModelEntry) -> str:
    """Title for a list, with what a user must know before choosing."""
    title = entry.card.title if entry.card else entry.name
    remark = "recommended" if entry.recommended else entry.status if entry.status != "trained" else ""
    return f"{title} · {remark}" if remark else title


def model_picker(models: list[ModelEntry], by_hand: str, explain: bool, in_force: str | None = None) -> str:
    """Name of the model chosen, or ``by_hand``, with a sentence on it if that is to be explained.

    in_force: what the landmarks shown come from; it is offered too where it is no model, such as a consensus.
    A model and its variant with the refiner are one choice, and whether corners are refined is another.
    ``st.session_state.model_chosen`` is set when the reader chose it just now.
    """
    by_name = {entry.name: entry for entry in models if not entry.base}
    variants = {entry.base: entry for entry in models if entry.base and entry.status == "trained"}
    names = [*by_name, by_hand]
    if in_force and in_force not in (*names, *(variant.name for variant in variants.values())):
        names.append(in_force)
    if st.session_state.get("model") not in names:
        st.session_state.pop("model", None)
    chosen = st.selectbox(
        "Model",
        names,
        key="model",
        format_func=lambda name: _choice(name, by_name, by_hand),
        help="Choosing another model replaces all landmarks, your corrections too; Undo brings them back.",
        on_change=choose_model,
        persist_state="session",
    )
    entry = by_name.get(chosen)
    if chosen in variants and _refine_toggle():
        entry = variants[chosen]
    if explain and entry and entry.card:
        st.caption(f"{entry.card.summary} {track_record(entry.card)}")
    return entry.name if entry else chosen


def _choice(name: str, by_name: dict[str, ModelEntry], by_hand: str) -> str:
    if name == by_hand:
        return "None: mark by hand"
    return model_title(by_name[name]) if name in by_name else name.capitalize()


def _refine_toggle() -> bool:
    st.session_state.setdefault("refine", True)
    return st.toggle(
        "Refine the corners",
        key="refine",
        help="After the model, a second network looks at every vertebra at full resolution and moves its corners to "
        "the edges it sees there. It takes a moment longer and is nearly always better.",
        on_change=choose_model,
        persist_state="session",
    )


def show_as_chosen(name: str) -> None:
    """Let the picker name this model or variant; before the picker is drawn."""
    base_of = {entry.name: entry.base for entry in ordered_models() if entry.base}
    st.session_state.model = base_of.get(name, name)
    if name in base_of or name in base_of.values():
        st.session_state.refine = name in base_of


def choose_model() -> None:
    """The reader wants the chosen model's answer, also where the same one has answered before."""
    st.session_state.model_chosen = True


def entry_of(name: str) -> ModelEntry:
    """The list entry of a model; raises ModelError when there is none, as after its file was removed."""
    for entry in ordered_models():
        if entry.name == name:
            return entry
    raise ModelError(f"There is no model {name} any more: choose another one.")


def why_unusable(entry: ModelEntry) -> str | None:
    """Sentence for a model that cannot measure, None for one that can."""
    if entry.status == "broken":
        return f"This model is broken, so no angle is shown: {entry.error}"
    if entry.status == "untrained":
        return "This model has not been trained yet, so no angle is shown. Choose another model."
    return None
