"""Where the weights of a model lie, and the record of how they were made beside them. Read without torch."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from ..core.card import Training
from ..core.errors import ModelError

ZOO = Path(__file__).parent


def weights_path(name: str, folder: Path = ZOO) -> Path:
    """Where the weights of a model lie; its measured facts lie beside them as .json."""
    return folder / "weights" / f"{name}.safetensors"


def curve_path(weights: Path) -> Path:
    """Where the learning curve that led to some weights lies."""
    return weights.with_suffix(".curve.json")


def training_record(weights: Path, own_weights: bool = True) -> Training | None:
    """What the .json beside weights says; None when it is missing, or the weights are and should not be.

    Raises ModelError when it is not valid.
    """
    facts = weights.with_suffix(".json")
    if not facts.is_file() or (own_weights and not weights.is_file()):
        return None
    try:
        return Training.model_validate_json(facts.read_bytes())
    except ValidationError as error:
        raise ModelError(f"{facts.name} is not a valid training record: {error.errors()[0]['msg']}.") from error


def write_record(weights: Path, training: Training) -> None:
    """Keep a record beside weights."""
    weights.with_suffix(".json").write_text(training.model_dump_json(indent=2) + "\n", encoding="utf-8")
