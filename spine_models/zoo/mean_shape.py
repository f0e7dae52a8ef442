"""Baseline: the mean spine of the training films, placed on every film alike.

It never looks at the film, so any model worth having must beat it by far. Every table carries this row.

Legend: S = (17, 4, 2) corner positions (x / width, y / height), averaged over the training films;
corners on a film of width W and height H = S * (W, H).
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from ..core.card import ModelCard
from ..core.landmarks import STANDARD_LEVELS
from ._model import Detection, SpineModel

CARD = ModelCard(
    name="mean_shape",
    family="baseline",
    title="Mean spine (baseline)",
    summary="Draws the average spine without looking at the film: a floor for comparison, never a measurement.",
    input_size=(1, 1),
    codec="none",
    paper="None: the trivial baseline of this project.",
    training_data="SpineWeb-16 training films (validation films excluded), repaired labels.",
    intended_use="A comparison row in tables. Not for measuring films.",
    limits=("It does not look at the film: its angles say nothing about the patient.",),
)


class MeanShape(SpineModel):
    """shape: (17, 4, 2) mean corners as fractions of the film's width and height."""

    def __init__(self) -> None:
        super().__init__()
        self.shape = nn.Parameter(torch.zeros(17, 4, 2), requires_grad=False)

    def detect(self, pixels: np.ndarray) -> Detection:
        height, width = pixels.shape
        corners = self.shape.double().numpy() * (width, height)
        return Detection(
            corners=corners,
            levels=STANDARD_LEVELS,
            confidence=np.zeros(len(corners)),
            warnings=("This baseline does not look at the film: its angles say nothing about this patient.",),
        )


def build() -> MeanShape:
    return MeanShape()


def fit(shapes: np.ndarray) -> MeanShape:
    """Model whose shape is the mean of ``shapes`` (N, 17, 4, 2), corners as fractions of width and height."""
    model = build()
    model.shape.data.copy_(torch.from_numpy(shapes.mean(axis=0)))
    return model
