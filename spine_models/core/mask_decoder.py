"""From soft masks and order along the spine to T1-L5: one dynamic programme, then a fit of quadrilaterals.

The maps, and what stands in them, are those of ``mask_codec``. Two steps:
1. How much vertebra and how much gap lie across the spine at every place of its middle line is a profile. All 17
   middles are placed on it together, in order and about one level apart, on vertebra and away from gaps. The order
   says only which is which: a network knows it to half a level, the gaps themselves to a fraction of a cell.
2. Each vertebra is the quadrilateral whose soft picture is nearest to its mask (Gauss-Newton on its eight
   coordinates). A threshold and a contour would lose what the mask says about the place of an edge within a cell.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .errors import DetectionError
from .landmarks import STANDARD_LEVELS
from .mask_codec import BACKGROUND, GAP, STRIDE, VERTEBRA
from .quads import OUTLINE, clipped, edge_distances, patch_cells
from .spine_line import SLANTS, STEP, SpineLine, trace

NO_SPINE = "No spine was found on this film: check that it is an upright frontal spine radiograph."
COUNT = len(STANDARD_LEVELS)
BIN = 0.05  # levels
MARGIN = 1.5  # levels above and below the painted spine that are looked at
SLANTED = 0.05  # how much less a slanted vertebra is believed, per square radian
ASKEW = 3.0  # steps of slant by which a gap may differ from its neighbours
WIDE = 1.7  # halves of the spine's width to either side that belong to a vertebra
EVIDENCE, SPACING_SD, LEVEL_SD = 12.0, 0.12, 0.6  # weight of the profile; spreads of distances and of places, levels
SOFT = 0.5  # cells over which the picture of an edge fades
STEPS = 6
DAMPING = 0.1  # cells of evidence: corners nothing is seen of stay where they are
SURE = 0.05  # cells; no corner is known better
LEAST = 4  # vertebrae that must be seen
ASTRAY = 1.3  # distances of neighbouring vertebrae; paint further from the middle of its vertebra is not of the spine


@dataclass(frozen=True, eq=False)
class Painted:
    """corners (17, 4, 2) and sigma (17, 4) in picture pixels, confidence (17,) in [0, 1], and the painting itself:
    margin (h/s, w/s) > 0 where a cell is painted as vertebra, owner (h/s, w/s) of which vertebra, -1 for none."""

    corners: np.ndarray
    sigma: np.ndarray
    confidence: np.ndarray
    margin: np.ndarray
    owner: np.ndarray


def decode(out: dict[str, np.ndarray]) -> Painted:
    """All 17 vertebrae from part (3, ...) logits and order (1, ...) in levels.

    Raises DetectionError when fewer than four vertebrae are painted.
    """
    part = np.exp(out["part"] - out["part"].max(axis=0))
    part = part / part.sum(axis=0)
    line = trace(part[VERTEBRA] + part[GAP], MARGIN / COUNT)
    if line is None:
        raise DetectionError(NO_SPINE)
    contrast = line.across(part[VERTEBRA]) - line.across(part[GAP])
    middles, slant = place_middles(part, out["order"][0], line, contrast)
    owner = owners(part, line, *boundaries(contrast, middles, slant))
    quads, seen = first_quads(part[VERTEBRA], owner)
    quads, sigma, confidence = fit_quads(part[VERTEBRA], owner, quads, seen)
    margin = part[VERTEBRA] - np.maximum(part[BACKGROUND], part[GAP])
    return Painted(quads * STRIDE + (STRIDE - 1) / 2, sigma * STRIDE, confidence, margin, owner)


def place_middles(
    part: np.ndarray, order: np.ndarray, line: SpineLine, contrast: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(17,) place on the line of the middle of each vertebra, increasing, and (S,) index of the slant there.

    contrast: (S, A) vertebra less gap on the lines across.

    A smooth curve through the order says roughly where each level lies; the vertebrae and gaps on the straightened
    spine say exactly (Viterbi).
    """
    level = smooth_order(part, order, line)
    slant = sharpest(contrast, 1 / np.gradient(level))
    rows = np.arange(len(level))
    place = np.arange(level[0], level[-1], BIN)
    profile = np.interp(place, level, contrast[rows, slant])
    half = round(0.6 / BIN)
    kernel = np.cos(2 * np.pi * BIN * np.arange(-half, half + 1)) * BIN
    evidence = EVIDENCE * np.convolve(profile, kernel, mode="same")
    strides = np.arange(round(0.6 / BIN), round(1.4 / BIN) + 1)
    cost = 0.5 * ((strides * BIN - 1) / SPACING_SD) ** 2
    best = evidence - 0.5 * (place / LEVEL_SD) ** 2
    back = np.zeros((COUNT, len(place)), int)
    for v in range(1, COUNT):
        reached = np.full((len(strides), len(place)), -np.inf)
        for k, stride in enumerate(strides):
            reached[k, stride:] = best[:-stride] - cost[k]
        choice = reached.argmax(axis=0)
        back[v] = strides[choice]
        best = reached.max(axis=0) + evidence - 0.5 * ((place - v) / LEVEL_SD) ** 2
    at = [int(best.argmax())]
    for v in range(COUNT - 1, 0, -1):
        at.append(at[-1] - back[v, at[-1]])
    return np.interp(place[at[::-1]], level, rows), slant


def smooth_order(part: np.ndarray, order: np.ndarray, line: SpineLine) -> np.ndarray:
    """(S,) level at every place of the line, increasing: a cubic through what is painted there."""
    straight = len(SLANTS) // 2
    paint = line.across(part[VERTEBRA] + part[GAP])[:, straight]
    mean = line.across((part[VERTEBRA] + part[GAP]) * order)[:, straight] / np.maximum(paint, 1e-3)
    along = np.linspace(-1, 1, len(paint))
    level = np.polynomial.Polynomial.fit(along, mean, 3, w=np.sqrt(paint) + 1e-6)(along)
    step = np.median(np.diff(level))
    if step <= 0:
        raise DetectionError(NO_SPINE)
    steps = np.clip(np.diff(level), 0.4 * step, 2.5 * step)
    level = np.concatenate([[0], steps.cumsum()])
    return level + np.average(mean - level, weights=paint + 1e-6)


def sharpest(contrast: np.ndarray, pitch: np.ndarray) -> np.ndarray:
    """(S,) index of the slant at which vertebrae and gaps stand out most, over about two vertebrae."""
    width = round(float(np.median(pitch)))
    kernel = np.exp(-0.5 * np.linspace(-2, 2, 2 * width + 1) ** 2)
    kernel = kernel / kernel.sum()

    def mean(values: np.ndarray) -> np.ndarray:
        return np.apply_along_axis(np.convolve, 0, values, kernel, mode="same")

    return (mean(contrast**2) - mean(contrast) ** 2 - SLANTED * SLANTS**2).argmax(axis=1)


def boundaries(contrast: np.ndarray, middles: np.ndarray, slant: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(18,) places on the line where vertebrae end and begin, and the slants there, radians: where the gap is clearest
    between two middles; above the first and below the last half a step on."""
    places, slants = [1.5 * middles[0] - 0.5 * middles[1]], [SLANTS[slant[round(max(middles[0], 0))]]]
    for upper, lower in zip(middles, middles[1:]):
        first, last = (round(upper + share * (lower - upper)) for share in (0.2, 0.8))
        usual = slant[first : last + 1].mean()
        away = np.arange(first, last + 1)[:, None] - 0.5 * (upper + lower), np.arange(len(SLANTS)) - usual
        doubt = (away[0] / (0.5 * (lower - upper))) ** 2 + (away[1] / ASKEW) ** 2
        best, which = np.unravel_index((contrast[first : last + 1] + 0.1 * doubt).argmin(), doubt.shape)
        places.append(first + best)
        slants.append(SLANTS[which])
    places.append(1.5 * middles[-1] - 0.5 * middles[-2])
    slants.append(SLANTS[slant[min(round(middles[-1]), len(slant) - 1)]])
    return np.array(places), np.array(slants)


def owners(part: np.ndarray, line: SpineLine, bounds: np.ndarray, slants: np.ndarray) -> np.ndarray:
    """(h, w) index of the vertebra each cell would belong to, -1 beyond the ends of the spine and away from it.

    bounds, slants: (18,) see ``boundaries``.
    """
    row, column = np.nonzero(part[VERTEBRA] + part[GAP] > 0.05)
    nearest, along, aside = line.where(np.stack([column, row], axis=1).astype(float))
    beyond = (nearest + along / STEP)[:, None] - bounds - aside[:, None] * np.tan(slants) / STEP
    which = (beyond > 0).sum(axis=1) - 1
    own = (np.abs(aside) < WIDE * line.half[nearest]) & (which < COUNT)
    owner = np.full(part.shape[1:], -1)
    owner[row, column] = np.where(own, which, -1)
    return owner


def first_quads(body: np.ndarray, owner: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rectangles (17, 4, 2) with the middle and extent of each vertebra's mask, cells, and (17,) which were seen.

    Vertebrae that are hardly painted are put between, or beyond, the others.
    """
    row, column = _near_the_spine(*np.nonzero((owner >= 0) & (body > 0.1)), owner)
    who, weight = owner[row, column], body[row, column]
    mass = np.bincount(who, weight, COUNT)
    x, y = (np.bincount(who, weight * axis, COUNT) / np.maximum(mass, 1e-6) for axis in (column, row))
    seen = mass > 0.25 * np.median(mass[mass > 0])
    if seen.sum() < LEAST:
        raise DetectionError(NO_SPINE)
    rows = np.arange(COUNT)
    centre = np.stack([_continued(rows, seen, axis) for axis in (x, y)], axis=1)
    way = np.gradient(centre, axis=0)
    down = way / (np.linalg.norm(way, axis=1, keepdims=True) + 1e-6)
    across = np.stack([down[:, 1], -down[:, 0]], axis=1)
    offset = np.stack([column, row], axis=1) - centre[who]
    half = []
    for axis in (across, down):
        variance = np.bincount(who, weight * (offset * axis[who]).sum(axis=1) ** 2, COUNT) / np.maximum(mass, 1e-6)
        half.append(np.interp(rows, rows[seen], np.sqrt(3 * variance[seen]))[:, None])
    corner = [(-1, -1), (1, -1), (-1, 1), (1, 1)]
    return np.stack([centre + a * half[0] * across + b * half[1] * down for a, b in corner], axis=1), seen


def _near_the_spine(row: np.ndarray, column: np.ndarray, owner: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The cells that lie with most cells of their vertebra: paint elsewhere on the film is not of the spine."""
    who = owner[row, column]
    painted = np.unique(who)
    if len(painted) < LEAST:
        raise DetectionError(NO_SPINE)
    cells = np.stack([column, row], axis=1).astype(float)
    middle = np.zeros((COUNT, 2))
    middle[painted] = [np.median(cells[who == v], axis=0) for v in painted]
    pitch = np.median(np.linalg.norm(np.diff(middle[painted], axis=0), axis=1))
    near = np.linalg.norm(cells - middle[who], axis=1) < ASTRAY * pitch
    return row[near], column[near]


def _continued(rows: np.ndarray, seen: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Values where seen, between them in proportion, beyond them on with their mean step."""
    known = rows[seen]
    filled = np.interp(rows, known, values[seen])
    step = (values[known[-1]] - values[known[0]]) / (known[-1] - known[0])
    return filled + step * (np.minimum(rows - known[0], 0) + np.maximum(rows - known[-1], 0))


def fit_quads(
    body: np.ndarray, owner: np.ndarray, quads: np.ndarray, seen: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Quadrilaterals (V, 4, 2) moved to reproduce the mask, the spread (V, 4) of their corners in cells, and how well
    they do, (V,) in [0, 1]. Vertebrae not seen stay, with a spread of half their height and a confidence of 0."""
    cells = patch_cells(quads)
    row, column, inside = clipped(cells, body.shape)
    own = inside & (owner[row, column] == np.arange(len(quads))[:, None, None])
    target = np.where(own, body[row, column], 0.0)
    moved = quads
    for _ in range(STEPS):
        picture, slope = _render(moved, cells)
        slope = slope.reshape(len(quads), 8, -1)
        miss = ((target - picture) * inside).reshape(len(quads), -1)
        normal = slope @ slope.transpose(0, 2, 1) + DAMPING * np.eye(8)
        step = np.linalg.solve(normal, slope @ miss[..., None])[..., 0].reshape(quads.shape)
        moved = moved + np.clip(step, -2, 2) * seen[:, None, None]
    height = np.linalg.norm(moved[:, 2:].mean(axis=1) - moved[:, :2].mean(axis=1), axis=1)
    noise = (miss**2).sum(axis=1) / (picture > 0.05).reshape(len(quads), -1).sum(axis=1).clip(1)
    variance = np.diagonal(np.linalg.inv(normal), axis1=1, axis2=2).reshape(-1, 4, 2).mean(axis=2) * noise[:, None]
    overlap = np.minimum(picture, target).sum(axis=(1, 2)) / np.maximum(picture, target).sum(axis=(1, 2)).clip(1e-6)
    sigma = np.where(seen[:, None], np.sqrt(variance + SURE**2), 0.5 * height[:, None] + SURE)
    return moved, sigma, np.where(seen, overlap, 0.0)


def _render(quads: np.ndarray, cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Soft picture (V, R, C) of each quadrilateral and its slope (V, 4, 2, R, C) by every corner's x and y."""
    share = 1 / (1 + np.exp(-np.clip(edge_distances(quads, cells) * (2 / SOFT), -30, 30)))
    picture = share.prod(axis=0)
    slope = np.zeros((len(quads), 4, 2, *picture.shape[1:]))
    for edge, (a, b) in zip(share, OUTLINE):
        way = quads[:, b] - quads[:, a]
        length = np.linalg.norm(way, axis=1, keepdims=True) + 1e-6
        way = way / length
        inner = np.stack([-way[:, 1], way[:, 0]], axis=1)[:, :, None, None]
        at = ((cells - quads[:, a][:, None, None]) * way[:, None, None]).sum(axis=-1) / length[:, :, None]
        change = (picture * (1 - edge) * (2 / SOFT))[:, None]
        slope[:, a] -= change * (1 - at)[:, None] * inner
        slope[:, b] -= change * at[:, None] * inner
    return picture, slope
