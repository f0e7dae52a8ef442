"""How good the consensus is of the models that Compare shows at first, from the corners kept in the store.

Nothing is run and nothing is chosen by it: which models take part is decided on validation films (``compared``). It
stands beside the recommended model alone, on the official test films and on the full-body films that none of them was
trained on. Kept as ``consensus.json`` in the store, always derived.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..core.errors import DataError, LandmarkError
from ..core.landmarks import STANDARD_LEVELS, Landmarks
from ..core.metrics import METRIC_VERSION
from ..training.labels import LABEL_REVISION
from ..zoo import list_models
from ..zoo.registry import ModelEntry
from .compared import first_choice
from .consensus import consensus, majority_interval
from .labelled_sets import SPLITS
from .metric_list import METRICS
from .pairwise import compare_all
from .scoring import score_angles
from .store import STORE, Run, run_folder
from .summary import summary_of
from .whole_file import write_whole

TABLE = "consensus.json"
SETS = {"test": "test", "fullbody": "validation"}
"""Split to the part of it that no model was trained on."""

SCORES = ("smape", "largest_error")


def keep_consensus_study(store: Path = STORE) -> Path:
    """Write what today's models and results give; raises DataError where a member has no results."""
    models = {entry.name: entry for entry in list_models()}
    members = [models[name] for name in first_choice(list(models.values()))]
    if len(members) < 2:
        raise DataError("A consensus needs two trained models.")
    found = {"members": _weights(members), "metric_version": METRIC_VERSION, "label_revision": LABEL_REVISION,
             "sets": [scored_consensus(_runs(members, split, store), split, part) for split, part in SETS.items()]}
    path = store / TABLE
    write_whole(path, (json.dumps(found, indent=2) + "\n").encode())
    return path


def read_consensus_study(members: Sequence[ModelEntry], store: Path = STORE) -> list[dict]:
    """The sets of the study, if it is about these models with the weights they have, in whatever order; else none."""
    path = store / TABLE
    if not path.is_file() or not all(entry.status == "trained" for entry in members):
        return []
    found = json.loads(path.read_text(encoding="utf-8"))
    today = (_weights(members), METRIC_VERSION, LABEL_REVISION)
    return found["sets"] if (found["members"], found["metric_version"], found["label_revision"]) == today else []


def scored_consensus(runs: Sequence[Run], split: str, part: str) -> dict:
    """split, films, failures, alone (name of the first model), covered, with_interval; per key of SCORES: consensus,
    alone and difference (consensus - alone), each [value, low, high] with a bootstrap 95 % interval over cases.

    covered: share of the with_interval films whose majority interval holds the label's largest angle.
    """
    first = runs[0]
    if any(list(run.cases["file"]) != list(first.cases["file"]) for run in runs):
        raise DataError(f"The results on {split} are not of the same films: evaluate the models again.")
    rows = np.flatnonzero(first.cases["part"] == part)
    labels = [first.labels[row] for row in rows]
    corners = np.stack([fused_corners(runs, row) for row in rows])
    alone = first.cases.iloc[rows].reset_index(drop=True)
    ok = np.isfinite(corners).all(axis=(1, 2, 3))
    together = alone[["file", "case_id"]].assign(ok=ok).join(score_angles(corners, labels))
    bands = [majority_interval([_interval(run, row) for run in runs]) for row in rows]
    held = [band[0] <= angle <= band[1] for band, angle in zip(bands, alone["true_1"]) if band]
    found = {"split": split, "films": len(rows), "failures": int((~ok).sum()), "alone": first.model,
             "with_interval": len(held), "covered": float(np.mean(held)) if held else None}
    for key in SCORES:
        pair = compare_all({"consensus": together, "alone": alone}, key).iloc[0]
        found[key] = {"consensus": list(summary_of(METRICS[key], together)),
                      "alone": list(summary_of(METRICS[key], alone)),
                      "difference": [float(pair[name]) for name in ("difference", "low", "high")]}
    return found


def fused_corners(runs: Sequence[Run], row: int) -> np.ndarray:
    """(17, 4, 2) pixels of the consensus on one film; NaN where there is none, or not of all of T1-L5."""
    spines = [Landmarks(run.corners[row].astype(float), STANDARD_LEVELS, run.sigma[row].astype(float))
              for run in runs if np.isfinite(run.corners[row]).all()]
    try:
        found = consensus(spines).landmarks
    except LandmarkError:
        return np.full((len(STANDARD_LEVELS), 4, 2), np.nan)
    if not set(STANDARD_LEVELS) <= set(found.levels):
        return np.full((len(STANDARD_LEVELS), 4, 2), np.nan)
    return found.corners[[found.levels.index(level) for level in STANDARD_LEVELS]]


def consensus_table(path: Path) -> str:
    """The study as text."""
    found = json.loads(path.read_text(encoding="utf-8"))
    lines = [f"consensus of {', '.join(found['members'])}"]
    for one in found["sets"]:
        held = "" if one["covered"] is None else f"; the models' common range holds the largest angle on " \
                                                 f"{one['covered']:.0%} of {one['with_interval']}"
        lines.append(f"{one['split']}: {one['films']} films, {one['failures']} failures{held}")
        for key in SCORES:
            said = {name: "{:.2f} [{:.2f}, {:.2f}]".format(*numbers) for name, numbers in one[key].items()}
            lines.append(f"  {METRICS[key].title}: consensus {said['consensus']}, {one['alone']} alone "
                         f"{said['alone']}, difference {said['difference']}")
    return "\n".join(lines)


def _runs(members: Sequence[ModelEntry], split: str, store: Path) -> list[Run]:
    folders = [run_folder(entry.card, SPLITS[split].dataset, LABEL_REVISION, split, store) for entry in members]
    for entry, folder in zip(members, folders):
        if not folder.is_dir():
            raise DataError(f"There are no results of {entry.name}: run evaluate {entry.name} --split {split} first.")
    return [Run(folder) for folder in folders]


def _weights(members: Sequence[ModelEntry]) -> dict[str, str]:
    return {entry.name: entry.card.training.sha256 for entry in sorted(members, key=lambda entry: entry.name)}


def _interval(run: Run, row: int) -> tuple[float, float] | None:
    low, high = run.cases.loc[row, ["interval_low", "interval_high"]]
    return None if np.isnan(low) else (float(low), float(high))
