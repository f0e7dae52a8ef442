"""Every number by hand, and failures counted, never dropped."""

import numpy as np
import pytest

from spine_models.core import metrics
from spine_models.core.errors import DataError
from spine_models.core.metrics import Score

NAN = float("nan")


def chain(count=5, step=40.0, films=1):
    """(films, count, 4, 2) vertebrae of 60 x 30 px straight below each other, ``step`` px from centre to centre."""
    box = np.array([[-30, -15], [30, -15], [-30, 15], [30, 15]], dtype=float)
    centres = np.stack([np.full(count, 200.0), 100 + step * np.arange(count)], axis=-1)
    return np.repeat((centres[:, None] + box)[None], films, axis=0)


def test_smape_is_the_mean_over_films_of_each_films_ratio():
    pred = [[10, 20, 30], [40, 0, 0]]
    true = [[20, 20, 40], [60, 0, 0]]
    # 20 / 140 and 20 / 100
    assert metrics.smape_by_film(pred, true) == pytest.approx([100 / 7, 20])
    assert metrics.smape(pred, true) == Score(pytest.approx((100 / 7 + 20) / 2), films=2, failures=0)


def test_smape_of_a_film_without_any_angle_is_zero():
    assert metrics.smape(np.zeros((1, 3)), np.zeros((1, 3))).value == 0


def test_smape_counts_a_film_with_one_missing_angle_as_failed():
    score = metrics.smape([[10, NAN, 30], [40, 0, 0]], [[20, 20, 40], [60, 0, 0]])
    assert score == Score(pytest.approx(20), films=2, failures=1)


def test_mean_absolute_error():
    assert metrics.mean_absolute_error([10, 25, NAN], [12, 20, 30]) == Score(3.5, films=3, failures=1)


def test_mean_of_nothing_is_not_a_number_and_says_how_many_failed():
    score = metrics.mean_absolute_error([NAN, NAN], [12, 20])
    assert np.isnan(score.value) and (score.films, score.failures) == (2, 2)


def test_fraction_within_takes_the_limit_in_and_a_failed_film_out():
    assert metrics.fraction_within([10, 25, 36, NAN], [12, 20, 30, 5], limit=5) == Score(0.5, films=4, failures=1)


def test_radial_error_in_original_pixels_and_on_the_grid():
    true, shapes = chain(films=2), np.array([[2048, 1024], [1024, 1024]])
    pred = true + [6, 8]
    assert metrics.mean_radial_error(metrics.radial_errors(pred, true)).value == pytest.approx(10)
    stretched = metrics.radial_errors(metrics.on_grid(pred, shapes), metrics.on_grid(true, shapes))
    # Film 1: both axes halved, (3, 4). Film 2: x halved, y kept, (3, 8).
    assert stretched.mean(axis=(1, 2)) == pytest.approx([5, np.sqrt(73)])


def test_letterbox_keeps_the_proportions():
    shapes = np.array([[1408, 384], [704, 1536]])
    framed = metrics.on_letterbox(chain(films=2), shapes)
    assert framed[0] == pytest.approx(chain()[0] / 2) and framed[1] == pytest.approx(chain()[0] / 4)


def test_film_with_one_missing_corner_fails_as_a_whole():
    true = chain(films=2)
    pred = true + [3, 4]
    pred[1, 2, 0, 1] = np.nan
    errors = metrics.radial_errors(pred, true)
    assert np.isnan(errors[1]).all()
    assert metrics.mean_radial_error(errors) == Score(pytest.approx(5), films=2, failures=1)


def test_detection_rate_counts_failed_corners_as_missed():
    errors = np.array([[[1.0, 2.0, 3.0, 4.0]], [[NAN] * 4]])
    assert metrics.detection_rate(errors, [0.5, 2, 10]) == pytest.approx([0, 2 / 8, 4 / 8])


def test_fraction_far_counts_failed_corners_as_far():
    errors = np.array([[[1.0, 20.0, 20.1, 400.0]], [[NAN] * 4]])
    assert metrics.fraction_far(errors) == Score(6 / 8, films=2, failures=1)


def test_nmse_is_relative_to_width_and_height():
    true = chain(films=2)
    pred = true + [20, 10]
    pred[1, 0] = np.nan
    # x: (20 / 100)^2 = 0.04, y: (10 / 200)^2 = 0.0025
    score = metrics.nmse(pred, true, np.array([[200, 100], [200, 100]]))
    assert score == Score(pytest.approx(0.02125), films=2, failures=1)


@pytest.mark.parametrize("moved", [0, 15, -15])
def test_no_level_shift_while_the_own_label_is_nearest(moved):
    assert metrics.level_shift(chain() + [0, moved], chain()).tolist() == [False]


@pytest.mark.parametrize("moved", [30, 40, -40, 80, -120])
def test_level_shift_when_a_neighbours_label_is_nearer(moved):
    assert metrics.level_shift(chain() + [0, moved], chain()).tolist() == [True]


def test_level_shift_of_one_stray_vertebra_is_none():
    pred = chain()
    pred[0, 0] += [0, 40]
    assert metrics.level_shift(pred, chain()).tolist() == [False]


def test_level_shift_judges_each_film_and_no_failed_one():
    pred = np.concatenate([chain() + [0, 40], chain(), np.full_like(chain(), np.nan)])
    assert metrics.level_shift(pred, chain(films=3)).tolist() == [True, False, False]


def test_level_shift_of_fewer_vertebrae_than_shifts():
    assert metrics.level_shift(chain(2) + [0, 40], chain(2)).tolist() == [True]


def test_level_shifts_count_levels_and_their_direction():
    pred = np.concatenate([chain() + [0, 40], chain() + [0, -80], chain() + [0, 10], np.full_like(chain(), np.nan)])
    # One step down: its first vertebra lies on the label's second.
    assert metrics.level_shifts(pred, chain(films=4)).tolist() == [1, -2, 0, 0]


def test_aligned_errors_leave_localisation_when_the_numbering_slipped():
    pred = np.concatenate([chain() + [3, 44], chain() + [3, 4], np.full_like(chain(), np.nan)])
    errors = metrics.aligned_errors(pred, chain(films=3))
    assert errors[0, 1:] == pytest.approx(np.full((4, 4), 5)) and np.isnan(errors[0, 0]).all()
    assert errors[1] == pytest.approx(np.full((5, 4), 5)) and np.isnan(errors[2]).all()


def test_end_vertebra_agreement_exact_and_within_one():
    pred = [[5, 11], [4, 11], [3, 13], [NAN, NAN]]
    true = [[5, 11], [5, 11], [5, 12], [5, 11]]
    assert metrics.end_vertebra_agreement(pred, true) == Score(3 / 8, films=4, failures=1)
    assert metrics.end_vertebra_agreement(pred, true, tolerance=1) == Score(5 / 8, films=4, failures=1)


def test_overlap_of_masks():
    a, b = np.zeros((4, 4), bool), np.zeros((4, 4), bool)
    a[:2], b[1:3, :2] = True, True  # 8 and 4 pixels, 2 shared
    assert metrics.dice(a, b) == pytest.approx(2 * 2 / 12)
    assert metrics.iou(a, b) == pytest.approx(2 / 10)


def test_level_dice_is_the_mean_over_the_levels_that_are_there():
    a, b = np.zeros((4, 4), np.uint8), np.zeros((4, 4), np.uint8)
    a[0], a[1], b[0], b[1:3] = 1, 2, 1, 2  # level 1 alike; level 2: 2 * 4 / (4 + 8); level 3 nowhere
    assert metrics.level_dice(a, b, 3) == pytest.approx((1 + 2 / 3) / 2)
    assert metrics.level_dice(a, a + (a == 1), 3) == pytest.approx(8 / 12 / 2)
    assert metrics.level_dice(a * 0, b * 0, 3) == 1
    with pytest.raises(DataError, match="cannot be compared"):
        metrics.level_dice(a, b[:2], 3)


def test_empty_masks_agree():
    empty = np.zeros((4, 4), bool)
    assert metrics.dice(empty, empty) == metrics.iou(empty, empty) == 1


def test_masks_of_different_size_are_refused():
    with pytest.raises(DataError, match="cannot be compared"):
        metrics.dice(np.ones((4, 4)), np.ones((4, 1)))


def test_hausdorff95_takes_the_worse_direction_and_leaves_out_the_tail():
    line = np.stack([np.arange(101.0), np.zeros(101)], axis=-1)
    strays = line.copy()
    strays[:3] += [0, 500]  # under 5 % of the points
    assert metrics.hausdorff95(line, line + [0, 7]) == pytest.approx(7)
    assert metrics.hausdorff95(strays, line) < 5
    # From (0, 0) to the line all is near; from the line's far end to it, 95 of 100 px.
    assert metrics.hausdorff95(line[:1], line) == metrics.hausdorff95(line, line[:1]) == pytest.approx(95)


def test_hausdorff95_of_no_points_is_refused():
    with pytest.raises(DataError, match="at least one point"):
        metrics.hausdorff95(np.zeros((0, 2)), np.zeros((1, 2)))


def test_arrays_of_different_films_are_refused():
    with pytest.raises(DataError, match="not of the same films"):
        metrics.smape(np.ones((2, 3)), np.ones((3, 3)))


def test_missing_label_is_refused():
    with pytest.raises(DataError, match="label is missing"):
        metrics.mean_absolute_error([1.0, 2.0], [1.0, NAN])


def test_inputs_are_left_alone():
    pred = np.array([[1.0, NAN, 3.0]])
    metrics.smape(pred, np.ones((1, 3)))
    assert pred[0, 0] == 1
