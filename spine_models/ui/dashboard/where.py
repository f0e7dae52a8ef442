"""Where on the spine models err: per level and corner, how near, and on which films the numbering slipped."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from spine_models.core.errors import DataError
from spine_models.core.landmarks import CORNERS, STANDARD_LEVELS
from spine_models.service.metric_list import METRICS
from spine_models.service.where import RADII, detection_curve, errors_by_corner, errors_by_level
from spine_models.ui.dashboard import figures
from spine_models.ui.dashboard.choices import choose_part, choose_result
from spine_models.ui.dashboard.lines import add_lines, named_models
from spine_models.ui.dashboard.results import Films, Result, ResultSet
from spine_models.ui.dashboard.style import SEQUENTIAL, Look, inked, layout, looks
from spine_models.ui.keeping import kept

DISTANCE = "Distances: pixels on the 512 × 1024 grid to the repaired labels, after a numbering slip of the whole " \
           "chain is taken back; masked vertebrae are left out."
KINDS = {"Labels as published": "published", "Numbering slip taken back": "aligned"}


PARTS = "Level by level", "Distances, numbering"


def show(films: ResultSet, chosen: Films, bar) -> None:
    """Heat maps of models, levels and corners; or detection curves, and films numbered off."""
    with bar:
        result = choose_result(films.results)
    show_part = _show_levels if choose_part("where", PARTS) == PARTS[0] else _show_distances
    try:
        show_part(films, chosen, result, (films.key, films.title, *chosen.key))
    except DataError as error:
        st.info(str(error))


def _show_levels(films: ResultSet, chosen: Films, result: Result, key: tuple[str, ...]) -> None:
    left, right = st.columns([5, 3], gap="medium")
    with left:
        st.subheader("Error per level, all models", anchor=False)
        figures.show("levels", "Mean corner error per vertebral level and model.", (*key, result.title),
                     lambda: level_map(films.results, chosen, result.title))
    with right:
        st.subheader(f"Level and corner: {result.title}", anchor=False)
        figures.show("corners", f"Mean error of {result.title} per vertebral level and corner.", (*key, result.title),
                     lambda: corner_map(errors_by_corner(result.run, chosen.rows(result.run))))
    st.caption(f"{DISTANCE} Hover for median, 95th percentile and number of films.")


def _show_distances(films: ResultSet, chosen: Films, result: Result, key: tuple[str, ...]) -> None:
    curves = kept("detection curves", key, lambda: {
        one.title: detection_curve(one.run, chosen.rows(one.run)) for one in films.results})
    left, right = st.columns([5, 3], gap="medium")
    with left:
        st.subheader("Corners found within a distance", anchor=False)
        kind = st.segmented_control("Counted against", list(KINDS), default=list(KINDS)[0], required=True,
                                    key="detection", bind="query-params", label_visibility="collapsed")
        figures.show("detection", f"Share of corners within a distance, a line per model, {kind.lower()}.",
                     (*key, kind, result.title),
                     lambda: detection(curves, KINDS[kind], looks(films.results),
                                       named_models(films.results, result.title)))
    with right:
        _show_slips(result, chosen)


def level_map(results: list[Result], chosen: Films, written: str) -> tuple[go.Figure, pd.DataFrame]:
    """Models against levels, the numbers written for one model; the others' are there where one points.

    The colour scale ends where nine cells of ten do, for one bad model hides the rest.
    """
    levels = pd.concat([errors_by_level(one.run, chosen.rows(one.run)).assign(title=one.title) for one in results])
    titles = [one.title for one in results]
    table = levels.pivot(index="title", columns="level", values="mean").loc[titles, list(STANDARD_LEVELS)]
    about = [levels.pivot(index="title", columns="level", values=name).loc[titles, list(STANDARD_LEVELS)]
             for name in ("median", "p95", "films")]
    figure = go.Figure(layout=layout(94 + 26 * len(titles), "", "", titles, margin={"r": 70}))
    figure.add_heatmap(z=table, x=table.columns, y=titles, customdata=np.dstack(about),
                       hovertemplate="%{y}, %{x}<br>" + _SPREAD, **_scale(table, [name == written for name in titles]))
    figure.update_yaxes(autorange="reversed")
    return figure, levels


def corner_map(corners: pd.DataFrame) -> tuple[go.Figure, pd.DataFrame]:
    """Levels from top to bottom against the four corners as they lie on the film: upper edge, lower edge."""
    order = list(STANDARD_LEVELS)
    table, *about = (corners.pivot(index="level", columns="corner", values=name).loc[order, list(CORNERS)]
                     for name in ("mean", "median", "p95", "films"))
    figure = go.Figure(layout=layout(94 + 20 * len(order), "", "", order, margin={"r": 70}))
    figure.add_heatmap(z=table, x=[_CORNER.get(name, name) for name in CORNERS], y=order, customdata=np.dstack(about),
                       hovertemplate="%{y}, %{x}<br>" + _SPREAD, **_scale(table, [True] * len(order)))
    figure.update_yaxes(autorange="reversed")
    return figure, corners


_CORNER = {"TL": "top left", "TR": "top right", "BL": "bottom left", "BR": "bottom right"}
_SPREAD = "mean %{z:.1f} px, median %{customdata[0]:.1f}, 95 % within %{customdata[1]:.1f}<br>" \
          "N = %{customdata[2]} films with this vertebra<extra></extra>"


def _scale(table: pd.DataFrame, written: list[bool]) -> dict:
    """written: rows of the table whose numbers stand in their cells."""
    values = table.to_numpy(dtype=float)
    top = float(np.nanpercentile(values, 90)) if np.isfinite(values).any() else 1.0
    said = [["" if value != value or not told else f"{value:.0f}" for value in row]
            for row, told in zip(values, written)]
    return {"colorscale": SEQUENTIAL, "zmin": 0, "zmax": top, "xgap": 1, "ygap": 1, "texttemplate": "%{text}",
            "text": inked(said, values / top), "textfont": {"size": 12},
            "colorbar": {"title": {"text": "px"}, "thickness": 12}}


def detection(curves: dict[str, pd.DataFrame], kind: str, look: dict[str, Look], named: list[str]
              ) -> tuple[go.Figure, pd.DataFrame]:
    """Share of corners within a radius, a line per model."""
    figure = go.Figure(layout=layout(430, "Radius, px on 512 × 1024", "Corners within it", margin={"b": 80},
                                     xaxis={"range": [0, RADII[-1]]}, yaxis={"range": [0, 1], "tickformat": ".0%"}))
    table = pd.concat([curve.assign(title=title) for title, curve in curves.items()])
    add_lines(figure, table, "radius", kind, ": %{y:.1%} of corners within %{x:.0f} px; those of failed films are not "
              "found", look, named)
    return figure, table


def _show_slips(result: Result, chosen: Films) -> None:
    """Films whose whole chain is named one or more levels off."""
    cases = chosen.of(result.run)
    off = cases[cases["level_shift"].fillna(False).astype(bool)]
    st.subheader(f"Numbered a level off: {result.title}", anchor=False)
    st.caption(f"{len(off)} of {len(cases)} films. {METRICS['level_shift'].formula} Angles stay right; names do not.")
    table = off.reindex(columns=["file", "shift", "largest_error", "mre_aligned", "clean"]).sort_values("file")
    st.dataframe(table, hide_index=True, height=330, key="slips", column_config={
        "file": st.column_config.TextColumn("Film", width="medium"),
        "shift": st.column_config.NumberColumn("Levels", format="%+d", help="−1: the model's T6 is the label's T5."),
        "largest_error": st.column_config.NumberColumn("Angle off", format="%.1f°", help="|p - t|, largest angle."),
        "mre_aligned": st.column_config.NumberColumn("px", format="%.1f", help=METRICS["mre_aligned"].formula),
        "clean": st.column_config.CheckboxColumn("Clean", help="No label defect and no twin in training."),
    })
    figures.data_button("slips", table)
