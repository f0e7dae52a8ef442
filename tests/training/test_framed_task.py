"""Framed training pictures: corners follow the pixels, however the spine is framed and bent."""

import numpy as np
import pytest

from spine_models.imaging.warp import spine_frame, through
from spine_models.training.films import Film
from spine_models.training.framed_task import FramedTask, Jitter, jittered, sample
from spine_models.zoo._framed import FramedModel
from tests.curved import curved_spine

SIZE = (256, 128)
STILL = Jitter(shift=0, level_off=0, scale=0, stretch=0, rotation=0, bent=0)


def film_with_bright_bodies(valid: np.ndarray | None = None) -> Film:
    """Grey film, one bright disc at each vertebra's centre."""
    corners = curved_spine() * 1.5
    yy, xx = np.mgrid[:768, :384]
    distance = np.stack([np.hypot(xx - x, yy - y) for x, y in corners.mean(axis=1)]).min(axis=0)
    valid = np.ones(17, bool) if valid is None else valid
    return Film(np.where(distance < 7, 230, 40).astype(np.uint8), corners, valid, np.arange(17))


def brightness(picture: np.ndarray, points: np.ndarray) -> np.ndarray:
    x, y = points.round().astype(int).clip(0, (SIZE[1] - 1, SIZE[0] - 1)).T
    return picture[y, x]


@pytest.mark.parametrize("bent", [0.0, 1.0])
@pytest.mark.parametrize("seed", range(4))
def test_corners_follow_the_pixels(seed, bent):
    picture, corners = sample(film_with_bright_bodies(), SIZE, Jitter(bent=bent), np.random.default_rng(seed))
    centres, ends = corners.mean(axis=1), 0.5 * (corners[:, 0] + corners[:, 1])
    inside = ((centres > 4) & (centres < (SIZE[1] - 4, SIZE[0] - 4))).all(axis=1)
    assert inside.sum() >= 10
    bodies, plates = (np.median(brightness(picture, points[inside])) for points in (centres, ends))
    assert bodies > plates + 0.1
    assert picture.shape == SIZE and picture.dtype == np.float32 and 0 <= picture.min() <= picture.max() <= 1


def test_left_and_right_keep_their_names_in_the_mirror():
    film = film_with_bright_bodies()
    pictures = [sample(film, SIZE, STILL, np.random.default_rng(seed))[1] for seed in range(8)]
    assert all((corners[:, 0, 0] < corners[:, 1, 0]).all() for corners in pictures)
    assert len({round(float(corners[8].mean(axis=0)[0]), 3) for corners in pictures}) == 2  # mirrored, and not


def test_without_jitter_the_frame_is_exact():
    frame = spine_frame(curved_spine(), SIZE)
    assert jittered(frame, SIZE, STILL, np.random.default_rng(0)) == pytest.approx(frame)


def test_the_spine_is_now_and_then_a_whole_vertebra_off():
    rng, corners = np.random.default_rng(0), curved_spine()
    frame = spine_frame(corners, SIZE)
    still = Jitter(shift=0, level_off=1.0, scale=0, stretch=0, rotation=0)
    moved = [through(jittered(frame, SIZE, still, rng), corners) - through(frame, corners) for _ in range(20)]
    assert {round(float(shift[..., 1].mean()), 2) for shift in moved} == {-15.06, 15.06}


def test_a_vertebra_without_a_label_does_not_frame_the_spine():
    valid = np.arange(17) != 9
    film = film_with_bright_bodies(valid)
    film.corners[9] += 2000
    _, corners = sample(film, SIZE, STILL, np.random.default_rng(0))
    assert corners[valid].min() > 0 and corners[valid][..., 1].max() < SIZE[0]


class Stand(FramedModel):
    SIZE = SIZE

    def encode(self, corners, valid):
        return {"corners": corners.astype(np.float32), "valid": valid}


def test_a_batch_holds_pictures_and_what_the_model_makes_of_them():
    task = FramedTask.__new__(FramedTask)
    task.films, task.model, task.jitter = [film_with_bright_bodies()] * 3, Stand(), Jitter()
    x, targets = task.batch(np.array([0, 2]), np.random.default_rng(0))
    assert x.shape == (2, 1, *SIZE) and targets["corners"].shape == (2, 17, 4, 2) and targets["valid"].shape == (2, 17)
    assert not np.array_equal(x[0], x[1])
