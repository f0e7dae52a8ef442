"""Geometric repair of vertebra corner labels: film order, corner order, and a mask of what cannot be right.

Legend: V vertebrae; corners (V, 4, 2) in pixels, y down, order TL, TR, BL, BR; ``down`` (V, 2) unit vectors along
the spine, towards the pelvis; ``across`` (V, 2) the same turned towards the right edge of the film. Nothing is ever
sorted by y: on a vertebra tilted beyond some 30 degrees the upper corners are not the ones with the smaller y.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from ..core.landmarks import CORNERS

JUMP = 4.0
"""A step along the label longer than this many median steps joins no neighbours; true steps stay below 2.2."""

SAME = 0.3
"""Two centres closer than this share of the median step label one vertebra twice."""

HEIGHT = (0.45, 1.9)
"""Allowed body height over the median of the neighbours' heights."""

WIDTH = (0.6, 1.6)
"""Allowed length of an endplate over the median of the neighbours' endplates."""

FLAT = 0.22
"""Smallest body height over the neighbours' endplate length; 99 of 100 labelled vertebrae have 0.27 or more."""

WEDGE = 0.2
"""Smallest ratio of the shorter to the longer side; real wedge and half vertebrae among these films have 0.22."""

WEDGE_RENAMED = 0.5
"""The same for a vertebra whose corners had to be renamed: lopsided, it holds a stray point as well."""

OVERLAP = 0.25
"""Share of the local body height by which a vertebra may reach into the next one."""

REACH = 3
"""Vertebrae above and below that serve as the neighbours of one vertebra."""

_PLACES = np.array([[-1, -1], [1, -1], [-1, 1], [1, 1]])
"""Where TL, TR, BL, BR lie along (across, down)."""


@dataclass(frozen=True, eq=False)
class Repair:
    """corners: float64 (V, 4, 2) in film order. valid: (V,) bool, False where the corners must not be used.

    defects: a sentence for everything that was moved or masked; vertebrae are counted from the top of the film.
    """

    corners: np.ndarray
    valid: np.ndarray
    defects: tuple[str, ...]


def repair(corners: np.ndarray) -> Repair:
    """Bring the label of one film into film order and mask the vertebrae whose corners contradict their neighbours.

    corners: (V, 4, 2) pixels as labelled. Points are only ever renamed, never moved; the one exception is a vertebra
    whose endplates lie apart on the film: its stray endplate is replaced by a copy of the neighbour's, and masked.
    """
    corners, torn = _mend_torn(np.array(corners, dtype=np.float64))
    order = film_order(corners)
    defects = []
    if not np.array_equal(order, np.arange(len(corners))):
        defects.append(f"Groups out of film order, read as {_runs(order)}.")
    corners, torn = corners[order], torn[order]
    defects += [f"Vertebra {v + 1}: one endplate lies at the other end of the film: masked."
                for v in np.flatnonzero(torn)]
    corners, renamed = _order_corners(corners)
    defects += [f"Vertebra {v + 1}: corners renamed, they were read as {names}." for v, names in renamed]
    valid = ~torn
    for v, reason in contradictions(corners, [v for v, _ in renamed]):
        valid[v] = False
        defects.append(f"Vertebra {v + 1}: {reason}: masked.")
    return Repair(corners, valid, tuple(defects))


def spine_direction(corners: np.ndarray) -> np.ndarray:
    """(V, 2) unit vectors along the spine at each vertebra, towards the pelvis.

    Each is the median of the four nearest steps between centres, so one misplaced vertebra does not turn it.
    """
    steps = np.diff(corners.mean(axis=1), axis=0)
    first = np.clip(np.arange(len(corners)) - 2, 0, len(steps) - 4)
    local = np.array([np.median(steps[start:start + 4], axis=0) for start in first])
    return local / np.maximum(np.linalg.norm(local, axis=1, keepdims=True), 1e-9)


def film_order(corners: np.ndarray) -> np.ndarray:
    """(V,) label groups in the order they have on the film.

    The label is cut where two consecutive groups lie far apart; the runs are put in order along the axis of the
    longest one, so a group that hangs behind L5 in the file but lies above T1 on the film comes first.
    """
    centres = corners.mean(axis=1)
    steps = np.linalg.norm(np.diff(centres, axis=0), axis=1)
    runs = np.split(np.arange(len(centres)), np.flatnonzero(steps > JUMP * np.median(steps)) + 1)
    longest = max(runs, key=len)
    axis = centres[longest[-1]] - centres[longest[0]]
    return np.concatenate(sorted(runs, key=lambda run: centres[run].mean(axis=0) @ axis))


def _mend_torn(corners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Replace an endplate that lies vertebrae away from its partner; returns corners and a (V,) mask of such groups."""
    edges = corners.reshape(-1, 2, 2, 2).mean(axis=2)
    heights = np.linalg.norm(edges[:, 1] - edges[:, 0], axis=1)
    torn = heights > JUMP * np.median(heights)
    sound = np.flatnonzero(~torn)
    for v in np.flatnonzero(torn):
        near = sound[np.argmin(np.abs(sound - v))]
        top_is_stray = np.argmax(np.linalg.norm(edges[v] - edges[near].mean(axis=0), axis=1)) == 0
        body = corners[near, 2:] - corners[near, :2]
        if top_is_stray:
            corners[v, :2] = corners[v, 2:] - body
        else:
            corners[v, 2:] = corners[v, :2] + body
    return corners, torn


def _order_corners(corners: np.ndarray) -> tuple[np.ndarray, list[tuple[int, str]]]:
    """Rename the corners of each vertebra that are swapped left-right, top-bottom or crosswise.

    A vertebra that already agrees with the local spine direction is not touched; any other takes the order that puts
    its left corners farthest left and its upper corners farthest up along the spine. Returns the corners and, for
    each vertebra changed, (index, the label's corner names in the order now used).
    """
    down = spine_direction(corners)
    corners, renamed = corners.copy(), []
    for v in [v for v, quad in enumerate(corners) if _disorder(quad, down[v])]:
        place = _PLACES @ np.array([_across(down[v]), down[v]])
        best = max(permutations(range(4)), key=lambda p: (corners[v][list(p)] * place).sum())
        if best != (0, 1, 2, 3):
            corners[v] = corners[v][list(best)]
            renamed.append((v, " ".join(CORNERS[i] for i in best)))
    return corners, renamed


def _disorder(quad: np.ndarray, down: np.ndarray) -> int:
    """How many of the four sides of a vertebra run against the spine: 0 for a sound one."""
    across = _across(down)
    return sum((((quad[1] - quad[0]) @ across <= 0), ((quad[3] - quad[2]) @ across <= 0),
                ((quad[2] - quad[0]) @ down <= 0), ((quad[3] - quad[1]) @ down <= 0)))


def _across(down: np.ndarray) -> np.ndarray:
    """``down`` turned towards the right edge of the film."""
    return np.array([down[1], -down[0]])


def contradictions(corners: np.ndarray, renamed: Sequence[int] = ()) -> list[tuple[int, str]]:
    """(vertebra, reason) for every vertebra whose shape or place cannot be true beside its neighbours'.

    renamed: vertebrae whose corners had to be renamed; of these a lopsided shape is not believed.
    """
    down = spine_direction(corners)
    heights, widths = _heights(corners), np.linalg.norm(corners[:, [1, 3]] - corners[:, [0, 2]], axis=-1)
    local_height, local_width = _local_median(heights), _local_median(widths.mean(axis=1))
    found = _duplicates(corners)
    for v, quad in enumerate(corners):
        wedge = WEDGE_RENAMED if v in renamed else WEDGE
        fault = (_size_fault(heights[v] / local_height[v], heights[v] / local_width[v], widths[v] / local_width[v])
                 or _shape_fault(quad, down[v], wedge))
        if fault:
            found.setdefault(v, fault)
    return sorted((found | _overlaps(corners, down, local_height, set(found))).items())


def _size_fault(height: float, flatness: float, widths: np.ndarray) -> str:
    """What is wrong with the size of one vertebra beside its neighbours; "" if nothing.

    height: over the neighbours' heights; flatness: height over the neighbours' endplate length; widths: (2,) top and
    bottom endplate over the neighbours'.
    """
    if not HEIGHT[0] <= height <= HEIGHT[1]:
        return f"body height is {height:.2f} of the neighbours'"
    if widths.min() < WIDTH[0] or widths.max() > WIDTH[1]:
        return f"endplate widths are {widths[0]:.2f} and {widths[1]:.2f} of the neighbours'"
    return f"body height is only {flatness:.2f} of its width" if flatness < FLAT else ""


def _shape_fault(quad: np.ndarray, down: np.ndarray, wedge: float) -> str:
    """What is wrong with the outline of one vertebra by itself; "" if nothing."""
    if _disorder(quad, down) or not _convex(quad):
        return "the corners are folded"
    sides = np.linalg.norm(quad[2:] - quad[:2], axis=1)
    if sides.min() < wedge * sides.max():
        return f"one side is {sides.min() / sides.max():.2f} of the other"
    return ""


def _duplicates(corners: np.ndarray) -> dict[int, str]:
    """Vertebrae that share their place with another one, neighbour in the file or not."""
    centres = corners.mean(axis=1)
    step = np.median(np.linalg.norm(np.diff(centres, axis=0), axis=1))
    near = np.linalg.norm(centres[:, None] - centres[None], axis=-1) < SAME * step
    return {int(v): f"it lies on vertebra {w + 1}" for v, w in np.argwhere(near) if v != w}


def _convex(quad: np.ndarray) -> bool:
    """True when TL, TR, BR, BL run round a convex shape (all turns the same way)."""
    ring = quad[[0, 1, 3, 2]]
    side = np.roll(ring, -1, axis=0) - ring
    turn = side[:, 0] * np.roll(side, -1, axis=0)[:, 1] - side[:, 1] * np.roll(side, -1, axis=0)[:, 0]
    return bool((turn > 0).all())


def _overlaps(corners: np.ndarray, down: np.ndarray, height: np.ndarray, known: set[int]) -> dict[int, str]:
    """Vertebrae that reach into the next one; where one of the two is at fault already it is the one to blame."""
    found = {}
    for v in range(len(corners) - 1):
        gap = (corners[v + 1, :2] - corners[v, 2:]) @ (down[v] + down[v + 1]) / 2
        if gap.min() < -OVERLAP * height[v] and not known & {v, v + 1}:
            found[v] = f"it reaches into vertebra {v + 2}"
            found[v + 1] = f"vertebra {v + 1} reaches into it"
    return found


def _heights(corners: np.ndarray) -> np.ndarray:
    """(V,) distance between the midpoints of the two endplates, in pixels."""
    return np.linalg.norm(corners[:, 2:].mean(axis=1) - corners[:, :2].mean(axis=1), axis=1)


def _local_median(values: np.ndarray) -> np.ndarray:
    """(V,) median of the REACH values above and below each one, itself left out."""
    index = np.arange(len(values))
    return np.array([np.median(values[(np.abs(index - v) <= REACH) & (index != v)]) for v in index])


def _runs(order: np.ndarray) -> str:
    """The order in words, counted from 1: "17, 1-16"."""
    runs = np.split(order, np.flatnonzero(np.diff(order) != 1) + 1)
    return ", ".join(f"{run[0] + 1}-{run[-1] + 1}" if len(run) > 1 else str(run[0] + 1) for run in runs)
