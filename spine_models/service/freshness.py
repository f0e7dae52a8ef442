"""Is a stored result still that of today's weights, labels and formulas? If not, which command brings it up to date."""

from __future__ import annotations

from ..core.metrics import METRIC_VERSION
from ..training.labels import LABEL_REVISION
from ..zoo import list_models
from ..zoo.registry import ModelEntry
from .labelled_sets import SPLITS
from .store import Run

COMMAND = "python -m spine_models"
REVISED_METRICS = f"The metrics have been revised since (now version {METRIC_VERSION})."


def stale_reason(run: Run, models: dict[str, ModelEntry]) -> str | None:
    """A sentence on what has changed since ``run``, or None when it is fresh. models: of ``known_models``."""
    entry = models.get(run.model)
    if entry is None or entry.card is None or entry.card.training is None:
        return f"There is no trained model named {run.model} any more."
    if not entry.card.training.sha256.startswith(run.folder.name.rpartition("@")[2]):
        return "The model's weights have changed since."
    if public(run) and run.label_revision != LABEL_REVISION:
        return f"The labels have been revised since (now {LABEL_REVISION})."
    if run.card.calibration != entry.card.calibration:
        return "The model has been calibrated anew since."
    if needs_rescoring(run):
        return REVISED_METRICS
    return None


def needs_rescoring(run: Run) -> bool:
    """Whether its numbers were made by other formulas than today's; its landmarks may still hold."""
    return run.facts.get("metric_version") != METRIC_VERSION


def refresh_command(run: Run, models: dict[str, ModelEntry]) -> str | None:
    """What to type to have a fresh result instead of a stale one; None when it is fresh or the model is gone."""
    reason = stale_reason(run, models)
    if reason is None or run.model not in models:
        return None
    if reason == REVISED_METRICS:
        return f"{COMMAND} rescore"
    own = "" if public(run) else " --data YOUR_FILMS"
    split = f" --split {run.split}" if run.split in SPLITS else ""
    return f"{COMMAND} evaluate {run.model}{split}{own}"


def latest(runs: list[Run], models: dict[str, ModelEntry]) -> list[Run]:
    """One run per data set, split and model: the fresh one, else the last one made; in the order given."""
    best: dict[tuple[str, str, str], Run] = {}
    for run in runs:
        key = run.dataset, run.split, run.model
        if key not in best or _rank(run, models) > _rank(best[key], models):
            best[key] = run
    return [run for run in runs if run in best.values()]


def stale_models(runs: list[Run], dataset: str, split: str) -> list[str]:
    """Trained landmark models without a fresh result for a split of a data set, but for the formulas."""
    models = known_models()
    done = {run.model for run in runs if (run.dataset, run.split) == (dataset, split)
            and stale_reason(run, models) in (None, REVISED_METRICS)}
    return [name for name in landmark_models() if name not in done]


def landmark_models() -> list[str]:
    """Names of all trained models that find landmarks, recommended ones first."""
    return [entry.name for entry in list_models() if entry.status == "trained" and entry.card.task == "landmarks"]


def known_models() -> dict[str, ModelEntry]:
    """Today's models by name."""
    return {entry.name: entry for entry in list_models()}


def public(run: Run) -> bool:
    """Whether the run is on a public set, whose labels have a revision, and not on a user's own films."""
    return run.dataset in {split.dataset for split in SPLITS.values()}


def _rank(run: Run, models: dict[str, ModelEntry]) -> tuple[bool, str]:
    return stale_reason(run, models) is None, run.facts.get("date", "")
