"""The gate on the page: asking before a doubtful picture is measured, and showing what is unusual on a film."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from spine_models.core.radiograph import Radiograph
from spine_models.service.gate import GATE, QUESTION, UNUSUAL, doubted, unusual_picture
from spine_models.ui.films import OpenFilm
from spine_models.ui.measuring import warm_up
from spine_models.ui.models import ordered_models

if TYPE_CHECKING:
    from spine_models.zoo.randgan import Doubt

_REASONS = {
    "painting": "it cannot be put together from what spine films show",
    "turn": "it seems not to be upright",
    "finder": "no spine with the head up is seen on it",
    "sides": "one side of the spine shows nothing, as on a lateral film",
}
_MOST_REASONS = 2


def confirmed() -> set[str]:
    """Ids of the films (as they hang) that the reader wants measured as they are, whatever was asked about them."""
    return st.session_state.setdefault("measured_anyway", set())


def may_measure(film: OpenFilm) -> bool:
    """Whether the film may be measured: it looks like one, or the reader said so. Else the question is on the page."""
    doubt = _doubt(film)
    if not doubted(doubt) or film.view.id in confirmed():
        return True
    grave = sorted((part for part, value in doubt.parts.items() if value > UNUSUAL), key=doubt.parts.get, reverse=True)
    reasons = " and ".join(_REASONS[part] for part in grave[:_MOST_REASONS])
    st.warning(
        f"**{QUESTION}** No angle is shown: {reasons}. An upright frontal film of the whole spine is needed; a film "
        "that lies wrong can be put right under Turn, mirror, sides. Measure it anyway?"
    )
    st.button("Measure anyway", key="measure-anyway", on_click=confirmed().add, args=(film.view.id,))
    return False


def show_unusual(film: OpenFilm) -> None:
    """Where the film differs from what spine films show: implants, markers, artefacts."""
    doubt = _doubt(film)
    if doubt is None:
        return
    share = float((doubt.heat > 1).mean())
    with st.expander("Unusual here"):
        st.image(_picture(film.view.id, film.radiograph, doubt), width=260)
        st.caption(
            f"Orange: {share:.1%} of the film differs more from what the gate expects of a spine film than usual films "
            "do, such as implants, markers and artefacts. It sees no finer detail than 1/192 of the height, and a "
            f"quiet map does not mean health. Doubt that this is a spine film: {doubt.score:.2f} (asked from 1)."
        )


def _doubt(film: OpenFilm) -> Doubt | None:
    entry = next((entry for entry in ordered_models() if entry.name == GATE and entry.status == "trained"), None)
    return entry and _judged(film.view.id, entry.card.training.sha256, film.radiograph)


@st.cache_resource(max_entries=16, show_spinner="Looking at the film…")
def _judged(film_id: str, weights: str, _radiograph: Radiograph) -> Doubt | None:
    warm_up(GATE).join()
    from spine_models.service.inference import judge  # brings torch, which the first page must not wait for

    return judge(_radiograph)


@st.cache_data(max_entries=8, show_spinner=False)
def _picture(film_id: str, _radiograph: Radiograph, _doubt: Doubt):
    return unusual_picture(_radiograph, _doubt.heat)
