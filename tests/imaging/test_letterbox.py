"""Points and pixels go the same way into the frame, and points come back exactly."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spine_models.core.errors import ImageError
from spine_models.imaging.letterbox import Letterbox

sides = st.integers(64, 3000)


@given(sides, sides, sides, sides, st.lists(st.floats(-500, 4000), min_size=2, max_size=2))
def test_to_film_undoes_to_box(height, width, rows, columns, point):
    box = Letterbox.fit((height, width), (rows, columns))
    assert np.abs(box.to_film(box.to_box(point)) - point).max() < 1e-9


@given(sides, sides, sides, sides)
def test_the_whole_film_lies_in_the_frame(height, width, rows, columns):
    box = Letterbox.fit((height, width), (rows, columns))
    low, high = box.to_box([-0.5, -0.5]), box.to_box([width - 0.5, height - 0.5])
    assert (low > -1.01).all() and (high < [columns + 0.01, rows + 0.01]).all()
    assert np.isclose((high - low) / [columns, rows], 1).any()


@pytest.mark.parametrize("shape", [(1024, 448), (2489, 959), (517, 333), (400, 700)])
@pytest.mark.parametrize("size", [(512, 256), (1024, 512), (200, 333)])
def test_a_bright_dot_lands_where_to_box_says(shape, size):
    box = Letterbox.fit(shape, size)
    dot = np.array([0.31 * shape[1], 0.72 * shape[0]])
    spread = max(2.0, 2 / box.scale)
    y, x = np.mgrid[: shape[0], : shape[1]]
    frame = box.apply(np.exp(-((x - dot[0]) ** 2 + (y - dot[1]) ** 2) / (2 * spread**2)))
    assert frame.shape == size and frame.dtype == np.float32
    rows, columns = np.mgrid[: size[0], : size[1]]
    landed = np.array([(columns * frame).sum(), (rows * frame).sum()]) / frame.sum()
    np.testing.assert_allclose(landed, box.to_box(dot), atol=0.02)


def test_outside_the_film_is_black_and_inside_nothing_is_lost():
    frame = Letterbox.fit((600, 200), (300, 300)).apply(np.ones((600, 200)))
    assert frame.sum() == pytest.approx(300 * 100) and not frame[:, :100].any() and not frame[:, 200:].any()


def test_another_films_letterbox_is_refused():
    with pytest.raises(ImageError, match="shape"):
        Letterbox.fit((600, 200), (300, 300)).apply(np.ones((600, 201)))
