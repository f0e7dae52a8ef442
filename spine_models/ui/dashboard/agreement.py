"""Agreement of one model with the labels: angle against angle, difference against mean, severity."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from spine_models.core.agreement import severity_confusion
from spine_models.core.cobb import SEVERITY_BANDS
from spine_models.service.metric_list import METRICS
from spine_models.service.summary import ALL
from spine_models.ui.dashboard import figures
from spine_models.ui.dashboard.choices import choose_part, choose_result
from spine_models.ui.dashboard.lines import add_lines, named_models
from spine_models.ui.dashboard.results import Films, Result, ResultSet
from spine_models.ui.dashboard.standings import standings
from spine_models.ui.dashboard.style import (
    NEUTRAL,
    SEQUENTIAL,
    Look,
    counted,
    explained,
    inked,
    interval,
    layout,
    looks,
)

ANGLES = {
    "Largest angle": ("aasce_1", "true_1", "1", "largest_error"),
    "Second angle": ("aasce_2", "true_2", "2", "mae_2"),
    "Third angle": ("aasce_3", "true_3", "3", "mae_3"),
    "Largest clinical curve": ("largest_clinical", "true_clinical", "clinical", "mae_clinical"),
}
"""Columns of cases.csv (model, label), ending of the Bland-Altman keys and key of the mean error in METRICS."""


PARTS = "Angles", "Severity"


def show(films: ResultSet, chosen: Films, bar) -> None:
    """Scatter and Bland-Altman of one model; or error per severity group of all models, and confusion of this one."""
    with bar:
        result = choose_result(films.results)
        angle = st.selectbox("Angle", list(ANGLES), key="angle", bind="query-params", width=200)
    show_part = _show_angles if choose_part("agreement", PARTS) == PARTS[0] else _show_severity
    show_part(films, chosen, result, angle, (films.key, films.title, *chosen.key, result.title, angle))


def _show_angles(films: ResultSet, chosen: Films, result: Result, angle: str, key: tuple[str, ...]) -> None:
    look, cases, limits = looks(films.results), chosen.of(result.run), _limits(result, chosen, angle)
    left, right = st.columns(2, gap="medium")
    with left:
        st.subheader(f"{angle}: model against label", anchor=False)
        figures.show("scatter", f"{angle} of {result.title} against the label, a point per film.", key,
                     lambda: _with_data(scatter, _pairs(cases, angle), look[result.title]))
    with right:
        st.subheader("Bland and Altman", anchor=False)
        figures.show("bland-altman", f"Difference of {result.title} and label against their mean, with limits.", key,
                     lambda: _with_data(bland_altman, _pairs(cases, angle), look[result.title], limits))
    st.caption(_said(limits, cases))


def _show_severity(films: ResultSet, chosen: Films, result: Result, angle: str, key: tuple[str, ...]) -> None:
    cases, metric = chosen.of(result.run), ANGLES[angle][3]
    left, right = st.columns(2, gap="medium")
    with left:
        st.subheader("Error by severity", anchor=False)
        figures.show("severity", f"{METRICS[metric].title} per severity group, a line per model.", key,
                     lambda: _with_data(severity_errors, by_severity(films.results, chosen, metric), metric,
                                        looks(films.results), named_models(films.results, result.title)))
    with right:
        st.subheader("Severity classes", anchor=False)
        figures.show("confusion", f"Films by severity class of the label and of {result.title}.", key,
                     lambda: confusion(cases, *ANGLES[angle][:2]))


def _with_data(draw: Callable[..., go.Figure], data: pd.DataFrame, *more) -> tuple[go.Figure, pd.DataFrame]:
    return draw(data, *more), data


def scatter(pairs: pd.DataFrame, look: Look) -> go.Figure:
    """A point per film over the line of identity."""
    figure = go.Figure(layout=layout(400, "Label, degrees", "Model, degrees", showlegend=False))
    top = float(np.nanmax(pairs[["label", "model"]].to_numpy(), initial=10.0)) * 1.05
    figure.add_scatter(x=[0, top], y=[0, top], mode="lines", line={"color": NEUTRAL, "dash": "dash"}, hoverinfo="skip")
    figure.add_scatter(
        x=pairs["label"], y=pairs["model"], mode="markers", customdata=pairs["file"],
        marker={"color": look.colour, "symbol": look.symbol, "size": 8, "opacity": 0.8},
        hovertemplate="%{customdata}<br>label %{x:.1f}°, model %{y:.1f}°<extra></extra>",
    )
    return figure


def bland_altman(pairs: pd.DataFrame, look: Look, limits: dict[str, tuple]) -> go.Figure:
    """Difference over mean; lines at bias and limits of agreement, their 95 % intervals shaded."""
    figure = go.Figure(layout=layout(400, "Mean of model and label, degrees", "Model − label, degrees",
                                     showlegend=False, margin={"r": 90}))
    figure.add_scatter(
        x=(pairs["model"] + pairs["label"]) / 2, y=pairs["model"] - pairs["label"], mode="markers",
        marker={"color": look.colour, "symbol": look.symbol, "size": 8, "opacity": 0.8}, customdata=pairs["file"],
        hovertemplate="%{customdata}<br>mean %{x:.1f}°, difference %{y:.1f}°<extra></extra>",
    )
    for name, (value, low, high) in limits.items():
        if np.isfinite(value):
            figure.add_hrect(low, high, fillcolor=NEUTRAL, opacity=0.15, line_width=0, layer="below")
            figure.add_hline(value, line={"color": NEUTRAL, "dash": "solid" if name == "bias" else "dash"})
            figure.add_annotation(x=1, xref="paper", xanchor="left", y=value, showarrow=False,
                                  text=f"{name}<br>{value:.1f}°", font={"size": 12}, align="left")
    return figure


def severity_errors(groups: pd.DataFrame, key: str, look: dict[str, Look], named: list[str]) -> go.Figure:
    """A line per model over the severity groups; the first of the named ones has its intervals."""
    figure = go.Figure(layout=layout(470, "Severity of the label", METRICS[key].title, margin={"b": 80}))
    about = [f"{row.severity}: {interval(row.value, row.low, row.high)}<br>"
             f"{explained(key, row.films, row.failures)}" for row in groups.itertuples()]
    add_lines(figure, groups.assign(about=about), "severity", "value", ", %{customdata[1]}", look, named, ["about"])
    own = groups[groups["title"] == named[0]]
    figure.data[-1].error_y = {"type": "data", "array": own["high"] - own["value"],
                               "arrayminus": own["value"] - own["low"]}
    figure.update_xaxes(categoryorder="array", categoryarray=[name for name, _ in SEVERITY_BANDS])
    figure.update_yaxes(rangemode="tozero")
    return figure


def by_severity(results: list[Result], chosen: Films, key: str) -> pd.DataFrame:
    """title, severity, value, low, high, films, failures of one metric, in the subset chosen."""
    tables = [one.run.summaries[one.run.summaries["metric"] == key].assign(title=one.title) for one in results]
    table = pd.concat(tables, ignore_index=True)
    groups = (table["subset"] == chosen.subset) & (table["severity"] != ALL)
    return table.loc[groups, ["title", "severity", "value", "low", "high", "films", "failures"]]


def confusion(cases: pd.DataFrame, found: str, true: str) -> tuple[go.Figure, pd.DataFrame]:
    """Films by class of two columns; a row is what the label says."""
    nothing = pd.Series(np.nan, cases.index)  # a store of the first version has no such column
    counts = severity_confusion(cases.get(found, nothing), cases.get(true, nothing))
    names = [name for name, _ in SEVERITY_BANDS]
    rows = [f"label: {name}" for name in names]
    total = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, total, out=np.zeros(counts.shape), where=total > 0)
    figure = go.Figure(layout=layout(470, "Model", "", rows, margin={"r": 100}))
    figure.add_heatmap(
        z=shares, x=names, y=rows, colorscale=SEQUENTIAL, zmin=0, zmax=1, texttemplate="%{text}", xgap=2, ygap=2,
        text=inked([[f"{count}" for count in row] for row in counts], shares), textfont={"size": 15},
        colorbar={"title": {"text": "share of<br>the label's<br>"}, "tickformat": ".0%", "thickness": 12},
        customdata=np.dstack([counts, np.broadcast_to(total, counts.shape)]),
        hovertemplate="%{y}, model %{x}: %{customdata[0]} of %{customdata[1]} films (%{z:.0%})<br>"
                      f"{counted(len(cases), int((~cases['ok']).sum()))}<extra></extra>",
    )
    figure.update_yaxes(autorange="reversed")
    return figure, _long(counts)


def _pairs(cases: pd.DataFrame, angle: str) -> pd.DataFrame:
    """file, label, model of the measured films."""
    found, true = ANGLES[angle][:2]
    if found not in cases or true not in cases:  # a store of the first version
        return pd.DataFrame({"file": [], "label": [], "model": []}, dtype=float)
    pairs = cases[["file", true, found]].set_axis(["file", "label", "model"], axis=1)
    return pairs.dropna(subset=["model"])


def _limits(result: Result, chosen: Films, angle: str) -> dict[str, tuple[float, float, float]]:
    table = standings([result], chosen).set_index("metric")[["value", "low", "high"]]
    names = {"upper limit": "loa_high", "bias": "bias", "lower limit": "loa_low"}
    keys = {name: f"{kind}_{ANGLES[angle][2]}" for name, kind in names.items()}
    return {name: tuple(table.loc[key]) for name, key in keys.items() if key in table.index}


def _said(limits: dict[str, tuple], cases: pd.DataFrame) -> str:
    numbers = "; ".join(f"{name} {interval(*found)}°" for name, found in limits.items())
    return (f"{numbers}, 95 % intervals over cases. {METRICS['loa_high_1'].formula} "
            f"{counted(len(cases), int((~cases['ok']).sum()))}.")


def _long(counts: np.ndarray) -> pd.DataFrame:
    names = [name for name, _ in SEVERITY_BANDS]
    return pd.DataFrame([(names[i], names[j], counts[i, j]) for i in range(4) for j in range(4)],
                        columns=["label", "model", "films"])
