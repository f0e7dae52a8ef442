"""Films on request: exact truth, the same film again, files that read back, and clear refusals."""

import csv

import numpy as np
import pytest

from spine_models.core.errors import DataError
from spine_models.imaging.load import read_radiograph
from spine_models.imaging.phantom import CurveSpec
from spine_models.service import synthesis
from spine_models.service.points import read_points
from spine_models.service.synthesis import DRAWN, LEARNT, Request, random_request, synthesize, write_films
from spine_models.zoo import spine_synth

CURVES = (CurveSpec("T8", 40.0, "left"), CurveSpec("L2", 30.0, "right"))


@pytest.fixture
def untrained(monkeypatch):
    """The synthesiser before training, in place of the shipped one."""
    model = spine_synth.build().eval().requires_grad_(False)
    monkeypatch.setattr(synthesis, "shared_model", lambda name: (model, spine_synth.CARD))


@pytest.mark.parametrize("maker", [DRAWN, LEARNT])
def test_a_request_gives_its_angles_and_the_same_film_again(untrained, maker):
    film, again = (synthesize(Request(CURVES, seed=4, maker=maker)) for _ in range(2))
    angles = {(curve.side, round(curve.angle, 1)) for curve in film.curves}
    assert angles >= {("left", 40.0), ("right", 30.0)}
    assert film.pixels.shape == synthesis.SIZE and film.pixels.dtype == np.uint8
    assert (film.pixels == again.pixels).all() and (film.landmarks.corners == again.landmarks.corners).all()
    corners = film.landmarks.corners
    assert corners.min() > 0 and (corners.max(axis=(0, 1)) < synthesis.SIZE[::-1]).all()


@pytest.mark.parametrize("maker", [DRAWN, LEARNT])
def test_brighter_is_brighter_and_noise_is_noise(untrained, maker):
    dark, bright = (synthesize(Request(CURVES, exposure=value, maker=maker)).pixels.mean() for value in (-1, 1))
    clean, noisy = (synthesize(Request(CURVES, noise=value, maker=maker)).pixels.astype(float) for value in (0, 1))
    assert bright > dark + 10
    assert np.abs(noisy - clean).mean() > 3


@pytest.mark.parametrize("wrong", [
    {"curves": (CurveSpec("T8", 95.0, "left"),)}, {"curves": (CurveSpec("T8", 5.0, "left"),)}, {"body_width": 2.0},
    {"exposure": 3.0}, {"noise": -0.1},
])  # fmt: skip
def test_requests_out_of_range_are_refused_in_a_sentence(wrong):
    with pytest.raises(DataError, match=r"\.$"):
        Request(**wrong)


def test_films_are_written_with_points_that_read_back(tmp_path):
    request = Request(CURVES, seed=9)
    write_films(iter([synthesize(request)]), tmp_path / "out")
    points = read_points((tmp_path / "out" / "spine-0001.json").read_bytes(), "spine-0001.json")
    assert np.array_equal(points.corners, synthesize(request).landmarks.corners)
    assert read_radiograph(tmp_path / "out" / "spine-0001.png").shape == synthesis.SIZE
    (row,) = csv.DictReader(open(tmp_path / "out" / "requests.csv"))
    assert row["curves"] == "T8 40.00 left; L2 30.00 right" and row["seed"] == "9"


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="cannot be written"):
        write_films(iter([]), tmp_path / "file")


def test_random_requests_are_all_in_range():
    rng = np.random.default_rng(0)
    requests = [random_request(rng, DRAWN) for _ in range(300)]
    assert {len(request.curves) for request in requests} == {0, 1, 2, 3}
