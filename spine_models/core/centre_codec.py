"""Vertebra-centred codec: corners <-> centre heatmap, corner offsets and level map (after Yi 2020).

Symbols: V vertebrae; (h, w) network input in pixels; s = STRIDE; (h/s, w/s) cells, cell (r, c) stands at pixel
(c * s + (s - 1) / 2, r * s + (s - 1) / 2). Level class 0 is background, k + 1 is STANDARD_LEVELS[k].
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

STRIDE = 4
UNKNOWN_LEVEL = -1


@dataclass(frozen=True, eq=False)
class Candidates:
    """Possible vertebrae: corners (K, 4, 2) input pixels, centre (K,) in (0, 1), level (K, 18) probabilities,
    sigma (K, 4) input pixels."""

    corners: np.ndarray
    centre: np.ndarray
    level: np.ndarray
    sigma: np.ndarray


def encode(corners: np.ndarray, valid: np.ndarray, levels: np.ndarray, size: tuple[int, int]) -> dict[str, np.ndarray]:
    """Training targets of one film.

    corners: (V, 4, 2) input pixels; valid: (V,) bool, corners may be learnt; levels: (V,) 0-16 or UNKNOWN_LEVEL.
    Returns centre (1, h/s, w/s) with -1 where unknown, offset (8, ...) in cells, offset_weight (1, ...),
    level (h/s, w/s) int64 with -1 where unknown.
    """
    rows, columns = size[0] // STRIDE, size[1] // STRIDE
    centre = np.zeros((rows, columns), np.float32)
    weight = np.zeros((rows, columns), np.float32)
    offset = np.zeros((8, rows, columns), np.float32)
    level = np.zeros((rows, columns), np.int64)
    cells = (np.asarray(corners, np.float64) - (STRIDE - 1) / 2) / STRIDE
    for quad, usable, name in zip(cells, valid, levels):
        middle = quad.mean(axis=0)
        if not (-0.5 <= middle[0] < columns - 0.5 and -0.5 <= middle[1] < rows - 0.5):
            continue
        height = 0.5 * np.linalg.norm(quad[0] + quad[1] - quad[2] - quad[3])
        spread = np.clip(0.2 * height, 0.8, 2.5)
        reach = int(np.ceil(max(3 * spread, np.abs(quad - middle).max()))) + 1
        r0, r1 = max(0, int(middle[1]) - reach), min(rows, int(middle[1]) + reach + 2)
        c0, c1 = max(0, int(middle[0]) - reach), min(columns, int(middle[0]) + reach + 2)
        yy, xx = np.mgrid[r0:r1, c0:c1]
        window = (slice(r0, r1), slice(c0, c1))
        peak = np.rint(middle).astype(int).clip(0, [columns - 1, rows - 1])
        bump = np.exp(-((xx - peak[0]) ** 2 + (yy - peak[1]) ** 2) / (2 * spread**2)).astype(np.float32)
        inside = _inside(quad, xx, yy)
        if not usable:
            centre[window][inside | (bump > 0.3)] = -1
            level[window][inside] = -1
            continue
        level[window][inside] = -1 if name == UNKNOWN_LEVEL else name + 1
        centre[window] = np.where(centre[window] < 0, centre[window], np.maximum(centre[window], bump))
        own = (bump > 0.25) & (bump > weight[window])
        weight[window][own] = bump[own]
        for k, (x, y) in enumerate(quad):
            offset[2 * k][window][own] = (x - xx)[own]
            offset[2 * k + 1][window][own] = (y - yy)[own]
    return {"centre": centre[None], "offset": offset, "offset_weight": weight[None], "level": level}


def _inside(quad: np.ndarray, xx: np.ndarray, yy: np.ndarray) -> np.ndarray:
    """Cells within the convex quadrilateral TL, TR, BL, BR (either orientation)."""
    ring = quad[[0, 1, 3, 2]]
    sides = []
    for a, b in zip(ring, np.roll(ring, -1, axis=0)):
        sides.append((b[0] - a[0]) * (yy - a[1]) - (b[1] - a[1]) * (xx - a[0]))
    stack = np.stack(sides)
    return (stack >= 0).all(axis=0) | (stack <= 0).all(axis=0)


def decode(maps: dict[str, np.ndarray], limit: int = 64, threshold: float = 0.02) -> Candidates:
    """Peaks of the centre map and what the network says there.

    maps: centre (1, h/s, w/s) probability, offset (8, ...), spread (4, ...) log Laplace scale, level (18, ...).
    centre and level are probabilities.
    Corners and level are averaged over the peak's 3x3 cells, weighted by the centre probability.
    """
    centre = maps["centre"][0]
    rows, columns = centre.shape
    padded = np.pad(centre, 1)
    neighbours = np.stack([padded[1 + dy : 1 + dy + rows, 1 + dx : 1 + dx + columns] for dy, dx in _RING])
    peaks = np.argwhere((centre >= neighbours.max(axis=0)) & (centre > threshold))
    order = np.argsort(-centre[tuple(peaks.T)])[:limit]
    peaks = peaks[order]
    around = peaks[:, None] + np.array([(0, 0), *_RING])
    inside = ((around >= 0) & (around < (rows, columns))).all(axis=2)
    r, c = around[..., 0].clip(0, rows - 1), around[..., 1].clip(0, columns - 1)
    weight = np.where(inside, centre[r, c], 0.0)
    weight = weight / weight.sum(axis=1, keepdims=True)
    offset = maps["offset"][:, r, c].reshape(4, 2, *r.shape).transpose(2, 3, 0, 1)
    cells = offset + np.stack([c, r], axis=-1)[:, :, None, :]
    corners = np.einsum("kn,kncd->kcd", weight, cells) * STRIDE + (STRIDE - 1) / 2
    level = np.einsum("kn,lkn->kl", weight, maps["level"][:, r, c])
    spread = np.exp(np.einsum("kn,ckn->kc", weight, maps["spread"][:, r, c])) * STRIDE
    return Candidates(corners, centre[tuple(peaks.T)], level, spread)


_RING = tuple((dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1) if (dy, dx) != (0, 0))
