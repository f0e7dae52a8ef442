"""Masks are compared on the part of the film that holds both spines, and the numbers are those of the whole film."""

import numpy as np
import pytest

from spine_models.core.metrics import dice, hausdorff95, iou, level_dice
from spine_models.service.masks import level_mask
from spine_models.service.overlap import MISSING, outline, overlap

SHAPE = 300, 200


def spine(x: float, y: float) -> np.ndarray:
    """Five boxes of 40 x 20 pixels under each other; the first one's upper left corner at x, y."""
    box = np.array([[0, 0], [40, 0], [0, 20], [40, 20]], float)
    return np.stack([box + (x, y + 25 * level) for level in range(5)])


@pytest.mark.parametrize("found", [spine(83.4, 61.7), spine(-20, -30), spine(170, 220), spine(80, 60)])
def test_it_is_that_of_the_whole_film_at_its_edges_too(found):
    label = spine(80, 60)
    masks = level_mask(found, SHAPE), level_mask(label, SHAPE)
    assert overlap(found, label, SHAPE) == pytest.approx({
        "dice": dice(*masks), "iou": iou(*masks), "dice_levels": level_dice(*masks, 5),
        "hd95": hausdorff95(*map(outline, masks))})


@pytest.mark.parametrize("away", [spine(-500, 60), spine(900, 60), spine(80, 4000)])
def test_a_spine_off_the_film_covers_nothing(away):
    found = overlap(away, spine(80, 60), SHAPE)
    assert found["dice"] == found["iou"] == found["dice_levels"] == 0 and np.isnan(found["hd95"])


def test_without_corners_there_is_no_number():
    assert overlap(np.full((5, 4, 2), np.nan), spine(80, 60), SHAPE) is MISSING
