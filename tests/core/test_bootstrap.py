"""Resampling whole cases, and tests between models, where the answer is known."""

import numpy as np
import pytest

from spine_models.core import weighted
from spine_models.core.bootstrap import case_weights, holm, percentile_interval, sign_flip_test
from spine_models.core.errors import DataError


def test_the_interval_is_that_of_the_normal_theory_and_repeats():
    values = np.random.default_rng(1).normal(5, 2, 400)
    weights = case_weights(range(400))
    half = 1.96 * values.std(ddof=1) / 20
    found = percentile_interval(weighted.mean(values, weights))
    assert found == pytest.approx((values.mean() - half, values.mean() + half), abs=0.03)
    assert (case_weights(range(400)) == weights).all()


def test_films_of_a_case_are_drawn_together_and_as_many_cases_as_there_are():
    weights = case_weights(["a", "b", "a", "c"], resamples=50)
    assert (weights[:, 0] == weights[:, 2]).all()
    assert (weights[:, [0, 1, 3]].sum(axis=1) == 3).all() and weights[:, 0].max() > 1


def test_copies_of_films_make_no_narrower_interval():
    values = np.random.default_rng(2).normal(0, 1, 30)
    single = percentile_interval(weighted.mean(values, case_weights(range(30))))
    copied = percentile_interval(weighted.mean(np.tile(values, 4), case_weights(np.tile(np.arange(30), 4))))
    assert np.ptp(copied) == pytest.approx(np.ptp(single), rel=0.1)


def test_one_case_has_no_interval():
    with pytest.raises(DataError, match="two cases"):
        case_weights(["a", "a"])
    assert np.isnan(percentile_interval(np.full(5, np.nan))).all()


def test_sign_flips_find_a_difference_and_no_difference():
    cases = np.arange(10)
    p = sign_flip_test(np.array([np.ones(10), np.tile([1.0, -1], 5), np.zeros(10)]), cases)
    # All ten signs equal: 2 of 1024 patterns.
    assert p[0] == pytest.approx(2 / 1024, abs=0.0015) and p[1] == 1 and p[2] == 1


def test_sign_flips_turn_a_case_as_a_whole():
    # Four films of one case agree by nature: two cases can show no more than 2 of 4 patterns.
    assert sign_flip_test(np.ones((1, 8)), [1] * 4 + [2] * 4)[0] == pytest.approx(0.5, abs=0.02)


def test_holm_by_hand():
    # 0.01 * 4, 0.02 * 3 = 0.06, 0.03 * 2 = 0.06, 0.04 * 1 -> not below the one before.
    assert holm([0.04, 0.01, np.nan, 0.03, 0.02]) == pytest.approx([0.06, 0.04, np.nan, 0.06, 0.06], nan_ok=True)
    assert holm([0.6, 0.7]).tolist() == [1, 1]
