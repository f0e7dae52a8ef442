"""Residual U-Net that paints vertebrae and the gaps between them, and reads the corners off the painting.

After Ronneberger 2015 (U-Net) and Zhang 2018 (residual blocks in it). What differs: every pixel also says where along
the spine it lies, so that all vertebrae are told apart and named together by one dynamic programme; the corners are
those of the quadrilaterals that reproduce the soft masks best, finer than a pixel; self-attention over the film at the
bottom, because counting vertebrae needs the whole film.
"""

from __future__ import annotations

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from ..core.card import ModelCard
from ..core.mask_codec import encode
from ..core.mask_decoder import decode
from ._framed import Decoded, FramedModel
from ._unet import ResidualUNet

CARD = ModelCard(
    name="unet",
    family="CNN",
    title="Residual U-Net",
    summary="Paints every vertebra and disc space, then fits corners to the painted vertebrae; shows its own masks.",
    input_size=(384, 192),
    codec="framed",
    paper="Ronneberger 2015, U-Net (MICCAI); Zhang 2018, Deep Residual U-Net (GRSL)",
    training_data="SpineWeb-16 training films, half of the full-body AASCE films, phantoms",
    intended_use="Research and teaching: frontal spine radiographs, T1-L5; a trained reader checks every corner.",
    limits=(
        "Always numbers twelve thoracic and five lumbar vertebrae; four or six lumbar vertebrae are misnumbered.",
        "Sees the spine at 384 pixels of height: endplates are placed coarsely without the refiner.",
    ),
)
SPARSE = 3.0  # logit of background before anything is learnt: most of a film is no spine
MIDDLE = 8.0  # level in the middle of the spine; the network's order counts from it, in units of as much


class UNet(FramedModel):
    """Output at half the picture's resolution: part (N, 3) logits, order (N, 1) in levels; see ``core.mask_codec``."""

    SIZE = CARD.input_size

    def __init__(self) -> None:
        super().__init__()
        self.net = ResidualUNet(self.SIZE, 4)
        with torch.no_grad():
            self.net.out.bias.copy_(torch.tensor([SPARSE, 0.0, 0.0, 0.0]))

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        part, order = self.net(x).split([3, 1], dim=1)
        return {"part": part, "order": MIDDLE + MIDDLE * order}

    def encode(self, corners: np.ndarray, valid: np.ndarray) -> dict[str, np.ndarray]:
        return encode(corners, valid, self.SIZE)

    def loss(self, out: dict[str, Tensor], targets: dict[str, Tensor]) -> dict[str, Tensor]:
        """part: cross-entropy with the covered shares, per cell of the spine; weights by class would move the edges.
        order: L1 on the spine, a small share of the whole, for the edges make the corners."""
        part = -(targets["part"] * out["part"].log_softmax(1)).sum(1, keepdim=True)
        known, weight = targets["known"], targets["order_weight"]
        order = F.l1_loss(out["order"], targets["order"], reduction="none")
        spine = weight.sum().clamp(min=1.0)
        return {"part": (part * known).sum() / spine, "order": 0.1 * (order * weight).sum() / spine}

    def decode(self, out: dict[str, np.ndarray]) -> Decoded:
        seen = decode(out)
        margin = cv2.resize(seen.margin.astype(np.float32), self.SIZE[::-1], interpolation=cv2.INTER_LINEAR)
        owner = cv2.resize((seen.owner + 1).astype(np.uint8), self.SIZE[::-1], interpolation=cv2.INTER_NEAREST)
        return Decoded(seen.corners, seen.sigma, seen.confidence, np.where(margin > 0, owner, 0).astype(np.uint8))


def build() -> UNet:
    return UNet()
