"""Every repair rule, on a made spine that bends and leans like a real one."""

import numpy as np
import pytest
from made_spines import made_spine, squeeze

from spine_models.training.repair import film_order, repair


@pytest.mark.parametrize("lean", [-55, -30, 0, 30, 55])
@pytest.mark.parametrize("bend", [0.0, 1.2, 2.0])
def test_a_sound_label_is_left_alone_however_far_it_tilts(lean, bend):
    spine = made_spine(lean, bend)
    result = repair(spine)
    np.testing.assert_array_equal(result.corners, spine)
    assert result.valid.all() and result.defects == ()


@pytest.mark.parametrize("order", [[*range(1, 17), 0], [*range(1, 16), 0, 16]], ids=["17 on top", "16 on top"])
@pytest.mark.parametrize("lean", [-40, 0, 40])
def test_groups_out_of_order_are_read_from_top_to_bottom(order, lean):
    spine = made_spine(lean)
    result = repair(spine[order])
    np.testing.assert_array_equal(result.corners, spine)
    assert result.valid.all() and len(result.defects) == 1 and "order" in result.defects[0]


def test_film_order_names_the_groups_of_the_file():
    spine = made_spine()
    assert list(film_order(spine[[*range(1, 17), 0]])) == [16, *range(16)]


@pytest.mark.parametrize("endplate", [slice(0, 2), slice(2, 4)], ids=["upper", "lower"])
def test_a_stray_endplate_is_masked_and_the_others_keep_their_place(endplate):
    spine = made_spine()
    torn = spine.copy()
    torn[16, endplate] = spine[0, :2] - (0, 30)
    result = repair(torn)
    np.testing.assert_array_equal(result.corners[:16], spine[:16])
    assert list(np.flatnonzero(~result.valid)) == [16]
    assert np.abs(result.corners[16] - spine[16]).max() < 10


@pytest.mark.parametrize("swap", [(1, 0, 3, 2), (2, 3, 0, 1), (3, 2, 1, 0), (1, 0, 2, 3), (2, 1, 0, 3)],
                         ids=["left-right", "endplates", "both", "one endplate", "one side"])
@pytest.mark.parametrize("vertebra", [0, 4, 12, 16])
@pytest.mark.parametrize("lean", [0, 45])
def test_swapped_corners_are_renamed(swap, vertebra, lean):
    spine = made_spine(lean)
    label = spine.copy()
    label[vertebra] = spine[vertebra][list(swap)]
    result = repair(label)
    np.testing.assert_array_equal(result.corners, spine)
    assert result.valid.all()
    assert len(result.defects) == 1 and result.defects[0].startswith(f"Vertebra {vertebra + 1}:")


@pytest.mark.parametrize("across, down, sentence", [
    (1.0, 0.3, "body height is 0.3"), (1.0, 2.2, "body height is 2."), (0.5, 1.0, "endplate widths"),
    (1.8, 1.0, "endplate widths")])
def test_a_body_of_the_wrong_size_is_masked(across, down, sentence):
    label = made_spine()
    label[8] = squeeze(label[8], across, down)
    result = repair(label)
    assert list(np.flatnonzero(~result.valid)) == [8]
    assert sentence in result.defects[0]


def test_a_flat_body_among_low_ones_is_masked():
    label = np.array([squeeze(quad, 1.0, 0.4) for quad in made_spine()])
    label[8] = squeeze(label[8], 1.0, 0.6)
    result = repair(label)
    assert list(np.flatnonzero(~result.valid)) == [8] and "of its width" in result.defects[0]


def test_a_folded_body_is_masked():
    label = made_spine(bend=0)
    label[8, 3] = label[8, 0] + (30, 10)
    result = repair(label)
    assert not result.valid[8] and result.valid.sum() == 16


def test_a_lopsided_body_is_believed_only_when_its_corners_were_in_order():
    label = made_spine(bend=0)
    label[8, 0] = 0.35 * label[8, 0] + 0.65 * label[8, 2]
    assert repair(label).valid.all()
    label[8] = label[8][[1, 0, 3, 2]]
    result = repair(label)
    assert list(np.flatnonzero(~result.valid)) == [8] and "one side" in result.defects[-1]
    label = made_spine(bend=0)
    label[8, 0] = 0.15 * label[8, 0] + 0.85 * label[8, 2]
    assert not repair(label).valid[8]


@pytest.mark.parametrize("copy, original", [(16, 15), (16, 13), (5, 6)])
def test_both_labels_of_one_body_are_masked(copy, original):
    label = made_spine()
    label[copy] = label[original] + 2
    result = repair(label)
    assert list(np.flatnonzero(~result.valid)) == sorted((copy, original))
    assert all("it lies on vertebra" in sentence for sentence in result.defects)


def test_a_body_that_reaches_into_the_next_masks_both():
    label = made_spine()
    label[8, 2:] += 0.5 * (label[9, :2] - label[8, :2])
    result = repair(label)
    assert list(np.flatnonzero(~result.valid)) == [8, 9]
