"""Agreement between two readers, one of which may be a model, as papers on measurement report it.

N films; NaN in the row of a film: that reader (or model) gave no result. Statistics over measured films carry the
number of failures (``metrics.Score``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import weighted
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
    one, pairs = weighted.ones(len(true)), np.stack([pred, true], axis=1)
    lower, upper = (float(weighted.limit(pairs, one, side)[0]) for side in (-1, 1))
    bias = float(weighted.bias(pairs, one)[0]) if np.isfinite(lower) else np.nan
    return Limits(bias, lower, upper, len(true), int(failed.sum()))


def icc_2_1(ratings: np.ndarray) -> Score:
    """Intraclass correlation ICC(2,1) of (N, k) ratings: two-way random effects, absolute agreement, single rater.

    (MSR - MSE) / (MSR + (k - 1) MSE + k (MSC - MSE) / n) with the mean squares of films (rows), raters (columns) and
    rest, over the n films that every rater measured. NaN under two films or when nothing varies.
    Shrout PE, Fleiss JL. Intraclass correlations: uses in assessing rater reliability. Psychol Bull 1979;86:420-428.
    """
    ratings = np.asarray(ratings, dtype=np.float64)
    if ratings.ndim != 2 or ratings.shape[1] < 2:
        raise DataError(f"The intraclass correlation needs ratings (films, two or more raters), not {ratings.shape}.")
    failures = int((~np.isfinite(ratings).all(axis=1)).sum())
    return Score(float(weighted.icc(ratings, weighted.ones(len(ratings)))[0]), len(ratings), failures)


def pearson(pred: np.ndarray, true: np.ndarray) -> Score:
    """cov(p, t) / (sd(p) sd(t)) of (N,) angles over the measured films; NaN when either does not vary."""
    pred, true, failed = paired(pred, true)
    value = weighted.correlation(np.stack([pred, true], axis=1), weighted.ones(len(true)))
    return Score(float(value[0]), len(true), int(failed.sum()))


def severity_accuracy(pred: np.ndarray, true: np.ndarray) -> Score:
    """Share of films (N,) whose angle falls into the right band of ``cobb.SEVERITY_BANDS``; a failed film is wrong."""
    pred, true, failed = paired(pred, true)
    right = severity_bands(pred) == severity_bands(true)
    return Score(float(right.mean()), len(true), int(failed.sum()))


def severity_kappa(pred: np.ndarray, true: np.ndarray) -> Score:
    """Quadratic weighted kappa of the severity bands over the measured films.

    1 - sum(w O) / sum(w E) with w_ij = (i - j)^2, O the observed counts and E those expected from the margins.
    NaN when all films of both fall into one band. Cohen J. Weighted kappa. Psychol Bull 1968;70:213-220.
    """
    pred, true, failed = paired(pred, true)
    bands = np.stack([severity_bands(pred), severity_bands(true)], axis=1)
    value = weighted.kappa(bands, weighted.ones(len(true)), len(SEVERITY_BANDS))
    return Score(float(value[0]), len(true), int(failed.sum()))


def severity_confusion(pred: np.ndarray, true: np.ndarray) -> np.ndarray:
    """(4, 4) films by band of SEVERITY_BANDS, rows the true one, columns the found one; failed films are in none."""
    bands = np.stack([severity_bands(np.asarray(true)), severity_bands(np.asarray(pred))])
    rows, columns = bands[:, np.isfinite(bands).all(axis=0)].astype(int)
    counts = np.zeros((len(SEVERITY_BANDS),) * 2, dtype=int)
    np.add.at(counts, (rows, columns), 1)
    return counts


def severity_bands(angles: np.ndarray) -> np.ndarray:
    """Row in SEVERITY_BANDS of each angle in degrees, as a float: NaN where there is none."""
    bands = np.searchsorted([start for _, start in SEVERITY_BANDS], angles, side="right") - 1.0
    return np.where(np.isfinite(angles), bands, np.nan)
