"""Every change a reader can make, and that it changes nothing else."""

import numpy as np
import pytest

from spine_models.core.errors import LandmarkError
from spine_models.core.landmarks import LEVELS, STANDARD_LEVELS, Landmarks
from spine_models.service import editing


def spine(levels: tuple[str, ...] = STANDARD_LEVELS) -> Landmarks:
    """Vertebrae 50 px wide, 24 high, 33 apart, each shifted a little to the right of the one above."""
    rows = np.arange(len(levels))
    centres = np.stack([100.0 + 2 * rows, 50.0 + 33 * rows], axis=1)
    quad = np.array([(-25, -12), (25, -12), (-25, 12), (25, 12)])
    return Landmarks(centres[:, None] + quad, levels, np.full((len(levels), 4), 1.5))


def test_only_the_corners_that_moved_become_human_and_lose_their_sigma():
    before = spine()
    corners = before.corners.copy()
    corners[3, 1] += (0.0, 1e-9)
    after = editing.with_corners(before, corners)
    expected = np.full((17, 4), "model")
    expected[3, 1] = "human"
    assert (after.source == expected).all() and after.corners.tobytes() == corners.tobytes()
    assert (np.isnan(after.sigma) == (expected == "human")).all() and (before.source == "model").all()
    assert (editing.with_corners(after, before.corners).source == expected).all()  # back in place, but by a human


def test_another_number_of_vertebrae_is_refused():
    with pytest.raises(LandmarkError, match="17 vertebrae are marked, but 16"):
        editing.with_corners(spine(), spine().corners[:16])


def test_a_deleted_vertebra_leaves_the_others_as_they_were():
    after = editing.delete_vertebra(spine(), "T5")
    assert after.levels == tuple(level for level in STANDARD_LEVELS if level != "T5")
    assert (after.corners == np.delete(spine().corners, 4, axis=0)).all() and after.sigma.shape == (16, 4)
    assert editing.delete_vertebra(spine(("T5",)), "T5") is None


@pytest.mark.parametrize("level, side", [("T4", "below"), ("T6", "above")])
def test_a_gap_is_filled_midway_under_the_missing_name(level, side):
    gap = editing.delete_vertebra(spine(), "T5")
    after = editing.add_vertebra(gap, level, side)
    assert after.levels == STANDARD_LEVELS and np.allclose(after.corners, spine().corners)
    assert np.isnan(after.sigma[4]).all() and (after.source[4] == "model").all()  # nobody has placed its corners yet


def test_without_a_gap_the_names_beyond_make_room():
    below, above = (editing.add_vertebra(spine(), "T5", side) for side in ("below", "above"))
    assert below.levels == (*STANDARD_LEVELS, "S1") and above.levels == ("C7", *STANDARD_LEVELS)
    assert np.allclose(below.corners[5], spine().corners[4:6].mean(axis=0))
    assert np.allclose(above.corners[4], spine().corners[3:5].mean(axis=0))
    assert (np.delete(below.corners, 5, axis=0) == spine().corners).all()


@pytest.mark.parametrize("level, side, name, shift", [("T1", "above", "C7", -1), ("L5", "below", "S1", 1)])
def test_the_spine_grows_at_its_ends_with_its_own_spacing(level, side, name, shift):
    after = editing.add_vertebra(spine(), level, side)
    row = after.index(name)
    assert np.allclose(after.corners[row], spine().corners[spine().index(level)] + shift * np.array([2.0, 33.0]))


def test_a_single_vertebra_can_grow_both_ways():
    both = editing.add_vertebra(editing.add_vertebra(spine(("T5",)), "T5", "below"), "T5", "above")
    assert both.levels == ("T4", "T5", "T6")
    assert np.allclose(np.diff(both.centres, axis=0), [0, 24 / editing.BOX_HEIGHT])


def test_no_vertebra_is_added_beyond_the_last_name():
    with pytest.raises(LandmarkError, match="no level above C3"):
        editing.add_vertebra(spine(("C3", "C4")), "C3", "above")


def test_names_move_along_the_usual_sequence():
    assert editing.relabel(spine(), 1).levels == (*STANDARD_LEVELS[1:], "S1")
    assert editing.relabel(spine(), -1).levels == ("C7", *STANDARD_LEVELS[:-1])
    assert editing.relabel(editing.relabel(spine(), 1), -1).levels == STANDARD_LEVELS
    with_variant = spine(("T12", "T13", "L1"))
    assert editing.relabel(with_variant, -1).levels == ("T11", "T12", "T13")
    with pytest.raises(LandmarkError, match="no level below S1"):
        editing.relabel(spine(("L5", "S1")), 1)


def test_a_vertebra_can_take_any_name_between_its_neighbours():
    assert editing.rename(spine(("L4", "L5")), "L5", "L6").levels == ("L4", "L6")
    with pytest.raises(LandmarkError, match="top to bottom"):
        editing.rename(spine(("L4", "L5")), "L5", "L3")
    assert editing.possible_names(("T11", "L2")) == (LEVELS[: LEVELS.index("L2")], LEVELS[LEVELS.index("T12") :])


def test_clicked_centres_become_vertebrae_of_the_spacing_and_tilt_they_suggest():
    marks = None
    for x, y in [(100, 50), (110, 90), (120, 130)]:
        marks = editing.mark_centre(marks, (x, y), film_height=1000)
    assert marks.levels == ("T1", "T2", "T3") and np.allclose(marks.centres, [(100, 50), (110, 90), (120, 130)])
    across = marks.corners[:, 1] - marks.corners[:, 0]
    spacing = np.hypot(10, 40)
    assert np.allclose(np.linalg.norm(across, axis=1), editing.BOX_WIDTH * spacing)
    assert np.allclose(across @ (10, 40), 0)


def test_a_centre_forgotten_may_be_clicked_afterwards():
    marks = None
    for y in (50, 130, 90, 10):
        marks = editing.mark_centre(marks, (100, y), film_height=1000)
    assert np.allclose(marks.centres[:, 1], (10, 50, 90, 130)) and marks.levels == ("T1", "T2", "T3", "T4")


def test_marking_goes_on_without_touching_corners_already_placed():
    marks = editing.mark_centre(editing.mark_centre(None, (100, 50), 1000), (100, 90), 1000)
    corners = marks.corners.copy()
    corners[0, 0] -= 3
    placed = editing.with_corners(marks, corners)
    after = editing.mark_centre(placed, (100, 140), 1000)
    assert (after.corners[0] == corners[0]).all() and (after.source[0] == ["human", "model", "model", "model"]).all()
    assert (after.corners[1] != corners[1]).any()


def test_there_are_only_so_many_names():
    marks = None
    with pytest.raises(LandmarkError, match="no level below S1"):
        for y in range(30):
            marks = editing.mark_centre(marks, (100, 10 + 10 * y), 1000)
    assert marks.levels[-1] == "S1" and not set(editing.VARIANTS) & set(marks.levels)
