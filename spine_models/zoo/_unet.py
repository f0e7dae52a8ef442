"""Residual U-Net: features of the film at half its resolution, each knowing the whole film."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ._blocks import ConvNorm, FilmAttention, Residual


class ResidualUNet(nn.Module):
    """Contracting and expanding path with concatenated skips (Ronneberger 2015) of residual blocks (Zhang 2018).

    Input (N, inner, h, w), h and w multiples of 32; output (N, outer, h / 2, w / 2). At the bottom, stride 32, every
    cell attends to every other. widths: channels at strides 2, 4, 8, 16 and 32.
    """

    def __init__(
        self, size: tuple[int, int], outer: int, inner: int = 1, widths: tuple[int, ...] = (16, 32, 64, 96, 128)
    ) -> None:
        super().__init__()
        self.stem = nn.Sequential(ConvNorm(inner, widths[0], 5, 2), ConvNorm(widths[0], widths[0]))
        self.down = nn.ModuleList(
            nn.Sequential(Residual(fine, coarse, 2), *([Residual(coarse, coarse)] if coarse > widths[1] else []))
            for fine, coarse in zip(widths, widths[1:])
        )
        self.attention = FilmAttention(widths[-1], (size[0] // 32, size[1] // 32), heads=4)
        self.lift = nn.ModuleList(ConvNorm(coarse, fine, 1) for fine, coarse in zip(widths, widths[1:]))
        self.join = nn.ModuleList(
            [ConvNorm(2 * widths[0], widths[0]), *(Residual(2 * width, width) for width in widths[1:-1])]
        )
        self.out = nn.Conv2d(widths[0], outer, 1)

    def forward(self, x: Tensor) -> Tensor:
        skips = [self.stem(x - 0.5)]
        for down in self.down:
            skips.append(down(skips[-1]))
        top = self.attention(skips.pop())
        for lift, join in zip(reversed(self.lift), reversed(self.join)):
            top = F.interpolate(lift(top), scale_factor=2.0, mode="nearest")
            top = join(torch.cat([skips.pop(), top], dim=1))
        return self.out(top)
