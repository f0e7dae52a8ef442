"""Stored cases to the numbers a table shows. Nothing here is kept: every summary is derived from its cases again."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from ..core.agreement import bootstrap_interval, icc_2_1

Statistic = Callable[[np.ndarray], float]


def _mean(values: np.ndarray) -> float:
    """Mean over measured films; the failures beside it say how many are missing. NaN when none was measured."""
    measured = values[np.isfinite(values)]
    return float(measured.mean()) if len(measured) else float("nan")


def _median(values: np.ndarray) -> float:
    return float(np.median(values))


def _within_5(errors: np.ndarray) -> float:
    """Share of all films; a failed one (NaN) is not within."""
    return float((errors <= 5).mean())


def _far(shares: np.ndarray) -> float:
    """Share of all corners; those of a failed film are all far."""
    return float(np.nan_to_num(shares, nan=1.0).mean())


def _icc(pairs: np.ndarray) -> float:
    """ICC(2,1) of model and label, over the films the model measured."""
    return icc_2_1(pairs).value


METRICS: dict[str, tuple[str, str | list[str], Statistic]] = {
    "smape": ("SMAPE, %", "smape", _mean),
    "largest_error": ("largest angle, mean error, degrees", "largest_error", _mean),
    "within_5": ("largest angle within 5 degrees", "largest_error", _within_5),
    "icc": ("largest angle, ICC(2,1) with the label", ["aasce_1", "true_1"], _icc),
    "mre_px": ("mean radial error, film pixels", "mre_px", _mean),
    "mre_grid": ("mean radial error, 512x1024, labels as published", "mre_grid", _mean),
    "mre_film_order": ("mean radial error, 512x1024, labels in film order", "mre_film_order", _mean),
    "far": ("corners over 20 px off on 704x384", "far", _far),
    "level_shift": ("films numbered one or more levels off", "level_shift", _mean),
    "covered": ("largest angle inside its 90 % interval", "covered", _mean),
    "interval_width": ("width of that interval, degrees", "interval_width", _mean),
    "within_1_sigma": ("corners within 1 sigma, to be 0.683", "within_1_sigma", _mean),
    "within_2_sigma": ("corners within 2 sigma, to be 0.954", "within_2_sigma", _mean),
    "seconds": ("seconds a film, median", "seconds", _median),
}
"""Key -> (what a table calls it, column or columns of cases, statistic over films)."""


def summarise(cases: pd.DataFrame) -> dict:
    """films, failures and, per key of METRICS, (value, low, high) with a bootstrap 95 % interval over films."""
    summary = {"films": len(cases), "failures": int((~cases["ok"]).sum())}
    for key, (_, column, statistic) in METRICS.items():
        values = cases[column].to_numpy(dtype=float, na_value=np.nan)
        enough = len(values) > 1 and np.isfinite(values).any()
        interval = bootstrap_interval(values, statistic) if enough else (np.nan, np.nan)
        summary[key] = (statistic(values), *interval)
    return summary


def subsets(cases: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The groups of films a table gives beside each other: all, those without label defect or twin, the two halves."""
    groups = {"all": cases, "clean, no twin": cases[cases["clean"]]}
    if cases["part"].nunique() > 1:
        groups |= {f"{part} half": group for part, group in cases.groupby("part")}
    return {title: group for title, group in groups.items() if len(group)}


def summary_table(cases: pd.DataFrame) -> str:
    """Text table: a line per metric, a column per subset, intervals in brackets."""
    columns = {title: summarise(group) for title, group in subsets(cases).items()}
    lines = [["", *columns]]
    lines += [[key, *(str(summary[key]) for summary in columns.values())] for key in ("films", "failures")]
    for key, (title, _, _) in METRICS.items():
        lines.append([title, *("{:.3g} [{:.3g}, {:.3g}]".format(*summary[key]) for summary in columns.values())])
    widths = [max(map(len, column)) for column in zip(*lines)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines)
