"""The numbers of a leaderboard, gathered from the summaries of all results of a set."""

from __future__ import annotations

import numpy as np
import pandas as pd

from spine_models.service.metric_list import METRICS
from spine_models.service.published import DATASET, read_published
from spine_models.ui.dashboard.results import Films, Result, ResultSet

PUBLISHED = "published, not re-run"
FRESH, STALE = "fresh", "stale"
COLUMNS = ["title", "name", "family", "state", "metric", "value", "low", "high", "films", "failures"]


def standings(results: list[Result], films: Films) -> pd.DataFrame:
    """A row per model and metric: COLUMNS."""
    parts = []
    for result in results:
        table = result.run.summaries
        chosen = table[(table["subset"] == films.subset) & (table["severity"] == films.severity)]
        parts.append(chosen.drop(columns=["subset", "severity"]).assign(
            title=result.title, name=result.name, family=result.family, state=STALE if result.stale else FRESH))
    return pd.concat(parts, ignore_index=True)[COLUMNS]


def published_standings(films: ResultSet, chosen: Films) -> pd.DataFrame:
    """The published rows that may stand beside these results: on all official test films, nowhere else.

    Their titles say so too: a model of ours may bear the name of the system it is made after.
    """
    table = read_published()
    beside = (films.dataset, films.split, chosen.subset, chosen.severity) == (DATASET, "test", "all", "all")
    table = table if beside else table.iloc[:0]
    table = table.assign(title=table["name"] + ", published", name="", state=PUBLISHED)
    return table.assign(low=np.nan, high=np.nan, failures=np.nan)


def ranked(table: pd.DataFrame, key: str) -> pd.DataFrame:
    """The rows of one metric, the best first; models that have no value of it last."""
    rows = table[table["metric"] == key]
    return rows.sort_values("value", ascending=METRICS[key].better != "high", kind="stable", ignore_index=True)
