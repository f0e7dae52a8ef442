"""One spine out of several: fusing by hand-computed cases, slips of numbering, models that fail, human corners."""

from dataclasses import replace

import numpy as np
import pytest

from spine_models.core.errors import LandmarkError
from spine_models.core.landmarks import LEVELS, STANDARD_LEVELS, Landmarks
from spine_models.service.consensus import consensus, majority_interval, moved_level, with_human_corners

QUAD = np.array([(-30, -14), (30, -14), (-30, 14), (30, 14)], dtype=float)


def spine(first: int = 0, count: int = 17, levels=STANDARD_LEVELS, moved=(0.0, 0.0), sigma=None) -> Landmarks:
    """Vertebrae 40 pixels apart, the first one ``first`` places down a made-up spine."""
    centres = np.stack([200 + 10 * np.sin(np.arange(first, first + count)), 40.0 * np.arange(first, first + count)], 1)
    return Landmarks(centres[:, None] + QUAD + moved, levels[:count],
                     None if sigma is None else np.full((count, 4), float(sigma)))


def test_corners_are_weighted_by_their_certainty():
    found = consensus([spine(sigma=1), spine(moved=(5, 0), sigma=2)])
    # weights 1 and 1/4: (0 + 5/4) / (5/4) = 1; spread (1 * 1 + 16/4) / (5/4) = 4; sigma^2 = 2 / (5/4) + 4 / 2 = 3.6
    assert found.landmarks.corners == pytest.approx(spine(moved=(1, 0)).corners)
    assert found.spread[3, 2] == pytest.approx(np.array([[4, 0], [0, 0]]))
    assert found.landmarks.sigma == pytest.approx(np.full((17, 4), np.sqrt(3.6)))
    assert found.offsets[1, 5, 0] == pytest.approx([4, 0]) and found.disagreement == pytest.approx(np.full(17, 2.0))
    assert found.slips == (0, 0) and found.landmarks.levels == STANDARD_LEVELS and found.used.all()


def test_agreement_does_not_make_the_consensus_surer_than_its_models():
    assert consensus([spine(sigma=3)] * 4).landmarks.sigma == pytest.approx(np.full((17, 4), 3.0))


def test_a_corner_of_unknown_sigma_is_as_unsure_as_the_least_sure():
    found = consensus([spine(sigma=1), spine(moved=(0, 4), sigma=2), spine(moved=(0, 4))])
    assert found.landmarks.corners == pytest.approx(spine(moved=(0, 4 * 0.5 / 1.5)).corners)
    unknown = consensus([spine(), spine(moved=(0, 4))])
    assert unknown.landmarks.corners == pytest.approx(spine(moved=(0, 2)).corners)
    assert np.isnan(unknown.landmarks.sigma).all()


def test_a_model_a_level_off_is_moved_back_and_named():
    found = consensus([spine(sigma=2), spine(1, sigma=2), spine(moved=(2, 0), sigma=2)])
    assert found.slips == (0, 1, 0)  # the second one's T1 is what the others call T2
    assert found.landmarks.levels == STANDARD_LEVELS
    assert not found.used[1, 0] and found.used[1, 1:].all() and np.isnan(found.offsets[1, 0]).all()
    assert found.landmarks.corners[1:] == pytest.approx(spine(moved=(2 / 3, 0)).corners[1:])
    assert found.landmarks.corners[0] == pytest.approx(spine(moved=(1, 0)).corners[0])


@pytest.mark.parametrize("turn", [False, True])
def test_of_two_numberings_the_first_model_s_holds(turn):
    pair = [spine(sigma=2), spine(1, sigma=1)]
    found = consensus(pair[::-1] if turn else pair)
    assert found.landmarks.corners == pytest.approx((spine(1) if turn else spine()).corners)
    assert found.slips == ((0, -1) if turn else (0, 1))


def test_beyond_a_skipped_vertebra_a_model_does_not_take_part():
    skipped = np.concatenate([spine(sigma=2).corners[:10], spine(11, 7).corners])  # has passed over the 11th
    found = consensus([spine(sigma=2), spine(sigma=2), Landmarks(skipped, sigma=np.full((17, 4), 2.0))])
    assert found.landmarks.corners == pytest.approx(spine().corners)
    assert found.used[2].tolist() == [True] * 10 + [False] * 7
    assert np.abs(found.offsets[2, 12]).max() > 30  # but how far off it is can be shown


def test_a_model_that_sees_the_spine_elsewhere_is_left_out():
    found = consensus([spine(moved=(90, 0), sigma=1), spine(sigma=2), spine(sigma=2)])
    assert found.slips == (None, 0, 0) and not found.used[0].any()
    assert found.landmarks.corners == pytest.approx(spine().corners)


@pytest.mark.parametrize("spines", [[], [spine()], [spine(), spine(moved=(90, 0))]])
def test_no_consensus_of_one(spines):
    with pytest.raises(LandmarkError):
        consensus(spines)


def test_models_may_show_different_vertebrae():
    part = replace(spine(3, 14, STANDARD_LEVELS[3:]), sigma=np.ones((14, 4)))
    found = consensus([spine(sigma=1), part])
    assert found.landmarks.levels == STANDARD_LEVELS and found.used[1].tolist() == [False] * 3 + [True] * 14
    assert found.landmarks.corners == pytest.approx(spine().corners)


def test_levels_of_a_slip_that_have_no_name_are_no_fault():
    low = LEVELS[LEVELS.index("C3"):LEVELS.index("C3") + 5]
    found = consensus([Landmarks(spine(0, 5).corners, low), Landmarks(spine(1, 5).corners, low)])
    assert found.slips == (0, 1) and found.landmarks.levels == low


def by_hand(landmarks: Landmarks, level: str, corner: int) -> Landmarks:
    source = landmarks.source.copy()
    source[landmarks.index(level), corner] = "human"
    return replace(landmarks, source=source)


def test_corners_of_a_human_stay_under_their_names():
    found = consensus([spine(sigma=1), spine(sigma=1)]).landmarks
    own = by_hand(spine(1, 16, STANDARD_LEVELS, moved=(6, 0)), "T4", 1)  # counts one level higher
    joined = with_human_corners(found, own)
    assert joined.levels[:2] == ("C7", "T1") and joined.levels[-1] == "L4"
    row = joined.index("T4")
    assert joined.corners[row, 1] == pytest.approx(own.corners[3, 1])
    assert joined.corners[row, 0] == pytest.approx(spine().corners[4, 0])
    assert (joined.source == "human").sum() == 1 and joined.source[row, 1] == "human"
    assert np.isnan(joined.sigma[row, 1]) and np.isfinite(joined.sigma).sum() == joined.sigma.size - 1


def test_a_vertebra_only_the_human_placed_stays():
    found = consensus([spine(0, 16, sigma=1)] * 2).landmarks
    joined = with_human_corners(found, by_hand(spine(), "L5", 0))
    assert joined.levels == STANDARD_LEVELS and joined.corners == pytest.approx(spine().corners)


def test_corners_on_another_spine_are_refused():
    with pytest.raises(LandmarkError, match="another spine"):
        with_human_corners(spine(), by_hand(spine(moved=(90, 0)), "T4", 1))


@pytest.mark.parametrize(
    "intervals, merged",
    [
        ([(40, 50), (44, 56)], (44, 50)),
        ([(40, 50), (44, 56), (10, 45)], (40, 50)),  # 40-44 in the first and third, 44-45 in all, 45-50 in two
        ([(40, 50), (60, 70)], None),
        ([(40, 50), (60, 70), (45, 65)], (45, 65)),
        ([(40, 50), None], None),
        ([], None),
    ],
)
def test_an_interval_holds_what_most_intervals_hold(intervals, merged):
    assert majority_interval(intervals) == merged


def test_levels_are_counted_down_the_spine():
    assert [moved_level("T12", 1), moved_level("L5", 1), moved_level("T2", -2), moved_level("S1", 2)] == [
        "L1", "S1", "C7", "S1"]
