"""From candidate vertebrae to one ordered spine: a dynamic programme over candidates and levels.

Choosing every level by its own maximum swaps and skips vertebrae; here all 17 are chosen together so that
neighbours have the spacing, direction and width that neighbours have in the training films.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .centre_codec import Candidates
from .errors import DetectionError
from .landmarks import STANDARD_LEVELS

LEVEL_DOUBT = "The numbering of the vertebrae is uncertain: count them before you rely on the level names."
FLOOR = 1e-3  # no single network output may veto a chain
SKIP = 5.0  # cost of a vertebra that must be filled in between its neighbours
END = 12.0  # cost of a level missing at the top or the bottom of the film
IMPOSSIBLE = 30.0  # neighbours that cost more cannot be neighbours

# Neighbouring vertebrae: distance of centres over mean width, its spread (log), angle between the line of centres and
# the vertebrae's own axes (degrees), change of width (log). The mean is that of the SpineWeb-16 training films; END and
# the spreads (labels: 0.2, 4.5, 0.07) were widened on validation films, because a network's rough corners scatter more.
SPACING, SPACING_SD, SIDEWAYS_SD, GROWTH_SD = 0.8, 0.3, 6.0, 0.1

# Room above T1 and below L5 on the 351 training films whose level names hold: medians, and spread of the logarithm.
# Rooms beyond UNUSUAL say nothing (full-body films). TRUST in the network's numbering was chosen on validation films.
ROOM_ABOVE, ROOM_BELOW, ROOM_SD, UNUSUAL, TRUST = 0.73, 0.99, 0.4, -6.0, 2.0


@dataclass(frozen=True, eq=False)
class Chain:
    """corners (V, 4, 2), levels (V,) index into STANDARD_LEVELS, sigma (V, 4), numbering: probability that the
    levels are right rather than shifted by one, centre (V,) centre probability, filled (V,) bool for vertebrae put
    between their neighbours."""

    corners: np.ndarray
    levels: np.ndarray
    sigma: np.ndarray
    numbering: float
    centre: np.ndarray
    filled: np.ndarray

    @property
    def doubts(self) -> tuple[str, ...]:
        """Sentences for the user."""
        return (LEVEL_DOUBT,) if self.numbering <= 0.5 else ()

    def moved(self, corners: np.ndarray, scale: float) -> Chain:
        """The same vertebrae in other pixels: their corners there, and how much longer a length is there."""
        return replace(self, corners=corners, sigma=self.sigma * scale)


def link(found: Candidates, edges: tuple[float, float] | None = None) -> Chain:
    """The most plausible spine among the candidates; raises DetectionError when there are fewer than four.

    edges: y of the film's upper and lower edge in input pixels, None where the film is turned. Films are usually framed
    to show T1-L5 and little more, so the edges tell which of the numberings one level up or down is meant.
    """
    if len(found.centre) < 4:
        raise DetectionError("No spine was found on this film: check that it is an upright frontal spine radiograph.")
    name = np.log(np.maximum(found.level[:, 1:], FLOOR))
    seen = np.log(np.maximum(found.centre, FLOOR))[:, None]
    pair = [_pair_cost(found.corners, step) for step in (1, 2)]
    chain = _assemble(found, _path(name + seen, pair), name)
    if edges is None:
        return chain
    best, score = chain, framing(chain, edges) + TRUST
    for shift in (-1, 1) if len(chain.levels) == len(STANDARD_LEVELS) else ():
        rival = _renumbered(chain, shift, found)
        if framing(rival, edges) > score:
            best, score = rival, framing(rival, edges)
    return best


def framing(chain: Chain, edges: tuple[float, float]) -> float:
    """Log density, up to a constant, of the room above T1 and below L5, in distances of neighbouring centres."""
    step = np.linalg.norm(np.diff(chain.corners.mean(axis=1), axis=0), axis=1)
    above = (chain.corners[0, :2, 1].mean() - edges[0]) / step[:3].mean()
    below = (edges[1] - chain.corners[-1, 2:, 1].mean()) / step[-3:].mean()
    if min(above, below) < 0.02:
        return UNUSUAL
    z = np.log([above / ROOM_ABOVE, below / ROOM_BELOW]) / ROOM_SD
    return float(max(-0.5 * (z @ z), UNUSUAL))


def _renumbered(chain: Chain, shift: int, found: Candidates) -> Chain:
    """The complete chain moved one vertebra down (shift 1) or up (-1) the film, its numbering then doubtful.

    The vertebra it gains continues the last step, or is the candidate that stands there.
    """
    end, before, kept = (-1, -2, slice(1, None)) if shift > 0 else (0, 1, slice(None, -1))
    gained = 2 * chain.corners[end] - chain.corners[before]
    spread, seen = 3 * chain.sigma[end], 0.0
    away = np.linalg.norm(found.corners.mean(axis=1) - gained.mean(axis=0), axis=1)
    nearest = away.argmin()
    if away[nearest] < 0.4 * np.linalg.norm((chain.corners[end] - chain.corners[before]).mean(axis=0)):
        gained, spread, seen = found.corners[nearest], found.sigma[nearest], found.centre[nearest]

    def joined(kept_values: np.ndarray, value: np.ndarray | float) -> np.ndarray:
        parts = [kept_values, np.asarray(value)[None]]
        return np.concatenate(parts if shift > 0 else parts[::-1])

    return Chain(
        joined(chain.corners[kept], gained),
        chain.levels,
        joined(chain.sigma[kept], spread),
        min(0.5, chain.numbering),
        joined(chain.centre[kept], seen),
        joined(chain.filled[kept], seen == 0),
    )


def _path(unary: np.ndarray, pair: list[np.ndarray]) -> list[tuple[int, int]]:
    """(level, candidate) from top to bottom, by dynamic programming. unary: (K, levels); pair: (K, K) per step."""
    count, levels = unary.shape
    best = np.full((levels, count), -np.inf)
    back = np.full((levels, count, 2), -1)
    for level in range(levels):
        best[level] = -END * level
        for step, cost in enumerate(pair, start=1):
            if level < step:
                continue
            score = best[level - step][:, None] - cost - SKIP * (step - 1)
            top = score.argmax(axis=0)
            value = score[top, np.arange(count)]
            better = value > best[level]
            best[level, better] = value[better]
            back[level, better] = np.stack([top, np.full(count, level - step)], axis=1)[better]
        best[level] += unary[:, level]
    final = best - END * np.arange(levels - 1, -1, -1)[:, None]
    level, item = np.unravel_index(final.argmax(), final.shape)
    path = []
    while item >= 0:
        path.append((level, item))
        item, level = back[level, item]
    if len(path) < 4:
        raise DetectionError("Fewer than four vertebrae were found on this film: it cannot be measured.")
    return path[::-1]


def _assemble(found: Candidates, path: list[tuple[int, int]], name: np.ndarray) -> Chain:
    """Fill single missing vertebrae half-way between their neighbours and judge the numbering."""
    rows = np.array([p[0] for p in path])
    items = np.array([p[1] for p in path])
    span = np.arange(rows[0], rows[-1] + 1)
    filled = ~np.isin(span, rows)

    def spread_out(values: np.ndarray) -> np.ndarray:
        flat = values.reshape(len(values), -1)
        full = np.stack([np.interp(span, rows, column) for column in flat.T], axis=1)
        return full.reshape(len(span), *values.shape[1:])

    corners, sigma, centre = (spread_out(v[items]) for v in (found.corners, found.sigma, found.centre))
    sigma[filled] *= 3
    return Chain(corners, span, sigma, _numbering(name[items], rows), np.where(filled, 0.0, centre), filled)


def _numbering(name: np.ndarray, rows: np.ndarray) -> float:
    """Probability of these levels against the same vertebrae one level up or down (network's level map only)."""
    scores = []
    for shift in (-1, 0, 1):
        shifted = rows + shift
        usable = (shifted >= 0) & (shifted < name.shape[1])
        values = np.where(usable, name[np.arange(len(rows)), shifted.clip(0, name.shape[1] - 1)], np.log(FLOOR))
        scores.append(values.mean())
    scores = np.exp(3.0 * (np.array(scores) - max(scores)))
    return float(scores[1] / scores.sum())


def _pair_cost(corners: np.ndarray, step: int) -> np.ndarray:
    """(K, K) cost of candidate b following candidate a, ``step`` levels further down; inf where impossible."""
    across = 0.5 * (corners[:, 1] + corners[:, 3] - corners[:, 0] - corners[:, 2])
    width = np.linalg.norm(across, axis=1) + 1e-6
    across = across / width[:, None]
    axis = np.stack([-across[:, 1], across[:, 0]], axis=1)
    centre = corners.mean(axis=1)
    way = centre[None, :] - centre[:, None]
    length = np.linalg.norm(way, axis=2) + 1e-6
    mean_axis = axis[:, None] + axis[None, :]
    mean_axis = mean_axis / (np.linalg.norm(mean_axis, axis=2, keepdims=True) + 1e-6)
    forward = np.einsum("abd,abd->ab", way, mean_axis)
    sideways = np.degrees(np.arccos(np.clip(forward / length, -1, 1)))
    spacing = np.log(length / (step * SPACING * 0.5 * (width[:, None] + width[None, :])))
    growth = np.log(width[None, :] / width[:, None]) / step
    cost = 0.5 * ((spacing / SPACING_SD) ** 2 + (sideways / SIDEWAYS_SD) ** 2 + (growth / GROWTH_SD) ** 2)
    return np.where((forward > 0) & (axis @ axis.T > 0.3) & (cost < IMPOSSIBLE), cost, np.inf)
