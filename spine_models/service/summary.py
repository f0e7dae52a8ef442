"""Stored cases to the numbers a table shows: per group of films, every metric with a bootstrap 95 % interval.

The intervals resample cases, not films (``core.bootstrap``). What ``summaries`` returns is kept beside the cases as
summary.json, so that a page with many models opens at once; it is always derived, never typed in.
"""

from __future__ import annotations

import json

import numpy as np
import pandas as pd

from ..core import weighted
from ..core.agreement import severity_bands
from ..core.bootstrap import case_weights, percentile_interval
from ..core.cobb import SEVERITY_BANDS
from ..core.metrics import METRIC_VERSION
from .metric_list import METRICS, Metric

ALL = "all"
GROUP = ["subset", "severity"]


def summarise(cases: pd.DataFrame) -> dict:
    """films, failures and, per key of METRICS, (value, low, high) with a bootstrap 95 % interval over cases."""
    summary = {"films": len(cases), "failures": int((~cases["ok"]).sum())}
    weights = _weights(cases)
    return summary | {key: _with_interval(metric.of(cases, weights)) for key, metric in METRICS.items()}


def summary_of(metric: Metric, cases: pd.DataFrame) -> tuple[float, float, float]:
    """(value, low, high) of one metric, as in ``summarise``."""
    return _with_interval(metric.of(cases, _weights(cases)))


def _weights(cases: pd.DataFrame) -> np.ndarray:
    """(1 + B, N) all films once, then the resamples; none of a single case."""
    resamples = case_weights(cases["case_id"]) if cases["case_id"].nunique() > 1 else np.zeros((0, len(cases)))
    return np.concatenate([weighted.ones(len(cases)), resamples])


def _with_interval(values: np.ndarray) -> tuple[float, float, float]:
    value, resampled = values[0], values[1:]
    low, high = percentile_interval(resampled) if np.isfinite(value) else (np.nan, np.nan)
    return float(value), low, high


def subsets(cases: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The groups of films a table gives beside each other: all, those without label defect or twin, the two halves."""
    groups = {ALL: cases, "clean, no twin": cases[cases["clean"]]}
    if cases["part"].nunique() > 1:
        groups |= {f"{part} half": group for part, group in cases.groupby("part")}
    return {title: group for title, group in groups.items() if len(group)}


def severity_groups(cases: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """All films, and those of each severity band of the published largest angle that has any."""
    bands = severity_bands(cases["true_1"].to_numpy())
    groups = {name: cases[bands == rank] for rank, (name, _) in enumerate(SEVERITY_BANDS)}
    return {ALL: cases} | {name: group for name, group in groups.items() if len(group)}


def summaries(cases: pd.DataFrame) -> pd.DataFrame:
    """Long table: subset, severity, metric, value, low, high, films, failures; a row per group and key of METRICS."""
    rows = []
    for subset, films in subsets(cases).items():
        for severity, group in severity_groups(films).items():
            summary = summarise(group)
            counts = summary.pop("films"), summary.pop("failures")
            rows += [(subset, severity, key, *numbers, *counts) for key, numbers in summary.items()]
    return pd.DataFrame(rows, columns=[*GROUP, "metric", "value", "low", "high", "films", "failures"])


def summaries_to_json(table: pd.DataFrame) -> str:
    """``summaries`` as the text of summary.json; numbers that are not defined become null."""
    groups = []
    for (subset, severity), rows in table.groupby(GROUP, sort=False):
        numbers = rows[["value", "low", "high"]].astype(object).where(rows[["value", "low", "high"]].notna(), None)
        groups.append({"subset": subset, "severity": severity, "films": int(rows["films"].iloc[0]),
                       "failures": int(rows["failures"].iloc[0]),
                       "metrics": dict(zip(rows["metric"], numbers.to_numpy().tolist()))})
    head = json.dumps({"metric_version": METRIC_VERSION})[:-1]
    lines = ",\n".join(json.dumps(group, allow_nan=False) for group in groups)
    return f'{head}, "groups": [\n{lines}\n]}}\n'


def summaries_from_json(text: str) -> pd.DataFrame:
    """The table behind the text of a summary.json."""
    rows = [(group["subset"], group["severity"], key, *numbers, group["films"], group["failures"])
            for group in json.loads(text)["groups"] for key, numbers in group["metrics"].items()]
    table = pd.DataFrame(rows, columns=[*GROUP, "metric", "value", "low", "high", "films", "failures"])
    return table.astype({"value": float, "low": float, "high": float})


def summary_table(cases: pd.DataFrame) -> str:
    """Text table: a line per metric, a column per subset, intervals in brackets."""
    columns = {title: summarise(group) for title, group in subsets(cases).items()}
    lines = [["", *columns]]
    lines += [[key, *(str(summary[key]) for summary in columns.values())] for key in ("films", "failures")]
    for key, metric in METRICS.items():
        lines.append([metric.title, *("{:.3g} [{:.3g}, {:.3g}]".format(*summary[key]) for summary in columns.values())])
    widths = [max(map(len, column)) for column in zip(*lines)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines)
