"""Mask codec: corners <-> soft masks of vertebrae and of the gaps between them, and the order along the spine.

Symbols: s = STRIDE; maps are (h/s, w/s) cells, cell (r, c) stands at picture pixel (c s + (s - 1)/2, r s + (s - 1)/2).
    part   (3, ...) share of the cell that is background, vertebra, gap (disc space); they add up to 1
    order  (1, ...) level at the cell: v in the middle of the v-th vertebra (T1 = 0), v - BODY at its upper endplate,
           v + BODY at its lower one, and evenly on through the gap to the next vertebra
"""

from __future__ import annotations

import numpy as np

from .quads import BOTTOM, TOP, clipped, coverage, edge_distances, patch_cells

STRIDE = 2
BODY = 0.4  # of a level from the middle of a vertebra to its endplate; the gap has the rest
BACKGROUND, VERTEBRA, GAP = range(3)


def encode(corners: np.ndarray, valid: np.ndarray, size: tuple[int, int]) -> dict[str, np.ndarray]:
    """Training targets of one picture: part (3, ...), order (1, ...), order_weight (1, ...), known (1, ...).

    corners: (V, 4, 2) picture pixels; valid: (V,) bool. Where a vertebra may not be learnt, and in the gaps beside it,
    nothing is known: known and order_weight are 0 there.
    """
    shape = size[0] // STRIDE, size[1] // STRIDE
    quads = (np.asarray(corners, np.float64) - (STRIDE - 1) / 2) / STRIDE
    gaps = np.concatenate([quads[:-1, 2:], quads[1:, :2]], axis=1)
    sure = np.concatenate([valid, valid[:-1] & valid[1:]])
    every = np.concatenate([quads, gaps])
    first = np.concatenate([np.arange(len(quads)) - BODY, np.arange(len(gaps)) + BODY])
    extent = np.repeat([2 * BODY, 1 - 2 * BODY], [len(quads), len(gaps)])
    cells = patch_cells(every)
    distances = edge_distances(every, cells)
    share = coverage(distances)
    through = distances[TOP] / np.where(share > 0, distances[TOP] + distances[BOTTOM], 1)
    level = first[:, None, None] + extent[:, None, None] * np.clip(through, 0, 1)
    part, order, weight = np.zeros((3, *shape)), np.zeros(shape), np.zeros(shape)
    known = np.ones(shape)
    row, column, inside = clipped(cells, shape)
    for i in np.flatnonzero(inside.any(axis=(1, 2))):
        own = inside[i] & (share[i] > 0)
        at = row[i][own], column[i][own]
        if not sure[i]:
            known[at] = 0
            continue
        kind = VERTEBRA if i < len(quads) else GAP
        part[kind][at] = np.maximum(part[kind][at], share[i][own])
        order[at] = np.where(share[i][own] > weight[at], level[i][own], order[at])
        weight[at] = np.maximum(weight[at], share[i][own])
    part[GAP] = np.minimum(part[GAP], 1 - part[VERTEBRA])
    part[BACKGROUND] = 1 - part[VERTEBRA] - part[GAP]
    maps = {"part": part, "order": order[None], "order_weight": (weight * known)[None], "known": known[None]}
    return {name: values.astype(np.float32) for name, values in maps.items()}
