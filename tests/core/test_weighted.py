"""Weighted statistics by hand: a film of weight 2 counts as if it stood there twice, one of weight 0 not at all."""

import numpy as np
import pytest

from spine_models.core import weighted
from spine_models.core.agreement import icc_2_1, pearson, severity_kappa

NAN = float("nan")
VALUES = np.array([1.0, 5.0, NAN, 3.0])
PAIRS = np.array([[12.0, 10], [18, 20], [NAN, 30], [43, 40], [28, 24], [55, 60]])
COUNTS = np.array([2, 0, 1, 3, 1, 2])


def test_mean_leaves_failed_films_out_and_share_counts_them():
    weights = np.array([[1.0, 1, 1, 1], [2, 0, 5, 1], [0, 0, 1, 0]])
    assert weighted.mean(VALUES, weights) == pytest.approx([3, 5 / 3, NAN], nan_ok=True)
    good = np.array([1.0, 0.5, NAN, 0])
    assert weighted.share(good, weights) == pytest.approx([1.5 / 4, 2 / 8, 0])


def test_quantile_is_the_smallest_value_that_enough_weight_does_not_exceed():
    weights = np.array([[1.0, 1, 9, 1], [1, 8, 0, 1], [0, 0, 1, 0]])
    assert weighted.quantile(VALUES, weights, 0.5) == pytest.approx([3, 5, NAN], nan_ok=True)
    assert weighted.quantile(np.arange(1.0, 101), weighted.ones(100), 0.95) == [95]
    assert np.isnan(weighted.quantile(VALUES * NAN, weights, 0.5)).all()


def test_spread_and_limits_are_those_of_the_repeated_films():
    apart = np.array([2.0, 2, 3, 3, 3, 4, -5, -5])
    assert weighted.spread(PAIRS[:, 0] - PAIRS[:, 1], COUNTS[None])[0] == pytest.approx(apart.std(ddof=1))
    assert weighted.bias(PAIRS, COUNTS[None])[0] == pytest.approx(apart.mean())
    assert weighted.limit(PAIRS, COUNTS[None], -1)[0] == pytest.approx(apart.mean() - 1.96 * apart.std(ddof=1))


def test_reader_statistics_are_those_of_the_repeated_films():
    repeated = np.repeat(PAIRS, COUNTS, axis=0)
    assert weighted.icc(PAIRS, COUNTS[None])[0] == pytest.approx(icc_2_1(repeated).value)
    assert weighted.correlation(PAIRS, COUNTS[None])[0] == pytest.approx(pearson(*repeated.T).value)
    bands = np.array([[0.0, 1], [2, 2], [NAN, 3], [1, 1], [3, 2], [0, 0]])
    angles = np.array([5.0, 15, 30, 50, NAN])[np.nan_to_num(np.repeat(bands, COUNTS, axis=0), nan=4).astype(int)]
    assert weighted.kappa(bands, COUNTS[None], 4)[0] == pytest.approx(severity_kappa(*angles.T).value)


def test_large_angles_keep_their_digits():
    pairs = np.array([[1e4 + 1, 1e4], [1e4 + 2, 1e4 + 3], [1e4 + 5, 1e4 + 4]])
    assert weighted.icc(pairs, weighted.ones(3))[0] == pytest.approx(weighted.icc(pairs - 1e4, weighted.ones(3))[0])


def test_a_resample_of_one_film_alone():
    thrice = np.array([[3.0, 0, 1, 0, 0, 0]])
    assert np.isnan(weighted.correlation(PAIRS, thrice)).all()
    assert weighted.icc(PAIRS, thrice) == [0]  # the raters differ, the films do not
    assert np.isnan(weighted.icc(PAIRS[:, :1].repeat(2, axis=1), thrice)).all()
