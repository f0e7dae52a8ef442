"""What a model's error and time were when it was evaluated, in one sentence, from the evaluation store."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from spine_models.core.card import ModelCard
from spine_models.service.store import read_cases, run_folder
from spine_models.training.labels import LABEL_REVISION


def track_record(card: ModelCard) -> str:
    """Error and time of these weights on the official test films; says so when they were never evaluated."""
    if card.training is None:
        return "Not trained yet."
    folder = _test_results(card)
    return _sentence(folder, folder.stat().st_mtime_ns) if folder.is_dir() else "Not yet evaluated on the test films."


def _test_results(card: ModelCard) -> Path:
    return run_folder(card, "spineweb16", LABEL_REVISION, "test")


@st.cache_resource(max_entries=64, show_spinner=False)
def _sentence(folder: Path, changed: int) -> str:
    cases = read_cases(folder)
    failures = int((~cases["ok"]).sum())
    return (
        f"On {len(cases)} test films: largest angle off by {cases['largest_error'].mean():.1f}° on average, "
        f"SMAPE {cases['smape'].mean():.1f} %, {cases['seconds'].median():.1f} s a film, "
        f"{failures or 'none'} without a result."
    )
