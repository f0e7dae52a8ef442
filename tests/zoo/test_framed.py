"""Models that see the spine alone: framed by the finder, both ways round, and back in pixels of the film."""

import numpy as np
import pytest
import torch

from spine_models.core.chain import LEVEL_DOUBT
from spine_models.core.errors import DetectionError
from spine_models.core.landmarks import STANDARD_LEVELS
from spine_models.imaging.warp import spine_frame
from spine_models.zoo import _framed
from spine_models.zoo._framed import Decoded, FramedModel, agreed
from tests.curved import curved_spine

SPREAD = np.array([(-4, -3), (4, -3), (-4, 3), (4, 3)]) * 1.0
ROUND = np.zeros((17, 1, 2)) + SPREAD  # seventeen times the same box, to be moved about


def turned(corners: np.ndarray, degrees: float, scale: float) -> np.ndarray:
    angle = np.radians(degrees)
    matrix = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return (corners - corners.mean(axis=(0, 1))) @ matrix.T + (350, 600)


class Spot(FramedModel):
    """Sees one bright spot and draws all vertebrae round it; fails on the looks it is told to fail on."""

    SIZE = (256, 128)
    blind: tuple[int, ...] = ()

    def forward(self, x):
        return {"picture": x[:, 0], "look": torch.arange(len(x))}

    def decode(self, out):
        if int(out["look"]) in self.blind:
            raise DetectionError("No spine in this picture.")
        rows, columns = np.mgrid[: self.SIZE[0], : self.SIZE[1]]
        weight = out["picture"] / out["picture"].sum()
        spot = np.array([(weight * columns).sum(), (weight * rows).sum()])
        steps = np.arange(-8, 9)[:, None, None] * (0.0, 10.0)
        return Decoded(spot + ROUND + steps, np.full((17, 4), 2.0), np.full(17, 0.75 + 0.25 * float(out["look"])))


@pytest.fixture(params=[(0, 3.0), (25, 2.0)], ids=["upright", "leaning"])
def spine(request, monkeypatch):
    corners = turned(curved_spine(), *request.param)
    monkeypatch.setattr(_framed, "shared_finder", lambda: None)
    monkeypatch.setattr(_framed, "find_spine", lambda net, pixels: corners)
    return corners


def film_with_a_spot_at(x: float, y: float) -> np.ndarray:
    rows, columns = np.mgrid[:1200, :700]
    return np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * 12.0**2)).astype(np.float32)


def test_what_the_picture_shows_is_found_on_the_film(spine):
    place = spine[8].mean(axis=0)
    found = Spot().detect(film_with_a_spot_at(*place))
    assert found.corners.mean(axis=(0, 1)) == pytest.approx(place, abs=1.0)
    assert found.levels == STANDARD_LEVELS and found.warnings == ()
    scale = np.sqrt(np.linalg.det(spine_frame(spine, Spot.SIZE)[:, :2]))
    width = np.linalg.norm(found.corners[0, 1] - found.corners[0, 0])
    assert width == pytest.approx(8 / scale, rel=1e-6)
    assert found.sigma == pytest.approx(np.full((17, 4), 2 / scale), rel=0.05)
    assert found.confidence == pytest.approx(np.full(17, 0.875))


def test_left_stays_left(spine):
    corners = Spot().detect(film_with_a_spot_at(*spine[8].mean(axis=0))).corners
    assert (corners[:, 0, 0] < corners[:, 1, 0]).all() and (corners[:, 0, 1] < corners[:, 2, 1]).all()


def test_one_look_is_enough_but_doubtful(spine):
    model = Spot()
    model.blind = (1,)
    place = spine[8].mean(axis=0)
    found = model.detect(film_with_a_spot_at(*place))
    assert found.corners.mean(axis=(0, 1)) == pytest.approx(place, abs=1.0) and found.warnings == (LEVEL_DOUBT,)


def test_no_look_is_no_detection(spine):
    model = Spot()
    model.blind = (0, 1)
    with pytest.raises(DetectionError, match="No spine in this picture"):
        model.detect(film_with_a_spot_at(300, 600))


def looks(apart: float) -> tuple[Decoded, Decoded]:
    corners = ROUND + np.arange(17)[:, None, None] * (0.0, 10.0)
    one = Decoded(corners, np.ones((17, 4)), np.full(17, 0.4))
    return one, Decoded(corners + (0, apart), np.ones((17, 4)), np.full(17, 0.8))


def test_close_looks_are_averaged_and_their_difference_is_spread():
    one, two = looks(2.0)
    mean, sure = agreed(one, two)
    assert sure and mean.corners == pytest.approx(one.corners + (0, 1.0))
    assert mean.sigma == pytest.approx(np.full((17, 4), np.sqrt(2)))


def test_looks_a_level_apart_are_not_averaged():
    one, two = looks(10.0)
    surer, sure = agreed(one, two)
    assert not sure and np.array_equal(surer.corners, two.corners) and (surer.confidence < 0.5).all()
