"""Corner-type codec: corners <-> one heat map per kind of corner, votes for the vertebra's centre, and a level map.

Symbols: s = STRIDE; maps are (h/s, w/s) cells, cell (r, c) stands at picture pixel (c s + (s - 1)/2, r s + (s - 1)/2).
    heat   (4, ...) Gaussian bumps at all TL, all TR, all BL, all BR corners (Law 2018 keeps kinds of corner apart so)
    vote   (8, ...) from the cell to the centre of the vertebra whose TL, TR, BL, BR corner is here, x and y, in cells
    level  class 0 is background, v + 1 is inside the v-th vertebra (T1 = 0)
"""

from __future__ import annotations

import numpy as np

from .centre_codec import Candidates
from .heatmap_peaks import local_maxima, settle
from .quads import clipped, coverage, edge_distances, patch_cells

STRIDE = 2
BUMP = 1.5  # standard deviation of a bump, cells
REACH = 5  # cells from a corner where its bump ends
NEAR = 0.2  # height of a bump from which on a cell votes
PEAKS = 32  # of each kind
FAINT = 0.08  # a lower peak is nothing
TOGETHER = 0.45  # votes closer than this share of the way from corner to centre mean the same vertebra
FILLED = 2.0  # how much wider the spread of a corner is that was not seen itself


def encode(corners: np.ndarray, valid: np.ndarray, size: tuple[int, int]) -> dict[str, np.ndarray]:
    """Training targets of one picture: heat, heat_known (4, ...), vote, vote_weight (4, ...), level (...) int64.

    corners: (V, 4, 2) picture pixels; valid: (V,) bool. Where a vertebra may not be learnt heat_known and vote_weight
    are 0 and level is -1.
    """
    shape = size[0] // STRIDE, size[1] // STRIDE
    quads = (np.asarray(corners, np.float64) - (STRIDE - 1) / 2) / STRIDE
    heat, weight = np.zeros((4, *shape), np.float32), np.zeros((4, *shape), np.float32)
    known, vote = np.ones((4, *shape), np.float32), np.zeros((4, 2, *shape), np.float32)
    step = np.arange(-REACH, REACH + 1)
    cells = np.rint(quads).astype(int)[:, :, None, None] + np.stack(np.meshgrid(step, step), axis=-1)
    bump = np.exp(-0.5 * ((cells - quads[:, :, None, None]) ** 2).sum(axis=-1) / BUMP**2)
    row, column, inside = clipped(cells, shape)
    for v, k in np.ndindex(len(quads), 4):
        own = inside[v, k]
        at = row[v, k][own], column[v, k][own]
        if not valid[v]:
            known[k][at] = 0
            continue
        near = np.where(bump[v, k][own] > NEAR, bump[v, k][own], 0)
        way = quads[v].mean(axis=0) - cells[v, k][own]
        vote[k][(slice(None), *at)] = np.where(near > weight[k][at], way.T, vote[k][(slice(None), *at)])
        weight[k][at] = np.maximum(weight[k][at], near)
        heat[k][at] = np.maximum(heat[k][at], bump[v, k][own])
    level = _level(quads, valid, shape)
    maps = {"heat": heat, "heat_known": known, "vote": vote.reshape(8, *shape), "vote_weight": weight * known}
    return {**maps, "level": level}


def _level(quads: np.ndarray, valid: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    cells = patch_cells(quads)
    share = coverage(edge_distances(quads, cells))
    row, column, inside = clipped(cells, shape)
    level = np.zeros(shape, np.int64)
    for v in range(len(quads)):
        own = inside[v] & (share[v] >= 0.5)
        level[row[v][own], column[v][own]] = v + 1 if valid[v] else -1
    return level


def decode(out: dict[str, np.ndarray]) -> Candidates:
    """Possible vertebrae in picture pixels: corners whose votes agree on a centre.

    out: heat (4, ...) and level (18, ...) logits, vote (8, ...) in cells. A corner that was not seen is its opposite
    reflected at the centre, for vertebrae are nearly parallelograms; where both of a diagonal are missing nothing is
    made up. ``chain.link`` chooses among the candidates.
    """
    heat = 1 / (1 + np.exp(-out["heat"].clip(-30, 30)))
    level = np.exp(out["level"] - out["level"].max(axis=0))
    corner, value, spread, vote = _marks(heat, out["vote"])
    member = _grouped(corner, value, vote)
    quads, centre, sigma = _completed(corner, value, spread, vote, member)
    quads, first = np.unique(quads.round(3), axis=0, return_index=True)
    name = _named(level / level.sum(axis=0), quads)
    return Candidates(quads * STRIDE + (STRIDE - 1) / 2, centre[first], name, sigma[first] * STRIDE)


def _marks(heat: np.ndarray, vote: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Per kind of corner: places (4, K, 2), heights (4, K), spreads (4, K), centres voted for (4, K, 2); cells."""
    start, value = local_maxima(heat, PEAKS)
    kind = np.repeat(np.arange(4), PEAKS)
    place, spread, _ = settle(heat, kind, start.reshape(-1, 2))
    x, y = start.reshape(-1, 2).T
    # A bump blurred by doubt is lower as well as wider; its height tells the doubt better (validation films).
    spread = spread / BUMP / np.sqrt(np.maximum(value.ravel(), FAINT))
    voted = start.reshape(-1, 2) + vote.reshape(4, 2, *heat.shape[1:])[kind, :, y, x]
    return place.reshape(4, -1, 2), value, spread.reshape(4, -1), voted.reshape(4, -1, 2)


def _grouped(corner: np.ndarray, value: np.ndarray, vote: np.ndarray) -> np.ndarray:
    """(G, 4) which mark of each kind belongs to the group of each mark, -1 for none: the highest whose vote agrees."""
    seeds = np.argwhere(value > FAINT)
    wanted = vote[seeds[:, 0], seeds[:, 1]]
    reach = TOGETHER * np.linalg.norm(corner[seeds[:, 0], seeds[:, 1]] - wanted, axis=1)
    apart = np.linalg.norm(vote[None] - wanted[:, None, None], axis=3) / reach[:, None, None]
    fit = np.where((apart < 1) & (value > FAINT), value * (1 - apart), 0)
    best = fit.argmax(axis=2)
    return np.where(fit.max(axis=2) > 0, best, -1)


def _completed(
    corner: np.ndarray, value: np.ndarray, spread: np.ndarray, vote: np.ndarray, member: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Quadrilaterals (G, 4, 2), mean heights of their marks (G,), spreads (G, 4); no groups without a diagonal."""
    seen = member >= 0
    whole = (seen[:, [0, 1]] | seen[:, [3, 2]]).all(axis=1)
    member, seen = member[whole], seen[whole]
    kind = np.arange(4)
    quads, height, sigma, votes = (values[kind, member] for values in (corner, value, spread, vote))
    centre = (votes * seen[..., None]).sum(axis=1) / seen.sum(axis=1)[:, None]
    opposite = [3, 2, 1, 0]
    quads = np.where(seen[..., None], quads, 2 * centre[:, None] - quads[:, opposite])
    sigma = np.where(seen, sigma, FILLED * sigma[:, opposite])
    return quads, (height * seen).mean(axis=1), sigma


def _named(level: np.ndarray, quads: np.ndarray) -> np.ndarray:
    """(G, 18) level probabilities, the mean of the centre's and of four places half-way to the corners."""
    centre = quads.mean(axis=1, keepdims=True)
    places = np.concatenate([centre, 0.5 * (quads + centre)], axis=1)
    row, column, _ = clipped(np.rint(places).astype(int), level.shape[1:])
    return level[:, row, column].mean(axis=2).T
