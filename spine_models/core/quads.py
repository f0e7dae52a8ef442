"""Which share of each cell of a map a quadrilateral covers, by the distances of the cell from its four edges.

Symbols: Q quadrilaterals (Q, 4, 2) with corners TL, TR, BL, BR in cells, (x, y), a cell's centre at its integer
coordinates; each is looked at in a patch of R x C cells round its middle; edges are top, right, bottom, left.
"""

from __future__ import annotations

import numpy as np

PATCH = (26, 30)  # rows and columns of cells: holds a vertebra at any tilt on the pictures of the framed models
OUTLINE = ((0, 1), (1, 3), (3, 2), (2, 0))  # corners at the start and the end of each edge, clockwise on the film
TOP, RIGHT, BOTTOM, LEFT = range(4)


def patch_cells(quads: np.ndarray) -> np.ndarray:
    """(Q, R, C, 2) integer cells (x, y) of the patch of each quadrilateral, possibly outside of the map."""
    row, column = np.mgrid[: PATCH[0], : PATCH[1]]
    corner = np.rint(quads.mean(axis=1)).astype(int) - (PATCH[1] // 2, PATCH[0] // 2)
    return corner[:, None, None] + np.stack([column, row], axis=-1)


def edge_distances(quads: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """(4, Q, R, C) distance of each cell from the line of each edge, positive on the inner side."""
    start, end = (quads[:, list(which)].transpose(1, 0, 2) for which in zip(*OUTLINE))
    way = end - start
    way = way / (np.linalg.norm(way, axis=2, keepdims=True) + 1e-6)
    x, y = cells[..., 0], cells[..., 1]
    along, down = way[..., 0, None, None], way[..., 1, None, None]
    return along * (y - start[..., 1, None, None]) - down * (x - start[..., 0, None, None])


def coverage(distances: np.ndarray) -> np.ndarray:
    """(Q, R, C) share of each cell inside, from ``edge_distances``; exact along straight edges, close at corners."""
    return np.clip(distances + 0.5, 0, 1).prod(axis=0)


def clipped(cells: np.ndarray, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Row, column and whether it lies on the map of ``shape`` (h, w), for each of the cells (..., 2)."""
    inside = ((cells >= 0) & (cells < shape[::-1])).all(axis=-1)
    return cells[..., 1].clip(0, shape[0] - 1), cells[..., 0].clip(0, shape[1] - 1), inside
