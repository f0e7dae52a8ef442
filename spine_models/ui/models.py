"""Choosing a model, and what is known about each."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from spine_models.core.card import ModelCard, Training
from spine_models.zoo import ModelEntry, list_models

_STATUS_COLOUR = {"trained": "green", "untrained": "gray", "broken": "red"}


def ordered_models() -> list[ModelEntry]:
    """Every model: recommended first, then the other trained ones, baselines after, unusable ones last."""
    return sorted(
        list_models(), key=lambda entry: (not entry.recommended, entry.status != "trained", entry.family == "baseline")
    )


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


def model_picker(models: list[ModelEntry]) -> ModelEntry:
    """The list with one plain sentence on the model chosen."""
    by_name = {entry.name: entry for entry in models}
    chosen = by_name[
        st.selectbox("Model", list(by_name), key="model", format_func=lambda name: model_title(by_name[name]))
    ]
    if chosen.card:
        st.caption(chosen.card.summary)
    return chosen


def why_unusable(entry: ModelEntry) -> str | None:
    """Sentence for a model that cannot measure, None for one that can."""
    if entry.status == "broken":
        return f"This model is broken, so no angle is shown: {entry.error}"
    if entry.status == "untrained":
        return "This model has not been trained yet, so no angle is shown. Choose another model."
    return None


def show_card(entry: ModelEntry) -> None:
    """Everything known about one model."""
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.subheader(entry.card.title if entry.card else entry.name, anchor=False, width="content")
            st.badge(entry.status, color=_STATUS_COLOUR[entry.status])
            if entry.recommended:
                st.badge("recommended", color="blue")
        if entry.error:
            st.error(entry.error)
        if entry.card:
            _show_facts(entry.card)


def _show_facts(card: ModelCard) -> None:
    st.markdown(card.summary)
    declared, measured = st.columns([3, 2], gap="large")
    with declared:
        st.table(_declared(card), border="horizontal", hide_index=True, hide_header=True)
        st.markdown("**Limits**\n" + "".join(f"\n- {limit}" for limit in card.limits))
    with measured:
        if card.training is None:
            st.markdown("Not trained yet: there are no numbers.")
        else:
            st.table(_validation(card.training), border="horizontal", hide_index=True)
            st.table(_training(card.training), border="horizontal", hide_index=True, hide_header=True)


def _declared(card: ModelCard) -> pd.DataFrame:
    height, width = card.input_size
    return _pairs(
        {
            "Name": card.name,
            "Family": card.family,
            "Task": card.task,
            "Trained on": card.training_data,
            "Intended use": card.intended_use,
            "Sees": f"{height} × {width} pixels (height × width)",
            "Decoding": card.codec,
            "Paper": card.paper,
            "Licence": card.licence,
        }
    )


def _training(training: Training) -> pd.DataFrame:
    return _pairs(
        {
            "Parameters": f"{training.params:,}",
            "Data": training.data,
            "Label revision": training.label_revision,
            "Training": f"{training.epochs:g} epochs, {training.minutes:.0f} minutes, seed {training.seed}",
            "Weights (sha256)": training.sha256[:16],
        }
    )


def _validation(training: Training) -> pd.DataFrame:
    values = training.validation
    return pd.DataFrame({"On validation films": list(values), "Value": [f"{value:.4g}" for value in values.values()]})


def _pairs(facts: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame({"what": list(facts), "value": list(facts.values())})
