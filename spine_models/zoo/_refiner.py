"""The corner refiner: one small network for every vertebra of every model, on oriented full-resolution crops."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..imaging.crops import crop_frames, cut, to_film
from ._blocks import ConvNorm, Residual

STEP = 2  # crop pixels per cell of the output maps


class Refiner(nn.Module):
    """Input (N, 1, 96, 128) crops; output corners (N, 4, 2) in crop pixels and log Laplace scale (N, 4) of crop pixels.

    Corners are the mean of a softmax over each corner's map (soft-argmax, Luvizon 2019), so they are finer than a cell.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stem = ConvNorm(1, 24, 5, 2)
        self.fine = Residual(24, 32)
        self.middle = nn.Sequential(Residual(32, 48, 2), Residual(48, 48))
        self.coarse = nn.Sequential(Residual(48, 64, 2), Residual(64, 64), Residual(64, 64))
        self.from_coarse = nn.Conv2d(64, 48, 1)
        self.from_middle = nn.Conv2d(48, 32, 1)
        self.join_middle = ConvNorm(48, 48)
        self.join_fine = nn.Sequential(ConvNorm(32, 32), ConvNorm(32, 32))
        self.maps = nn.Conv2d(32, 8, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        mean = x.mean(dim=(2, 3), keepdim=True)
        contrast = x.std(dim=(2, 3), keepdim=True) + 0.03
        fine = self.fine(self.stem((x - mean) / contrast))
        middle = self.middle(fine)
        coarse = self.from_coarse(self.coarse(middle))
        middle = self.join_middle(middle + F.interpolate(coarse, scale_factor=2.0, mode="nearest"))
        fine = self.join_fine(fine + F.interpolate(self.from_middle(middle), scale_factor=2.0, mode="nearest"))
        corner, spread = self.maps(fine).float().split([4, 4], dim=1)
        share = corner.flatten(2).softmax(2).unflatten(2, corner.shape[2:])
        rows = torch.arange(corner.shape[2], device=x.device) * STEP + (STEP - 1) / 2
        columns = torch.arange(corner.shape[3], device=x.device) * STEP + (STEP - 1) / 2
        points = torch.stack([(share.sum(2) * columns).sum(2), (share.sum(3) * rows).sum(2)], dim=2)
        return points, (share * spread).sum(dim=(2, 3))


def refiner_loss(points: Tensor, spread: Tensor, truth: Tensor) -> dict[str, Tensor]:
    """Weighted loss terms. truth: (N, 4, 2) crop pixels.

    corner: L1. tilt: L1 on how much the right side of the vertebra is lower than its left: Cobb angles are made of it.
    spread: Laplace likelihood of the corner's own error (Kendall 2017), not moving the corner.
    """
    error = (points - truth).abs()
    tilt = _rise(points) - _rise(truth)
    scale = spread.clamp(-3, 5)
    likelihood = error.detach().mean(2) / scale.exp() + scale
    return {"corner": 0.2 * error.mean(), "tilt": 0.1 * tilt.abs().mean(), "spread": 0.05 * likelihood.mean()}


def _rise(points: Tensor) -> Tensor:
    return 0.5 * (points[:, 1, 1] + points[:, 3, 1] - points[:, 0, 1] - points[:, 2, 1])


def refine(net: Refiner, pixels: np.ndarray, corners: np.ndarray, passes: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Corners (V, 4, 2) moved to where the film shows them, and their raw sigma (V, 4), both in film pixels.

    pixels: float32 (H, W) in [0, 1]; corners: rough placement by a model or a human, off by up to a third vertebra.
    Each crop is measured together with its mirror image.
    """
    for _ in range(passes):
        maps = crop_frames(corners)
        crops = cut(pixels, maps)
        both = torch.from_numpy(np.concatenate([crops, crops[:, :, ::-1]])[:, None])
        with torch.inference_mode():
            points, spread = net(both.contiguous(memory_format=torch.channels_last))
        points, mirrored = points.numpy().astype(np.float64).reshape(2, -1, 4, 2)
        mirrored = mirrored[:, [1, 0, 3, 2]]
        mirrored[..., 0] = crops.shape[2] - 1 - mirrored[..., 0]
        spread = spread.numpy().reshape(2, -1, 4)
        scale = np.exp(0.5 * (spread[0] + spread[1][:, [1, 0, 3, 2]]))
        corners = to_film(maps, 0.5 * (points + mirrored))
    return corners, scale / np.linalg.norm(maps[:, :, 0], axis=1)[:, None]
