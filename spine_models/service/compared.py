"""Which models stand side by side on Compare at first. Chosen on validation films; test films choose nothing."""

from __future__ import annotations

from collections.abc import Sequence

from ..core.card import ModelCard
from ..zoo.registry import ModelEntry

MOST = 4
"""Models side by side."""

ERROR = "validation_largest"
"""Mean error of the largest angle on the validation films, degrees, as ``train`` wrote it on the card."""


ALIKE = {"cascade": "vertebra_focused"}
"""What a model starts from: with the refiner it says the same on films where the model need not zoom in."""


def first_choice(models: Sequence[ModelEntry]) -> list[str]:
    """Names of the recommended model, then of those of the smallest validation error, each with its refiner.

    What decides is the model's own error, which its training measured; with the refiner it stands once.
    """
    able = [entry for entry in models if entry.status == "trained" and entry.card.task == "landmarks"
            and entry.family != "baseline"]
    alike = {ALIKE.get(entry.name) for entry in able if entry.recommended}
    refined = {entry.base: entry.name for entry in able if entry.base}
    own = [entry for entry in able if not entry.base and entry.name not in alike]
    own.sort(key=lambda entry: (not entry.recommended, _error(entry.card)))
    return [refined.get(entry.name, entry.name) for entry in own[:MOST]]


def _error(card: ModelCard) -> float:
    return card.training.validation.get(ERROR, float("inf"))
