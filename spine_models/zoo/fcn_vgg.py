"""Fully convolutional VGG: heat maps of the four kinds of corner, grouped into vertebrae by votes and by their order.

After Simonyan 2015 (VGG: plain 3x3 convolutions and pooling), Long 2015 (FCN: deconvolutions with added skips) and
Law 2018 (one heat map per kind of corner). What differs: a slim encoder with batch normalisation trained from scratch;
every corner votes for the centre of its vertebra (Papandreou 2018, PersonLab), which groups the corners; a level map
and self-attention over the film at the bottom, so that the groups can be put in order as one spine.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..core.card import ModelCard
from ..core.chain import link
from ..core.corner_type_codec import decode, encode
from ..core.whole_spine import whole_spine
from ._blocks import ConvNorm, FilmAttention
from ._framed import Decoded, FramedModel

CARD = ModelCard(
    name="fcn_vgg",
    family="CNN",
    title="FCN (VGG)",
    summary="Marks all upper left corners, all upper right ones and so on, then groups the marks into vertebrae.",
    input_size=(384, 192),
    codec="framed",
    paper="Long 2015, Fully convolutional networks (CVPR); Simonyan 2015, VGG (ICLR); Law 2018, CornerNet (ECCV)",
    training_data="SpineWeb-16 training films, half of the full-body AASCE films, phantoms",
    intended_use="Research and teaching: frontal spine radiographs, T1-L5; a trained reader checks every corner.",
    limits=(
        "Always numbers twelve thoracic and five lumbar vertebrae; four or six lumbar vertebrae are misnumbered.",
        "Sees the spine at 384 pixels of height: endplates are placed coarsely without the refiner.",
    ),
)
WIDTHS = (8, 24, 48, 96, 128, 160)  # channels at strides 1, 2, 4, 8, 16, 32
LEVEL_CLASSES = 18  # background and T1-L5
VOTE_UNIT = 8.0  # the vote channels count in this many cells, which keeps them near 1


class VggFcn(nn.Module):
    """Input (N, 1, h, w); output (N, outer, h / 2, w / 2)."""

    def __init__(self, size: tuple[int, int], outer: int) -> None:
        super().__init__()
        self.first = nn.Sequential(ConvNorm(1, WIDTHS[0]), nn.MaxPool2d(2), ConvNorm(*WIDTHS[:2]))
        self.stages = nn.ModuleList(
            nn.Sequential(nn.MaxPool2d(2), ConvNorm(fine, coarse), ConvNorm(coarse, coarse))
            for fine, coarse in zip(WIDTHS[1:], WIDTHS[2:])
        )
        self.attention = FilmAttention(WIDTHS[-1], (size[0] // 32, size[1] // 32), heads=5)
        self.lift = nn.ModuleList(Deconvolution(coarse, fine) for fine, coarse in zip(WIDTHS[1:], WIDTHS[2:]))
        self.skip = nn.ModuleList(nn.Conv2d(width, width, 1) for width in WIDTHS[1:-1])
        self.out = nn.Sequential(ConvNorm(WIDTHS[1], 32), nn.Conv2d(32, outer, 1))

    def forward(self, x: Tensor) -> Tensor:
        features = [self.first(x - 0.5)]
        for stage in self.stages:
            features.append(stage(features[-1]))
        top = self.attention(features.pop())
        for lift, skip in zip(reversed(self.lift), reversed(self.skip)):
            top = F.relu(lift(top) + skip(features.pop()))
        return self.out(top)


class Deconvolution(nn.Sequential):
    """Learnt enlargement by two; its sum with the skip is what is rectified."""

    def __init__(self, inner: int, outer: int) -> None:
        super().__init__(nn.ConvTranspose2d(inner, outer, 4, 2, 1, bias=False), nn.BatchNorm2d(outer))


class FcnVgg(FramedModel):
    """Output at half the picture's resolution, see ``core.corner_type_codec``: heat (N, 4) and level (N, 18) logits,
    vote (N, 8) in cells."""

    SIZE = CARD.input_size

    def __init__(self) -> None:
        super().__init__()
        self.net = VggFcn(self.SIZE, 4 + 8 + LEVEL_CLASSES)
        with torch.no_grad():
            self.net.out[-1].bias.zero_()
            self.net.out[-1].bias[:4] = -4.0

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        heat, vote, level = self.net(x).split([4, 8, LEVEL_CLASSES], dim=1)
        return {"heat": heat, "vote": VOTE_UNIT * vote, "level": level}

    def encode(self, corners: np.ndarray, valid: np.ndarray) -> dict[str, np.ndarray]:
        return encode(corners, valid, self.SIZE)

    def loss(self, out: dict[str, Tensor], targets: dict[str, Tensor]) -> dict[str, Tensor]:
        """heat: cross-entropy with the bumps, per bump; vote: L1 near the corners; level: mean cross-entropy inside
        vertebrae and outside, evenly."""
        heat = F.binary_cross_entropy_with_logits(out["heat"], targets["heat"], reduction="none")
        bumps = targets["heat"].sum().clamp(min=1.0)
        weight = targets["vote_weight"]
        vote = (out["vote"] - targets["vote"]).abs().unflatten(1, (4, 2)).mean(2)
        level = F.cross_entropy(out["level"], targets["level"], ignore_index=-1, reduction="none")
        inside, outside = (targets["level"] > 0).float(), (targets["level"] == 0).float()
        return {
            "heat": (heat * targets["heat_known"]).sum() / bumps,
            "vote": 0.3 * (vote * weight).sum() / weight.sum().clamp(min=1.0),
            "level": 0.5 * sum((level * part).sum() / part.sum().clamp(min=1.0) for part in (inside, outside)),
        }

    def decode(self, out: dict[str, np.ndarray]) -> Decoded:
        return Decoded(*whole_spine(link(decode(out))))


def build() -> FcnVgg:
    return FcnVgg()
