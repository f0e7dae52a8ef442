import numpy as np

from spine_models.service.masks import level_mask


def test_each_vertebra_is_filled_with_its_number_and_the_gaps_are_not(upright):
    corners = upright()
    mask = level_mask(corners, (800, 400))
    centres = corners.mean(axis=1).astype(int)
    assert mask.dtype == np.uint8 and mask.shape == (800, 400)
    assert mask[centres[:, 1], centres[:, 0]].tolist() == list(range(1, 18))
    between = ((corners[:-1, 2] + corners[1:, 1]) / 2).astype(int)
    assert not mask[between[:, 1], between[:, 0]].any()


def test_the_filled_area_is_that_of_the_polygon():
    square = np.array([[[10, 20], [50, 24], [10, 60], [50, 64]]], dtype=float)  # 40 wide, 40 high, sheared
    assert abs(int((level_mask(square, (100, 100)) == 1).sum()) - 1600) < 100  # the outline itself is filled too


def test_a_vertebra_cut_by_the_edge_is_cut_in_the_mask():
    square = np.array([[[-20, 10], [20, 10], [-20, 50], [20, 50]]], dtype=float)
    mask = level_mask(square, (100, 100))
    assert mask[30, 0] == 1 and mask[30, 25] == 0
