"""Training the finder: films with everything from the skull to the knees in view, turned, cut and exposed at random.

The truth is painted along the line of the labelled centres: u grows from 0 at T1 to 1 at L5, the mask is as wide as the
vertebrae beside it. Films whose level names are not used teach the mask but not u.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from ..core.centre_codec import UNKNOWN_LEVEL
from ..core.errors import DetectionError
from ..zoo._finder import SIZE, STRIDE, Finder, find_spine
from . import films
from .augment import Recipe, augment
from .films import Film

WORKING_HEIGHT = 768
VISITS = {"spineweb": 1, "fullbody": 4, "phantom": 1}  # per film and epoch
PHANTOMS = 60
RECIPE = Recipe(rotation=11.0, film_scale=(0.5, 1.15), spine_scale=(0.5, 1.5), spine_framed=0.4)
CUT = 0.15  # share of the films cut through the spine: else the film's edge would always mean T1 or L5
HALF_STEP = 0.5 / 16  # u from the centre of a vertebra to its edge
LINE = np.linspace(-4 * HALF_STEP, 1 + 4 * HALF_STEP, 273)


class FinderTask:
    """Mask and u on whole or cropped films."""

    def __init__(self, data: Path, seed: int) -> None:
        pools = {
            "spineweb": films.spineweb(data, "train", WORKING_HEIGHT),
            "fullbody": films.fullbody(data, "train", WORKING_HEIGHT),
            "phantom": films.phantoms(PHANTOMS, WORKING_HEIGHT, seed),
        }
        self.films = [film for name, pool in pools.items() for film in pool * VISITS[name]]
        self.held_out = films.held_out(data)

    def epoch(self, rng: np.random.Generator, progress: float) -> np.ndarray:
        return rng.permutation(len(self.films))

    def batch(self, indices: np.ndarray, rng: np.random.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        pictures, targets = [], []
        for index in indices:
            film = self.films[index]
            if rng.random() < CUT:
                film = cut(film, rng)
            picture, corners = augment(film, SIZE, RECIPE, rng)
            pictures.append(picture)
            targets.append(encode(corners, film))
        x = torch.from_numpy(np.stack(pictures)[:, None])
        return x, {name: torch.from_numpy(np.stack([t[name] for t in targets])) for name in targets[0]}

    def loss(self, model: Finder, x: Tensor, targets: dict[str, Tensor]) -> dict[str, Tensor]:
        out = model(x)
        mask, u = out["mask"].float(), out["u"].float()
        truth, weight = targets["mask"], targets["weight"]
        error = (u - targets["u"]).abs() * weight
        share = mask.sigmoid()
        overlap = 2 * (share * truth).sum((1, 2, 3)) / (share + truth).sum((1, 2, 3)).clamp(min=1.0)
        return {
            "mask": F.binary_cross_entropy_with_logits(mask, truth) + 0.2 * (1 - overlap).mean(),
            "u": 4 * error.sum() / weight.sum().clamp(min=1.0),
        }

    def validate(self, model: Finder) -> dict[str, float]:
        """``measure`` on each part of the held-out films."""
        numbers = {}
        for part, held in self.held_out.items():
            numbers |= {f"{part}_{key}": value for key, value in measure(model, held).items()}
        return numbers


def cut(film: Film, rng: np.random.Generator) -> Film:
    """The film without what lies above or below a random vertebra, of which at least eight are kept; corners too."""
    count, middle = len(film.corners), film.corners[:, :, 1].mean(axis=1)
    if rng.random() < 0.5:
        top, bottom = 0, int(middle[rng.integers(8, count)])
    else:
        top, bottom = int(middle[rng.integers(0, count - 8)]), len(film.pixels)
    top, bottom = max(top, 0), min(max(bottom, top + 2), len(film.pixels))
    return replace(film, pixels=film.pixels[top:bottom], corners=film.corners - (0, top))


def encode(corners: np.ndarray, film: Film) -> dict[str, np.ndarray]:
    """mask, u and weight (where u is to be learnt), float32 (1, h / STRIDE, w / STRIDE) each.

    corners: (17, 4, 2) picture pixels; film: tells which of them hold and whether their level names do.
    """
    place = np.flatnonzero(film.valid) / (len(corners) - 1)
    quads = (corners[film.valid] - (STRIDE - 1) / 2) / STRIDE
    half = 0.25 * np.linalg.norm(quads[:, 1] + quads[:, 3] - quads[:, 0] - quads[:, 2], axis=1)
    x, y = (_along(place, column) for column in quads.mean(axis=1).T)
    rows, columns = np.mgrid[: SIZE[0] // STRIDE, : SIZE[1] // STRIDE]
    away = (columns[..., None] - x) ** 2 + (rows[..., None] - y) ** 2
    nearest = away.argmin(axis=2)
    u = LINE[nearest]
    inside = np.take_along_axis(away, nearest[..., None], axis=2)[..., 0] <= np.interp(u, place, half) ** 2
    mask = inside & (u >= -HALF_STEP) & (u <= 1 + HALF_STEP)
    weight = mask & (film.levels != UNKNOWN_LEVEL).all()
    return {name: value[None].astype(np.float32) for name, value in (("mask", mask), ("u", u), ("weight", weight))}


def _along(place: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Values known at ``place`` at every LINE point, going straight on beyond the ends."""
    inner = np.interp(LINE, place, values)
    for end, beside, beyond in ((0, 1, LINE < place[0]), (-1, -2, LINE > place[-1])):
        slope = (values[end] - values[beside]) / (place[end] - place[beside])
        inner[beyond] = values[end] + slope * (LINE[beyond] - place[end])
    return inner


def measure(model: Finder, held: list[Film]) -> dict[str, float]:
    """ends: distance of the centres of T1 and L5 from the label, % of the spine's length; shifted: share of the films
    whose centres are more than 0.6 of a vertebra off in the median; failed: films on which no spine was found."""
    ends, shifted, failed = [], [], 0
    for film in held:
        truth = film.corners.mean(axis=1)
        length = np.linalg.norm(truth[-1] - truth[0])
        try:
            found = find_spine(model, film.pixels.astype(np.float32) / 255).mean(axis=1)
        except DetectionError:
            failed += 1
            continue
        ends.append(100 * np.linalg.norm(found[[0, -1]] - truth[[0, -1]], axis=1).mean() / length)
        if film.source.level_valid:
            shifted.append(np.median(np.linalg.norm(found - truth, axis=1)) > 0.6 * length / (len(truth) - 1))
    return {"ends": float(np.mean(ends)), "shifted": float(np.mean(shifted)), "failed": float(failed)}
