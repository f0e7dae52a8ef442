"""What a reader study found, as tables: read from the store, nothing is simulated here and no network is needed.

Rows of a study: file, reader, corrections, and per way of ``WAYS`` mre_<way> (film pixels) and angle_<way> (degrees),
NaN where the model failed. ``reader_study`` says what the readers and ways are.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

READERS = ("farthest corner", "end vertebrae")
WAYS = ("manual", "carried")
TABLE = "reader_study.csv"

NEAR = 3.0
"""Degrees within which a largest angle counts as right."""

WORST = 0.1
"""Share of films, by their error before the first correction, that are also looked at alone."""

GROUPS = ("all", "worst tenth")


def read_study(path: Path) -> pd.DataFrame:
    """The rows of a study."""
    return pd.read_csv(path, dtype={"file": str})


def failures(study: pd.DataFrame) -> int:
    """Films on which the model found nothing to correct."""
    return int(study.loc[study["mre_manual"].isna(), "file"].nunique())


def study_summary(study: pd.DataFrame) -> pd.DataFrame:
    """Rows (reader, films, corrections); columns of means over measured films, and the share of all that are NEAR."""
    start = study[study["corrections"] == 0].drop_duplicates("file").sort_values("mre_manual", ascending=False)
    worst = set(start["file"][: max(1, round(WORST * len(start)))])  # NaN last: nothing to correct
    parts = {
        (reader, group): _by_correction(rows if group == "all" else rows[rows["file"].isin(worst)])
        for reader, rows in study.groupby("reader")
        for group in GROUPS
    }
    return pd.concat(parts, names=["reader", "films", "corrections"])


def study_table(study: pd.DataFrame) -> str:
    """The summary as text, with films and failures."""
    head = f"{study['file'].nunique()} films, {failures(study)} failures; error of corners in film pixels, of the " \
           f"largest angle in degrees, near: share of films under {NEAR:g} degrees"
    return f"{head}\n{study_summary(study).round(3).to_string()}"


def _by_correction(study: pd.DataFrame) -> pd.DataFrame:
    near = {f"near_{way}": study[f"angle_{way}"] < NEAR for way in WAYS}
    return study.assign(**near).drop(columns=["file", "reader"]).groupby("corrections").mean()
