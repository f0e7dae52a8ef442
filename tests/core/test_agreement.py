"""Agreement statistics by hand or as printed in the papers that define them."""

import numpy as np
import pytest

from spine_models.core import agreement
from spine_models.core.agreement import Limits
from spine_models.core.errors import DataError
from spine_models.core.metrics import Score

NAN = float("nan")


def test_limits_of_agreement():
    # Differences 1, 3, 5: mean 3, sd 2.
    limits = agreement.limits_of_agreement([11, 23, 35, NAN], [10, 20, 30, 40])
    assert limits == Limits(pytest.approx(3), pytest.approx(-0.92), pytest.approx(6.92), films=4, failures=1)


def test_limits_of_one_film_are_unknown():
    limits = agreement.limits_of_agreement([11, NAN], [10, 20])
    assert np.isnan([limits.bias, limits.lower, limits.upper]).all() and limits.failures == 1


def test_icc_as_printed_by_shrout_and_fleiss():
    ratings = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7], [NAN, 1, 1, 1]]
    assert agreement.icc_2_1(ratings) == Score(pytest.approx(0.29, abs=0.005), films=7, failures=1)


def test_icc_punishes_a_constant_offset_that_pearson_does_not_see():
    true = np.array([10.0, 20, 30, 40])
    assert agreement.pearson(true + 20, true).value == pytest.approx(1)
    # MSR = 2 * 500/3, MSE = 0, MSC = 2 * 400: 1000/3 / (1000/3 + 2 * 800 / 4)
    assert agreement.icc_2_1(np.stack([true + 20, true], axis=1)).value == pytest.approx(1000 / 2200)


def test_icc_needs_two_raters_and_something_that_varies():
    with pytest.raises(DataError, match="two or more raters"):
        agreement.icc_2_1(np.ones((5, 1)))
    assert np.isnan(agreement.icc_2_1(np.ones((5, 2))).value)
    assert np.isnan(agreement.icc_2_1([[1, 2], [NAN, 3]]).value)


def test_pearson():
    # Deviations (-1, 0, 1) and (-1, 1, 0): 1 / 2.
    assert agreement.pearson([1, 2, 3, NAN], [1, 3, 2, 9]) == Score(pytest.approx(0.5), films=4, failures=1)
    assert np.isnan(agreement.pearson([1, 1], [1, 2]).value)


def test_severity_accuracy_counts_a_failed_film_as_wrong():
    # The last label is severe, the band that sorting would give to NaN.
    pred, true = [5, 10, 24, 41, NAN], [9, 24, 26, 60, 50]
    assert agreement.severity_accuracy(pred, true) == Score(3 / 5, films=5, failures=1)


def test_severity_kappa():
    pred, true = [5, 15, 30, 50, NAN], [5, 15, 30, 30, 50]
    # Observed cost 1; margins pred (1,1,1,1), true (1,1,2,0): expected cost (0+1+8 + 1+0+2 + 4+1+0 + 9+4+2) / 4 = 8.
    assert agreement.severity_kappa(pred, true) == Score(pytest.approx(1 - 1 / 8), films=5, failures=1)


def test_severity_bands_take_their_lower_bound_in_and_leave_failures_out():
    assert agreement.severity_bands([0, 9.9, 10, 25, 40, NAN])[:5].tolist() == [0, 0, 1, 2, 3]
    assert np.isnan(agreement.severity_bands([NAN])[0])


def test_severity_kappa_of_one_band_is_unknown():
    assert np.isnan(agreement.severity_kappa([50, 60], [70, 80]).value)
