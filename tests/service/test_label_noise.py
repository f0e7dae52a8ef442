"""Two labels of one exposure: laid over each other by the pixels, and what they differ by."""

from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from spine_models.core.uncertainty import vertebra_widths
from spine_models.imaging.phantom import random_phantom
from spine_models.service.label_noise import corner_distance, label_noise_summary, read_label_noise
from spine_models.training.labels import LabelledFilm
from spine_models.training.twins import View


@pytest.fixture(scope="module")
def exposure(tmp_path_factory):
    """A made film, larger and smaller, and a function: corners on either -> View."""
    folder = tmp_path_factory.mktemp("films")
    pixels, corners = random_phantom(np.random.default_rng(3), 700)
    cv2.imwrite(str(folder / "large.png"), pixels)
    small = cv2.resize(pixels, None, fx=0.8, fy=0.8, interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(folder / "small.png"), small)

    def view(name, corners):
        shape = pixels.shape if name == "large" else small.shape
        return View(LabelledFilm(Path(folder / f"{name}.png"), "1", corners, corners, np.ones(17, bool), shape))

    return corners, view


def test_the_same_label_on_a_smaller_copy_is_no_distance(exposure):
    corners, view = exposure
    assert corner_distance(view("large", corners), view("small", corners * 0.8), 0) < 0.03


def test_a_known_distance_is_found_in_vertebra_widths(exposure):
    corners, view = exposure
    noise = 0.3 * vertebra_widths(corners).mean() * np.where(np.arange(17) % 2, 1, -1)[:, None]
    moved = corners.copy()
    moved[..., 0] += noise  # every other vertebra to the left, the others to the right: no map of the film undoes it
    assert corner_distance(view("large", moved), view("small", corners * 0.8), 0) == pytest.approx(0.3, abs=0.04)


def test_the_floor_is_in_the_terms_of_the_metrics():
    pairs = pd.DataFrame({"case_id": ["a", "a", "b", "c"], "largest_one": [10.0, 20, 30, 40], "shift": [0, -1, 0, 1],
                          "largest_other": [12.0, 20, 36, 40], "smape": [2.0, 4, 6, 8],
                          "mre_widths": [0.1, 0.1, 0.2, 0]})
    floor = label_noise_summary(pairs)
    assert {key: round(value, 6) for key, (value, _, _) in floor.items() if key != "icc"} == {
        "smape": 5, "largest_error": 2, "within_5": 0.75, "level_shift": 0.5, "mre_widths": 0.1}
    assert all(low <= value <= high for value, low, high in floor.values())


def test_the_shipped_table_holds_the_pairs_of_one_exposure():
    pairs = read_label_noise()
    assert len(pairs) == 32 and (pairs["similarity"] >= 0.7).all() and pairs["mre_widths"].notna().all()
