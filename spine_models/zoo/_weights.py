"""Weights on disk: half precision safetensors, with the measured facts (``Training``) in a JSON file beside them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from ..core.card import Training
from ..core.errors import ModelError
from ._records import write_record


def save_weights(model: nn.Module, path: Path, **facts: object) -> Training:
    """Write ``path`` (.safetensors, floating tensors as float16) and its .json, and return what the JSON says.

    facts: the fields of ``Training`` that only the trainer knows; ``params`` and ``sha256`` are measured here.
    """
    tensors = {key: _halved(value) for key, value in model.state_dict().items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, path)
    count = sum(value.numel() for value in model.parameters())
    training = Training(params=count, sha256=file_sha256(path), **facts)
    write_record(path, training)
    return training


def load_weights(model: nn.Module, path: Path, sha256: str, prefix: str = "") -> nn.Module:
    """Fill the model from ``path`` and make it ready to share: float32, eval mode, channels_last, no gradients.

    prefix: of the names of the model's tensors, where the file holds a larger model of which it is a part.
    Raises ModelError when the file is not the one the card names, or does not fit the network.
    """
    if file_sha256(path) != sha256:
        raise ModelError(
            f"{path.name} is not the file its card names (sha256 differs): restore it or train the model again."
        )
    try:
        tensors = load_file(path)
        part = {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
        model.load_state_dict(part)
    except (RuntimeError, SafetensorError) as error:
        raise ModelError(f"{path.name} does not fit the network of its zoo file: train the model again.") from error
    return model.float().eval().requires_grad_(False).to(memory_format=torch.channels_last)


def file_sha256(path: Path) -> str:
    """Hex digest of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _halved(value: torch.Tensor) -> torch.Tensor:
    return (value.half() if value.is_floating_point() else value).contiguous()
