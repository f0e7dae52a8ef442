"""Drawn films: the truth is exact, the picture shows it, the same seed gives the same film."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from spine_models.core.cobb import measure_curves
from spine_models.core.landmarks import STANDARD_LEVELS, Landmarks
from spine_models.imaging.phantom import CurveSpec, SpineShape, phantom, random_phantom, tilt_angles
from spine_models.imaging.phantom.__main__ import DEMOS, main

DEMO = Path(__file__).parents[2] / "assets" / "demo"


@pytest.mark.parametrize("angle", [15, 35, 70])
@pytest.mark.parametrize("side", ["left", "right"])
def test_curve_asked_for_is_the_curve_measured(angle, side):
    _, corners = phantom(SpineShape((CurveSpec("T9", angle, side),)), seed=1, size=(300, 140))
    curve = max(measure_curves(Landmarks(corners)), key=lambda one: one.angle)
    assert curve.angle == pytest.approx(angle, abs=0.1) and curve.side == side
    assert abs(STANDARD_LEVELS.index(curve.apex) - STANDARD_LEVELS.index("T9")) <= 1


def test_double_curve_has_both_angles():
    shape = SpineShape((CurveSpec("T8", 45, "left"), CurveSpec("L2", 38, "right")))
    _, corners = phantom(shape, seed=2, size=(300, 140))
    curves = measure_curves(Landmarks(corners))
    assert [round(curve.angle) for curve in curves if curve.angle > 20] == [45, 38]


@pytest.mark.parametrize("seed", range(5))
def test_random_film_shows_every_corner_and_reproduces(seed):
    film, corners = random_phantom(np.random.default_rng(seed), height=400)
    again, same = random_phantom(np.random.default_rng(seed), height=400)
    assert film.dtype == np.uint8 and film.shape[0] == 400 and 0.25 <= film.shape[1] / 400 <= 0.58
    assert corners.shape == (17, 4, 2) and corners.min() >= 0 and (corners.max(axis=(0, 1)) < film.shape[::-1]).all()
    assert (film == again).all() and (corners == same).all()
    assert film.std() > 20


def test_random_films_differ():
    films = [random_phantom(np.random.default_rng(seed), height=300)[1] for seed in range(20)]
    angles = [np.ptp(tilt_angles(corners)) for corners in films]
    lengths = [np.ptp(corners[..., 1]) for corners in films]
    assert max(angles) > 35 and min(angles) < 15 and max(lengths) > 1.4 * min(lengths)


@pytest.mark.parametrize("seed", range(4))
def test_endplates_are_drawn_at_the_corners(seed):
    """Lumbar endplates are brighter than the disc just beyond them."""
    film, corners = phantom(SpineShape((CurveSpec("L1", 30, "left"),)), seed=seed, size=(1024, 448))
    film = cv2.GaussianBlur(film.astype(np.float32), (0, 0), 1.0)
    brighter = 0
    for top_left, top_right, bottom_left, bottom_right in corners[12:16]:
        across = np.linspace(0.25, 0.75, 9)[:, None]
        down = (bottom_left - top_left) / np.linalg.norm(bottom_left - top_left)
        plate = bottom_left + across * (bottom_right - bottom_left)
        on, beyond = (film[tuple(np.round(plate + step * down).astype(int).T[::-1])].mean() for step in (-1, 7))
        brighter += on > beyond
    assert brighter == 4


def test_shipped_demo_films_are_those_the_command_makes(tmp_path):
    main(tmp_path)
    assert sorted(path.stem for path in DEMO.glob("*.png")) == sorted(DEMOS)
    for name, (shape, _) in DEMOS.items():
        truth, shipped = (json.loads((folder / f"{name}.json").read_text()) for folder in (tmp_path, DEMO))
        assert np.allclose(truth["corners"], shipped["corners"], atol=0.01)
        film, other = (cv2.imread(str(folder / f"{name}.png"), cv2.IMREAD_UNCHANGED) for folder in (tmp_path, DEMO))
        assert film.shape == other.shape and np.abs(film.astype(int) - other).max() <= 2  # other CPUs round otherwise
        assert (DEMO / f"{name}.png").stat().st_size <= 700_000
        largest = max([curve.angle for curve in shape.curves], default=0)
        assert shipped["largest_angle"] == pytest.approx(largest, abs=3 if largest == 0 else 0.05)
