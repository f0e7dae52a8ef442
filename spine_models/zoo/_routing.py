"""Routing of points: look at the film round each point, move the point, tell the neighbours, and branch into children.

Symbols: N films, K points of a stage, C channels of the maps, D channels of a point's token, P places round a point,
H heads. Points are (x, y) pixels of the network's input, whose pixel centres have whole coordinates.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

RADIUS = 3  # the places round a point are a square of 2 * RADIUS + 1 places a side


def sample(feature: Tensor, places: Tensor, size: tuple[int, int]) -> Tensor:
    """Map (N, C, rows, columns) that covers an input of ``size`` (h, w), read at places (N, ..., 2): (N, ..., C)."""
    flat = places.flatten(1, -2)[:, :, None]
    share = 2 * (flat + 0.5) / flat.new_tensor((size[1], size[0])) - 1
    values = F.grid_sample(feature, share, mode="bilinear", padding_mode="border", align_corners=False)
    return values[..., 0].transpose(1, 2).unflatten(1, places.shape[1:-1])


class Look(nn.Module):
    """One stage: a point compares the places round it with its token, moves to the mean of those that fit
    (soft-argmax), reads what is there on all scales, and shares it with the other points of the spine (self-attention).

    size: (h, w) of the input; scale: which map of the pyramid is searched; step: distance of the places, input pixels.
    """

    def __init__(
        self, channels: int, token: int, scales: int, size: tuple[int, int], scale: int, step: float, heads: int = 4
    ) -> None:
        super().__init__()
        self.size, self.scale, self.step, self.heads = size, scale, step, heads
        axis = torch.arange(-RADIUS, RADIUS + 1.0)
        self.register_buffer("grid", torch.cartesian_prod(axis, axis), persistent=False)
        self.query = nn.Linear(token, channels)
        self.key = nn.Linear(channels, channels)
        self.prior = nn.Parameter(torch.zeros(heads, len(self.grid)))
        self.read = nn.Sequential(nn.LayerNorm(token), nn.Linear(token, token))
        self.write = nn.Linear((1 + scales) * channels + 2 * heads, token)
        self.mix = nn.TransformerEncoderLayer(
            token, heads, 2 * token, dropout=0.1, activation="gelu", batch_first=True, norm_first=True
        )
        self.nudge = nn.Sequential(nn.LayerNorm(token), nn.Linear(token, 2))
        nn.init.zeros_(self.nudge[1].weight)  # random nudges of the coarse looks would throw the fine ones far off
        nn.init.zeros_(self.nudge[1].bias)

    def forward(self, pyramid: list[Tensor], points: Tensor, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """points (N, K, 2) and tokens (N, K, D), moved and renewed. Each look is trained for its own step only."""
        points = points.detach()
        around = sample(pyramid[self.scale], points[:, :, None] + self.step * self.grid, self.size)
        query = self.query(self.read(tokens)).unflatten(2, (self.heads, -1))
        key = self.key(around).unflatten(3, (self.heads, -1))
        fit = torch.einsum("nkhd,nkphd->nkhp", query, key) * query.shape[-1] ** -0.5 + self.prior
        share = fit.softmax(3)
        seen = torch.einsum("nkhp,nkphc->nkhc", share, around.unflatten(3, (self.heads, -1))).flatten(2)
        way = share @ self.grid
        here = [sample(feature, points, self.size) for feature in pyramid]
        tokens = self.mix(tokens + self.write(torch.cat([seen, *here, way.flatten(2)], dim=2)))
        return points + self.step * (way[:, :, 0] + self.nudge(tokens)), tokens


class Branch(nn.Module):
    """From the points of one stage to their children: on the line between two parents, or round one of them.

    share: (children, parents), rows sum to 1.
    """

    def __init__(self, share: Tensor, token: int) -> None:
        super().__init__()
        self.register_buffer("share", share, persistent=False)
        self.name = nn.Parameter(0.5 * torch.randn(len(share), token))

    def forward(self, points: Tensor, tokens: Tensor, usual: Tensor) -> tuple[Tensor, Tensor]:
        """usual: (N or 1, children, 2), where a child usually is, seen from the place between its parents, pixels."""
        return self.share @ points + usual, self.share @ tokens + self.name


def turned(arms: Tensor, line: Tensor, usual_line: Tensor) -> Tensor:
    """Arms (V, 4, 2) from V centres to their corners, turned and scaled as a line of centres is against the usual one.

    line: (N, V, 2); usual_line: (V, 2). Returns (N, V, 4, 2).
    """
    way = torch.view_as_complex(torch.gradient(line.detach(), dim=1)[0].contiguous())
    usual_way = torch.view_as_complex(torch.gradient(usual_line, dim=0)[0].contiguous())
    return torch.view_as_real((way / usual_way)[:, :, None] * torch.view_as_complex(arms.contiguous()))
