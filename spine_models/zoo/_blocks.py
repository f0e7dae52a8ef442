"""Layers shared by the models of the zoo."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class ConvNorm(nn.Sequential):
    """Convolution, batch normalisation, ReLU (unless ``act`` is off)."""

    def __init__(self, inner: int, outer: int, kernel: int = 3, stride: int = 1, act: bool = True) -> None:
        layers: list[nn.Module] = [
            nn.Conv2d(inner, outer, kernel, stride, kernel // 2, bias=False),
            nn.BatchNorm2d(outer),
        ]
        super().__init__(*layers, *([nn.ReLU(inplace=True)] if act else []))


class Residual(nn.Module):
    """Two 3x3 convolutions with a shortcut (He 2016, basic block)."""

    def __init__(self, inner: int, outer: int, stride: int = 1) -> None:
        super().__init__()
        self.body = nn.Sequential(ConvNorm(inner, outer, 3, stride), ConvNorm(outer, outer, act=False))
        same = inner == outer and stride == 1
        self.shortcut = nn.Identity() if same else ConvNorm(inner, outer, 1, stride, act=False)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.body(x) + self.shortcut(x))


class FilmAttention(nn.Module):
    """Self-attention over every cell of a coarse map, so that each cell knows the whole film (Vaswani 2017).

    grid: (rows, columns) of the map; a learnt position is added per row and column. Shape kept (N, C, rows, columns).
    """

    def __init__(self, channels: int, grid: tuple[int, int], layers: int = 2, heads: int = 6) -> None:
        super().__init__()
        self.rows = nn.Parameter(torch.randn(1, channels, grid[0], 1) * 0.02)
        self.columns = nn.Parameter(torch.randn(1, channels, 1, grid[1]) * 0.02)
        layer = nn.TransformerEncoderLayer(
            channels, heads, 2 * channels, dropout=0.1, activation="gelu", batch_first=True, norm_first=True
        )
        self.layers = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)

    def forward(self, x: Tensor) -> Tensor:
        shape = x.shape
        tokens = (x + self.rows + self.columns).flatten(2).transpose(1, 2)
        return self.layers(tokens).transpose(1, 2).reshape(shape)
