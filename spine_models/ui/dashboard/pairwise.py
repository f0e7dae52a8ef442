"""Pairwise: two models on the same films, the difference with its interval, and where one beats the other most."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from spine_models.core.bootstrap import SIGN_FLIPS
from spine_models.core.errors import DataError
from spine_models.service.metric_list import METRICS
from spine_models.service.pairwise import compare_all, film_differences
from spine_models.ui.dashboard import figures
from spine_models.ui.dashboard.choices import choose_metric, choose_part, choose_result
from spine_models.ui.dashboard.results import Films, Result, ResultSet
from spine_models.ui.dashboard.style import DIVERGING, NEUTRAL, Look, interval, layout, looks, number, room_for
from spine_models.ui.keeping import kept

MOST = 12
"""Films in the tables of largest gains."""


PARTS = "Two models", "All pairs"


def show(films: ResultSet, chosen: Films, bar) -> None:
    """Two models: sentence on the pair and its films; or the table of all pairs."""
    if len(films.results) < 2:
        st.info("Two models must have results on these films before they can be compared.")
        return
    with bar:
        key = choose_metric(by_film=True)
    part = choose_part("pairwise", PARTS)
    depends = films.key, films.title, *chosen.key, key
    try:
        table = kept("all pairs", depends, lambda: _square(compare_all(
            {one.title: chosen.of(one.run) for one in films.results}, key)))
    except DataError as error:
        st.info(str(error))
        return
    if part == PARTS[1]:
        _show_all(films, key, table, depends)
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        first = choose_result(films.results, "First model", "first", index=0)
        second = choose_result(films.results, "Second model", "second", index=_another(films.results))
    if first is second:
        st.info("Choose two different models.")
    else:
        _show_pair(first, second, chosen, key, table, films)


def _show_all(films: ResultSet, key: str, table: pd.DataFrame, depends: tuple[str, ...]) -> None:
    figures.show("pairs", f"Paired difference of {METRICS[key].title} for every pair of models.", depends,
                 lambda: (all_pairs(table, key, [one.title for one in films.results]), table.drop(columns="about")))
    st.caption(f"Row minus column, mean over the films both measured. Blue: the row is better. A number, once for each "
               f"pair, where p < 0.05 after Holm's correction for all {len(table) // 2} pairs (sign flips of cases, "
               f"{SIGN_FLIPS} patterns).")


def _show_pair(first: Result, second: Result, chosen: Films, key: str, table: pd.DataFrame,
               films: ResultSet) -> None:
    row = table[(table["first"] == first.title) & (table["second"] == second.title)].to_dict("records")[0]
    sure = "The interval excludes 0" if row["low"] * row["high"] > 0 else "The interval holds 0"
    with st.container(horizontal=True):
        st.metric("First − second", number(row["difference"]), border=True, width=260,
                  help=f"{METRICS[key].formula} Mean of the difference over the {row['films']} films both measured; "
                       f"failures {row['failures_first']} and {row['failures_second']}.")
        st.metric("95 % interval", f"{number(row['low'])} to {number(row['high'])}", border=True, width=330,
                  help=f"{sure}. Bootstrap over cases.")
        st.metric("p, Holm-corrected", "–" if row["p_holm"] != row["p_holm"] else f"{row['p_holm']:.4f}", border=True,
                  width=200, help=f"Sign flips of cases; for this pair alone p = {row['p']:.4f}; corrected for all "
                                  f"{len(table) // 2} pairs of this table (Holm 1979).")
    depends = films.key, films.title, *chosen.key, key, first.title, second.title
    differences = kept("differences", depends,
                       lambda: film_differences(chosen.of(first.run), chosen.of(second.run), key))
    left, right = st.columns(2, gap="medium")
    with left:
        st.subheader("Film by film", anchor=False)
        figures.show("pair", f"{METRICS[key].title} of {first.title} against {second.title}, a point per film.",
                     depends,
                     lambda: (film_by_film(differences, key, first, second, looks(films.results)), differences))
    with right:
        for better, gains in ((first, differences), (second, differences.assign(gain=-differences["gain"]))):
            _show_gains(better, first, second, gains, key)


def _show_gains(better: Result, first: Result, second: Result, gains: pd.DataFrame, key: str) -> None:
    """The films on which one of the two is better by most; a click on one shows it among the cases."""
    best = gains[gains["gain"] > 0].nlargest(MOST, "gain")
    st.subheader(f"{better.title} is better most", anchor=False)
    name = f"gains-{'first' if better is first else 'second'}"
    names = best["file"].tolist()

    def open_film() -> None:
        rows = st.session_state[name]["selection"]["rows"]
        if rows:
            other = second if better is first else first
            st.session_state.update(view="Cases", result=other.title, radiograph=names[rows[0]])

    st.dataframe(
        best, hide_index=True, height=175, key=name, on_select=open_film, selection_mode="single-row",
        column_order=["file", "first", "second", "gain"],
        column_config={
            "file": st.column_config.TextColumn("Film", width="medium"),
            "first": st.column_config.NumberColumn(first.title, format="%.3g", help=METRICS[key].formula),
            "second": st.column_config.NumberColumn(second.title, format="%.3g", help=METRICS[key].formula),
            "gain": st.column_config.NumberColumn("Better by", format="%.3g"),
        },
    )


def film_by_film(table: pd.DataFrame, key: str, first: Result, second: Result, look: dict[str, Look]) -> go.Figure:
    """A point per film, the second model's value over the first's."""
    both = table.dropna(subset=["first", "second"])
    figure = go.Figure(layout=layout(470, f"{first.title}: {METRICS[key].title}", second.title, showlegend=False))
    ends = [float(both[["first", "second"]].min().min()), float(both[["first", "second"]].max().max())] if len(both) \
        else [0, 1]
    figure.add_scatter(x=ends, y=ends, mode="lines", line={"color": NEUTRAL, "dash": "dash"}, hoverinfo="skip")
    wins = both["gain"] > 0
    for rows, winner in ((both[wins], first), (both[~wins], second)):
        one = look[winner.title]
        figure.add_scatter(
            x=rows["first"], y=rows["second"], mode="markers", customdata=rows["file"],
            marker={"color": one.colour, "symbol": one.symbol, "size": 9, "opacity": 0.85},
            hovertemplate=f"%{{customdata}}<br>{first.title} %{{x:.3g}}, {second.title} %{{y:.3g}}<extra></extra>",
        )
    return figure


def all_pairs(matrix: pd.DataFrame, key: str, order: list[str]) -> go.Figure:
    """Row minus column as colour, and, above the diagonal, as a number where it is no chance."""
    table = {name: matrix.pivot(index="first", columns="second", values=name).reindex(index=order, columns=order)
             for name in ("difference", "said", "about")}
    values = table["difference"].to_numpy(dtype=float)
    top = float(np.nanmax(np.abs(values), initial=1e-9))
    scale = DIVERGING if METRICS[key].better == "low" else [(at, DIVERGING[-1 - n][1])
                                                              for n, (at, _) in enumerate(DIVERGING)]
    figure = go.Figure(layout=layout(
        62 + room_for(order) * 2 // 3 + 28 * len(order), "", "", order,
        margin={"t": 36 + room_for(order) * 2 // 3, "r": 100}))
    figure.add_heatmap(
        z=values, x=order, y=order, colorscale=scale, zmin=-top, zmax=top, xgap=1, ygap=1,
        text=table["said"].fillna("").where(np.triu(np.ones(values.shape, bool)), ""), texttemplate="%{text}",
        textfont={"size": 11, "color": "#000000"},
        customdata=table["about"], hovertemplate="%{customdata}<extra></extra>", hoverongaps=False,
        colorbar={"title": {"text": "row −<br>column"}, "thickness": 12},
    )
    figure.update_yaxes(autorange="reversed")
    figure.update_xaxes(tickangle=-40, side="top")
    return figure


def _square(table: pd.DataFrame) -> pd.DataFrame:
    """Each pair in both directions, with what the cell says."""
    mirrored = table.rename(columns={"first": "second", "second": "first", "failures_first": "failures_second",
                                     "failures_second": "failures_first"})
    mirrored = mirrored.assign(difference=-table["difference"], low=-table["high"], high=-table["low"])
    both = pd.concat([table, mirrored], ignore_index=True)
    decimals = 1 if both["difference"].abs().max() >= 3 else 2  # two dozen columns leave room for four characters
    about = [f"<b>{row.first} − {row.second}</b>: {interval(row.difference, row.low, row.high)}<br>p = {row.p:.4f}, "
             f"Holm {row.p_holm:.4f}<br>{row.films} films both measured, failures {row.failures_first} and "
             f"{row.failures_second}" for row in both.itertuples()]
    said = [f"{value:z.{decimals}f}" if sure else "" for value, sure in zip(both["difference"], both["p_holm"] < 0.05)]
    return both.assign(said=said, about=about)


def _another(results: list[Result]) -> int:
    """Place of the first model whose angles are not those of the first of all."""
    own = results[0].run.cases["smape"]
    return next((n for n, one in enumerate(results) if not one.run.cases["smape"].equals(own)), 1)
