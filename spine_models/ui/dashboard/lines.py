"""Lines of many models in one figure: a few in their own look, the others grey and named where one points at them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from spine_models.ui.dashboard.results import Result
from spine_models.ui.dashboard.style import NEUTRAL, Look

OTHERS = "the other models"


def named_models(results: Sequence[Result], chosen: str) -> list[str]:
    """Titles of the lines that stand out: the chosen model's, the best one's (results[0]) and the baseline's."""
    baseline = [one.title for one in results if one.family == "baseline" and not one.refined]
    return list(dict.fromkeys([chosen, results[0].title, *baseline[:1]]))


def add_lines(figure: go.Figure, table: pd.DataFrame, x: str, y: str, told: str, look: dict[str, Look],
              named: Sequence[str], about: Sequence[str] = ()) -> None:
    """A line per title of the table, whose rows are in the order of x.

    told: what is said of a point, after its model's name; its %{customdata[1]} and so on are the columns ``about``.
    """
    lines = {title: rows for title, rows in table.groupby("title", sort=False)}
    hover = {"hovertemplate": f"<b>%{{customdata[0]}}</b>{told}<extra></extra>"}
    gap = pd.DataFrame([{column: np.nan for column in table}])
    others = [part for title, rows in lines.items() if title not in named for part in (rows, gap)]
    if others:
        rows = pd.concat([part.astype(object) for part in others], ignore_index=True)
        figure.add_scatter(x=rows[x], y=rows[y], name=OTHERS, mode="lines", customdata=rows[["title", *about]],
                           line={"color": NEUTRAL, "width": 1}, opacity=0.6, **hover)
    for title in reversed([title for title in named if title in lines]):  # the chosen one is drawn on top
        rows, one = lines[title], look[title]
        figure.add_scatter(
            x=rows[x], y=rows[y], name=title, mode="lines+markers", customdata=rows[["title", *about]],
            line={"color": one.colour, "dash": one.dash, "width": 3 if title == named[0] else 2},
            marker={"color": one.colour, "symbol": one.symbol, "size": 9, "maxdisplayed": 12}, **hover,
        )
    figure.update_layout(legend_traceorder="reversed")
