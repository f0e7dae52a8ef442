"""The corner refiner: one small network for every vertebra of every model, on oriented full-resolution crops.

Each crop is measured by itself first; then all vertebrae of a film are looked at in a row, because how its neighbours
are tilted, how far away they are and which way the spine runs between them tell about each vertebra's corners.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..core.landmarks import MIRRORED
from ..core.landmarks import mirrored as mirror_corners  # ``mirrored`` is the switch of a pass
from ..imaging.crops import CROP, crop_frames, cut, mirror_frames, to_film
from ._blocks import ConvNorm, Residual

STEP = 2  # crop pixels per cell of the output maps
FEATURES = 96
GEOMETRY = 3 + 8 + 8 + 4  # tilts; ways to the neighbours; corners; spreads


class Measured(NamedTuple):
    """What the network says of F films of V vertebrae.

    points: (F, V, 4, 2) corners in crop pixels; spread: (F, V, 4) log Laplace scale of crop pixels; alone:
    (F, V, 4, 2) corners before the neighbours were looked at.
    """

    points: Tensor
    spread: Tensor
    alone: Tensor


class Refiner(nn.Module):
    """Input (F, V, 96, 128) crops of the V vertebrae of F films from the top down, and their frames (F, V, 2, 3)."""

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
        self.look = nn.Sequential(nn.AdaptiveAvgPool2d((3, 4)), nn.Flatten(), nn.Linear(64 * 12, FEATURES))
        self.row = Row(FEATURES + GEOMETRY, FEATURES)
        self.correction = nn.Conv1d(FEATURES, 12, 1)
        nn.init.zeros_(self.correction.weight)
        nn.init.zeros_(self.correction.bias)

    def forward(self, x: Tensor, frames: Tensor) -> Measured:
        films, count = x.shape[:2]
        alone, spread, look = self._each(x.reshape(films * count, 1, *x.shape[2:]))
        alone, spread = alone.unflatten(0, (films, count)), spread.unflatten(0, (films, count))
        geometry = _geometry(alone.detach(), spread.detach(), frames)
        row = torch.cat([F.dropout(look.unflatten(0, (films, count)), 0.2, self.training), geometry], dim=2)
        row = row.transpose(1, 2)
        move, wider = self.correction(self.row(row)).transpose(1, 2).split([8, 4], dim=2)
        return Measured(alone + move.unflatten(2, (4, 2)), spread + wider, alone)

    def _each(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Corners (N, 4, 2), log spread (N, 4) and look (N, FEATURES) of single crops (N, 1, 96, 128).

        Corners are the mean of a softmax over each corner's map (soft-argmax, Luvizon 2019), so finer than a cell.
        """
        mean = x.mean(dim=(2, 3), keepdim=True)
        contrast = x.std(dim=(2, 3), keepdim=True) + 0.03
        fine = self.fine(self.stem((x - mean) / contrast))
        middle = self.middle(fine)
        coarse = self.coarse(middle)
        middle = self.join_middle(middle + F.interpolate(self.from_coarse(coarse), scale_factor=2.0, mode="nearest"))
        fine = self.join_fine(fine + F.interpolate(self.from_middle(middle), scale_factor=2.0, mode="nearest"))
        corner, spread = self.maps(fine).float().split([4, 4], dim=1)
        share = corner.flatten(2).softmax(2).unflatten(2, corner.shape[2:])
        rows = torch.arange(corner.shape[2], device=x.device) * STEP + (STEP - 1) / 2
        columns = torch.arange(corner.shape[3], device=x.device) * STEP + (STEP - 1) / 2
        points = torch.stack([(share.sum(2) * columns).sum(2), (share.sum(3) * rows).sum(2)], dim=2)
        return points, (share * spread).sum(dim=(2, 3)), self.look(coarse)


class Row(nn.Module):
    """Convolutions along the spine, (F, inner, V) -> (F, width, V); each vertebra sees seven on either side."""

    def __init__(self, inner: int, width: int) -> None:
        super().__init__()
        self.enter = nn.Conv1d(inner, width, 1)
        self.steps = nn.ModuleList(nn.Conv1d(width, width, 3, padding=step, dilation=step) for step in (1, 2, 4))
        self.norms = nn.ModuleList(nn.GroupNorm(4, width) for _ in self.steps)

    def forward(self, x: Tensor) -> Tensor:
        x = self.enter(x)
        for step, norm in zip(self.steps, self.norms):
            x = x + F.gelu(step(norm(x)))
        return x


def film_angles(points: Tensor, frames: Tensor) -> Tensor:
    """Tilt (F, V, 3) in degrees on the film of the upper endplate, the lower endplate and the mid-line between."""
    upper, lower = points[:, :, 1] - points[:, :, 0], points[:, :, 3] - points[:, :, 2]
    lines = torch.stack([upper, lower, 0.5 * (upper + lower)], dim=2)
    # a frame turns and scales evenly: the film direction is the crop direction turned back by the frame's own angle
    turn = torch.atan2(frames[:, :, 0, 1], frames[:, :, 0, 0])[:, :, None]
    return torch.rad2deg(torch.atan2(lines[..., 1], lines[..., 0]) + turn)


def _geometry(points: Tensor, spread: Tensor, frames: Tensor) -> Tensor:
    """(F, V, GEOMETRY) numbers near 1 that do not change when the film is moved, turned or enlarged."""
    tilt = film_angles(points, frames)
    mean = tilt[:, :, 2].mean(1)[:, None, None]
    to_film = torch.linalg.inv(frames[..., :2])
    centre = torch.einsum("fvij,fvj->fvi", to_film, points.mean(2) - frames[..., 2])
    ways = [_way(centre, mean[..., 0], step) for step in (1, 2)]
    middle = points.new_tensor([CROP[1] / 2, CROP[0] / 2])
    corners = ((points - middle) / 32).flatten(2)
    return torch.cat([(tilt - mean) / 15, *ways, corners, spread], dim=2)


def _way(centre: Tensor, mean: Tensor, step: int) -> Tensor:
    """(F, V, 4): direction and length of the way to the vertebra ``step`` below and above, 0 where there is none."""
    films, count = centre.shape[:2]
    if count <= step:
        return centre.new_zeros(films, count, 4)
    way = centre[:, step:] - centre[:, :-step]
    length = way.norm(dim=2).clamp(min=1e-6)
    direction = torch.rad2deg(torch.atan2(-way[..., 0], way[..., 1])) - mean
    numbers = torch.stack([direction / 15, (length / length.mean(1, keepdim=True)).log() * 5], dim=2)
    return torch.cat([F.pad(numbers, (0, 0, 0, step)), F.pad(numbers, (0, 0, step, 0))], dim=2)


def refiner_loss(out: Measured, target: dict[str, Tensor]) -> dict[str, Tensor]:
    """Weighted loss terms.

    target: corners (F, V, 4, 2) crop pixels; valid (F, V) 0 or 1; frames (F, V, 2, 3); pairs (F, P, 2) rows of the end
    vertebrae of the label's curves, -1 where there is none.
    corner: L1. tilt: L1 on how much the right side of the vertebra is lower than its left. curve: L1 on the angle
    between end vertebrae, degrees: Cobb angles are made of these two. spread: Laplace likelihood of the corner's own
    error (Kendall 2017), not moving the corner.
    """
    valid, truth = target["valid"], target["corners"]
    count = valid.sum().clamp(min=1.0)

    def mean(values: Tensor) -> Tensor:
        return (values * valid).sum() / count

    terms = {"corner": 0.0, "tilt": 0.0}
    for points, weight in ((out.points, 1.0), (out.alone, 0.5)):
        terms["corner"] += weight * 0.2 * mean((points - truth).abs().mean(dim=(2, 3)))
        terms["tilt"] += weight * 0.1 * mean((_rise(points) - _rise(truth)).abs())
    scale = out.spread.clamp(-3, 5)
    error = (out.points - truth).abs().mean(3).detach()
    terms["spread"] = 0.05 * mean((error / scale.exp() + scale).mean(2))
    terms["curve"] = 0.05 * _curve_error(out.points, target)
    return terms


def _curve_error(points: Tensor, target: dict[str, Tensor]) -> Tensor:
    """Mean absolute error in degrees of the angles between the label's end vertebrae."""
    pairs = target["pairs"]
    known = (pairs >= 0).all(2)
    angles = [film_angles(p, target["frames"])[..., 2] for p in (points, target["corners"])]
    ends = [angle.gather(1, pairs.clamp(min=0).flatten(1)).unflatten(1, pairs.shape[1:]) for angle in angles]
    error = ((ends[0][..., 0] - ends[0][..., 1]) - (ends[1][..., 0] - ends[1][..., 1])).abs()
    return (error * known).sum() / known.sum().clamp(min=1)


def _rise(points: Tensor) -> Tensor:
    return 0.5 * (points[..., 1, 1] + points[..., 3, 1] - points[..., 0, 1] - points[..., 2, 1])


def refine(net: Refiner, pixels: np.ndarray, corners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Corners (V, 4, 2) moved to where the film shows them, and their raw sigma (V, 4), both in film pixels.

    pixels: float32 (H, W) in [0, 1]; corners: all vertebrae of the film in order from the top, placed roughly by a
    model or a human, off by up to a third vertebra. The first pass brings every crop into its place, the second
    measures the film together with its mirror image.
    """
    placed, _ = refine_pass(net, pixels, corners, mirrored=False)
    return refine_pass(net, pixels, placed, mirrored=True)


def refine_pass(net: Refiner, pixels: np.ndarray, corners: np.ndarray, mirrored: bool) -> tuple[np.ndarray, np.ndarray]:
    """Corners and sigma measured on crops placed by ``corners``; the mean with those of the mirror image if asked."""
    maps = crop_frames(corners)
    crops, frames = cut(pixels, maps)[None], maps[None]
    if mirrored:
        crops, frames = np.concatenate([crops, crops[..., ::-1]]), np.stack([maps, mirror_frames(maps)])
    with torch.inference_mode():
        out = net(torch.from_numpy(crops), torch.from_numpy(frames.astype(np.float32)))
    points, spread = out.points.numpy().astype(np.float64), out.spread.numpy()
    if mirrored:
        points[1] = mirror_corners(points[1], CROP[1])
        spread[1] = spread[1][:, MIRRORED]
    sigma = np.exp(spread.mean(axis=0)) / np.linalg.norm(maps[:, :, 0], axis=1)[:, None]
    return to_film(maps, points.mean(axis=0)), sigma
