"""The list of models, by file discovery: every ``zoo/*.py`` without a leading underscore is one model."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Literal

from ..core.card import Calibration, Family, ModelCard
from ..core.errors import ModelError
from ._declaration import check_imports, declared_card, parse_model, runs_code
from ._records import ZOO, training_record, weights_path, write_record
from ._variants import HOLDER, PREFIX, joint_sha256, variant_card

if TYPE_CHECKING:
    from torch.nn import Module

    from ._model import SpineModel

FRAMED = "framed"
"""Codec of the models that share the finder, whose weights are then part of what the model says."""

NOT_MODELS = {"__init__", Path(__file__).stem}


@dataclass(frozen=True)
class ModelEntry:
    """One line of the model list. card is None and error a sentence when the file is broken.

    base: of a variant, the name of the model it refines.
    """

    name: str
    family: Family | None
    status: Literal["trained", "untrained", "broken"]
    recommended: bool
    card: ModelCard | None
    error: str | None = None
    base: str | None = None


def list_models(folder: Path = ZOO) -> list[ModelEntry]:
    """Every model of the folder, recommended first, then by name, each followed by its variant with the refiner.

    Reads sources and cards only (no torch import).
    """
    names = [path.stem for path in folder.glob("*.py") if not path.stem.startswith("_") and path.stem not in NOT_MODELS]
    bases = sorted((_entry(name, folder) for name in names), key=lambda entry: (not entry.recommended, entry.name))
    return [entry for base in bases for entry in (base, *_variants(base, folder))]


def recommended_model(folder: Path = ZOO) -> str:
    """Name of the trained model used when none is asked for; raises ModelError when there is none."""
    for entry in list_models(folder):
        if entry.recommended:
            return entry.name
    raise ModelError("No trained model is recommended yet: name one with --model, or train one first.")


def import_model(name: str, folder: Path = ZOO) -> ModuleType:
    """Import the zoo file of a model that exists, trained or not.

    Raises ModelError when it is unknown or broken, or a variant, which has no file.
    """
    entry = _known(name, folder)
    if entry.base:
        raise ModelError(f"{name} is {entry.base} with the corner refiner of the {HOLDER}: train these two instead.")
    return _import(folder / f"{name}.py")


def load_model(name: str, folder: Path = ZOO) -> SpineModel:
    """Network with its weights, float32, eval mode, channels_last, to be shared and never changed.

    Raises ModelError when the model is unknown, untrained or broken, or its weights are not the ones its card names.
    """
    entry = _known(name, folder)
    if entry.status == "untrained":
        raise ModelError(
            f"Model {name} has no weights yet: run `python -m spine_models train {entry.base or name}` first."
        )
    if entry.base:
        return _load_refined(entry.base, folder)
    return _load(_import(folder / f"{name}.py").build(), weights_path(name, folder))


def keep_calibration(name: str, calibration: Calibration, folder: Path = ZOO) -> None:
    """Write how sure a trained model, or a variant, is into the record beside its weights."""
    entry, path = _known(name, folder), weights_path(name, folder)
    record = entry.card.training if entry.base else training_record(path)
    write_record(path, record.model_copy(update={"calibration": calibration}))


def _load(network: Module, path: Path, prefix: str = "") -> Module:
    from ._weights import load_weights  # imports torch, which listing must not

    return load_weights(network, path, training_record(path).sha256, prefix)


def _load_refined(base: str, folder: Path) -> SpineModel:
    from ._refined import Refined
    from ._refiner import Refiner

    refiner = _load(Refiner(), weights_path(HOLDER, folder), PREFIX)
    return Refined(load_model(base, folder), refiner).eval()


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
        if training and card.codec == FRAMED:
            finder = training_record(weights_path("_finder", folder))
            parts = (training.sha256, finder.sha256) if finder else ()
            training = training.model_copy(update={"sha256": joint_sha256(*parts)}) if finder else None
    except ModelError as error:
        return ModelEntry(name, card and card.family, "broken", False, card, str(error))
    card = card.model_copy(update={"training": training})
    status = "trained" if training else "untrained"
    return ModelEntry(name, card.family, status, card.recommended and training is not None, card)


def _variants(base: ModelEntry, folder: Path) -> list[ModelEntry]:
    """The model with the shared refiner, if it has a use for it."""
    useless = base.status == "broken" or base.card.task != "landmarks" or base.name == HOLDER
    if useless or not weights_path(HOLDER, folder).is_file():
        return []
    card = variant_card(base.card, folder)
    status = "trained" if card.training else "untrained"
    return [ModelEntry(card.name, card.family, status, False, card, base=base.name)]


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
