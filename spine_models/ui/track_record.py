"""What a model's error and time were when it was evaluated, in one sentence, from the evaluation store."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import streamlit as st

from spine_models.core.card import ModelCard
from spine_models.service.store import read_cases, run_folder
from spine_models.training.labels import LABEL_REVISION


class Scores(NamedTuple):
    """Of one model on the official test films; largest: mean error of the largest angle, degrees."""

    films: int
    largest: float
    smape: float
    seconds: float
    failures: int


def track_record(card: ModelCard) -> str:
    """Error and time of these weights on the official test films; says so when they were never evaluated."""
    if card.training is None:
        return "Not trained yet."
    scores = scores_of(card)
    if scores is None:
        return "Not yet evaluated on the test films."
    return (
        f"On {scores.films} test films: largest angle off by {scores.largest:.1f}° on average, "
        f"SMAPE {scores.smape:.1f} %, {scores.seconds:.1f} s a film, {scores.failures or 'none'} without a result."
    )


def scores_of(card: ModelCard) -> Scores | None:
    """What these weights scored; None where they were never evaluated."""
    folder = run_folder(card, "spineweb16", LABEL_REVISION, "test")
    return _scores(folder, folder.stat().st_mtime_ns) if folder.is_dir() else None


@st.cache_resource(max_entries=64, show_spinner=False)
def _scores(folder: Path, changed: int) -> Scores:
    cases = read_cases(folder)
    means = (float(cases[column].mean()) for column in ("largest_error", "smape"))
    return Scores(len(cases), *means, float(cases["seconds"].median()), int((~cases["ok"]).sum()))
