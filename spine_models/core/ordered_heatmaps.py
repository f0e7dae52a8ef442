"""Ordered heat maps: one map for every corner of every vertebra, and the way back that cannot swap vertebrae.

Symbols: s = STRIDE; maps are (h/s, w/s) cells, cell (r, c) stands at picture pixel (c s + (s - 1)/2, r s + (s - 1)/2);
map 4 v + k is corner k (TL, TR, BL, BR) of the v-th vertebra (T1 = 0) and adds up to 1: it says where the corner is.
"""

from __future__ import annotations

import numpy as np

from .centre_codec import Candidates
from .heatmap_peaks import local_maxima, mass_near, settle

STRIDE = 4
BUMP = 1.2  # standard deviation of the Gaussian a map is trained towards, cells
PEAKS = 3  # looked at in every map
CHOICES = 5  # vertebrae kept of every level
SAME = 1.0  # mean distance of corners, cells, within which two candidates are one
FLOOR = 1e-3  # of a map's mass: no map alone may rule a vertebra out
MISSING = 6.0  # cost of a corner made up from the other three

# Vertebrae of the training films: height over width, how far the sides lean against the endplates (share of the
# width), how far opposite sides differ (share of the width), each with its spread.
ASPECT, ASPECT_SD, LEAN_SD, TAPER_SD = 0.62, 0.25, 0.2, 0.15


def encode(corners: np.ndarray, valid: np.ndarray, size: tuple[int, int]) -> dict[str, np.ndarray]:
    """Training targets of one picture: column (68, w/s) and row (68, h/s), whose products are the Gaussian maps.

    corners: (17, 4, 2) picture pixels; valid: (17,) bool. weight (68,) is 0 for corners that may not be learnt or lie
    outside of the picture.
    """
    points = ((np.asarray(corners, np.float64) - (STRIDE - 1) / 2) / STRIDE).reshape(-1, 2)
    inside = ((points > -0.5) & (points < np.array(size[::-1]) / STRIDE - 0.5)).all(axis=1)
    maps = {"weight": (np.repeat(valid, 4) & inside).astype(np.float32)}
    for name, place, length in (("column", points[:, 0], size[1]), ("row", points[:, 1], size[0])):
        profile = np.exp(-0.5 * ((np.arange(length // STRIDE) - place[:, None]) / BUMP) ** 2) + 1e-12
        maps[name] = (profile / profile.sum(axis=1, keepdims=True)).astype(np.float32)
    return maps


def decode(out: dict[str, np.ndarray]) -> Candidates:
    """Possible vertebrae in picture pixels, for ``chain.link`` to choose among.

    out: maps (68, ...) logits. Where a map is unsure which vertebra is meant it has several peaks, one on each. Peaks
    of the four maps of a level are combined to vertebrae of plausible shape; how well a vertebra fits each of the 17
    levels is then read from all maps, so a vertebra found by the maps of one level may become another's.
    """
    maps = np.exp(out["maps"] - out["maps"].max(axis=(1, 2), keepdims=True))
    maps = maps / maps.sum(axis=(1, 2), keepdims=True)
    cells, _ = local_maxima(maps, PEAKS)
    channel = np.repeat(np.arange(len(maps)), PEAKS)
    points, spread, mass = settle(maps, channel, cells.reshape(-1, 2))
    quads, sigma, cost = _combined(*(v.reshape(-1, 4, PEAKS, *v.shape[1:]) for v in (points, spread / BUMP, mass)))
    kept = _distinct(quads, cost)
    quads, sigma = quads[kept], sigma[kept]
    near = mass_near(maps, quads.reshape(-1, 2)).reshape(len(quads), 4, -1, 4)
    fit = np.exp(np.log(np.maximum(np.einsum("gclc->gcl", near), FLOOR)).mean(axis=1))
    level = np.concatenate([np.zeros((len(quads), 1)), fit], axis=1)
    centre = np.exp(-cost[kept]).clip(FLOOR, 1)
    return Candidates(quads * STRIDE + (STRIDE - 1) / 2, centre, level, sigma * STRIDE)


def _combined(points: np.ndarray, spread: np.ndarray, mass: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The CHOICES best vertebrae of every level: (G, 4, 2), spreads (G, 4) and costs (G,).

    points: (levels, 4, PEAKS, 2) cells; spread, mass: (levels, 4, PEAKS). One corner may be made up from the others.
    """
    pick = np.stack(np.meshgrid(*[np.arange(PEAKS)] * 4, indexing="ij"), axis=-1).reshape(-1, 4)
    kind = np.arange(4)
    seen, wide = points[:, kind, pick], spread[:, kind, pick]
    surprise = -np.log(np.maximum(mass[:, kind, pick], FLOOR))
    quads, sigma, cost = [seen], [wide], [0.25 * surprise.sum(axis=2)]
    for corner, (beside, opposite, other) in enumerate(((1, 3, 2), (0, 2, 3), (0, 1, 3), (1, 0, 2))):
        made = np.array(seen)
        made[:, :, corner] = seen[:, :, beside] + seen[:, :, other] - seen[:, :, opposite]
        loose = np.array(wide)
        loose[:, :, corner] = wide[:, :, [beside, opposite, other]].sum(axis=2)
        quads.append(made)
        sigma.append(loose)
        cost.append(0.25 * (surprise.sum(axis=2) - surprise[:, :, corner] + MISSING))
    quads, sigma, cost = (np.concatenate(values, axis=1) for values in (quads, sigma, cost))
    cost = cost + _oddness(quads)
    best = np.argsort(cost, axis=1)[:, :CHOICES]
    row = np.arange(len(best))[:, None]
    return quads[row, best].reshape(-1, 4, 2), sigma[row, best].reshape(-1, 4), cost[row, best].ravel()


def _oddness(quads: np.ndarray) -> np.ndarray:
    """Cost of the shape of each quadrilateral (..., 4, 2): its aspect, lean and taper against those of vertebrae."""
    top, bottom = quads[..., 1, :] - quads[..., 0, :], quads[..., 3, :] - quads[..., 2, :]
    across, down = 0.5 * (top + bottom), quads[..., 2:, :].mean(axis=-2) - quads[..., :2, :].mean(axis=-2)
    width = np.linalg.norm(across, axis=-1) + 1e-6
    unit = across / width[..., None]
    height = unit[..., 0] * down[..., 1] - unit[..., 1] * down[..., 0]
    lean = (unit * down).sum(axis=-1) / width
    taper = np.linalg.norm(top - bottom, axis=-1) / width
    aspect = np.log(np.maximum(height / width, 1e-3) / ASPECT)
    return 0.5 * ((aspect / ASPECT_SD) ** 2 + (lean / LEAN_SD) ** 2 + (taper / TAPER_SD) ** 2)


def _distinct(quads: np.ndarray, cost: np.ndarray) -> np.ndarray:
    """Indices of the candidates that are not nearly the same as a cheaper one."""
    order = np.argsort(cost)
    apart = np.linalg.norm(quads[order][:, None] - quads[order][None], axis=3).mean(axis=2)
    kept: list[int] = []
    for i in range(len(order)):
        if not (apart[i, kept] < SAME).any():
            kept.append(i)
    return order[kept]
