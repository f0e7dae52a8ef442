"""How well angles, landmarks and masks agree with the labels. Statistics between readers are in ``core.agreement``.

Legend
    N      films; the first axis of every array
    V      vertebrae of a film, top first
    NaN    in the predicted row of a film: the model failed on it
    shape  (height, width) of the original film in pixels

A failed film is never dropped without a word. A mean is taken over the measured films and carries the number of
failures; in a fraction of films or corners that are good, a failed film counts as bad.
Functions of predictions and labels raise DataError when the two do not match or a label is not finite.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .errors import DataError

METRIC_VERSION = "3"
"""Changes whenever a formula in this package changes a number of the evaluation store, or a number is added to it."""

MOST_SHIFT = 3
"""Levels by which a whole chain of vertebrae may be misnamed and still be recognised."""

GRID = (1024, 512)
"""(height, width) of the grid on which landmark errors of the SpineWeb-16 films are published."""

LETTERBOX = (704, 384)
"""(height, width) of the frame on which a corner more than 20 px off counts as far."""


@dataclass(frozen=True)
class Score:
    """A number with the films behind it: ``failures`` of the ``films`` had no complete result."""

    value: float
    films: int
    failures: int


def smape_by_film(pred: np.ndarray, true: np.ndarray) -> np.ndarray:
    """(N, 3) angles to (N,) percent: 100 sum|p - t| / sum(p + t) of each film's three angles; 0 when all six are 0."""
    pred, true, _ = paired(pred, true)
    apart, total = np.abs(pred - true).sum(axis=1), (pred + true).sum(axis=1)
    return 100 * np.divide(apart, total, out=np.zeros_like(apart), where=total != 0)


def smape(pred: np.ndarray, true: np.ndarray) -> Score:
    """Symmetric mean absolute percentage error as in the AASCE challenge: the mean of ``smape_by_film``."""
    return _mean(smape_by_film(pred, true))


def mean_absolute_error(pred: np.ndarray, true: np.ndarray) -> Score:
    """mean |p - t| over films of one angle each (N,), in its unit."""
    pred, true, _ = paired(pred, true)
    return _mean(np.abs(pred - true))


def fraction_within(pred: np.ndarray, true: np.ndarray, limit: float) -> Score:
    """Share of films (N,) with |p - t| <= limit; a failed film is not within."""
    pred, true, failed = paired(pred, true)
    return Score(float(np.mean(np.abs(pred - true) <= limit)), len(true), int(failed.sum()))


def on_grid(corners: np.ndarray, shapes: np.ndarray) -> np.ndarray:
    """(N, V, 4, 2) corners in pixels of films of (N, 2) shapes, stretched to the 512 x 1024 grid: x 512/W, y 1024/H."""
    return np.asarray(corners) * (np.array(GRID) / shapes)[:, None, None, ::-1]


def on_letterbox(corners: np.ndarray, shapes: np.ndarray) -> np.ndarray:
    """(N, V, 4, 2) corners scaled by min(704/H, 384/W), the film kept in proportion; the margins are left out."""
    return np.asarray(corners) * (np.array(LETTERBOX) / shapes).min(axis=1)[:, None, None, None]


def radial_errors(pred: np.ndarray, true: np.ndarray) -> np.ndarray:
    """(N, V, 4, 2) corners to (N, V, 4) distances |p - t| in the pixels given (original, ``on_grid``, ...)."""
    pred, true, _ = paired(pred, true)
    return np.linalg.norm(pred - true, axis=-1)


def mean_radial_error(errors: np.ndarray) -> Score:
    """Mean over films of the mean of each film's (V, 4) ``radial_errors``."""
    return _mean(errors.mean(axis=(1, 2)))


def detection_rate(errors: np.ndarray, radii: np.ndarray) -> np.ndarray:
    """(R,) successful detection rate: share of all corners with a radial error <= each radius; failed: none."""
    return (errors.ravel() <= np.asarray(radii)[:, None]).mean(axis=1)


def fraction_far(errors: np.ndarray, limit: float = 20.0) -> Score:
    """Share of all corners with a radial error > limit, meant for errors on ``on_letterbox``; failed: all of them."""
    return Score(float(np.mean(~(errors <= limit))), len(errors), _failures(errors))


def nmse_by_film(pred: np.ndarray, true: np.ndarray, shapes: np.ndarray) -> np.ndarray:
    """(N,) mean of ((x_p - x_t) / W)^2 and ((y_p - y_t) / H)^2 over each film's corners (V, 4, 2)."""
    pred, true, _ = paired(pred, true)
    apart = (pred - true) / np.asarray(shapes)[:, None, None, ::-1]
    return (apart**2).mean(axis=(1, 2, 3))


def nmse(pred: np.ndarray, true: np.ndarray, shapes: np.ndarray) -> Score:
    """Normalised mean squared error: the mean of ``nmse_by_film``."""
    return _mean(nmse_by_film(pred, true, shapes))


def level_shifts(pred: np.ndarray, true: np.ndarray) -> np.ndarray:
    """(N,) whole number k of levels by which the chain of vertebrae is misnamed: v of pred lies at v + k of the label.

    pred, true: (N, V, 4, 2). Of k in -3..3 the one with the smallest median over vertebrae of
    |centre_p(v) - centre_t(v + k)|, 0 when none is smaller. 0 for a failed film, which has no levels to judge.
    """
    pred, true, _ = paired(pred, true)
    centre_p, centre_t = pred.mean(axis=2), true.mean(axis=2)
    most = min(MOST_SHIFT, true.shape[1] - 1)
    shifts = sorted(range(-most, most + 1), key=abs)  # of equals the first is taken, which is no shift
    medians = []
    for k in shifts:
        mine, theirs = _shifted(true.shape[1], k)
        medians.append(np.median(np.linalg.norm(centre_p[:, mine] - centre_t[:, theirs], axis=-1), axis=1))
    return np.array(shifts)[np.argmin(medians, axis=0)]


def level_shift(pred: np.ndarray, true: np.ndarray) -> np.ndarray:
    """(N,) bool: the whole chain of vertebrae is named one or more levels off (``level_shifts``)."""
    return level_shifts(pred, true) != 0


def aligned_errors(pred: np.ndarray, true: np.ndarray) -> np.ndarray:
    """(N, V, 4) radial errors after the film's ``level_shifts`` are taken back: localisation apart from numbering.

    In the order of the label; NaN for vertebrae of the label without a counterpart, and for failed films.
    """
    errors = np.full(np.shape(true)[:3], np.nan)
    for film, k in enumerate(level_shifts(pred, true)):
        mine, theirs = _shifted(errors.shape[1], k)
        errors[film, theirs] = radial_errors(pred[film : film + 1, mine], true[film : film + 1, theirs])[0]
    return errors


def end_vertebra_agreement(pred: np.ndarray, true: np.ndarray, tolerance: int = 0) -> Score:
    """Share of end vertebrae, (N, 2) rows (upper, lower) of the largest curve, at most ``tolerance`` levels off.

    Both ends of a failed film are misses.
    """
    pred, true, failed = paired(pred, true)
    return Score(float(np.mean(np.abs(pred - true) <= tolerance)), len(true), int(failed.sum()))


def dice(pred: np.ndarray, true: np.ndarray) -> float:
    """2 |A and B| / (|A| + |B|) of two boolean masks; 1 when both are empty."""
    both, either = _overlap(pred, true)
    return 2 * both / (both + either) if either else 1.0


def iou(pred: np.ndarray, true: np.ndarray) -> float:
    """|A and B| / |A or B| of two boolean masks; 1 when both are empty."""
    both, either = _overlap(pred, true)
    return both / either if either else 1.0


def level_dice(pred: np.ndarray, true: np.ndarray, levels: int) -> float:
    """Mean ``dice`` of the same level in two level masks (0 background, v + 1 the v-th of ``levels`` vertebrae).

    Levels that are in neither mask are left out; 1 when there are none at all.
    """
    if np.shape(pred) != np.shape(true):
        raise DataError(f"Masks of the sizes {np.shape(pred)} and {np.shape(true)} cannot be compared.")
    size = levels + 1
    counts = np.bincount(np.ravel(pred) * np.int64(size) + np.ravel(true), minlength=size**2).reshape(size, size)
    total = counts.sum(axis=0) + counts.sum(axis=1)
    there = (total > 0) & (np.arange(size) > 0)
    return float(np.mean(2 * np.diag(counts)[there] / total[there])) if there.any() else 1.0


def hausdorff95(a: np.ndarray, b: np.ndarray) -> float:
    """95th percentile Hausdorff distance of two point sets (P, 2) and (Q, 2), in their unit.

    The larger of the 95th percentiles of the distances from each point of one set to the nearest of the other.
    """
    from scipy.spatial import cKDTree  # half a second to import, and only masks need it

    if not len(a) or not len(b):
        raise DataError("The Hausdorff distance needs at least one point in each set.")
    return float(max(np.percentile(cKDTree(b).query(a)[0], 95), np.percentile(cKDTree(a).query(b)[0], 95)))


def paired(pred: np.ndarray, true: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Both as float64, with failed films wholly NaN in pred, and (N,) bool which those are."""
    pred, true = np.array(pred, dtype=np.float64), np.asarray(true, dtype=np.float64)
    if pred.shape != true.shape or not len(true):
        raise DataError(f"Predictions {pred.shape} and labels {true.shape} are not of the same films.")
    if not np.isfinite(true).all():
        raise DataError("A label is missing or NaN: leave films without a label out on both sides.")
    failed = ~np.isfinite(pred.reshape(len(pred), -1)).all(axis=1)
    pred[failed] = np.nan
    return pred, true, failed


def _shifted(count: int, k: int) -> tuple[slice, slice]:
    """The vertebrae v of a prediction and v + k of its label that both exist, of ``count`` each."""
    return slice(max(0, -k), count - max(0, k)), slice(max(0, k), count - max(0, -k))


def _overlap(pred: np.ndarray, true: np.ndarray) -> tuple[int, int]:
    """Pixels in both masks and in either of them; |A| + |B| is the sum of the two."""
    pred, true = np.asarray(pred, dtype=bool), np.asarray(true, dtype=bool)
    if pred.shape != true.shape:
        raise DataError(f"Masks of the sizes {pred.shape} and {true.shape} cannot be compared.")
    return np.count_nonzero(pred & true), np.count_nonzero(pred | true)


def _failures(by_film: np.ndarray) -> int:
    return int(np.isnan(by_film.reshape(len(by_film), -1)).any(axis=1).sum())


def _mean(by_film: np.ndarray) -> Score:
    """Mean of (N,) values over the films that have one; NaN when none has."""
    failures = _failures(by_film)
    value = float(np.nanmean(by_film)) if failures < len(by_film) else float("nan")
    return Score(value, len(by_film), failures)
