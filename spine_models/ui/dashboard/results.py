"""The result store as the dashboard shows it: per set of films, one result of each model, fresh where there is one."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from threading import Thread

import numpy as np
import pandas as pd

from spine_models.core.errors import DataError
from spine_models.service.freshness import latest, refresh_command, stale_reason
from spine_models.service.store import STORE, Run, read_runs
from spine_models.service.summary import ALL, severity_groups, subsets
from spine_models.ui.keeping import kept
from spine_models.ui.models import ordered_models

TITLES = {
    ("spineweb16", "test"): "SpineWeb-16, official test",
    ("spineweb16", "validation"): "SpineWeb-16, validation",
    ("aasce_challenge", "fullbody"): "Full-body films",
}
"""Of the public sets; a user's own are called as their folder is."""

@dataclass(frozen=True, eq=False)
class Result:
    """One model's result on one set of films.

    title: unique among the results of the set. base: name of the model it refines, else its own. stale, command: what
    has changed since, and what to type to refresh it.
    """

    run: Run
    title: str
    base: str
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


@dataclass(frozen=True, eq=False)
class Films:
    """Which films of a set count: a subset and a severity group of ``service.summary``."""

    subset: str
    severity: str

    @property
    def key(self) -> tuple[str, str]:
        """For ``kept``."""
        return self.subset, self.severity

    def of(self, run: Run) -> pd.DataFrame:
        """The cases of these films, with the rows' numbers in the store as index; empty where the run has none."""
        return run.cases.loc[self._index(run)]

    def rows(self, run: Run) -> np.ndarray:
        """(N,) bool of the run's films."""
        return run.cases.index.isin(self._index(run))

    def _index(self, run: Run) -> pd.Index:
        slim = run.cases[["clean", "part", "true_1"]]  # what the groups are made of; the other columns cost time
        group = subsets(slim).get(self.subset, slim.iloc[:0])
        return severity_groups(group).get(self.severity, group.iloc[:0]).index


@dataclass(frozen=True, eq=False)
class ResultSet:
    """All models' results on the same films, the best first. key: changes whenever a file of theirs does."""

    dataset: str
    split: str
    results: list[Result]
    key: str

    @cached_property
    def films(self) -> int:
        """Number of films, failed ones too."""
        return max(len(result.run.cases) for result in self.results)

    @property
    def title(self) -> str:
        """What a reader calls it."""
        return TITLES.get((self.dataset, self.split), f"{self.dataset.removeprefix('own_')}, {self.split}")

    @cached_property
    def groups(self) -> dict[str, list[str]]:
        """Subset to the severity groups that any result has in it."""
        found: dict[str, list[str]] = {}
        for result in self.results:
            for subset, severity in result.run.summaries[["subset", "severity"]].drop_duplicates().to_numpy():
                names = found.setdefault(subset, [])
                names.extend([severity] if severity not in names else [])
        return found


def result_sets() -> tuple[dict[str, ResultSet], list[str]]:
    """Title to set, the one with most models first; and a sentence about each folder that cannot be read."""
    folders = tuple((str(run.folder), *_stamp(run.folder)) for run in read_runs(STORE))
    entries = ordered_models()
    state = repr([(entry.name, entry.base, entry.card and entry.card.training) for entry in entries])
    key = hashlib.sha256(repr((folders, state)).encode()).hexdigest()
    return kept("result sets", (key,), lambda: _sets(key))


def _sets(key: str) -> tuple[dict[str, ResultSet], list[str]]:
    entries = {entry.name: entry for entry in ordered_models()}
    sound, faults = [], []
    for run in read_runs(STORE):
        try:
            stale_reason(run, entries), run.facts, run.summaries, run.cases
            sound.append(run)
        except (DataError, ValueError, KeyError) as error:
            faults.append(f"{run.folder.name} is left out: {error}")
    grouped: dict[tuple[str, str], list[Result]] = {}
    for run in latest(sound, entries):
        entry = entries.get(run.model)
        base = (entry and entry.base) or run.model
        result = Result(run, run.card.title or run.model, base, stale_reason(run, entries),
                        refresh_command(run, entries))
        grouped.setdefault((run.dataset, run.split), []).append(result)
    sets = [ResultSet(*names, _with_own_titles(sorted(results, key=_error)), key) for names, results in grouped.items()]
    sets.sort(key=lambda films: (-len(films.results), -films.films, films.dataset, films.split))
    return {films.title: films for films in sets}, faults


def read_ahead(films: ResultSet) -> None:
    """Read and align all corners of a set while the reader looks at the first view."""
    kept("reading ahead", (films.key, films.title), Thread(target=_align, args=(films,), daemon=True).start)


def _align(films: ResultSet) -> None:
    with suppress(DataError):  # the view that needs the labels says that there are none
        for result in films.results:
            result.run.placing  # kept by the run


def _error(result: Result) -> float:
    """SMAPE of all films: the best model comes first in every list."""
    table = result.run.summaries
    value = table.loc[(table["metric"] == "smape") & (table["subset"] == ALL) & (table["severity"] == ALL), "value"]
    return float(value.fillna(np.inf).min())


def _with_own_titles(results: list[Result]) -> list[Result]:
    """Models that call themselves alike are told apart by their names."""
    titles = [result.title for result in results]
    return [replace(result, title=f"{result.title} ({result.name})") if titles.count(result.title) > 1 else result
            for result in results]


def _stamp(folder: Path) -> list[tuple[str, int]]:
    """Of the result's files and of the labels beside it: a file may be replaced without the folder noticing."""
    files = [*folder.iterdir(), *folder.parent.glob("labels.npz")]
    return sorted((path.name, path.stat().st_mtime_ns) for path in files)
