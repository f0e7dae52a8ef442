"""Agreement between two readers, one of which may be a model, as papers on measurement report it.

N films; NaN in the row of a film: that reader (or model) gave no result. Statistics over measured films carry the
number of failures (``metrics.Score``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import stats

from .cobb import SEVERITY_BANDS
from .errors import DataError
from .metrics import Score, paired


@dataclass(frozen=True)
class Limits:
    """Bland-Altman: mean difference and the limits between which 95 % of differences are expected, in degrees."""

    bias: float
    lower: float
    upper: float
    films: int
    failures: int


def limits_of_agreement(pred: np.ndarray, true: np.ndarray) -> Limits:
    """bias = mean(p - t) of (N,) angles; limits = bias -+ 1.96 sd(p - t), sd with N - 1. NaN under two films.

    Bland JM, Altman DG. Statistical methods for assessing agreement between two methods of clinical measurement.
    Lancet 1986;327:307-310.
    """
    pred, true, failed = paired(pred, true)
    apart = (pred - true)[~failed]
    if len(apart) < 2:
        return Limits(np.nan, np.nan, np.nan, len(true), int(failed.sum()))
    bias, spread = float(apart.mean()), float(1.96 * apart.std(ddof=1))
    return Limits(bias, bias - spread, bias + spread, len(true), int(failed.sum()))


def icc_2_1(ratings: np.ndarray) -> Score:
    """Intraclass correlation ICC(2,1) of (N, k) ratings: two-way random effects, absolute agreement, single rater.

    (MSR - MSE) / (MSR + (k - 1) MSE + k (MSC - MSE) / n) with the mean squares of films (rows), raters (columns) and
    rest, over the n films that every rater measured. NaN under two films or when nothing varies.
    Shrout PE, Fleiss JL. Intraclass correlations: uses in assessing rater reliability. Psychol Bull 1979;86:420-428.
    """
    ratings = np.asarray(ratings, dtype=np.float64)
    if ratings.ndim != 2 or ratings.shape[1] < 2:
        raise DataError(f"The intraclass correlation needs ratings (films, two or more raters), not {ratings.shape}.")
    x = ratings[np.isfinite(ratings).all(axis=1)]
    n, k = x.shape
    failures = len(ratings) - n
    if n < 2 or not np.ptp(x):
        return Score(np.nan, len(ratings), failures)
    rows, columns = x.mean(axis=1), x.mean(axis=0)
    between_films = k * rows.var(ddof=1)
    between_raters = n * columns.var(ddof=1)
    rest = ((x - rows[:, None] - columns + x.mean()) ** 2).sum() / ((n - 1) * (k - 1))
    total = between_films + (k - 1) * rest + k * (between_raters - rest) / n
    return Score(float((between_films - rest) / total), len(ratings), failures)


def pearson(pred: np.ndarray, true: np.ndarray) -> Score:
    """cov(p, t) / (sd(p) sd(t)) of (N,) angles over the measured films; NaN when either does not vary."""
    pred, true, failed = paired(pred, true)
    p, t = pred[~failed], true[~failed]
    varies = len(p) > 1 and np.ptp(p) > 0 and np.ptp(t) > 0
    return Score(float(np.corrcoef(p, t)[0, 1]) if varies else np.nan, len(true), int(failed.sum()))


def severity_accuracy(pred: np.ndarray, true: np.ndarray) -> Score:
    """Share of films (N,) whose angle falls into the right band of ``cobb.SEVERITY_BANDS``; a failed film is wrong."""
    pred, true, failed = paired(pred, true)
    right = (_bands(pred) == _bands(true)) & ~failed
    return Score(float(right.mean()), len(true), int(failed.sum()))


def severity_kappa(pred: np.ndarray, true: np.ndarray) -> Score:
    """Quadratic weighted kappa of the severity bands over the measured films.

    1 - sum(w O) / sum(w E) with w_ij = (i - j)^2, O the observed counts and E those expected from the margins.
    NaN when all films of both fall into one band. Cohen J. Weighted kappa. Psychol Bull 1968;70:213-220.
    """
    pred, true, failed = paired(pred, true)
    count = len(SEVERITY_BANDS)
    observed = np.zeros((count, count))
    np.add.at(observed, (_bands(pred[~failed]), _bands(true[~failed])), 1)
    expected = np.outer(observed.sum(axis=1), observed.sum(axis=0)) / max(observed.sum(), 1)
    weight = np.subtract.outer(np.arange(count), np.arange(count)) ** 2
    chance = (weight * expected).sum()
    value = 1 - (weight * observed).sum() / chance if chance else np.nan
    return Score(float(value), len(true), int(failed.sum()))


def bootstrap_interval(
    values: np.ndarray, statistic: Callable[[np.ndarray], float], n: int = 2000, seed: int = 0
) -> tuple[float, float]:
    """95 % percentile interval of ``statistic(values)`` over ``n`` resamples of the films (first axis of values).

    Rows stay whole, so that angles of one film, or two models on it, are resampled together. The statistic must cope
    with the rows of failed films (``np.nanmean``, or a fraction that counts them).
    """
    values = np.asarray(values)
    if len(values) < 2:
        raise DataError("A bootstrap interval needs at least two films.")
    interval = stats.bootstrap(
        (np.arange(len(values)),),
        lambda films: statistic(values[films]),
        n_resamples=n,
        method="percentile",
        vectorized=False,
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return float(interval.low), float(interval.high)


def _bands(angles: np.ndarray) -> np.ndarray:
    """Row in SEVERITY_BANDS of each angle in degrees."""
    return np.searchsorted([start for _, start in SEVERITY_BANDS], angles, side="right") - 1
