"""``rescore``: bring stored results to today's formulas from their landmarks, without running a network.

Results without labels beside them (metric version 1) need the films' folder once. What cannot be recomputed without a
network is kept: failures, intervals, times, and the shares within sigma where sigma was not stored.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

from ..core.errors import DataError
from ..core.metrics import METRIC_VERSION
from ..training.labels import LABEL_REVISION, LabelledFilm
from .case_table import IDENTITY, MEASURED, scored
from .freshness import needs_rescoring, public
from .label_store import LABELS, keep_labels
from .labelled_sets import open_set
from .robustness import rescored_robustness
from .store import CASES, RUN, STORE, Run, read_runs, replace_folder

SIGMA = ["within_1_sigma", "within_2_sigma", "axis_1_sigma", "axis_2_sigma"]


def rescore_store(data: Path | None, store: Path = STORE) -> list[Run]:
    """Rescore every result made by other formulas than today's; returns those, rescored.

    data: the folder of the public sets, only used for results without labels. Raises DataError when it is needed and
    not given, or does not hold the films.
    """
    old = [run for run in read_runs(store) if needs_rescoring(run)]
    for run in old:
        if not (run.folder.parent / LABELS).is_file():
            keep_labels(run.folder.parent, _labels(run, data))
        replace_folder(run.folder, rescored(run))
    return [Run(run.folder) for run in old]


def rescored(run: Run) -> dict[str, bytes]:
    """cases.csv, summary.json, run.json and, where it was run, robustness.csv of a result, by today's formulas."""
    cases, labels = run.cases, run.labels
    if list(cases["file"]) != [film.path.name for film in labels]:
        raise DataError(f"{run.folder / CASES} and the labels beside it are not of the same films.")
    unknown = np.full(run.corners.shape[:3], np.nan, np.float32)
    contents = scored(cases[[name for name in (*IDENTITY, *MEASURED) if name in cases]], run.corners,
                      unknown if run.sigma is None else run.sigma, labels, _kept_sigma(run))
    facts = run.facts | {"metric_version": METRIC_VERSION}
    return contents | rescored_robustness(run) | {RUN: (json.dumps(facts, indent=2) + "\n").encode()}


def _kept_sigma(run: Run) -> pd.DataFrame | None:
    return run.cases[SIGMA] if run.sigma is None and set(SIGMA) <= set(run.cases) else None


def _labels(run: Run, data: Path | None) -> list[LabelledFilm]:
    if not public(run) or run.label_revision != LABEL_REVISION:
        raise DataError(f"{run.folder} has no labels of today's revision: evaluate the model again.")
    if data is None:
        raise DataError(f"{run.folder} has no labels beside it: give the films with --data.")
    return open_set(data, run.split).films
