"""Models against each other, film by film: difference, interval, and whether it could be chance.

Only films of the same labels are compared. An error is averaged over the films both models measured, with each one's
failures beside it; where a failed film counts as bad (shares of good films) it counts as bad here too.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from ..core import weighted
from ..core.bootstrap import case_weights, holm, percentile_interval, sign_flip_test
from ..core.errors import DataError
from .metric_list import METRICS

COMPARABLE = tuple(key for key, metric in METRICS.items() if metric.per_film)
"""Keys of METRICS with a value per film, that a paired difference makes sense of."""


def paired_values(cases: dict[str, pd.DataFrame], key: str) -> tuple[pd.DataFrame, pd.Series]:
    """(films x models) the metric's value per film, and the case of each film; films all models were given.

    cases: model name to its cases. Raises DataError for a metric without a value per film, or no film in common.
    """
    if key not in COMPARABLE:
        raise DataError(f"{key} has no value per film: compare one of {', '.join(COMPARABLE)}.")
    metric = METRICS[key]
    counted = metric.statistic is not weighted.mean  # a failed film is bad, not left out
    worst = 0.0 if metric.better == "high" else 1.0
    columns, owners = {}, {}
    for name, table in cases.items():
        values = pd.Series(metric.values(table), index=table["file"])
        columns[name] = values.fillna(worst) if counted else values
        owners |= dict(zip(table["file"], table["case_id"]))
    values = pd.concat(columns, axis=1, join="inner")
    if values.empty:
        raise DataError("These models were evaluated on no film in common.")
    return values, values.index.to_series().map(owners)


def compare_all(cases: dict[str, pd.DataFrame], key: str) -> pd.DataFrame:
    """A row per pair of models, its columns: first, second, films, their failures, difference, low, high, p, p_holm.

    difference: mean of first - second over the films both measured, with a bootstrap 95 % interval over cases;
    p: sign flips of cases; p_holm: adjusted for all pairs of the table (``core.bootstrap``).
    """
    values, owners = paired_values(cases, key)
    pairs = list(combinations(values, 2))
    apart = np.array([values[first] - values[second] for first, second in pairs]).reshape(len(pairs), len(values))
    weights = case_weights(owners)
    failures = {name: int((~table.loc[table["file"].isin(values.index), "ok"]).sum()) for name, table in cases.items()}
    rows = []
    for (first, second), differences in zip(pairs, apart):
        low, high = percentile_interval(weighted.mean(differences, weights))
        mean = float(weighted.mean(differences, weighted.ones(len(differences)))[0])
        rows.append((first, second, int(np.isfinite(differences).sum()), failures[first], failures[second], mean, low,
                     high))
    table = pd.DataFrame(rows, columns=["first", "second", "films", "failures_first", "failures_second", "difference",
                                        "low", "high"])
    p = sign_flip_test(apart, owners) if len(pairs) else np.zeros(0)
    p = np.where(np.isfinite(apart).any(axis=1), p, np.nan)
    return table.assign(p=p, p_holm=holm(p))


def film_differences(first: pd.DataFrame, second: pd.DataFrame, key: str) -> pd.DataFrame:
    """A row per common film: file, first, second, gain; best for the first model on top.

    gain: by how much the first model is better, in the metric's unit; NaN, at the end, where one failed.
    """
    values, _ = paired_values({"first": first, "second": second}, key)
    sign = 1.0 if METRICS[key].better == "high" else -1.0
    table = values.assign(gain=sign * (values["first"] - values["second"]))
    return table.rename_axis("file").reset_index().sort_values("gain", ascending=False, kind="stable",
                                                              ignore_index=True)
