"""What a training starts from: the layers of another model, where a model says so."""

from __future__ import annotations

from torch import nn
from torch.nn import functional as F

from ..zoo._framed import FramedModel
from ..zoo.registry import load_model

PLACES = ("attention.rows", "attention.columns")  # learnt per row and column of a picture


def begin(model: FramedModel) -> None:
    """Copy the layers of the model that this one begins from, if any."""
    if model.BEGINS_FROM:
        begin_from(model, load_model(model.BEGINS_FROM))


def begin_from(model: nn.Module, source: nn.Module) -> None:
    """Copy every layer of ``source`` that ``model`` has too; learnt places of another picture size are interpolated."""
    known, own = source.state_dict(), model.state_dict()
    for name in known.keys() & own.keys():
        value = known[name]
        if value.shape != own[name].shape and name.endswith(PLACES):
            value = F.interpolate(value, size=own[name].shape[2:], mode="bilinear", align_corners=False)
        if value.shape == own[name].shape:
            own[name].copy_(value)
