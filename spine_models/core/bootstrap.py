"""How sure a number over films is, and whether two models really differ.

Films of one patient are alike: the 128 test films of SpineWeb-16 show 39 cases. Cases, not films, are therefore drawn
and have their signs turned, each with all of its films; intervals over single films would be too narrow.

Efron B, Tibshirani RJ. An introduction to the bootstrap. Chapman & Hall 1993. Davison AC, Hinkley DV. Bootstrap methods
and their application. Cambridge 1997, section 3.8 (clusters). Holm S. A simple sequentially rejective multiple test
procedure. Scand J Stat 1979;6:65-70.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .errors import DataError

RESAMPLES = 2000
SIGN_FLIPS = 9999
COVERAGE = 95.0
"""Percent of resamples inside an interval."""


def case_weights(cases: Sequence[str], resamples: int = RESAMPLES, seed: int = 0) -> np.ndarray:
    """(resamples, N) how often each film is in a resample, in which as many cases are drawn as there are.

    cases: the case of each of N films. The same cases give the same resamples. Raises DataError under two cases.
    """
    names, which = np.unique(np.asarray(cases, dtype=str), return_inverse=True)
    if len(names) < 2:
        raise DataError("A bootstrap interval needs films of at least two cases.")
    count = len(names)
    drawn = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=resamples)
    return drawn[:, which].astype(np.float64)


def percentile_interval(resampled: np.ndarray) -> tuple[float, float]:
    """95 % percentile interval of a statistic's resamples (B,); undefined ones (NaN) are left out, NaN when all are."""
    defined = resampled[np.isfinite(resampled)]
    if not len(defined):
        return float("nan"), float("nan")
    low, high = np.percentile(defined, [50 - COVERAGE / 2, 50 + COVERAGE / 2])
    return float(low), float(high)


def sign_flip_test(differences: np.ndarray, cases: Sequence[str], flips: int = SIGN_FLIPS, seed: int = 0) -> np.ndarray:
    """(K,) two-sided p-values that the mean of each of K rows of paired differences (K, N) is zero.

    p = (1 + number of random sign patterns with a |sum| at least as large as the observed) / (1 + flips). All films of
    a case change their sign together. NaN films count as no difference.
    """
    names, which = np.unique(np.asarray(cases, dtype=str), return_inverse=True)
    by_case = np.zeros((len(differences), len(names)))
    np.add.at(by_case.T, which, np.nan_to_num(differences).T)
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], size=(len(names), flips))
    observed = np.abs(by_case.sum(axis=1))
    reached = np.abs(by_case @ signs) >= (observed - 1e-9 * np.maximum(observed, 1.0))[:, None]
    return (1 + reached.sum(axis=1)) / (1 + flips)


def holm(p: np.ndarray) -> np.ndarray:
    """(K,) p-values adjusted for K comparisons: the j-th smallest times K - j + 1, never falling, at most 1.

    NaN (no comparison) stays NaN and is not counted.
    """
    p = np.asarray(p, dtype=np.float64)
    adjusted = np.full(p.shape, np.nan)
    order = np.argsort(p)[: int(np.isfinite(p).sum())]
    steps = p[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted
