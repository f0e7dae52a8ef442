"""One spine out of what several models found on a film, and how far they are apart at every corner.

Legend
    M       models, in the order given, the most trusted first
    V       vertebrae of the consensus, top first
    slip    levels a model's names lie above those of the consensus: +1 when its T5 is the consensus' T6
    x, s    a model's corner (pixels) and its calibrated sigma; w = 1 / s^2
    corner  sum(w x) / sum(w)
    spread  C = sum(w (x - corner)(x - corner)^T) / sum(w), 2 x 2, pixels^2
    sigma   sqrt(M / sum(w) + trace(C) / 2) over the M models that take part: the spread, along one axis, of a corner
            drawn from one of the models chosen with weight w. Models learn from the same films and err alike, so that
            agreement makes the consensus no surer than its models are, while disagreement makes it less sure

Vertebrae are matched by where they are, not by name. The model nearest to all others is the reference, by the mean
distance of centres, none counted as more than a vertebra; a model most of whose vertebrae lie more than HALF a vertebra
from it is left out, and so is a single vertebra that does, such as one beyond a place where a model skipped one. The
names are those most models give; of equally many, the first model's.
A corner of unknown sigma counts as unsure as the least sure one there; where none is known all count alike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..core.errors import LandmarkError
from ..core.landmarks import Landmarks
from .editing import usual_sequence

HALF = 0.5
"""Of the distance of neighbouring centres: what lies further from a vertebra is another one."""

MOST_SLIP = 3
"""Levels by which models may name the same vertebra differently."""

SUREST = 0.1
"""Pixels; no corner is taken to be surer, so that no model can silence all others."""

Interval = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Consensus:
    """What M models agree on.

    landmarks: V vertebrae with sigma in pixels, NaN where no model's is known. slips: per model, None where it was left
    out because its spine lies elsewhere. used: (M, V) bool, its vertebra took part. offsets: (M, V, 4, 2) pixels from
    the consensus to the model's corner, NaN where it has none. spread: (V, 4, 2, 2) pixels^2.
    """

    landmarks: Landmarks
    slips: tuple[int | None, ...]
    used: np.ndarray
    offsets: np.ndarray
    spread: np.ndarray

    @property
    def disagreement(self) -> np.ndarray:
        """(V,) pixels: root mean square distance of the models' corners from those of the consensus."""
        return np.sqrt(np.trace(self.spread, axis1=2, axis2=3).mean(axis=1))


def consensus(spines: Sequence[Landmarks]) -> Consensus:
    """The consensus of two models or more; raises LandmarkError unless two of them see the spine in the same place."""
    if len(spines) < 2:
        raise LandmarkError("A consensus needs the answers of two models.")
    sequence = usual_sequence(tuple(level for spine in spines for level in spine.levels))
    corners, sigma = _on_ranks(spines, sequence)
    spacing = _spacing(corners)
    slips, apart, mean = _all_slips(corners, spacing)
    near = HALF * spacing
    reference = _most_central(mean, sigma)
    kept = np.flatnonzero(apart[reference] <= near)
    if len(kept) < 2:
        raise LandmarkError("The models see the spine in different places, so there is no consensus.")
    onto = slips[:, reference]
    naming = _majority([int(onto[model]) for model in kept])
    named = [model for model in kept if onto[model] == naming]
    corners = np.stack([_moved(one, onto[model] - naming) for model, one in enumerate(corners)])
    sigma = np.stack([_moved(one, onto[model] - naming) for model, one in enumerate(sigma)])
    rows = np.flatnonzero(np.isfinite(corners[named]).all(axis=(2, 3)).mean(axis=0) >= 0.5)
    left_out = np.setdiff1d(np.arange(len(spines)), kept)
    corners[left_out], sigma[left_out] = np.nan, np.nan
    corners, sigma = corners[:, rows], sigma[:, rows]
    used = _same_vertebra(corners, sorted(kept, key=lambda model: apart[reference, model]))
    fused, spread, unsure = _fuse(corners, sigma, used)
    levels = tuple(sequence[row - MOST_SLIP] for row in rows)
    return Consensus(
        Landmarks(fused, levels, unsure),
        tuple(int(onto[model] - naming) if model in kept else None for model in range(len(spines))),
        used,
        corners - fused,
        spread,
    )


def with_human_corners(found: Landmarks, own: Landmarks) -> Landmarks:
    """``found``, but for every corner of ``own`` a human has placed; named as ``own`` is.

    A vertebra with such a corner stays even where ``found`` has none. Raises LandmarkError where the two spines do not
    lie in the same place, so that a corner would be put on another vertebra.
    """
    sequence = usual_sequence((*found.levels, *own.levels))
    corners, sigma = _on_ranks([found, own], sequence)
    spacing = _spacing(corners)
    slips, apart, _ = _all_slips(corners, spacing)
    if not apart[0, 1] <= HALF * spacing:
        raise LandmarkError("The corners you placed lie on another spine than the consensus, so they cannot be joined.")
    source = np.full((*corners.shape[1:3],), "model", dtype="<U5")
    own_rows = [sequence.index(level) + MOST_SLIP for level in own.levels]
    source[own_rows] = own.source
    human = source == "human"
    joined = np.where(human[..., None], corners[1], _moved(corners[0], slips[0, 1]))
    touched = human.any(axis=1)[:, None, None] & np.isnan(joined)
    joined = np.where(touched, corners[1], joined)  # the untouched corners of a vertebra only ``own`` has
    unsure = np.where(human, np.nan, _moved(sigma[0], slips[0, 1]))
    rows = [row for row in range(MOST_SLIP, MOST_SLIP + len(sequence)) if np.isfinite(joined[row]).all()]
    return Landmarks(joined[rows], tuple(sequence[row - MOST_SLIP] for row in rows), unsure[rows], source[rows])


def majority_interval(intervals: Sequence[Interval | None]) -> Interval | None:
    """From the lowest to the highest angle that lies in more than half of the intervals; None where no angle does.

    If each holds the truth on 90 % of films, this holds it on 80 % or more, however alike the models err
    (1 - 2 alpha; Gasparin M, Ramdas A. Merging uncertainty sets via majority vote. arXiv:2401.09379, 2024).
    None too where an interval is not known.
    """
    if not intervals or None in intervals:
        return None
    ends = sorted({end for interval in intervals for end in interval})
    agreed = [end for end in ends if 2 * sum(low <= end <= high for low, high in intervals) > len(intervals)]
    return (agreed[0], agreed[-1]) if agreed else None


def moved_level(level: str, slip: int) -> str:
    """The level ``slip`` further down, T12 before L1 and L5 before S1; the last one there is beyond the ends."""
    sequence = usual_sequence((level,))
    return sequence[min(max(sequence.index(level) + slip, 0), len(sequence) - 1)]


def _on_ranks(spines: Sequence[Landmarks], sequence: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Corners (M, R, 4, 2) and sigma (M, R, 4), a row per level name with MOST_SLIP more at either end; NaN: none."""
    count = len(sequence) + 2 * MOST_SLIP
    corners, sigma = np.full((len(spines), count, 4, 2), np.nan), np.full((len(spines), count, 4), np.nan)
    for model, spine in enumerate(spines):
        rows = [sequence.index(level) + MOST_SLIP for level in spine.levels]
        corners[model, rows], sigma[model, rows] = spine.corners, spine.sigma
    return corners, sigma


def _moved(rows: np.ndarray, slip: int) -> np.ndarray:
    """Row r comes to r + slip; what leaves at an end is lost."""
    out = np.full_like(rows, np.nan)
    count = len(rows)
    out[max(slip, 0) : count + min(slip, 0)] = rows[max(-slip, 0) : count - max(slip, 0)]
    return out


def _all_slips(corners: np.ndarray, spacing: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(M, M) slip that puts model a onto b, then median and mean distance (pixels) of their centres.

    In the mean no distance counts as more than ``spacing``, and spines without a slip in reach are that far apart.
    """
    centres = corners.mean(axis=2)
    count = len(centres)
    slips, median, mean = np.zeros((count, count), int), np.zeros((count, count)), np.zeros((count, count))
    for a in range(count):
        for b in range(a):
            slip, apart = _slip(centres[a], centres[b])
            slips[a, b], slips[b, a] = slip, -slip
            median[a, b] = median[b, a] = np.median(apart)
            mean[a, b] = mean[b, a] = np.minimum(apart, spacing).mean()
    return slips, median, mean


def _slip(one: np.ndarray, other: np.ndarray) -> tuple[int, np.ndarray]:
    """Slip that puts centres (R, 2) onto others by the median distance, of equals the smallest; then all distances.

    Half of the vertebrae must have a pair; where no slip gives them one, the distance is infinite.
    """
    needed = min(np.isfinite(one[:, 0]).sum(), np.isfinite(other[:, 0]).sum()) / 2
    best = (0, np.array([np.inf]))
    for slip in sorted(range(-MOST_SLIP, MOST_SLIP + 1), key=abs):
        apart = np.linalg.norm(_moved(one, slip) - other, axis=1)
        apart = apart[np.isfinite(apart)]
        if len(apart) >= needed and np.median(apart) < np.median(best[1]):
            best = (slip, apart)
    return best


def _spacing(corners: np.ndarray) -> float:
    """Median distance of neighbouring centres, pixels; of vertebrae without neighbours their height serves."""
    centres = corners.mean(axis=2)
    steps = np.linalg.norm(np.diff(centres, axis=1), axis=2)
    if np.isfinite(steps).any():
        return float(np.nanmedian(steps))
    return float(np.nanmedian(np.linalg.norm(corners[:, :, 2] - corners[:, :, 0], axis=2)))


def _most_central(apart: np.ndarray, sigma: np.ndarray) -> int:
    """The model nearest to all others; of equally near ones, such as two, the surer, then the first."""
    distance = apart.sum(axis=1).round(6)
    known = np.where(np.isfinite(sigma), sigma, 0.0)
    unsure = [one.sum() / max((one > 0).sum(), 1) or np.inf for one in known]
    return min(range(len(apart)), key=lambda model: (distance[model], unsure[model], model))


def _majority(votes: Sequence[int]) -> int:
    """The value most vote for; of equally many the one voted for first."""
    return Counter(votes).most_common(1)[0][0]


def _same_vertebra(corners: np.ndarray, order: Sequence[int]) -> np.ndarray:
    """(M, V) bool: within HALF a vertebra of the vertebra of the first model in ``order`` that has one."""
    centres = corners.mean(axis=2)
    reference = centres[order[0]].copy()
    for model in order[1:]:
        reference = np.where(np.isnan(reference), centres[model], reference)
    if len(reference) == 1:
        local = np.array([_spacing(corners)])
    else:
        steps = np.linalg.norm(np.diff(reference, axis=0), axis=1)
        local = (np.append(steps, steps[-1]) + np.insert(steps, 0, steps[0])) / 2
    return np.linalg.norm(centres - reference, axis=2) <= HALF * local  # False for NaN


def _fuse(corners: np.ndarray, sigma: np.ndarray, used: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Corners (V, 4, 2), spread (V, 4, 2, 2), sigma (V, 4) by the formulas above."""
    sigma = np.where(used[:, :, None], np.maximum(sigma, SUREST), np.nan)
    known = np.isfinite(sigma)
    largest = np.where(known, sigma, -np.inf).max(axis=0)
    some = known.any(axis=0)
    stand_in = np.where(some, largest, 1.0)
    weight = np.where(used[:, :, None], 1 / np.where(known, sigma, stand_in) ** 2, 0.0)
    total = weight.sum(axis=0)
    placed = np.where(used[:, :, None, None], corners, 0.0)
    fused = (weight[..., None] * placed).sum(axis=0) / total[..., None]
    apart = np.where(used[:, :, None, None], corners - fused, 0.0)
    spread = np.einsum("mvc,mvci,mvcj->vcij", weight, apart, apart) / total[..., None, None]
    variance = used.sum(axis=0)[:, None] / total + np.trace(spread, axis1=2, axis2=3) / 2
    return fused, spread, np.where(some, np.sqrt(variance), np.nan)
