"""The refiner's geometry: what it is told of the row must not depend on how the film lies."""

import numpy as np
import pytest
import torch

from spine_models.imaging.crops import CROP, crop_frames, mirror_frames, to_crop
from spine_models.imaging.phantom import random_phantom
from spine_models.zoo._refiner import _geometry, film_angles, refine
from spine_models.zoo.registry import load_model


@pytest.fixture(scope="module")
def phantom() -> tuple[np.ndarray, np.ndarray]:
    pixels, corners = random_phantom(np.random.default_rng(2), 1200)
    return pixels.astype(np.float32) / 255, corners


def tensors(maps: np.ndarray, corners: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.from_numpy(to_crop(maps, corners))[None].float(), torch.from_numpy(maps)[None].float()


def angle(corners: np.ndarray) -> np.ndarray:
    across = corners[:, 1] + corners[:, 3] - corners[:, 0] - corners[:, 2]
    return np.degrees(np.arctan2(across[:, 1], across[:, 0]))


def test_angles_are_those_on_the_film(phantom):
    corners = phantom[1]
    points, frames = tensors(crop_frames(corners), corners)
    assert np.allclose(film_angles(points, frames)[0, :, 2].numpy(), angle(corners), atol=1e-3)


def test_the_mirrored_frame_shows_the_mirrored_crop(phantom):
    corners = phantom[1]
    maps = crop_frames(corners)
    mirrored = corners[:, [1, 0, 3, 2]] * (-1, 1)
    seen = to_crop(maps, corners)[:, [1, 0, 3, 2]] * (-1, 1) + (CROP[1] - 1, 0)
    assert np.allclose(to_crop(mirror_frames(maps), mirrored), seen)


def test_geometry_does_not_change_when_the_film_is_turned_moved_and_enlarged(phantom):
    corners = phantom[1]
    turn = np.deg2rad(17)
    turned = 1.7 * corners @ np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]).T + (40, -9)
    spread = torch.zeros(1, len(corners), 4)
    numbers = [_geometry(*(t := tensors(crop_frames(c), c))[:1], spread, t[1]) for c in (corners, turned)]
    assert torch.allclose(*numbers, atol=2e-3)


@pytest.mark.parametrize("count", [1, 2, 5, 17])
def test_rough_corners_come_closer_on_any_number_of_vertebrae(phantom, count):
    pixels, corners = phantom
    corners = corners[:count]
    net = load_model("cascade").refiner
    height = np.linalg.norm(corners[:, 2] - corners[:, 0], axis=1).mean()
    rough = corners + np.random.default_rng(count).normal(0, 0.12 * height, (count, 1, 2))
    found, sigma = refine(net, pixels, rough)
    before, after = (np.linalg.norm(c - corners, axis=2).mean() for c in (rough, found))
    assert found.shape == corners.shape and (sigma > 0).all() and after < before
