"""A film with air on one side of the spine is told from one with body on both."""

import json
from pathlib import Path

import numpy as np
import pytest

from spine_models.imaging.load import read_radiograph
from spine_models.zoo._finder import shared_finder
from spine_models.zoo._sides import one_sided

DEMO = Path(__file__).parents[2] / "assets" / "demo" / "single-thoracic-curve.png"


@pytest.fixture(scope="module")
def film() -> np.ndarray:
    return read_radiograph(DEMO).pixels


def line(film: np.ndarray) -> np.ndarray:
    """(H, 1) column of the spine's centre in each row of the demo film."""
    centres = np.array(json.loads(DEMO.with_suffix(".json").read_text(encoding="utf-8"))["corners"]).mean(axis=1)
    return np.interp(np.arange(len(film)), centres[:, 1], centres[:, 0])[:, None]


def test_a_frontal_film_is_alike_on_both_sides_and_so_is_its_mirror_image(film):
    assert one_sided(shared_finder(), film) < 0.15
    assert one_sided(shared_finder(), np.ascontiguousarray(film[:, ::-1])) < 0.15


@pytest.mark.parametrize("side", [-1, 1])
def test_nothing_behind_the_spine_is_seen_on_either_side(film, side):
    behind = side * (np.arange(film.shape[1]) - line(film)) > 0.12 * film.shape[1]
    assert one_sided(shared_finder(), np.where(behind, 0, film).astype(np.float32)) > 0.4


def test_without_a_spine_or_without_film_beside_it_there_is_nothing_to_compare(film):
    assert one_sided(shared_finder(), np.zeros((400, 160), np.float32)) == 0
    middle = int(line(film).mean())
    assert one_sided(shared_finder(), np.ascontiguousarray(film[:, middle - 45 : middle + 45])) == 0
