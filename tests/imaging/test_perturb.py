"""A perturbed film is what its name says, and landmarks find their way back."""

import cv2
import numpy as np
import pytest

from spine_models.imaging.perturb import LEVELS, PERTURBATIONS, Perturbation, perturbed
from spine_models.imaging.warp import through

DOT = np.array([120.0, 250.0])
SPINE = np.array([[100.0, 100.0], [200.0, 400.0]])


@pytest.fixture
def film():
    """A dark film with a grey band down the middle, a white and a black one, and a white dot at DOT."""
    pixels = np.full((500, 300), 0.2, np.float32)
    pixels[:, 135:165] = 0.6
    pixels[:, 200:210], pixels[:, 285:] = 1.0, 0.0
    pixels[248:253, 118:123] = 1.0
    return pixels


def answer(film, kind, level):
    """The picture as stored, from 0 to 1, and the map onto it."""
    content, frame = perturbed(film, Perturbation(kind, level), SPINE, np.random.default_rng(0))
    return cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE) / 255, frame


@pytest.mark.parametrize("change", [p for p in PERTURBATIONS if p.kind in ("rotation", "scale", "crop", "original")],
                         ids=str)
def test_points_of_the_film_are_found_in_the_picture(film, change):
    pixels, frame = answer(film, change.kind, change.level)
    x, y = np.rint(through(frame, DOT)).astype(int)
    assert pixels[y - 1 : y + 2, x - 1 : x + 2].max() > 0.7 > 3 * pixels[y - 8, x]
    corners = through(frame, SPINE)
    assert (corners > -1).all() and (corners < np.array(pixels.shape[::-1])).all()


def test_rotation_is_clockwise_and_shows_the_whole_film(film):
    pixels, frame = answer(film, "rotation", 20)
    up = through(frame, np.array([[150.0, 0.0], [150.0, 499.0]]))
    assert up[0, 0] > up[1, 0]  # the top leans to the right
    edges = through(frame, np.array([[0.0, 0], [299, 0], [0, 499], [299, 499]]))
    assert (edges > -1).all() and (edges < np.array(pixels.shape[::-1])).all()


def test_crop_leaves_its_margin_round_the_spine(film):
    pixels, frame = answer(film, "crop", 0.1)
    assert frame[:, 2].tolist() == [-70, -70] and pixels.shape == (361, 161)


def test_grey_values_change_as_named(film):
    assert answer(film, "exposure", 2)[0][10, 150] < film[10, 150] < answer(film, "exposure", 0.5)[0][10, 150]
    flat = np.s_[50:200, 10:100]
    assert answer(film, "noise", 0.05)[0][flat].std() > 0.02 > answer(film, "original", 0)[0][flat].std()
    assert np.abs(np.diff(answer(film, "blur", 0.004)[0][20])).max() < 0.5 * np.abs(np.diff(film[20])).max()
    assert np.abs(answer(film, "jpeg", 10)[0] - answer(film, "original", 0)[0]).max() > 0.05
    assert (answer(film, "markers", 6)[0] != answer(film, "original", 0)[0]).mean() > 0.005


def test_an_inverted_film_is_stored_inverted(film):
    assert answer(film, "inverted", 1)[0] == pytest.approx(1 - film, abs=0.5 / 255)


def test_the_same_seed_gives_the_same_picture(film):
    for kind in ("noise", "markers"):
        change = Perturbation(kind, LEVELS[kind][-1])
        one, other, third = (perturbed(film, change, SPINE, np.random.default_rng(seed))[0] for seed in (1, 1, 2))
        assert one == other != third
