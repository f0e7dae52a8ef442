"""However a film is turned and mirrored, one step after another, pixels, shape and sides agree."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spine_models.core.errors import LandmarkError
from spine_models.core.hanging import Hanging, hang, mirror_image, side_name
from spine_models.core.landmarks import Landmarks
from spine_models.core.radiograph import Radiograph

PIXELS = np.random.default_rng(1).random((7, 4)).astype(np.float32)
FILM = Radiograph(PIXELS, "f" * 64, (0.2, 0.3), ("as read",), "right")

STEPS = {
    "right": (lambda hanging: hanging.turned(1), lambda pixels: np.rot90(pixels, -1)),
    "left": (lambda hanging: hanging.turned(3), lambda pixels: np.rot90(pixels)),
    "half": (lambda hanging: hanging.turned(2), lambda pixels: pixels[::-1, ::-1]),
    "mirror": (lambda hanging: hanging.flipped(), lambda pixels: pixels[:, ::-1]),
    "invert": (lambda hanging: hanging.negative(), lambda pixels: 1 - pixels),
}


@given(st.lists(st.sampled_from(sorted(STEPS)), max_size=8))
def test_steps_add_up_to_what_each_does_to_the_film_as_it_hangs(names):
    hanging, expected = Hanging(), PIXELS
    for name in names:
        hanging, expected = STEPS[name][0](hanging), STEPS[name][1](expected)
    hung = hang(FILM, hanging)
    np.testing.assert_allclose(hung.pixels, expected, atol=1e-6)
    assert hung.shape == hanging.shape(FILM.shape) == expected.shape
    assert hung.pixel_spacing_mm == ((0.3, 0.2) if hanging.turns % 2 else (0.2, 0.3))
    assert hung.sha256 == FILM.sha256
    assert (hanging.picture == "") == (hanging.sentence() == "") == (hung.notes == FILM.notes)


def test_the_patients_side_goes_with_the_film():
    known = Hanging(patient_left="right")
    assert known.flipped().patient_left == "left" == known.turned(2).patient_left
    assert known.turned(2).flipped().patient_left == "right" == known.negative().patient_left
    assert known.turned(1).patient_left is None


def test_names_of_sides():
    named = [side_name("left", left) for left in (None, "left", "right")]
    assert named == ["left", "patient's left", "patient's right"]
    with pytest.raises(LandmarkError):
        side_name("up", None)


def test_a_mirror_image_keeps_what_is_known_of_each_corner():
    corners = np.array([[[1, 1], [5, 1], [1, 3], [5, 3]], [[2, 5], [6, 5], [2, 8], [6, 8]]], float)
    source = [["human", "model", "model", "model"], ["model"] * 4]
    marks = Landmarks(corners, ("T1", "T2"), np.arange(8).reshape(2, 4), source)
    image = mirror_image(marks, 10)
    assert image.corners[0].tolist() == [[4, 1], [8, 1], [4, 3], [8, 3]]
    assert image.source[0].tolist() == ["model", "human", "model", "model"] and image.sigma[0].tolist() == [1, 0, 3, 2]
    assert np.array_equal(mirror_image(image, 10).corners, corners)
