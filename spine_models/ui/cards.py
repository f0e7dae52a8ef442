"""Model cards: the list of models, and everything known about one of them on its card."""

from __future__ import annotations

import json

import pandas as pd
import streamlit as st

from spine_models.core.card import ModelCard, Training
from spine_models.ui.track_record import scores_of, track_record
from spine_models.zoo import ModelEntry
from spine_models.zoo._records import curve_path, weights_path

_FILMS = {"validation": "Cropped films", "fullbody": "Full-body films"}
_METRICS = {
    "smape": ("SMAPE, AASCE angles", "{:.1f} %"),
    "largest": ("Largest angle: mean error", "{:.1f}°"),
    "within5": ("Largest angle: within 5°", "{:.0%}"),
    "worst": ("Largest angle: worst error", "{:.1f}°"),
    "corner": ("Corner error, vertebra heights", "{:.2f}"),
    "shifted": ("Films numbered a level off", "{:.0%}"),
    "failed": ("Films without a result", "{:.0f}"),
}
"""The trainer's validation numbers ``<films>_<metric>`` as a reader knows them; others are shown as they are."""

_STATUS_COLOUR = {"trained": "green", "untrained": "gray", "broken": "red"}


def choose_card(entries: list[ModelEntry]) -> ModelEntry:
    """One of the models, each with its family and its error beside its title; a variant is on the card of its base."""
    by_name = {entry.name: entry for entry in entries if not entry.base}
    name = st.radio(
        "Model, error of its largest angle", list(by_name), key="card", bind="query-params",
        captions=[_caption(one) for one in by_name.values()], format_func=lambda name: _title(by_name[name]),
    )
    return by_name[name]


def _title(entry: ModelEntry) -> str:
    return entry.card.title if entry.card else entry.name


def _caption(entry: ModelEntry) -> str:
    if entry.card is None or entry.status != "trained":
        return entry.status
    scores = scores_of(entry.card) if entry.card.task == "landmarks" else None
    return f"{entry.family} · off by {scores.largest:.1f}°" if scores else f"{entry.family} · {entry.card.task}"


def show_card(entry: ModelEntry, variant: ModelEntry | None) -> None:
    """Everything known about one model; of its variant only what the base does not say."""
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.subheader(_title(entry), anchor=False, width="content")
            st.badge(entry.status, color=_STATUS_COLOUR[entry.status])
            if entry.recommended:
                st.badge("recommended", color="blue")
        if entry.error:
            st.error(entry.error)
        if entry.card:
            st.markdown(entry.card.summary)
            st.caption(track_record(entry.card))
            if variant and variant.card:
                more = " ".join(limit for limit in variant.card.limits if limit not in entry.card.limits)
                st.markdown(f"**With the refiner** every corner is then moved to the edge the film shows. {more}")
                st.caption(track_record(variant.card))
            _show_facts(entry.card)


def _show_facts(card: ModelCard) -> None:
    declared, measured = st.columns(2, gap="medium")
    with declared:
        st.table(_declared(card), border="horizontal", hide_index=True, hide_header=True)
        st.markdown("**Limits**\n" + "".join(f"\n- {limit}" for limit in card.limits))
    with measured:
        if card.training is None:
            st.markdown("Not trained yet: there are no numbers.")
        else:
            st.table(_validation(card.training), border="horizontal", hide_index=True)
            st.table(_training(card.training), border="horizontal", hide_index=True, hide_header=True)
            _show_curve(card.name)


def _show_curve(name: str) -> None:
    """How the loss fell while the model was trained, where that was kept."""
    path = curve_path(weights_path(name))
    if not path.is_file():
        return
    epochs = pd.DataFrame(json.loads(path.read_text(encoding="utf-8")))
    loss = epochs.filter(like="loss_").sum(axis=1).rename("loss").set_axis(epochs["minutes"])
    with st.expander("Learning curve"):
        st.line_chart(loss, height=160, x_label="minutes of training", y_label="loss")


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
    rows: dict[str, dict[str, str]] = {}
    for key, value in training.validation.items():
        films, _, metric = key.partition("_")
        label, form = _METRICS.get(metric, (key, "{:.4g}"))
        rows.setdefault(label, {})[_FILMS.get(films, "Value")] = form.format(value)
    return pd.DataFrame(rows).T.fillna("").rename_axis("On held-out films").reset_index()


def _pairs(facts: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame({"what": list(facts), "value": list(facts.values())})
