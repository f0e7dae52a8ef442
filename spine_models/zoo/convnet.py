"""The plain convolutional network: five convolutions and a fully connected head regress all 136 coordinates at once.

The simplest network the original study names. What it needs to learn at all: the spine found and enlarged first (the
shared finder), films bent and exposed anew every time it sees them, and the mean spine to start from. What it cannot do
by its kind: one vector must say where 68 corners lie, so it draws smooth, likely spines rather than the film's edges.
"""

from __future__ import annotations

from torch import Tensor, nn

from ..core.card import ModelCard
from ._blocks import ConvNorm
from ._regressed import OUTPUTS, RegressedModel

CARD = ModelCard(
    name="convnet",
    family="CNN",
    title="ConvNet",
    summary="Guesses all corners at once from a small picture: very fast and rough; good for a first impression only.",
    input_size=(256, 128),
    codec="framed",
    paper="None: the plain baseline network of the original study; LeCun 1998 in kind",
    training_data="SpineWeb-16 training films, half of the full-body AASCE films, phantoms",
    intended_use="Research and teaching: a baseline. A trained reader checks every corner.",
    limits=(
        "Draws a likely spine rather than the edges of the vertebrae: corners are off by several pixels of 256 rows.",
        "Large and unusual curves are drawn too straight.",
        "Always numbers twelve thoracic and five lumbar vertebrae; four or six lumbar vertebrae are misnumbered.",
    ),
)
WIDTHS = (24, 48, 96, 128, 160)
HIDDEN = 384


class ConvNet(RegressedModel):
    """Every convolution halves the picture, so that 8 x 4 cells remain for the head."""

    SIZE = CARD.input_size

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            ConvNorm(1, WIDTHS[0], 5, 2),
            *(ConvNorm(inner, outer, 3, 2) for inner, outer in zip(WIDTHS, WIDTHS[1:])),
        )
        cells = (self.SIZE[0] // 32) * (self.SIZE[1] // 32)
        self.head = nn.Sequential(
            nn.Flatten(), nn.Dropout(0.2), nn.Linear(WIDTHS[-1] * cells, HIDDEN), nn.ReLU(inplace=True)
        )
        self.out = nn.Linear(HIDDEN, OUTPUTS)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def coordinates(self, x: Tensor) -> Tensor:
        return self.out(self.head(self.features(x - 0.5)))


def build() -> ConvNet:
    return ConvNet()
