"""From the finder's maps to the line of the spine."""

import numpy as np
import pytest

from spine_models.core.errors import DetectionError
from spine_models.training.films import Film
from spine_models.training.finder_task import cut, encode
from spine_models.zoo._finder import SIZE, STRIDE, boxes, centre_line
from tests.curved import curved_spine

SPINE = curved_spine() * (SIZE[0] / 512)  # drawn for a picture 512 rows high


def film(valid=None, levels=None) -> Film:
    valid = np.ones(17, bool) if valid is None else valid
    return Film(np.zeros(SIZE, np.uint8), SPINE, valid, np.arange(17) if levels is None else levels)


def maps() -> tuple[np.ndarray, np.ndarray]:
    truth = encode(SPINE, film())
    return truth["mask"][0], truth["u"][0]


def misses(mask: np.ndarray, u: np.ndarray) -> np.ndarray:
    """(17,) distances of the centres found from those meant, picture pixels."""
    found = centre_line(mask, u) * STRIDE + (STRIDE - 1) / 2
    return np.linalg.norm(found - SPINE.mean(axis=1), axis=1)


def test_the_line_comes_back_from_what_is_to_be_learnt():
    assert misses(*maps()).max() < STRIDE


def test_stray_cells_do_not_bend_it():
    mask, u = maps()
    rng = np.random.default_rng(0)
    stray = rng.random(mask.shape) < 0.03
    assert misses(np.where(stray, 0.9, mask), np.where(stray & (mask == 0), rng.random(u.shape), u)).max() < 2 * STRIDE


def test_it_goes_on_where_the_film_ends():
    mask, u = maps()
    mask[: int(SPINE[4].mean(axis=0)[1] / STRIDE)] = 0
    step = np.linalg.norm(np.diff(SPINE.mean(axis=1), axis=0), axis=1).mean()
    off = misses(mask, u)
    assert off[5:].max() < 1.5 * STRIDE and off[:4].max() < 2 * step


def test_nothing_seen_is_no_spine():
    with pytest.raises(DetectionError, match="No spine was found"):
        centre_line(np.zeros((64, 32)), np.zeros((64, 32)))


def test_boxes_lie_across_the_line():
    centres = SPINE.mean(axis=1)
    made = boxes(centres)
    assert made.mean(axis=1) == pytest.approx(centres)
    assert (made[:, 0, 0] < made[:, 1, 0]).all() and (made[:, 0, 1] < made[:, 2, 1]).all()
    widths = [np.linalg.norm(quads[:, 1] - quads[:, 0], axis=1).mean() for quads in (made, SPINE)]
    assert widths[0] == pytest.approx(widths[1], rel=0.5)


def test_level_names_that_do_not_hold_are_not_learnt():
    unknown = encode(SPINE, film(levels=np.full(17, -1)))
    assert unknown["mask"].any() and not unknown["weight"].any()
    assert np.array_equal(encode(SPINE, film())["weight"], unknown["mask"])


def test_a_vertebra_without_a_label_is_bridged():
    valid = np.arange(17) != 9
    bent = SPINE.copy()
    bent[9] += 300
    bridged, whole = encode(bent, film(valid)), encode(SPINE, film())
    assert (bridged["mask"] != whole["mask"]).mean() < 0.01


@pytest.mark.parametrize("seed", range(6))
def test_a_film_cut_through_the_spine_keeps_corners_on_their_pixels(seed):
    whole = Film(np.arange(SIZE[0] * SIZE[1]).reshape(SIZE), SPINE, np.ones(17, bool), np.arange(17))
    part = cut(whole, np.random.default_rng(seed))
    row, column = 5, 7
    top = int(round(float((SPINE - part.corners)[0, 0, 1])))
    assert len(part.pixels) < SIZE[0] and part.pixels[row, column] == whole.pixels[row + top, column]
    inside = (part.corners.mean(axis=1)[:, 1] >= -1) & (part.corners.mean(axis=1)[:, 1] < len(part.pixels) + 1)
    assert 8 <= inside.sum() <= 17
