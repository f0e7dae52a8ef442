"""Variants: a model followed by the shared corner refiner, "<name>+refiner". Read from files only, no torch.

The refiner lies in the weights of the cascade, which is therefore the one model without a variant. A variant has no
weights of its own: its identity is made from those of both parts, so that whatever was measured with others is known to
be stale.
"""

from __future__ import annotations

import hashlib
import json
import struct
from math import prod
from pathlib import Path

from ..core.card import ModelCard, Training
from ..core.errors import ModelError
from ._records import training_record, weights_path

SUFFIX = "+refiner"
HOLDER = "cascade"
PREFIX = "refiner."
"""Where the refiner's tensors are: in the weights of which model, under what names."""

STATISTICS = ("running_mean", "running_var", "num_batches_tracked")


def variant_card(base: ModelCard, folder: Path) -> ModelCard:
    """Card of a model's variant; its ``training`` is None unless both parts have weights.

    Raises ModelError when a record beside the weights is not valid.
    """
    name = base.name + SUFFIX
    holder = training_record(weights_path(HOLDER, folder))
    return base.model_copy(
        update={
            "name": name,
            "title": f"{base.title} + refiner",
            "summary": f"{base.summary} Every corner is then moved to the edge the film shows at full resolution.",
            "recommended": False,
            "limits": (*base.limits, "The refiner corrects corners up to a third of a vertebra off; where "
                       "they are further off, it may draw two vertebrae to the same one."),
            "training": _training(name, base.training, holder, folder) if base.training and holder else None,
        }
    )


def _training(name: str, base: Training, holder: Training, folder: Path) -> Training:
    """The record of a variant: kept by ``calibrate`` if it was made with these weights, else that of its parts."""
    sha256 = joint_sha256(base.sha256, holder.sha256)
    kept = training_record(weights_path(name, folder), own_weights=False)
    if kept is not None and kept.sha256 == sha256:
        return kept
    return base.model_copy(
        update={
            "params": base.params + _refiner_params(weights_path(HOLDER, folder)),
            "sha256": sha256,
            "data": f"{base.data}; refiner: {holder.data}",
            "validation": {},
            "ablation": (),
            "calibration": None,
        }
    )


def joint_sha256(*parts: str) -> str:
    """One hash for several files, from theirs."""
    return hashlib.sha256("".join(parts).encode()).hexdigest()


def _refiner_params(weights: Path) -> int:
    """Number of the refiner's parameters, from the header of the safetensors file alone."""
    with weights.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
    shapes = [
        tensor["shape"]
        for name, tensor in header.items()
        if name.startswith(PREFIX) and not name.endswith(STATISTICS)
    ]
    if not shapes:
        raise ModelError(f"{weights.name} holds no corner refiner: train the cascade again.")
    return sum(prod(shape) for shape in shapes)
