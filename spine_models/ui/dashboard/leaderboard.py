"""Leaderboard: every model of a set of films with intervals, a baseline, and what others have published."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from pandas.io.formats.style import Styler

from spine_models.service.metric_list import METRICS
from spine_models.ui.dashboard import figures, noise
from spine_models.ui.dashboard.choices import choose_metric, metric_title
from spine_models.ui.dashboard.results import Films, ResultSet
from spine_models.ui.dashboard.standings import PUBLISHED, STALE, published_standings, ranked, standings
from spine_models.ui.dashboard.style import (
    NEUTRAL,
    Look,
    counted,
    explained,
    interval,
    layout,
    looks,
    room_for,
    wrapped,
)
from spine_models.ui.keeping import kept

PUBLISHED_GROUP = ", published"
OVERVIEW = ("smape", "largest_error", "within_5", "icc", "mre_grid", "mre_aligned", "level_shift", "core_seconds")
"""Metrics shown beside the chosen one."""

SHORT = {
    "smape": "SMAPE, %", "largest_error": "Largest angle, °", "within_5": "Within 5°", "icc": "ICC(2,1)",
    "mre_grid": "MRE, px", "mre_aligned": "MRE, slip out, px", "level_shift": "A level off", "core_seconds": "Core s",
    "crowded": "Squeezed",
}
"""Headings of these; the whole title is in their help."""


def show(films: ResultSet, chosen: Films, bar) -> None:
    """The table, a chart of the chosen metric, and what the labels allow."""
    with bar:
        key = choose_metric()
    depends = films.key, films.title, *chosen.key, key
    ours, rows = kept("leaderboard", depends, lambda: _show_table(films, chosen, key))
    st.caption(
        "Click a heading to sort, the magnifier on the table to search; hover over a heading for its formula. In "
        "brackets: bootstrap 95 % interval over cases. A failed film counts as a failure and is never dropped."
    )
    st.subheader(metric_title(key), anchor=False)
    floor = noise.floor(films).get(key)
    figures.show(
        "leaderboard-chart", f"{METRICS[key].title} of {len(rows)} systems with 95 % intervals.",
        (*depends, str(floor)), lambda: (forest(rows, key, looks(films.results), floor), rows),
    )
    noise.show_noise(films, ours, depends)


def _show_table(films: ResultSet, chosen: Films, key: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The table; our standings, and all rows of the metric."""
    ours, theirs = standings(films.results, chosen), published_standings(films, chosen)
    table = _table(films, ours, theirs, key)
    together = pd.concat([ours, theirs])
    st.dataframe(
        _styled(table, together), hide_index=True, height="content", column_config=_columns(table), key="leaderboard",
        placeholder="–", alt=f"Every model with {METRICS[key].title} and other metrics, 95 % intervals in brackets.",
    )
    return ours, ranked(together, key)


def forest(rows: pd.DataFrame, key: str, look: dict[str, Look], floor: tuple[float, float, float] | None) -> go.Figure:
    """A line per system, by family, the best of each on top; floor: what one label says of the other."""
    rows = rows[rows["value"].notna()]
    families = [f"{family}{PUBLISHED_GROUP}" if state == PUBLISHED else family
                for family, state in zip(rows["family"], rows["state"])]
    rows = rows.assign(group=families)
    figure = go.Figure(layout=layout(110 + 27 * len(rows), METRICS[key].title, "", rows["title"], showlegend=False,
                                     margin={"l": room_for(rows["title"]) + room_for(rows["group"])}))
    for group in sorted(rows["group"].unique(), key=_rank, reverse=True):  # the last is drawn on top
        part = rows[rows["group"] == group].iloc[::-1]
        found = [look.get(title, Look(NEUTRAL, "diamond-wide-open", "dot")) for title in part["title"]]
        figure.add_scatter(
            y=[part["group"], part["title"]], x=part["value"], mode="markers",
            marker={"color": [one.colour for one in found], "symbol": [one.symbol for one in found], "size": 11,
                    "line": {"width": 2, "color": [one.colour for one in found]}},
            error_x={"type": "data", "array": part["high"] - part["value"], "thickness": 1.6, "width": 4,
                     "arrayminus": part["value"] - part["low"], "color": NEUTRAL},
            customdata=[_hover(row, key) for row in part.to_dict("records")],
            hovertemplate="%{customdata}<extra></extra>",
        )
    if floor:
        value, low, high = floor
        figure.add_vrect(low, high, fillcolor=NEUTRAL, opacity=0.14, line_width=0, layer="below")
        figure.add_vline(value, line={"color": NEUTRAL, "dash": "dash"}, annotation_text="two labels of one exposure",
                         annotation_position="top", annotation_font_size=12)
    figure.update_yaxes(showgrid=True, dividercolor=NEUTRAL)
    return figure


def _rank(group: str) -> tuple[bool, bool, str]:
    """CNN and GAN before the baselines, published rows last."""
    return PUBLISHED_GROUP in group, group == "baseline", group


def _hover(row: dict, key: str) -> str:
    head = f"<b>{row['title']}</b>: {interval(row['value'], row['low'], row['high'])}"
    if row["state"] == PUBLISHED:
        return f"{head}<br>{PUBLISHED}<br>{wrapped(row['source'])}<br>{wrapped(row['protocol'])}"
    stale = "<br>stale: see the note above" if row["state"] == STALE else ""
    return f"{head}<br>{explained(key, row['films'], row['failures'])}{stale}"


def _table(films: ResultSet, ours: pd.DataFrame, theirs: pd.DataFrame, key: str) -> pd.DataFrame:
    """A row per system, numbers as they are, so that sorting is by number."""
    keys = [key, *(other for other in OVERVIEW if other != key)]
    values = pd.concat([ours, theirs]).pivot(index="title", columns="metric", values="value").reindex(columns=keys)
    about = pd.concat([ours, theirs]).drop_duplicates("title").set_index("title")
    facts = {result.title: result for result in films.results}
    order = ranked(pd.concat([ours, theirs]), key)["title"].tolist()
    order += [title for title in about.index if title not in order]
    table = values.loc[order].rename_axis("title").reset_index()
    table.insert(1, "family", about["family"].loc[order].to_numpy())
    table.insert(2, "state", about["state"].loc[order].to_numpy())
    training = [facts[title].run.card.training if title in facts else None for title in order]
    return table.assign(
        params=[record.params / 1e6 if record else None for record in training],
        peak_mb=[facts[title].run.facts.get("peak_mb") if title in facts else None for title in order],
        films=about["films"].loc[order].to_numpy(), failures=about["failures"].loc[order].to_numpy(),
        source=[_source(films, facts, about, title) for title in order],
    )


def _source(films: ResultSet, facts: dict, about: pd.DataFrame, title: str) -> str:
    if title not in facts:
        return f"{about.loc[title, 'protocol']}. {about.loc[title, 'source']}"
    return facts[title].stale or f"run here, {str(facts[title].run.facts.get('date', ''))[:10]}"


def _styled(table: pd.DataFrame, rows: pd.DataFrame) -> Styler:
    """Numbers with their intervals, to be read but not sorted by; others' rows and the baseline stand back."""
    said = {(row.metric, row.title): interval(row.value, row.low, row.high) for row in rows.itertuples()}
    places = {title: place for place, title in enumerate(table["title"])}
    styler = table.style.apply(_shade, axis=1)
    styler = styler.format({"params": "{:.2f}", "peak_mb": "{:.0f}"}, na_rep="–", precision=0)
    for column in table.columns.intersection(list(METRICS)):
        texts = {value: said.get((column, title)) for title, value in zip(table["title"], table[column])}
        styler.format(lambda value, texts=texts: texts.get(value), subset=[column], na_rep="–")
        for title, value in zip(table["title"], table[column]):  # of equal values each keeps its own interval
            if value == value and said[column, title] != texts[value]:
                styler.format(lambda value, text=said[column, title]: text, subset=([places[title]], [column]))
    return styler


def _shade(row: pd.Series) -> list[str]:
    if row["state"] == PUBLISHED:
        return ["background-color: rgba(128, 136, 144, 0.22); font-style: italic"] * len(row)
    if row["family"] == "baseline":
        return ["background-color: rgba(128, 136, 144, 0.12)"] * len(row)
    return [""] * len(row)


def _columns(table: pd.DataFrame) -> dict:
    """Headings and what they say when hovered over."""
    counts = counted(int(table["films"].max()), int(table["failures"].fillna(0).sum())) + " over all models"
    named = {
        "title": st.column_config.TextColumn("Model", pinned=True, width=235),
        "family": st.column_config.TextColumn("Family", width=70),
        "params": st.column_config.NumberColumn("Parameters, M", help="Trained numbers of the network, millions."),
        "peak_mb": st.column_config.NumberColumn("Peak memory, MB", help="Highest memory of the process while it ran."),
        "films": st.column_config.NumberColumn("N", help="Films the numbers are over, failed ones too.", width=50),
        "failures": st.column_config.NumberColumn("Failures", help="Films without a result.", width=70),
        "state": st.column_config.TextColumn("State", width=160,
                                            help="Stale: weights, labels or formulas have changed since."),
        "source": st.column_config.TextColumn("Source and protocol", width="large"),
    }
    return named | {
        key: st.column_config.NumberColumn(
            SHORT.get(key, metric_title(key)), width=155,
            help=f"{metric_title(key)}. {METRICS[key].formula} {counts}.",
        )
        for key in table.columns.intersection(list(METRICS))
    }
