"""What the labels themselves allow: two labels of one exposure against each other."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from spine_models.service.label_noise import label_noise_summary, noise_path, read_label_noise
from spine_models.service.metric_list import METRICS
from spine_models.service.published import DATASET
from spine_models.ui.dashboard.results import ResultSet
from spine_models.ui.dashboard.standings import ranked
from spine_models.ui.dashboard.style import interval
from spine_models.ui.keeping import kept

Floor = dict[str, tuple[float, float, float]]


def floor(films: ResultSet) -> Floor:
    """Key of METRICS to (value, low, high); empty where the set has no twice labelled films."""
    return _summary()[0] if films.dataset == DATASET else {}


def _summary() -> tuple[Floor, int]:
    """The floor and the number of pairs; empty where they were never compared."""
    path = noise_path()
    changed = path.stat().st_mtime_ns if path.is_file() else 0
    return kept("label noise", (str(path), str(changed)), _compared)


def _compared() -> tuple[Floor, int]:
    pairs = read_label_noise()
    return ({}, 0) if pairs is None else (label_noise_summary(pairs), len(pairs))


def show_noise(films: ResultSet, ours: pd.DataFrame, key: tuple[str, ...]) -> None:
    """The floor beside the best model: with the labels as published, and repaired. key: what ``ours`` depends on."""
    found = floor(films)
    if not found:
        return
    pairs = _summary()[1]
    with st.expander("Label noise: what the labels themselves allow"):
        st.markdown(
            f"{pairs} pairs of films of SpineWeb-16 show one and the same exposure under two names, labelled each time "
            "anew. What one label says of the other is a floor: no model can be expected to do better."
        )
        table = kept("noise table", (*key, str(found)), lambda: _table(found, ours))
        st.table(table, border="horizontal", hide_index=True)
        st.caption("Best model of the films chosen above. 95 % intervals over cases. For the clean films choose the "
                   "subset above; repaired labels have vertebrae put in order and impossible corners mended.")


def _table(found: Floor, ours: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for key, numbers in found.items():
        for metric in (key, f"{key}_repaired"):
            best = ranked(ours, metric).head(1).to_dict("records") if metric in METRICS else []
            if best and best[0]["value"] == best[0]["value"]:
                rows.append({"": METRICS[metric].title, "Two labels": interval(*numbers), "Best model": interval(
                    best[0]["value"], best[0]["low"], best[0]["high"]), "Which": best[0]["title"]})
    return pd.DataFrame(rows)
