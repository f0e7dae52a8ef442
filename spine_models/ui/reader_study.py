"""What a reader's corrections are worth: the simulated readers' errors against their number of corrections."""

from __future__ import annotations

from itertools import cycle
from pathlib import Path

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from spine_models.service.store import STORE
from spine_models.service.study_results import GROUPS, NEAR, READERS, TABLE, failures, read_study, study_summary
from spine_models.ui.charts import FREE, LOCKED
from spine_models.ui.models import ordered_models

COLOURS = (LOCKED, FREE, "#8A63C9", "#3E9B5F")
"""One per model; readable on the dark and on the light page (3:1 or more on either)."""

HELP = {"carried": "with suggestions", "manual": "each corner by hand"}
DASH = {"carried": "solid", "manual": "dot"}
ERRORS = {"mre": ("Mean corner error", " px"), "angle": ("Largest angle: mean error", "°")}
SHOWN = (0, 1, 3, 5, 10)
"""Numbers of corrections in the table."""

READER_TEXT = {
    READERS[0]: "Always corrects the corner that is farthest from its label.",
    READERS[1]: "Is after the angle: corrects the end vertebrae of the largest curve, the most turned one first.",
}


def show_reader_study() -> None:
    """Charts and a table of every model that has a study with the weights it has now; nothing where none has."""
    studies = current_studies()
    if not studies:
        return
    st.subheader("What corrections are worth", anchor=False)
    st.caption(
        "Simulated readers put one corner after another on its published label. By hand, only that corner moves; with "
        "suggestions, they accept what the editor offers for the others after each correction."
    )
    with st.container(horizontal=True):
        reader = st.segmented_control("Reader", READERS, default=READERS[0], required=True, format_func=str.capitalize)
        group = st.segmented_control("Films", GROUPS, default=GROUPS[0], required=True, format_func=str.capitalize)
    st.caption(f"{READER_TEXT[reader]} {_films(studies)}")
    chosen = {title: summary.loc[(reader, group)] for title, summary in _summaries(studies, reader).items()}
    if not chosen:
        st.info("This reader has not been simulated yet.")
        return
    for column, error in zip(st.columns(2, gap="medium"), ERRORS):
        with column:
            title = ERRORS[error][0]
            told = f"{title} against the number of corrections, {reader}, {group} films"
            st.plotly_chart(course_of_errors(chosen, error), key=f"study-{error}", alt=told,
                            config={"displayModeBar": False})
    st.table(near_table(chosen), border="horizontal", hide_index=True)


def current_studies() -> dict[str, pd.DataFrame]:
    """Title of each trained model to the study on the test films made with its weights, best model first."""
    found = {}
    for entry in ordered_models():
        if entry.status == "trained":
            weights = entry.card.training.sha256[:8]
            paths = sorted(STORE.glob(f"*/test/{entry.name}@{weights}/{TABLE}"))
            if paths:
                found[entry.card.title] = _study(paths[-1], paths[-1].stat().st_mtime_ns)
    return found


def course_of_errors(summaries: dict[str, pd.DataFrame], error: str) -> go.Figure:
    """Lines over the number of corrections: a colour per model, dotted by hand, solid with suggestions."""
    title, unit = ERRORS[error]
    figure = go.Figure(layout=_layout(title, unit))
    for (model, summary), colour in zip(summaries.items(), cycle(COLOURS)):
        for way, said in HELP.items():
            figure.add_scatter(
                x=summary.index,
                y=summary[f"{error}_{way}"],
                name=f"{model}, {said}",
                mode="lines+markers",
                line={"color": colour, "dash": DASH[way], "width": 2},
                marker={"size": 6},
                hovertemplate=f"%{{x}} corrections: %{{y:.1f}}{unit}<extra>{model}, {said}</extra>",
            )
    return figure


def near_table(summaries: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """One row per model and way: share of films whose largest angle is near the published one."""
    rows = [
        {f"Largest angle within {NEAR:g}° after": f"{model}, {said}"}
        | {_corrections(count): f"{summary.loc[count, f'near_{way}']:.0%}" for count in SHOWN}
        for model, summary in summaries.items()
        for way, said in HELP.items()
    ]
    return pd.DataFrame(rows)


@st.cache_data(max_entries=16, show_spinner=False)
def _study(path: Path, changed: int) -> pd.DataFrame:
    return read_study(path)


def _summaries(studies: dict[str, pd.DataFrame], reader: str) -> dict[str, pd.DataFrame]:
    return {title: study_summary(study) for title, study in studies.items() if (study["reader"] == reader).any()}


def _films(studies: dict[str, pd.DataFrame]) -> str:
    counts = {title: (study["file"].nunique(), failures(study)) for title, study in studies.items()}
    said = [f"{title} {films} test films, {failed} without a result" for title, (films, failed) in counts.items()]
    return "; ".join(said) + "."


def _corrections(count: int) -> str:
    return "1 correction" if count == 1 else f"{count} corrections"


def _layout(title: str, unit: str) -> go.Layout:
    return go.Layout(
        height=360,
        margin={"l": 10, "r": 10, "t": 40, "b": 10},
        legend={"orientation": "h", "yanchor": "top", "y": -0.2, "x": 0},
        title={"text": title, "font": {"size": 15}},
        xaxis={"title": {"text": "Corrections"}, "dtick": 1, "fixedrange": True},
        yaxis={"ticksuffix": unit, "rangemode": "tozero", "fixedrange": True},
        hovermode="closest",
    )
