"""Trade-offs: accuracy against time, size and memory, and what bad films do to each model."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from spine_models.service.freshness import COMMAND
from spine_models.service.metric_list import METRICS
from spine_models.service.robustness import read_robustness, robustness_curves
from spine_models.service.trade_offs import pareto_front
from spine_models.ui.dashboard import figures
from spine_models.ui.dashboard.choices import choose_metric, choose_result, metric_title
from spine_models.ui.dashboard.lines import add_lines, named_models
from spine_models.ui.dashboard.results import Films, Result, ResultSet
from spine_models.ui.dashboard.standings import standings
from spine_models.ui.dashboard.style import NEUTRAL, Look, explained, interval, layout, looks, number, room_for
from spine_models.ui.keeping import kept

COSTS = {
    "Time": ("core_seconds", "Seconds of one processor core a film, median"),
    "Size": ("params", "Parameters, millions"),
    "Memory": ("peak_mb", "Highest memory of the process, MB"),
}
ANSWERS = {
    "Largest angle: mean error": ("largest_error", "Mean error, degrees", "mean |p - t| of the measured films"),
    "Largest angle: change": ("drift", "Mean change, degrees",
                              "mean change of the largest angle from the model's own on the untouched film"),
    "Within 5°": ("within_5", "Share within 5°", "share of all films with |p - t| <= 5 degrees"),
    "Failures": ("failures", "Failed films", "films without a result"),
    "Numbered a level off": ("level_shift", "Share of films", "share of measured films named a level or more off"),
    "SMAPE": ("smape", "SMAPE, %", "100 sum|p - t| / sum(p + t), mean of the measured films"),
}
"""Column of ``robustness_curves``, title of the axis and formula."""

DONE_TO = {
    "rotation": "degrees clockwise", "crop": "margin left round the spine, share of its height", "scale": "factor",
    "exposure": "gamma", "blur": "standard deviation, share of the film's height", "noise": "standard deviation",
    "jpeg": "quality", "markers": "letters and dates pasted on",
}
"""Units of the levels of ``imaging.perturb``."""


NAME = 0.25
"""Share of the figure within which the names of two points would meet."""

PLOT_HEIGHT = 470
"""CSS pixels of the first figure without title of the axis."""


def show(films: ResultSet, chosen: Films, bar) -> None:
    """Cost against error with the Pareto front, then robustness."""
    with bar:
        key = choose_metric()
        cost = st.segmented_control("Cost", list(COSTS), default="Time", required=True, key="cost", bind="query-params")
    look, depends = looks(films.results), (films.key, films.title, *chosen.key, key, cost)
    table = kept("costs", depends, lambda: costs(films.results, chosen, key, COSTS[cost][0]))
    st.subheader(f"{metric_title(key)} against {cost.lower()}", anchor=False)
    figures.show("trade-off", f"{METRICS[key].title} against {COSTS[cost][1].lower()}, a point per model.", depends,
                 lambda: (front(table, key, COSTS[cost][1], look), table))
    unknown = table.loc[table["cost"].isna(), "title"].tolist()
    missing = f" Not among the results of {', '.join(unknown)}." if unknown else ""
    st.caption("On the line: models that none beats on both counts. Time is processor time of a single thread, which "
               f"other work on the machine does not change.{missing}")
    show_robustness(films, look)


def costs(results: list[Result], chosen: Films, key: str, cost: str) -> pd.DataFrame:
    """title, cost, value, low, high, films, failures, best: on the Pareto front."""
    rows = standings(results, chosen)
    table = rows[rows["metric"] == key].drop(columns="metric")
    if cost in METRICS:
        known = rows[rows["metric"] == cost].set_index("title")["value"]
    elif cost == "params":
        known = pd.Series({one.title: one.run.card.training.params / 1e6 for one in results if one.run.card.training})
    else:
        known = pd.Series({one.title: one.run.facts.get(cost) for one in results}, dtype=float)
    table = table.assign(cost=table["title"].map(known))
    loss = table["value"] * (-1 if METRICS[key].better == "high" else 1)
    return table.assign(best=pareto_front(table["cost"], loss))


def front(table: pd.DataFrame, key: str, cost: str, look: dict[str, Look]) -> go.Figure:
    """A point per model with its interval, named where it is on the front."""
    shown = table.dropna(subset=["cost", "value"])
    figure = go.Figure(layout=layout(
        560, cost, METRICS[key].title, margin={"r": room_for(table["title"]) + 34},
        legend={"orientation": "v", "yref": "paper", "yanchor": "top", "y": 1, "x": 1.01}))
    line = shown[shown["best"]].sort_values("cost")
    figure.add_scatter(x=line["cost"], y=line["value"], mode="lines", showlegend=False,
                       line={"color": NEUTRAL, "width": 2, "shape": "hv"}, hoverinfo="skip")
    for row in shown.to_dict("records"):
        one = look[row["title"]]
        figure.add_scatter(
            x=[row["cost"]], y=[row["value"]], name=row["title"], mode="markers",
            marker={"color": one.colour, "symbol": one.symbol, "size": 13, "line": {"width": 2, "color": one.colour}},
            error_y={"type": "data", "array": [row["high"] - row["value"]], "width": 3, "thickness": 1,
                     "arrayminus": [row["value"] - row["low"]], "color": NEUTRAL},
            customdata=[f"<b>{row['title']}</b>: {interval(row['value'], row['low'], row['high'])}<br>{cost}: "
                        f"{number(row['cost'])}<br>{explained(key, row['films'], row['failures'])}"],
            hovertemplate="%{customdata}<extra></extra>",
        )
    wide = len(shown) and shown["cost"].min() > 0 and shown["cost"].max() > 20 * shown["cost"].min()
    if wide:
        figure.update_xaxes(type="log", dtick=1)
    if len(line):
        _name(figure, line, shown, METRICS[key].better == "high", log=bool(wide))
    return figure


def _name(figure: go.Figure, line: pd.DataFrame, shown: pd.DataFrame, up: bool, log: bool) -> None:
    """Names of the models on the front, on the side where nobody is better, so that no point lies there.

    line: the front from left to right; up: high is better, so that side is above.
    """
    across = np.log10(line["cost"]) if log else line["cost"]
    every = np.log10(shown["cost"]) if log else shown["cost"]
    places = ((across - every.min()) / max(every.max() - every.min(), 1e-9)).to_numpy()
    bottom, top = shown["low"].fillna(shown["value"]).min(), shown["high"].fillna(shown["value"]).max()
    heights = ((line["value"] - bottom) / max(top - bottom, 1e-9)).to_numpy()
    steps = name_steps(places, heights)
    for at, row in enumerate(line.to_dict("records")):
        figure.add_annotation(
            x=np.log10(row["cost"]) if log else row["cost"], y=row["value"], text=row["title"], arrowcolor=NEUTRAL,
            arrowhead=0, arrowwidth=1, standoff=8, ax=0, ay=18 * (1 + steps[at]) * (-1 if up else 1),
            xanchor="right" if places[at] > 0.5 else "left", font={"size": 12}, showarrow=True,
        )
    room = (top - bottom) * 18 * (3 + steps.max()) / PLOT_HEIGHT
    figure.update_yaxes(range=[bottom - 0.03 * (top - bottom), top + room] if up else
                        [bottom - room, top + 0.03 * (top - bottom)])


def name_steps(places: np.ndarray, heights: np.ndarray) -> np.ndarray:
    """(N,) how many lines from its point each name stands, 1 or more, so that names close to each other do not meet.

    places, heights: (N,) points from left to right, in shares of the figure. A name in the right half ends at its
    point, so it stands a line further out than that of a near point on its left; in the left half it is the other way.
    """
    steps = np.ones(len(places), int)
    right = np.flatnonzero(places > 0.5)
    left = np.flatnonzero(places <= 0.5)[::-1]
    for half in (right, left):
        for before, at in zip(half, half[1:]):
            if abs(places[at] - places[before]) < NAME and abs(heights[at] - heights[before]) < NAME:
                steps[at] = steps[before] + 1
    return steps


def show_robustness(films: ResultSet, look: dict[str, Look]) -> None:
    """Error and failures over each kind of perturbation for the models it was run for; how to run it for the others."""
    st.subheader("Robustness: films made worse", anchor=False)
    tables = kept("robustness", (films.key, films.title),
                  lambda: {one.title: _robustness(one) for one in films.results})
    known = {title: table for title, table in tables.items() if table is not None}
    lacking = [one.name for one in films.results if tables[one.title] is None]
    if lacking:
        which = "any of these models" if not known else ", ".join(lacking)
        st.info(f"Robustness has not been measured for {which} with these weights, so nothing is shown for them. "
                "It turns, crops, blurs, compresses … a dozen films and takes a few minutes a model:")
        split = "" if films.split == "test" else f" --split {films.split}"
        st.code(f"{COMMAND} robustness {' '.join(lacking)}{split}", language="bash", wrap_lines=True)
    if not known:
        return
    kinds = list(dict.fromkeys(kind for table in known.values() for kind in table["kind"] if kind != "original"))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = st.selectbox("Made worse by", kinds, key="kind", bind="query-params", width=220,
                            format_func=lambda name: name.replace("_", " ").capitalize())
        answer = st.selectbox("Shown", list(ANSWERS), key="answer", bind="query-params", width=260)
        shown = [one for one in films.results if one.title in known]
        named = named_models(shown, choose_result(shown).title)
    figures.show("robustness-chart", f"{answer} against how much worse films were made, {kind}, a line per model.",
                 (films.key, films.title, kind, answer, *named), lambda: robustness(known, kind, answer, look, named))


def robustness(tables: dict[str, pd.DataFrame], kind: str, answer: str, look: dict[str, Look], named: list[str]
               ) -> tuple[go.Figure, pd.DataFrame]:
    """A line per model over the levels of one perturbation; dotted: a named one's value on the untouched films."""
    rows = pd.concat([table.assign(title=title) for title, table in tables.items()], ignore_index=True)
    rows = rows[rows["kind"].isin([kind, "original"])]
    column, axis, formula = ANSWERS[answer]
    unit = DONE_TO.get(kind, "yes")
    figure = go.Figure(layout=layout(430, f"{kind.replace('_', ' ').capitalize()}, {unit}", axis, margin={"b": 80}))
    changed = rows[rows["kind"] == kind].sort_values("level", kind="stable")
    ends = changed["level"].min(), changed["level"].max()
    for row in rows[(rows["kind"] == "original") & rows["title"].isin(named)].itertuples():
        figure.add_scatter(x=ends, y=[getattr(row, column)] * 2, mode="lines", showlegend=False,
                           line={"color": look[row.title].colour, "dash": "dot", "width": 1},
                           hovertemplate=f"<b>{row.title}</b>, untouched: %{{y:.3g}}<extra></extra>")
    add_lines(figure, changed, "level", column, f", {kind} %{{x}}: %{{y:.3g}}<br>{formula}<br>N = %{{customdata[1]}} "
              "films, %{customdata[2]} failures", look, named, ["films", "failures"])
    figure.update_yaxes(rangemode="tozero")
    return figure, rows


def _robustness(result: Result) -> pd.DataFrame | None:
    table = read_robustness(result.run)
    return None if table is None else robustness_curves(table)
