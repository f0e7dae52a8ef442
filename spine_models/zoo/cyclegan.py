"""CycleGAN: unpaired translation between generated films and real ones (Zhu 2017), for training on what is labelled.

Two generators, each the way back of the other. A generator changes how a film looks and leaves everything where it is:
it adds to the logit of each grey value what a small residual network says, so corners stay true.

Legend
    x   (N, 1, h, w) in [0, 1], bone bright, h and w multiples of 4; about ``ROWS`` rows for the trunk of a spine film
"""

from __future__ import annotations

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..core.card import ModelCard

ROWS = 368  # of a whole film, so that vertebrae have the size they had in training
EDGE = 0.02  # grey values nearer to black or white than this are not told apart

CARD = ModelCard(
    name="cyclegan",
    family="GAN",
    task="translation",
    title="CycleGAN (films in another style)",
    summary="Gives generated films the look of real ones and leaves every vertebra where it is.",
    input_size=(256, 128),
    codec="translation",
    paper="Zhu 2017, ICCV (unpaired image-to-image translation); least-squares critic: Mao 2017, ICCV",
    training_data="generated films against SpineWeb-16 training films, unpaired",
    intended_use="Re-style generated films, whose corners are known, before training on them; never a patient's film.",
    limits=(
        "Its cycle loss rose from 0.10 (epoch 2) to 0.25-0.31 (from epoch 6) as it learnt to tell styles apart.",
        "It changes greys, contrast and texture; anatomy that only real films show is not added.",
        "Trained on crops 256 pixels high: finer texture is that of the film it was given.",
    ),
)


class Block(nn.Module):
    """Residual block with instance norm."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(width, width, 3, 1, 1), nn.InstanceNorm2d(width, affine=True), nn.ReLU(),
            nn.Conv2d(width, width, 3, 1, 1), nn.InstanceNorm2d(width, affine=True),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        return x + self.body(x)


class Restyler(nn.Module):
    """One direction; (N, 1, h, w) -> the same."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(4, 32, 3, 1, 1), nn.InstanceNorm2d(32, affine=True), nn.ReLU())
        self.inner = nn.Sequential(
            nn.Conv2d(32, 64, 3, 2, 1), nn.InstanceNorm2d(64, affine=True), nn.ReLU(),
            Block(64), Block(64), Block(64),
            nn.Upsample(scale_factor=2, mode="nearest"), nn.Conv2d(64, 32, 3, 1, 1),
        )  # fmt: skip
        self.out = nn.Sequential(nn.InstanceNorm2d(32, affine=True), nn.ReLU(), nn.Conv2d(32, 4, 3, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        stem = self.stem(F.pixel_unshuffle(x - 0.5, 2))
        change = F.pixel_shuffle(self.out(stem + self.inner(stem)).float(), 2)
        return (x.clamp(EDGE, 1 - EDGE).logit() + change).sigmoid()


class CycleGan(nn.Module):
    """to_real: generated -> real; to_generated: real -> generated."""

    def __init__(self) -> None:
        super().__init__()
        self.to_real, self.to_generated = Restyler(), Restyler()

    def restyle(self, pixels: np.ndarray) -> np.ndarray:
        """A generated film with the look of a real one, float32 (H, W) in [0, 1] both, every point where it was.

        Details too fine for the network are kept as they are.
        """
        height, width = pixels.shape
        columns = max(4 * round(ROWS * width / height / 4), 4)
        small = cv2.resize(pixels, (columns, ROWS), interpolation=cv2.INTER_AREA)
        with torch.inference_mode():
            changed = self.to_real(torch.from_numpy(small)[None, None])[0, 0].numpy()
        moved = cv2.resize(changed - small, (width, height), interpolation=cv2.INTER_LINEAR)
        return np.clip(pixels + moved, 0, 1)


def build() -> CycleGan:
    """An untrained network."""
    return CycleGan()
