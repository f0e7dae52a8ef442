"""BoostNet: features far from the usual are drawn back before they can mislead, and corners depend on each other.

After Wu H. et al., "Automatic landmark estimation for adolescent idiopathic scoliosis assessment using BoostNet",
MICCAI 2017. What is kept: convolutions followed by "boost" layers that suppress outlier features, and an output layer
in which every landmark is a weighted sum of all landmarks by a dependency matrix.

Legend
    z  feature in standard deviations from its channel's mean over the training films
    D  dependency matrix (68, 68): corner i as drawn = sum over j of D[i, j] (corner j as regressed)

The published re-implementation is stuck at a mean squared error of 0.2539. That is, to four digits, the mean square of
the 128 test films' labels as shares of width and height: it answers zero everywhere. What leads there can only be
inferred: absolute coordinates begin half a picture away from where an output starts, and a fully connected layer with
157,000 inputs takes steps that switch its rectified units off for good, after which no gradient is left. Here features
are held by batch normalisation, outliers fade smoothly and keep a gradient, the output is the deviation from the mean
spine, for which zero is a sound start, and a 1 x 1 convolution narrows the head to 4,096 inputs.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..core.card import ModelCard
from ._regressed import OUTPUTS, RegressedModel

CARD = ModelCard(
    name="boostnet",
    family="CNN",
    title="BoostNet",
    summary="Guesses all corners at once, plays down odd spots on the film, and lets corners steady each other; rough.",
    input_size=(256, 128),
    codec="framed",
    paper="Wu 2017, Automatic landmark estimation for AIS assessment using BoostNet (MICCAI)",
    training_data="SpineWeb-16 training films, half of the full-body AASCE films, phantoms",
    intended_use="Research and teaching: a baseline. A trained reader checks every corner.",
    limits=(
        "Draws a likely spine rather than the edges of the vertebrae: corners are off by several pixels of 256 rows.",
        "Large and unusual curves are drawn too straight.",
        "Always numbers twelve thoracic and five lumbar vertebrae; four or six lumbar vertebrae are misnumbered.",
    ),
)
WIDTHS = (24, 48, 96, 128)
NARROW, HIDDEN = 32, 384
CORNERS = 68
USUAL = 2.0  # standard deviations from which a feature begins to fade


class Boost(nn.Module):
    """Convolution whose outlier features fade towards the channel's mean; the learnt limit is one per channel."""

    def __init__(self, inner: int, outer: int, kernel: int = 3, stride: int = 2) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inner, outer, kernel, stride, kernel // 2, bias=False)
        self.norm = nn.BatchNorm2d(outer, affine=False)
        self.limit = nn.Parameter(torch.full((outer, 1, 1), USUAL))
        self.scale = nn.Parameter(torch.ones(outer, 1, 1))
        self.shift = nn.Parameter(torch.zeros(outer, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        z = self.norm(self.conv(x))
        beyond = F.relu(z.abs() - self.limit.clamp(min=0.5))
        return F.relu(self.scale * z / (1 + beyond.square()) + self.shift)


class BoostNet(RegressedModel):
    """Boost layers to 16 x 8 cells, a narrow head, and the dependency matrix on the corners it gives."""

    SIZE = CARD.input_size

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            Boost(1, WIDTHS[0], 5),
            *(Boost(inner, outer) for inner, outer in zip(WIDTHS, WIDTHS[1:])),
            Boost(WIDTHS[-1], NARROW, 1, 1),
        )
        cells = (self.SIZE[0] // 16) * (self.SIZE[1] // 16)
        self.head = nn.Sequential(
            nn.Flatten(), nn.Dropout(0.2), nn.Linear(NARROW * cells, HIDDEN), nn.ReLU(inplace=True)
        )
        self.out = nn.Linear(HIDDEN, OUTPUTS)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)
        self.dependency = nn.Parameter(neighbours())

    def coordinates(self, x: Tensor) -> Tensor:
        raw = self.out(self.head(self.features(x - 0.5))).unflatten(1, (CORNERS, 3))
        structured = torch.einsum("ij,njc->nic", self.dependency, raw[..., :2])
        return torch.cat([structured, raw[..., 2:]], dim=2).flatten(1)


def neighbours() -> Tensor:
    """D to begin with: half the corner itself, half the mean of the other corners on it and on the next vertebrae."""
    vertebra = torch.arange(CORNERS) // 4
    near = ((vertebra[:, None] - vertebra).abs() <= 1).float() - torch.eye(CORNERS)
    return 0.5 * torch.eye(CORNERS) + 0.5 * near / near.sum(dim=1, keepdim=True)


def build() -> BoostNet:
    return BoostNet()
