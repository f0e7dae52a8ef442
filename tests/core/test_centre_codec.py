"""The vertebra-centred codec and the chain: what is encoded comes back, in order, under rotation and distraction."""

import numpy as np
import pytest

from spine_models.core.centre_codec import STRIDE, UNKNOWN_LEVEL, decode, encode
from spine_models.core.chain import ROOM_ABOVE, ROOM_BELOW, link
from spine_models.core.errors import DetectionError
from tests.curved import curved_spine

SIZE = (512, 256)


def perfect_maps(corners: np.ndarray) -> dict[str, np.ndarray]:
    """What a network would say that is right everywhere, with offsets valid around each centre."""
    target = encode(corners, np.ones(17, bool), np.arange(17), SIZE)
    rows, columns = SIZE[0] // STRIDE, SIZE[1] // STRIDE
    yy, xx = np.mgrid[:rows, :columns]
    cells = (corners - (STRIDE - 1) / 2) / STRIDE
    nearest = np.linalg.norm(cells.mean(axis=1)[:, None, None] - np.stack([xx, yy], -1), axis=-1).argmin(axis=0)
    offset = (cells[nearest] - np.stack([xx, yy], -1)[:, :, None]).reshape(rows, columns, 8).transpose(2, 0, 1)
    level = np.eye(18)[target["level"]].transpose(2, 0, 1)
    return {"centre": target["centre"], "offset": offset, "spread": np.zeros((4, rows, columns)), "level": level}


@pytest.mark.parametrize("lean", [0, 25])
def test_perfect_maps_give_the_corners_back(lean):
    corners = curved_spine(lean=lean)
    chain = link(decode(perfect_maps(corners)))
    assert list(chain.levels) == list(range(17))
    assert np.abs(chain.corners - corners).max() < 1.0
    assert chain.numbering > 0.99 and not chain.filled.any()


def test_offsets_of_the_target_point_at_the_corners():
    corners = curved_spine()
    target = encode(corners, np.ones(17, bool), np.arange(17), SIZE)
    row, column = np.argwhere(target["centre"][0] == 1)[5]
    pointed = target["offset"][:, row, column].reshape(4, 2) + (column, row)
    distance = np.abs(pointed * STRIDE + (STRIDE - 1) / 2 - corners[:, None].reshape(17, 4, 2)).max(axis=(1, 2))
    assert distance.min() < 1e-3


def test_an_unusable_vertebra_is_unknown_not_background():
    corners, valid = curved_spine(), np.ones(17, bool)
    valid[8] = False
    target = encode(corners, valid, np.arange(17), SIZE)
    column, row = np.rint(corners[8].mean(axis=0) / STRIDE).astype(int)
    assert target["centre"][0, row, column] == -1 and target["level"][row, column] == -1
    assert target["offset_weight"][0, row, column] == 0


def test_unknown_levels_are_not_learnt():
    target = encode(curved_spine(), np.ones(17, bool), np.full(17, UNKNOWN_LEVEL), SIZE)
    assert set(np.unique(target["level"])) == {-1, 0} and target["centre"].max() == 1


def test_a_false_peak_beside_the_spine_is_left_out():
    corners = curved_spine()
    maps = perfect_maps(corners)
    maps["centre"][0, 64, 5] = 0.99
    maps["level"][:, 64, 5] = np.eye(18)[9]
    chain = link(decode(maps))
    assert np.abs(chain.corners - corners).max() < 1.0


def test_one_missing_vertebra_is_filled_between_its_neighbours():
    corners = curved_spine()
    maps = perfect_maps(corners)
    column, row = np.rint(corners[7].mean(axis=0) / STRIDE).astype(int)
    maps["centre"][0, row - 2 : row + 3, column - 3 : column + 4] = 0
    chain = link(decode(maps))
    assert list(np.flatnonzero(chain.filled)) == [7]
    assert np.abs(chain.corners[7] - corners[7]).max() < 6


def test_levels_one_too_low_everywhere_lower_the_numbering_confidence():
    maps = perfect_maps(curved_spine())
    maps["level"] = 0.5 * maps["level"] + 0.5 * np.roll(maps["level"], 1, axis=0)
    assert link(decode(maps)).numbering < 0.8


def test_the_films_edges_decide_between_two_numberings():
    corners = curved_spine(bend=20)
    upper = corners[0, :2, 1].mean()
    step = np.linalg.norm(np.diff(corners.mean(axis=1), axis=0), axis=1)
    framed = upper - ROOM_ABOVE * step[0], corners[-1, 2:, 1].mean() + ROOM_BELOW * step[-1]
    maps = perfect_maps(corners)
    assert np.abs(link(decode(maps), framed).corners - corners).max() < 1.0
    one_too_low = framed[0] - step[0], framed[1] - step[-1]  # there is room for one more above, and none below
    moved = link(decode(maps), one_too_low)
    assert np.abs(moved.corners[1:] - corners[:-1]).max() < 1.0 and moved.numbering <= 0.5
    far_off = -4000.0, 5000.0  # a full-body film says nothing
    assert np.abs(link(decode(maps), far_off).corners - corners).max() < 1.0


def test_an_empty_film_is_refused_with_a_sentence():
    maps = perfect_maps(curved_spine())
    maps["centre"][:] = 0
    with pytest.raises(DetectionError, match="No spine"):
        link(decode(maps))
