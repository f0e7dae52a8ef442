"""The GAN study as stored: errors of every run, and paired differences with intervals. No network is needed here.

    assets/eval/gan_study/<setting>/
        setting.json   the ``Setting`` and where the first run came from
        films.csv      split, file, case_id, true_1..3 (published angles, degrees)
        <run>.csv      split, file, aasce_1..3 (challenge angles of the run; empty: no spine was found) and missed
                       (percent, 1 - Dice of the vertebrae as one area; empty where it was not measured)
        <run>.json     the run, minutes, params, and the learning curve with the critic's losses

A film on which no spine was found counts as if all its angles had been called 0, and its vertebrae missed whole.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from ..core.agreement import severity_bands
from ..core.bootstrap import case_weights, percentile_interval
from ..core.cobb import SEVERITY_BANDS
from ..core.metrics import smape_by_film
from ..training.study_plan import CNN, GENERATORS, SETTING, SHARES, SYNTHETIC, Setting, StudyRun, planned_runs
from .store import STORE
from .whole_file import write_whole

STUDY = STORE / "gan_study"
COMMAND = "python -m spine_models gan-study"
SPLITS = ("test", "validation")
ALL = "all"
TRUTH, ANGLES = ["true_1", "true_2", "true_3"], ["aasce_1", "aasce_2", "aasce_3"]
FEWEST_CASES = 5
"""In a group that is given an interval."""

MISSED = "missed"
METRICS = {"smape": ("SMAPE", " %"), "largest": ("Largest angle, mean error", "°"),
           MISSED: ("Area of the vertebrae, 1 − Dice", " %")}  # fmt: skip
"""Key -> title and unit of an error; lower is better."""


@dataclass(frozen=True, eq=False)
class Study:
    """The stored runs of one setting."""

    folder: Path
    setting: Setting

    @cached_property
    def films(self) -> pd.DataFrame:
        """Indexed by (split, file): case_id and published angles."""
        path = self.folder / "films.csv"
        if not path.is_file():
            return pd.DataFrame(columns=["case_id", *TRUTH])
        return pd.read_csv(path, dtype={"case_id": str}).set_index(["split", "file"])

    @cached_property
    def done(self) -> list[StudyRun]:
        """Finished runs, in the order of the plan."""
        return [run for run in planned_runs(self.setting) if (self.folder / f"{run.key}.json").is_file()]

    @property
    def missing(self) -> list[StudyRun]:
        """Runs of the plan that have not been done."""
        return [run for run in planned_runs(self.setting) if run not in self.done]

    def facts(self, run: StudyRun) -> dict:
        """minutes, params, curve (a row per epoch) of a finished run."""
        return json.loads((self.folder / f"{run.key}.json").read_text(encoding="utf-8"))

    def angles(self, run: StudyRun) -> pd.DataFrame:
        """Indexed by (split, file): challenge angles, NaN where no spine was found."""
        return self._rows(run)[ANGLES]

    def errors(self, run: StudyRun, split: str) -> pd.DataFrame:
        """Indexed by file: the METRICS of every film, as first read; none where the run was not measured."""
        if (run, split) not in self._errors:
            self._errors[run, split] = self._compared(run, split)
        return self._errors[run, split]

    @cached_property
    def _errors(self) -> dict[tuple[StudyRun, str], pd.DataFrame]:
        return {}

    def _compared(self, run: StudyRun, split: str) -> pd.DataFrame:
        rows = self._rows(run)
        if split not in rows.index.get_level_values("split"):
            return pd.DataFrame(columns=list(METRICS))
        rows = rows.loc[split]
        truth = self.films.loc[split].loc[rows.index, TRUTH].to_numpy()
        found = rows[ANGLES].fillna(0.0).to_numpy()
        return pd.DataFrame({"smape": smape_by_film(found, truth), "largest": np.abs(found[:, 0] - truth[:, 0]),
                             MISSED: rows[MISSED]}, index=rows.index)  # fmt: skip

    def _rows(self, run: StudyRun) -> pd.DataFrame:
        return pd.read_csv(self.folder / f"{run.key}.csv").set_index(["split", "file"])

    def measured(self, split: str) -> list[StudyRun]:
        """Finished runs that were measured on a split."""
        return [run for run in self.done if len(self.errors(run, split))]


def read_study(store: Path = STUDY, setting: Setting = SETTING) -> Study:
    """The study in today's setting; a study in another one is another folder."""
    return Study(store / setting.digest, setting)


def keep_run(study: Study, run: StudyRun, angles: pd.DataFrame, facts: dict) -> None:
    """Write a run; its .json comes last and makes it finished. angles: columns split, file, ANGLES and MISSED."""
    study.folder.mkdir(parents=True, exist_ok=True)
    angles.to_csv(study.folder / f"{run.key}.csv", index=False, float_format="%.2f")
    text = json.dumps(asdict(run) | facts, indent=1) + "\n"
    write_whole(study.folder / f"{run.key}.json", text.encode())


def paired_difference(study: Study, plain: Sequence[StudyRun], changed: Sequence[StudyRun], split: str) -> pd.DataFrame:
    """What a change does: rows (metric, group) with films, plain, changed, difference, low, high.

    A film's error is its mean over the seeds that both have; the difference, changed - plain, has a bootstrap 95 %
    interval over cases, NaN under FEWEST_CASES. group: all films, or a severity band of the published largest angle.
    """
    seeds = {run.seed for run in plain} & {run.seed for run in changed}
    first, second = (
        _mean_errors(study, [run for run in runs if run.seed in seeds], split) for runs in (plain, changed)
    )
    films = study.films.loc[split].loc[first.index]
    rows = []
    for group, kept in _groups(films).items():
        cases = films["case_id"][kept]
        weights = case_weights(cases) if cases.nunique() >= FEWEST_CASES else None
        for metric in METRICS:
            apart = (second[metric] - first[metric])[kept].to_numpy()
            low, high = np.nan, np.nan
            if weights is not None:
                low, high = percentile_interval(weights @ apart / weights.sum(axis=1))
            rows.append((metric, group, len(apart), first[metric][kept].mean(), second[metric][kept].mean(),
                         apart.mean(), low, high))  # fmt: skip
    columns = ["metric", "group", "films", "plain", "changed", "difference", "low", "high"]
    return pd.DataFrame(rows, columns=columns).assign(seeds=len(seeds))


def adversarial_effects(study: Study, split: str) -> pd.DataFrame:
    """``paired_difference`` of every generator with its critic against without, under the column model."""
    tables = []
    measured = [run for run in study.measured(split) if run.synthetic is None and run.share == 100]
    for name in GENERATORS:
        alone, critic = ([run for run in measured if run.model == name and run.critic is on] for on in (False, True))
        if {run.seed for run in alone} & {run.seed for run in critic}:
            tables.append(paired_difference(study, alone, critic, split).assign(model=name))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def synthetic_effects(study: Study, split: str) -> pd.DataFrame:
    """``paired_difference`` of every kind of synthetic films against none, under the columns synthetic and share."""
    tables = []
    measured = [run for run in study.measured(split) if run.model == CNN and not run.critic]
    for kind in SYNTHETIC:
        for share in SHARES:
            none, mixed = ([run for run in measured if run.share == share and run.synthetic == what]
                           for what in (None, kind))  # fmt: skip
            if {run.seed for run in none} & {run.seed for run in mixed}:
                found = paired_difference(study, none, mixed, split)
                tables.append(found.assign(synthetic=kind, share=share))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def seed_means(study: Study, split: str) -> pd.DataFrame:
    """Mean METRICS of every measured run, with the run's fields, films and failures."""
    rows = []
    for run in study.measured(split):
        errors = study.errors(run, split)
        failures = int(study.angles(run).loc[split].isna().any(axis=1).sum())
        rows.append(asdict(run) | dict(errors.mean()) | {"films": len(errors), "failures": failures})
    return pd.DataFrame(rows)


def verdict(low: float, high: float) -> str:
    """What an interval of a difference of errors says: better, worse or unclear."""
    if high < 0:
        return "better"
    return "worse" if low > 0 else "unclear"


def _mean_errors(study: Study, runs: Sequence[StudyRun], split: str) -> pd.DataFrame:
    return sum(study.errors(run, split) for run in runs) / len(runs)


def _groups(films: pd.DataFrame) -> dict[str, pd.Series]:
    """Which films are in each group."""
    bands = severity_bands(films["true_1"].to_numpy())
    groups = {name: pd.Series(bands == rank, films.index) for rank, (name, _) in enumerate(SEVERITY_BANDS)}
    return {ALL: pd.Series(True, films.index)} | {name: kept for name, kept in groups.items() if kept.any()}
