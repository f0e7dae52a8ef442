"""The finder: a small network that finds the spine on any film, so that the framed models see the spine alone.

Legend
    picture  the whole film, letterboxed to ``SIZE``
    mask     probability that a cell lies on a vertebra T1-L5 (or on a disc between them)
    u        place of a cell along the spine: 0 at the height of the centre of T1, 1 at that of L5

From the two maps follow the centres of T1-L5 as medians of the cells round each u, robust to stray cells, and from
them the frame. It says nothing about corners: those are each model's own work.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..core.errors import DetectionError, ModelError
from ..core.landmarks import STANDARD_LEVELS
from ..imaging.letterbox import Letterbox
from ._blocks import ConvNorm, FilmAttention, Residual
from ._records import training_record, weights_path
from ._weights import load_weights

SIZE = (256, 128)
STRIDE = 4
WEIGHTS = weights_path("_finder")
PLACES = np.linspace(0, 1, len(STANDARD_LEVELS))  # u of the centres of T1-L5
REACH = 0.3 / (len(STANDARD_LEVELS) - 1)  # of a centre, in u
SEEN = 0.3  # probability from which a cell counts as spine
ENOUGH, FEWEST = 1.0, 5  # cells that make a centre known, and centres that make a spine
WIDTH_PER_STEP, HEIGHT_PER_STEP = 1.25, 0.8  # a usual vertebra over the distance of neighbouring centres


class Finder(nn.Module):
    """Input (N, 1, 256, 128) in [0, 1]; output maps at stride 4, both (N, 1, 64, 32): mask (logits) and u."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(ConvNorm(1, 16, 5, 2), ConvNorm(16, 24, 3, 2))
        self.stage4 = Residual(24, 24)
        self.stage8 = nn.Sequential(Residual(24, 40, 2), Residual(40, 40))
        self.stage16 = nn.Sequential(Residual(40, 64, 2), Residual(64, 64))
        self.stage32 = Residual(64, 96, 2)
        self.attention = FilmAttention(96, (SIZE[0] // 32, SIZE[1] // 32), heads=4)
        self.lateral = nn.ModuleList(nn.Conv2d(width, 32, 1) for width in (24, 40, 64, 96))
        self.smooth = nn.ModuleList(ConvNorm(32, 32) for _ in range(3))
        self.out = nn.Conv2d(32, 2, 1)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        f4 = self.stage4(self.stem(x - 0.5))
        f8 = self.stage8(f4)
        f16 = self.stage16(f8)
        top = self.lateral[3](self.attention(self.stage32(f16)))
        for feature, lateral, smooth in zip((f16, f8, f4), reversed(self.lateral[:3]), self.smooth):
            top = smooth(lateral(feature) + F.interpolate(top, scale_factor=2.0, mode="nearest"))
        mask, u = self.out(top).split(1, dim=1)
        return {"mask": mask, "u": u + 0.5}


@lru_cache(maxsize=1)
def shared_finder() -> Finder:
    """The finder with its weights, loaded once: never change it. Raises ModelError when it has none."""
    training = training_record(WEIGHTS)
    if training is None:
        raise ModelError("The finder of spines has no weights yet: run `python -m spine_models train finder` first.")
    return load_weights(Finder(), WEIGHTS, training.sha256)


def find_spine(net: Finder, pixels: np.ndarray) -> np.ndarray:
    """Rough spine (17, 4, 2), film pixels: seventeen boxes across the centre line, good for a frame only.

    pixels: float32 (H, W) in [0, 1]. Raises DetectionError when the film shows no spine.
    """
    box = Letterbox.fit(pixels.shape, SIZE)
    picture = box.apply(pixels)
    x = torch.from_numpy(np.stack([picture, picture[:, ::-1]])[:, None]).contiguous(memory_format=torch.channels_last)
    with torch.inference_mode():
        out = net(x)
    mask, u = (0.5 * (value[0] + value[1].flip(2))[0].numpy() for value in (out["mask"].sigmoid(), out["u"]))
    return boxes(box.to_film(centre_line(mask, u) * STRIDE + (STRIDE - 1) / 2))


def centre_line(mask: np.ndarray, u: np.ndarray) -> np.ndarray:
    """(17, 2) centres of T1-L5, (x, y) in cells; raises DetectionError when too little of a spine is seen.

    mask: (r, c) probability, u: (r, c). A centre is the weighted median of the cells with about its u, which strays
    little from the line; centres with too few such cells continue the line of those beside them.
    """
    rows, columns = np.nonzero(mask > SEEN)
    weight, place = mask[rows, columns], u[rows, columns]
    near = weight * np.exp(-0.5 * ((place - PLACES[:, None]) / REACH) ** 2)
    known = near.sum(axis=1) > ENOUGH
    if known.sum() < FEWEST:
        raise DetectionError("No spine was found on this film: check that it is an upright frontal spine radiograph.")
    points = np.stack([_weighted_medians(values, near[known]) for values in (columns, rows)], axis=1)
    return _continued(PLACES[known], points)


def _weighted_medians(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(K,) medians of values (N,) under each of the weights (K, N), between cells as finely as the weights tell."""
    order = np.argsort(values, kind="stable")
    below = np.cumsum(weights[:, order], axis=1) - 0.5 * weights[:, order]
    return np.array([np.interp(0.5 * total, row, values[order]) for row, total in zip(below, weights.sum(axis=1))])


def _continued(place: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Points (K, 2) at ``place`` (K,) interpolated to all PLACES, beyond the ends along the mean of the last steps."""
    full = np.stack([np.interp(PLACES, place, column) for column in points.T], axis=1)
    for end, inner in ((0, min(4, len(place) - 1)), (-1, -min(5, len(place)))):
        slope = (points[end] - points[inner]) / (place[end] - place[inner])
        beyond = PLACES < place[0] if end == 0 else PLACES > place[-1]
        full[beyond] = points[end] + slope * (PLACES[beyond] - place[end])[:, None]
    return full


def boxes(centres: np.ndarray) -> np.ndarray:
    """(17, 4, 2) corners of boxes of a usual vertebra's size round the centres (17, 2), across their line."""
    way = np.gradient(centres, axis=0)
    across = np.stack([way[:, 1], -way[:, 0]], axis=1)
    half = 0.5 * np.stack([across * WIDTH_PER_STEP, way * HEIGHT_PER_STEP])
    return np.stack([centres + x * half[0] + y * half[1] for y in (-1, 1) for x in (-1, 1)], axis=1)
