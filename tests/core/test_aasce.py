"""The challenge angles: hand-computed spines, and every public row where the data is present."""

import csv
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from spine_models.core.aasce import aasce_angles
from spine_models.core.errors import LandmarkError

REPOSITORY = Path(__file__).parents[2]
DATA = Path(os.environ.get("SPINE_DATA", REPOSITORY.parent / "shared" / "data")) / "spineweb16"


def upright(tilts, x=0.0):
    """(17, 4, 2) vertebrae 40 px apart at horizontal position x (number or 17 of them), turned by tilts in degrees."""
    angles = np.radians(np.broadcast_to(tilts, 17))
    across = 30 * np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    down = 15 * np.stack([-np.sin(angles), np.cos(angles)], axis=-1)
    centres = np.stack([np.broadcast_to(x, 17), 40.0 * np.arange(17) + 20], axis=-1)
    return centres[:, None] + np.stack([-across - down, across - down, -across + down, across + down], axis=1)


BOW = 200 + 2.0 * (np.arange(17) - 8) ** 2
S_SHAPE = 60 * np.sin(np.arange(17) / 16 * 2 * np.pi)


def test_c_shape_measures_to_the_first_and_last_vertebra():
    tilts = np.zeros(17)
    tilts[[0, 4, 12, 16]] = 5, -20, 25, -3
    assert aasce_angles(upright(tilts, BOW), 700) == pytest.approx([45, 25, 28])


def test_s_shape_with_high_curves_measures_outwards_from_both_ends():
    tilts = np.zeros(17)
    tilts[[1, 3, 6, 14]] = 12, -20, 25, -7
    # y of the lower endplates of vertebrae 4 and 7 is about 154 + 273, less than the height.
    assert aasce_angles(upright(tilts, S_SHAPE), 700) == pytest.approx([45, 32, 32])


def test_s_shape_with_low_curves_measures_upwards_twice():
    tilts = np.zeros(17)
    tilts[[1, 4, 8, 14]] = -9, 12, -20, 25
    # y of the lower endplates of vertebrae 9 and 15 is about 354 + 594; their upper ones would stay below 920.
    assert aasce_angles(upright(tilts, S_SHAPE), 920) == pytest.approx([45, 32, 21])


def test_height_decides_between_the_two_s_rules():
    tilts = np.zeros(17)
    tilts[[1, 4, 8, 14]] = -9, 12, -20, 25
    assert aasce_angles(upright(tilts, S_SHAPE), 2000) == pytest.approx([45, 32, 25])


def test_spine_whose_ends_are_level_counts_as_s():
    tilts = np.zeros(17)
    tilts[[2, 4, 12, 16]] = 9, -20, 25, -3
    corners = upright(tilts, BOW)
    corners[16, 2:, 1] = corners[0, :2, 1].mean()
    corners[16, :2, 1] = corners[16, 2:, 1]
    # Dividing by the height of zero gives NaN; the C rule would answer 20 (to vertebra 1), not 29 (to vertebra 3).
    assert aasce_angles(corners, 2000)[1] == pytest.approx(29)


@pytest.mark.parametrize("count", [16, 18])
def test_other_than_seventeen_vertebrae_is_refused(count):
    with pytest.raises(LandmarkError, match="17 vertebrae"):
        aasce_angles(np.zeros((count, 4, 2)), 700)


def test_missing_corner_is_refused():
    corners = upright(0.0)
    corners[3, 1, 0] = np.nan
    with pytest.raises(LandmarkError, match="finite"):
        aasce_angles(corners, 700)


def test_vertebra_without_width_is_refused():
    corners = upright(0.0)
    corners[3, [1, 3]] = corners[3, [0, 2]]
    with pytest.raises(LandmarkError, match="Vertebra 4 of 17 has no width"):
        aasce_angles(corners, 700)


@pytest.mark.data
@pytest.mark.skipif(not DATA.is_dir(), reason="SpineWeb-16 is not here: set SPINE_DATA to the folder that holds it.")
@pytest.mark.parametrize(("split", "films"), [("training", 481), ("test", 128)])
def test_every_public_row_is_reproduced(split, films):
    labels = DATA / "labels" / split
    with open(labels / "filenames.csv", newline="") as rows:
        names = [row[0] for row in csv.reader(rows)]
    sizes = np.array([Image.open(DATA / "data" / split / name).size for name in names])
    flat = np.loadtxt(labels / "landmarks.csv", delimiter=",")
    corners = np.stack([flat[:, :68], flat[:, 68:]], axis=-1).reshape(-1, 17, 4, 2) * sizes[:, None, None]
    ours = np.array([aasce_angles(film, height) for film, (_, height) in zip(corners, sizes)])
    apart = np.abs(ours - np.loadtxt(labels / "angles.csv", delimiter=","))
    assert len(ours) == films
    assert apart.max() <= 0.02
