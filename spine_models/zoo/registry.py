"""The list of models, by file discovery: every ``zoo/*.py`` without a leading underscore is one model."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Literal

from pydantic import ValidationError

from ..core.card import Family, ModelCard, Training
from ..core.errors import ModelError
from ._declaration import check_imports, declared_card, parse_model, runs_code

if TYPE_CHECKING:
    from ._model import SpineModel

ZOO = Path(__file__).parent
NOT_MODELS = {"__init__", Path(__file__).stem}


@dataclass(frozen=True)
class ModelEntry:
    """One line of the model list. card is None and error a sentence when the file is broken."""

    name: str
    family: Family | None
    status: Literal["trained", "untrained", "broken"]
    recommended: bool
    card: ModelCard | None
    error: str | None = None


def list_models(folder: Path = ZOO) -> list[ModelEntry]:
    """Every model of the folder, recommended first, then by name; reads sources and cards only (no torch import)."""
    names = [path.stem for path in folder.glob("*.py") if not path.stem.startswith("_") and path.stem not in NOT_MODELS]
    return sorted((_entry(name, folder) for name in names), key=lambda entry: (not entry.recommended, entry.name))


def recommended_model(folder: Path = ZOO) -> str:
    """Name of the trained model used when none is asked for; raises ModelError when there is none."""
    for entry in list_models(folder):
        if entry.recommended:
            return entry.name
    raise ModelError("No trained model is recommended yet: name one with --model, or train one first.")


def import_model(name: str, folder: Path = ZOO) -> ModuleType:
    """Import the zoo file of a model that exists, trained or not; raises ModelError when it is unknown or broken."""
    _known(name, folder)
    return _import(folder / f"{name}.py")


def load_model(name: str, folder: Path = ZOO) -> SpineModel:
    """Network with its weights, float32, eval mode, channels_last, to be shared and never changed.

    Raises ModelError when the model is unknown, untrained or broken, or its weights are not the ones its card names.
    """
    entry = _known(name, folder)
    if entry.status == "untrained":
        raise ModelError(f"Model {name} has no weights yet: run `python -m spine_models train {name}` first.")
    from ._weights import load_weights  # imports torch, which listing must not

    return load_weights(_import(folder / f"{name}.py").build(), weights_path(name, folder), entry.card.training.sha256)


def weights_path(name: str, folder: Path = ZOO) -> Path:
    """Where the weights of a model lie; its measured facts lie beside them as .json."""
    return folder / "weights" / f"{name}.safetensors"


def curve_path(weights: Path) -> Path:
    """Where the learning curve that led to some weights lies."""
    return weights.with_suffix(".curve.json")


def _known(name: str, folder: Path) -> ModelEntry:
    entries = {entry.name: entry for entry in list_models(folder)}
    if name not in entries:
        raise ModelError(f"There is no model named {name!r}: choose one of {', '.join(sorted(entries))}.")
    if entries[name].status == "broken":
        raise ModelError(f"Model {name} is broken: {entries[name].error}")
    return entries[name]


def _entry(name: str, folder: Path) -> ModelEntry:
    card = None
    try:
        tree = parse_model(folder / f"{name}.py")
        card = declared_card(tree, name)
        check_imports(tree)
        if runs_code(tree):
            _import(folder / f"{name}.py")
        training = training_record(weights_path(name, folder))
    except ModelError as error:
        return ModelEntry(name, card and card.family, "broken", False, card, str(error))
    card = card.model_copy(update={"training": training})
    status = "trained" if training else "untrained"
    return ModelEntry(name, card.family, status, card.recommended and training is not None, card)


def training_record(weights: Path) -> Training | None:
    """What the .json beside weights says; None when either file is missing. Raises ModelError when it is not valid."""
    facts = weights.with_suffix(".json")
    if not (weights.is_file() and facts.is_file()):
        return None
    try:
        return Training.model_validate_json(facts.read_bytes())
    except ValidationError as error:
        raise ModelError(f"{facts.name} is not a valid training record: {error.errors()[0]['msg']}.") from error


def _import(path: Path) -> ModuleType:
    """Run a zoo file under its name in this package, so that its relative imports and pickles work from any folder."""
    name = f"{__package__}.{path.stem}"
    loaded = sys.modules.get(name)
    if loaded is not None and loaded.__file__ == str(path):
        return loaded
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # whatever a foreign file raises while it is imported, the list must go on
        del sys.modules[name]
        raise ModelError(f"Importing it fails with {type(error).__name__}: {error}.") from error
    return module
