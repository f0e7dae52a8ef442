"""Spine-GAN: an atrous autoencoder with memory along the spine paints every vertebra as one of 17 kinds; a critic
compares the painting with the true one.

After Han Z. et al., "Spine-GAN: semantic segmentation of multiple spinal structures", Medical Image Analysis 2018. What
is kept: atrous convolutions in the encoder (Chen 2018), so that detail is not pooled away; a recurrent path along the
spine (LSTM, downwards and upwards), which learns how the vertebrae follow each other; a critic on the segmentation,
beside the supervised loss; a structured report made from what was found. What differs: frontal films, so the kinds are
the levels T1-L5 in place of healthy and diseased structures of lumbar MR; corners come from a second head (vertebra
centres and corner offsets, Yi 2020) decoded together with the painted levels, since a cell of the painting is coarser
than a corner; hinge loss and spectral norm (Miyato 2018). The finest stages and last layers start from
``vertebra_focused``.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..core.card import ModelCard
from ._blocks import ConvNorm, Residual
from ._centre_maps import CentreMapModel, probable
from ._framed import Decoded
from ._spine_map import LEVEL_CLASSES, map_output, named_maps

CARD = ModelCard(
    name="spinegan",
    family="GAN",
    title="Spine-GAN",
    summary="Paints every vertebra by its level, reading up and down the spine, against a critic of such paintings.",
    input_size=(384, 192),
    codec="framed",
    paper="Han 2018, Spine-GAN: semantic segmentation of multiple spinal structures (Medical Image Analysis)",
    training_data="SpineWeb-16 training films, half of the full-body AASCE films, phantoms; finest stages and last "
    "layers start from vertebra_focused, which saw generated films too",
    intended_use="Research and teaching: frontal spine radiographs, T1-L5; a trained reader checks every corner. The "
    "report on Measure says of every level in words whether its shape is usual, its wedge and its tilt.",
    limits=(
        "Always numbers twelve thoracic and five lumbar vertebrae; four or six lumbar vertebrae are misnumbered.",
        "Corners come from offsets beside the masks, which have cells of 4 pixels of a picture 384 high: masks are "
        "coarse, and endplates too without the refiner.",
        "Its critic soon tells paintings from true ones and stays ahead of them (learning curve); the adversarial term "
        "is a small share of the whole, and the training stayed stable.",
    ),
)
WIDTHS = (32, 32, 64)  # channels at strides 2, 4 and 8
ATROUS = 96
DILATIONS = (2, 4, 8)
MEMORY = 96  # of the LSTM, each way
SMOOTH = 0.1  # share of a true painting that is spread over all kinds: no network is as sure as a label


class AtrousResidual(nn.Module):
    """Residual block whose convolutions look ``dilation`` cells away."""

    def __init__(self, inner: int, outer: int, dilation: int) -> None:
        super().__init__()
        self.first, self.second = (
            nn.Sequential(nn.Conv2d(i, outer, 3, 1, dilation, dilation, bias=False), nn.BatchNorm2d(outer))
            for i in (inner, outer)
        )
        self.shortcut = nn.Identity() if inner == outer else ConvNorm(inner, outer, 1, act=False)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.second(F.relu(self.first(x))) + self.shortcut(x))


class SpineMemory(nn.Module):
    """Recurrent path along the spine: every row is read where the spine is, the rows are gone through both ways, and
    what was remembered at a row is told to all its cells. Shape kept (N, C, rows, columns)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.place = nn.Conv2d(channels, 1, 1)
        self.read = nn.LSTM(channels, MEMORY, batch_first=True, bidirectional=True)
        self.tell = nn.Linear(2 * MEMORY, channels)

    def forward(self, x: Tensor) -> Tensor:
        with torch.autocast("cpu", enabled=False):
            x = x.float()
            rows = (x * self.place(x).softmax(dim=3)).sum(dim=3).transpose(1, 2)
            remembered, _ = self.read(rows)
            return x + self.tell(remembered).transpose(1, 2)[..., None]


class AtrousAutoencoder(nn.Module):
    """Output at stride 4, as of ``_spine_map.named_maps``."""

    def __init__(self) -> None:
        super().__init__()
        stem, w4, w8 = WIDTHS
        self.stem = nn.Sequential(ConvNorm(1, stem, 5, 2), ConvNorm(stem, w4, 3, 2))
        self.stage4 = nn.Sequential(Residual(w4, w4), Residual(w4, w4))
        self.stage8 = nn.Sequential(Residual(w4, w8, 2), Residual(w8, w8), Residual(w8, w8))
        self.atrous = nn.Sequential(
            *(AtrousResidual(inner, ATROUS, d) for inner, d in zip((w8, *[ATROUS] * len(DILATIONS)), DILATIONS))
        )
        self.memory = nn.Sequential(SpineMemory(ATROUS), AtrousResidual(ATROUS, ATROUS, 2), SpineMemory(ATROUS))
        self.lift = ConvNorm(ATROUS, 48, 1)
        self.join = Residual(48 + w4, 48)
        self.head = ConvNorm(48, 64)
        self.out = map_output(64)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        fine = self.stage4(self.stem(x - 0.5))
        coarse = self.memory(self.atrous(self.stage8(fine)))
        lifted = F.interpolate(self.lift(coarse), scale_factor=2.0, mode="nearest")
        return named_maps(self.out(self.head(self.join(torch.cat([fine, lifted], dim=1)))))


class SpineGan(CentreMapModel):
    SIZE = CARD.input_size
    BEGINS_FROM = "vertebra_focused"

    def __init__(self) -> None:
        super().__init__()
        self.net = AtrousAutoencoder()

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        return self.net(x)

    def judged(self, x: Tensor, out: dict[str, Tensor], targets: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Paintings by level, made and true, (N, 18, h / 4, w / 4); unknown cells are nought in both."""
        known = (targets["level"] >= 0).float()[:, None]
        true = F.one_hot(targets["level"].clamp(min=0), LEVEL_CLASSES).permute(0, 3, 1, 2).float()
        true = (1 - SMOOTH) * true + SMOOTH / LEVEL_CLASSES
        return out["level"].softmax(1) * known, true * known

    def decode(self, out: dict[str, np.ndarray]) -> Decoded:
        seen = super().decode(out)
        level = probable(out)["level"].astype(np.float32)
        fine = [cv2.resize(share, self.SIZE[::-1], interpolation=cv2.INTER_LINEAR) for share in level]
        return replace(seen, mask=np.argmax(fine, axis=0).astype(np.uint8))


def build() -> SpineGan:
    return SpineGan()
