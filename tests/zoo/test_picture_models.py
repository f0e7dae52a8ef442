"""The picture-making networks before training: shapes, determinism, and that nothing is moved."""

import numpy as np
import pytest
import torch

from spine_models.imaging.phantom import CurveSpec, SpineShape
from spine_models.imaging.phantom.exact import exact_spine
from spine_models.zoo import cyclegan, list_models, randgan, spine_synth

GANS = ("randgan", "cyclegan", "spine_synth")


@pytest.fixture(scope="module")
def gate():
    torch.manual_seed(0)
    return randgan.build().eval().requires_grad_(False)


def test_they_are_on_the_list_but_measure_nothing():
    entries = {entry.name: entry for entry in list_models()}
    assert all(entries[name].family == "GAN" and entries[name].card.task != "landmarks" for name in GANS)
    assert not {f"{name}+refiner" for name in GANS} & set(entries)


@pytest.mark.parametrize("shape", [(700, 300), (90, 90), (64, 190)])
def test_the_gate_judges_any_picture_and_maps_it_in_its_own_pixels(gate, shape):
    doubt = gate.judge(np.random.default_rng(0).random(shape, dtype=np.float32))
    assert np.isfinite(doubt.score) and doubt.score == max(doubt.parts.values())
    assert set(doubt.parts) == set(randgan.PARTS) and doubt.heat.shape == shape and np.isfinite(doubt.heat).all()


@pytest.mark.parametrize("grey", [0.0, 0.5, 1.0])
def test_the_gate_judges_a_flat_picture(gate, grey):
    assert np.isfinite(gate.judge(np.full((400, 160), grey, np.float32)).score)


def test_the_levelled_picture_has_the_usual_grey_whatever_the_exposure():
    film = np.random.default_rng(1).random((192, 96), dtype=np.float32)
    everywhere = np.ones(film.shape, bool)
    means = [randgan.levelled(film**gamma, everywhere).mean() for gamma in (0.6, 1.0, 1.8)]
    assert np.ptp(means) < 0.08


def test_a_film_is_made_twice_the_same_and_without_touching_the_random_numbers_of_others():
    model = spine_synth.build().eval().requires_grad_(False)
    spine = exact_spine(SpineShape((CurveSpec("T9", 30, "left"),)), 1, 35, 300, 80)
    torch.manual_seed(4)
    expected = torch.rand(1)
    torch.manual_seed(4)
    first, again, other = (model.film(spine, seed) for seed in (1, 1, 2))
    assert torch.rand(1) == expected
    assert first.shape == spine_synth.SIZE and 0 <= first.min() <= first.max() <= 1
    assert (first == again).all() and (first != other).any()


def test_the_bodies_of_the_condition_lie_where_the_corners_say():
    corners = exact_spine(SpineShape(), 1, 35, 300, 80).truth
    condition = spine_synth.condition_of(np.zeros((3, 384, 160)), corners, np.ones((384, 160), np.float32))
    x, y = np.rint(corners.mean(axis=1)).astype(int).T
    assert (condition[3, y, x] == 1).all() and condition[3, :, 0].max() == 0


def test_restyling_keeps_size_range_and_place():
    torch.manual_seed(0)
    model = cyclegan.build().eval().requires_grad_(False)
    film = np.zeros((500, 210), np.float32)
    film[200:260, 80:130] = 1
    restyled = model.restyle(film)
    assert restyled.shape == film.shape and 0 <= restyled.min() and restyled.max() <= 1
    edge = np.abs(np.diff(restyled[:, 100])).argsort()[-2:]
    assert sorted(edge) == [199, 259]
