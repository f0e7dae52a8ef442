"""Frames: points go there and back, pixels land where points say, the spine fills the frame and stands upright."""

import numpy as np
import pytest

from spine_models.imaging.crops import CROP, crop_frames, cut, to_crop, to_film
from spine_models.imaging.warp import inverse, spine_frame, through, warp
from tests.curved import curved_spine

SIZE = (512, 256)


@pytest.mark.parametrize("lean", [0, 28])
def test_the_spine_fills_the_frame_and_stands_upright(lean):
    corners = 5 * curved_spine(lean=lean)
    frame = spine_frame(corners, SIZE)
    inside = through(frame, corners)
    low, high = inside.reshape(-1, 2).min(axis=0), inside.reshape(-1, 2).max(axis=0)
    assert max((high - low) / (SIZE[1], SIZE[0])) == pytest.approx(0.86)
    way = inside[-1].mean(axis=0) - inside[0].mean(axis=0)
    assert abs(np.degrees(np.arctan2(way[0], way[1]))) < 10
    assert through(inverse(frame), inside) == pytest.approx(corners)


@pytest.mark.parametrize("factor", [0.2, 1.7])
def test_a_dot_lands_where_the_frame_says(factor):
    film = np.zeros((700, 400), np.float32)
    film[300:310, 200:210] = 1
    frame = np.array([[factor, 0.02, 3.0], [-0.02, factor, 5.0]])
    picture = warp(film, frame, (1300, 800))
    yy, xx = np.nonzero(picture > 0.05)
    weight = picture[yy, xx]
    seen = np.array([(xx * weight).sum(), (yy * weight).sum()]) / weight.sum()
    assert seen == pytest.approx(through(frame, np.array([204.5, 304.5])), abs=0.5)


def test_crops_go_there_and_back_and_show_the_vertebra_upright():
    corners = 4 * curved_spine()
    maps = crop_frames(corners)
    inside = to_crop(maps, corners)
    assert to_film(maps, inside) == pytest.approx(corners)
    middle = inside.mean(axis=1)
    assert np.abs(middle - ((CROP[1] - 1) / 2, (CROP[0] - 1) / 2)).max() < 1e-6
    across = inside[:, 1] - inside[:, 0]
    assert np.degrees(np.abs(np.arctan2(across[:, 1], across[:, 0]))).max() < 6


@pytest.mark.parametrize("scale", [2, 9])
def test_a_bright_vertebra_is_bright_in_its_crop(scale):
    corners = scale * curved_spine(bend=0)
    film = np.zeros((512 * scale, 256 * scale), np.float32)
    low, high = corners[8].min(axis=0).astype(int), corners[8].max(axis=0).astype(int)
    film[low[1] : high[1] + 1, low[0] : high[0] + 1] = 1
    crop = cut(film, crop_frames(corners))[8]
    inside = to_crop(crop_frames(corners), corners)[8].round().astype(int)
    assert crop[inside[0, 1] + 3 : inside[3, 1] - 2, inside[0, 0] + 3 : inside[3, 0] - 2].min() > 0.95
    assert crop[: inside[0, 1] - 3].max() < 0.05
