"""What the models share that regress all coordinates at once: targets, loss and the way back to corners.

Coordinates are regressed as the deviation from the mean framed spine, which spares the network the part that is the
same on all films: a network that has learnt nothing yet draws the mean spine, not a heap of corners at the origin.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ..core.landmarks import mirrored
from ._framed import Decoded, FramedModel

OUTPUTS = 17 * 4 * 3  # x, y and spread of every corner
UNIT = 0.05  # one unit of the output is this share of the picture's height, about one standard deviation of a corner


class RegressedModel(FramedModel):
    """A subclass gives ``coordinates(x)``: (N, OUTPUTS) numbers, all zero for the mean spine.

    ``forward`` gives corners (N, 17, 4, 2), picture pixels, and spread (N, 17, 4), log of the Laplace scale in them.
    """

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean_spine", torch.zeros(17, 4, 2))  # shares of the picture's height

    def coordinates(self, x: Tensor) -> Tensor:
        raise NotImplementedError

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        height = self.SIZE[0]
        raw = self.coordinates(x).float().unflatten(1, (17, 4, 3))
        corners = height * (self.mean_spine + UNIT * raw[..., :2])
        return {"corners": corners, "spread": raw[..., 2] + np.log(0.25 * UNIT * height)}

    def prepare(self, spines: np.ndarray) -> None:
        mean = np.concatenate([spines, mirrored(spines, self.SIZE[1])]).mean(axis=0) / self.SIZE[0]
        self.mean_spine.copy_(torch.from_numpy(mean))

    def encode(self, corners: np.ndarray, valid: np.ndarray) -> dict[str, np.ndarray]:
        return {"corners": corners.astype(np.float32), "valid": valid.astype(np.float32)}

    def loss(self, out: dict[str, Tensor], targets: dict[str, Tensor]) -> dict[str, Tensor]:
        """corner: L1; tilt: L1 on each vertebra's slope, of which Cobb angles are made; spread: Laplace likelihood of
        the corner's own error (Kendall 2017), not moving the corner."""
        truth, valid = targets["corners"], targets["valid"]
        count = valid.sum().clamp(min=1.0)
        error = (out["corners"] - truth).abs().mean(3)
        spread = out["spread"].clamp(-2, 5)
        likelihood = error.detach() / spread.exp() + spread
        return {
            "corner": (error.mean(2) * valid).sum() / (count * UNIT * self.SIZE[0]),
            "tilt": 2.0 * ((_slope(out["corners"]) - _slope(truth)).abs().clamp(max=2.0) * valid).sum() / count,
            "spread": 0.05 * (likelihood.mean(2) * valid).sum() / count,
        }

    def decode(self, out: dict[str, np.ndarray]) -> Decoded:
        """Confidence: probability, under the spread it gives itself, of a vertebra being less than half a level off."""
        corners, sigma = out["corners"].astype(np.float64), np.exp(out["spread"].astype(np.float64))
        step = np.linalg.norm(np.diff(corners.mean(axis=1), axis=0), axis=1).mean()
        return Decoded(corners, sigma, 1 - np.exp(-0.5 * step / sigma.mean(axis=1)))


def _slope(corners: Tensor) -> Tensor:
    """(N, 17) how far each vertebra's right edge is lower than its left, over its width."""
    across = corners[:, :, 1] + corners[:, :, 3] - corners[:, :, 0] - corners[:, :, 2]
    return across[..., 1] / across[..., 0].clamp(min=8.0)
