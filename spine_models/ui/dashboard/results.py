"""The result store as the dashboard shows it: per set of films, one result of each model, fresh where there is one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from spine_models.core.errors import DataError
from spine_models.service.freshness import latest, refresh_command, stale_reason
from spine_models.service.store import STORE, Run, read_runs
from spine_models.service.summary import ALL, severity_groups, subsets
from spine_models.ui.models import ordered_models

TITLES = {
    ("spineweb16", "test"): "SpineWeb-16, official test",
    ("spineweb16", "validation"): "SpineWeb-16, validation",
    ("aasce_challenge", "fullbody"): "Full-body films",
}
"""Of the public sets; a user's own are called as their folder is."""

Stamp = tuple[tuple[str, int], ...]


@dataclass(frozen=True, eq=False)
class Result:
    """One model's result on one set of films.

    title: unique among the results of the set. base: name of the model it refines, else its own. stamp: names and
    times of its files, by which what is computed from them is cached. stale, command: what has changed since, and what
    to type to refresh it.
    """

    run: Run
    title: str
    base: str
    stamp: Stamp
    stale: str | None
    command: str | None

    @property
    def name(self) -> str:
        """Name of the model."""
        return self.run.model

    @property
    def family(self) -> str:
        """CNN, GAN or baseline."""
        return self.run.card.family or "unknown"

    @property
    def refined(self) -> bool:
        """Whether it is a variant of another model."""
        return self.base != self.name

    @property
    def key(self) -> tuple[str, Stamp]:
        """Changes whenever a file of the result does."""
        return str(self.run.folder), self.stamp


@dataclass(frozen=True, eq=False)
class Films:
    """Which films of a set count: a subset and a severity group of ``service.summary``."""

    subset: str
    severity: str

    def of(self, run: Run) -> pd.DataFrame:
        """The cases of these films, with the rows' numbers in the store as index; empty where the run has none."""
        group = subsets(run.cases).get(self.subset, run.cases.iloc[:0])
        return severity_groups(group).get(self.severity, group.iloc[:0])

    def rows(self, run: Run) -> np.ndarray:
        """(N,) bool of the run's films."""
        return run.cases.index.isin(self.of(run).index)


@dataclass(frozen=True, eq=False)
class ResultSet:
    """All models' results on the same films."""

    dataset: str
    split: str
    results: list[Result]

    @cached_property
    def films(self) -> int:
        """Number of films, failed ones too."""
        return max(len(result.run.cases) for result in self.results)

    @property
    def title(self) -> str:
        """What a reader calls it."""
        return TITLES.get((self.dataset, self.split), f"{self.dataset.removeprefix('own_')}, {self.split}")

    def groups(self) -> dict[str, list[str]]:
        """Subset to the severity groups that any result has in it."""
        found: dict[str, list[str]] = {}
        for result in self.results:
            for subset, severity in result.run.summaries[["subset", "severity"]].drop_duplicates().to_numpy():
                names = found.setdefault(subset, [])
                names.extend([severity] if severity not in names else [])
        return found


def result_sets(store: Path = STORE) -> tuple[dict[str, ResultSet], list[str]]:
    """Title to set, the one with most models first; and a sentence about each folder that cannot be read."""
    folders = tuple((str(run.folder), _stamp(run.folder)) for run in read_runs(store))
    runs, stamps = _runs(folders), dict(folders)
    entries = {entry.name: entry for entry in ordered_models()}
    sound, faults = [], []
    for run in runs:
        try:
            stale_reason(run, entries), run.summaries
            sound.append(run)
        except (DataError, ValueError, KeyError) as error:
            faults.append(f"{run.folder.name} is left out: {error}")
    grouped: dict[tuple[str, str], list[Result]] = {}
    for run in latest(sound, entries):
        entry = entries.get(run.model)
        base = (entry and entry.base) or run.model
        result = Result(run, run.card.title or run.model, base, stamps[str(run.folder)],
                        stale_reason(run, entries), refresh_command(run, entries))
        grouped.setdefault((run.dataset, run.split), []).append(result)
    sets = [ResultSet(*key, _with_own_titles(sorted(results, key=_error))) for key, results in grouped.items()]
    sets.sort(key=lambda films: (-len(films.results), -films.films, films.dataset, films.split))
    return {films.title: films for films in sets}, faults


def _error(result: Result) -> float:
    """SMAPE of all films: the best model comes first in every list."""
    table = result.run.summaries
    value = table.loc[(table["metric"] == "smape") & (table["subset"] == ALL) & (table["severity"] == ALL), "value"]
    return float(value.fillna(np.inf).min())


def _with_own_titles(results: list[Result]) -> list[Result]:
    """Models that call themselves alike are told apart by their names."""
    titles = [result.title for result in results]
    for n, result in enumerate(results):
        if titles.count(result.title) > 1:
            results[n] = Result(result.run, f"{result.title} ({result.name})", result.base, result.stamp, result.stale,
                                result.command)
    return results


def _stamp(folder: Path) -> Stamp:
    """Of the result's files and of the labels beside it: a file may be replaced without the folder noticing."""
    files = [*folder.iterdir(), *folder.parent.glob("labels.npz")]
    return tuple(sorted((path.name, path.stat().st_mtime_ns) for path in files))


@st.cache_resource(max_entries=2, show_spinner=False)
def _runs(folders: tuple[tuple[str, Stamp], ...]) -> list[Run]:
    """Runs keep what they have read; new ones when any file has changed."""
    return [Run(Path(folder)) for folder, _ in folders]
