"""Statistics over films that each count with a weight: one call gives a number for every resample of a bootstrap.

Legend
    N        films; NaN in the row of a film: no result
    B        sets of weights, such as resamples; the plain statistic is that of ``ones``
    values   (N,) a number per film, or (N, 2) two readers of it, the model first
    weights  (B, N) how often each film counts, whole numbers from 0
    result   (B,) float64, NaN where the statistic is not defined

Statistics of measured values leave the NaN films out; shares of good films count them as bad.
"""

from __future__ import annotations

import numpy as np


def ones(films: int) -> np.ndarray:
    """(1, N): every film counts once."""
    return np.ones((1, films))


def mean(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """sum(w x) / sum(w) over the measured films."""
    measured = np.isfinite(values)
    return _ratio(weights @ np.where(measured, values, 0.0), weights @ measured.astype(float))


def share(good: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """sum(w good) / sum(w) over all films; good: (N,) in [0, 1], NaN counts as 0."""
    return _ratio(weights @ np.nan_to_num(good.astype(float)), weights.sum(axis=1))


def quantile(values: np.ndarray, weights: np.ndarray, level: float) -> np.ndarray:
    """The smallest measured value that at least ``level`` of the weight does not exceed (inverse of the CDF)."""
    order = np.argsort(values)[: int(np.isfinite(values).sum())]
    if not len(order):
        return np.full(len(weights), np.nan)
    reached = np.cumsum(weights[:, order], axis=1)
    total = reached[:, -1]
    place = (reached < (level * total - 1e-9)[:, None]).sum(axis=1)
    return np.where(total > 0, values[order][np.minimum(place, len(order) - 1)], np.nan)


def spread(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Standard deviation sqrt(sum(w (x - m)^2) / (n - 1)), n = sum(w), over the measured films; NaN under two."""
    x, w = _measured(values[:, None], weights)
    return np.sqrt(_variance(x[:, 0], w))


def bias(pairs: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Mean of p - t over measured films."""
    return mean(pairs[:, 0] - pairs[:, 1], weights)


def limit(pairs: np.ndarray, weights: np.ndarray, side: int) -> np.ndarray:
    """Bland and Altman's limit of agreement, bias + side * 1.96 sd(p - t); side: -1 lower, 1 upper."""
    apart = pairs[:, 0] - pairs[:, 1]
    return mean(apart, weights) + side * 1.96 * spread(apart, weights)


def icc(ratings: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """ICC(2,1) of ratings (N, k), see ``agreement.icc_2_1`` for the formula."""
    x, w = _measured(ratings, weights)
    x = x - x.mean() if x.size else x  # small numbers keep their digits in the sums of squares below
    n, k = w.sum(axis=1), x.shape[1]
    rows, columns = x.mean(axis=1), _ratio(w @ x, n[:, None])
    between_films = k * _variance(rows, w)
    between_raters = n * columns.var(axis=1, ddof=1)
    squares = w @ (x**2).sum(axis=1) - k * (w @ rows**2) - n * (columns**2).sum(axis=1)
    rest = _ratio(squares + k * n * columns.mean(axis=1) ** 2, (n - 1) * (k - 1))
    rest = np.where(rest < 0, 0.0, rest)  # rounding only: it is a sum of squares
    total = between_films + (k - 1) * rest + _ratio(k * (between_raters - rest), n)
    return _ratio(between_films - rest, np.where(total > 1e-12, total, 0.0))


def correlation(pairs: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Pearson's r over measured films."""
    x, w = _measured(pairs, weights)
    x = x - x.mean(axis=0) if x.size else x
    n = w.sum(axis=1)
    means = _ratio(w @ x, n[:, None])
    varied = np.maximum(_ratio(w @ x**2, n[:, None]) - means**2, 0.0)
    together = _ratio(w @ (x[:, 0] * x[:, 1]), n) - means[:, 0] * means[:, 1]
    both = np.sqrt(varied.prod(axis=1))
    return _ratio(together, np.where(both > 1e-12, both, 0.0))


def kappa(bands: np.ndarray, weights: np.ndarray, count: int) -> np.ndarray:
    """Quadratic weighted kappa of (N, 2) band numbers 0 to count - 1, see ``agreement.severity_kappa``."""
    b, w = _measured(bands, weights)
    hot = np.eye(count)[b.astype(int)]  # (n, 2, count)
    cost = np.subtract.outer(np.arange(count), np.arange(count)) ** 2
    observed = w @ ((b[:, 0] - b[:, 1]) ** 2)
    chance = np.einsum("bi,ij,bj->b", w @ hot[:, 0], cost, w @ hot[:, 1])
    return 1 - _ratio(observed * w.sum(axis=1), chance)


def _measured(values: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The films of (N, k) values without NaN, and their weights."""
    there = np.isfinite(values).all(axis=1)
    return values[there], weights[:, there]


def _variance(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """(B,) sum(w (x - m)^2) / (n - 1) of (n,) numbers without NaN."""
    n = w.sum(axis=1)
    x = x - x.mean() if x.size else x
    return np.maximum(_ratio(w @ x**2 - _ratio((w @ x) ** 2, n), n - 1), 0.0)


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """above / below, NaN where below is not positive."""
    below = np.broadcast_to(below, np.shape(above))
    return np.divide(above, below, out=np.full(np.shape(above), np.nan), where=below > 0)
