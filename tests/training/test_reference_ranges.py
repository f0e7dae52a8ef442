"""Ranges learnt from made films are those of a hand count, and masked vertebrae take no part."""

from pathlib import Path

import numpy as np
import pytest

from spine_models.core.deformity_reference import MEASURES, reference_ranges
from spine_models.training.labels import LABEL_REVISION, LabelledFilm
from spine_models.training.reference_ranges import ranges_of


def film(wedge, masked=()):
    """A film whose vertebrae all have this wedge (degrees), upright otherwise."""
    drop = 20 * np.tan(np.radians(wedge) / 2)
    quad = np.array([(-20, -10 - drop), (20, -10 + drop), (-20, 10 + drop), (20, 10 - drop)])
    corners = np.stack([quad + (100, 30 + 40 * row) for row in range(17)])
    valid = np.ones(17, bool)
    valid[list(masked)] = False
    return LabelledFilm(Path("a.jpg"), "1", corners, corners, valid, (800, 200))


def test_the_limit_holds_the_central_share_of_films_to_either_side():
    films = [film(wedge) for wedge in np.linspace(-10, 10, 201)]
    found = ranges_of(films, [film(9.4), film(-9.6), film(0), film(1)])
    assert found.limits["wedge"]["T5"] == pytest.approx(9.5, abs=0.06)
    assert found.inside["wedge"] == 0.75 and (found.films, found.held_out_films) == (201, 4)
    assert found.limits["tilt"]["T5"] == pytest.approx(0, abs=1e-6)
    half = 20 * np.tan(np.radians(4.75))
    assert found.limits["height_ratio"]["T5"] == pytest.approx((20 + 2 * half) / (20 - 2 * half), abs=0.01)
    # Endplates of neighbours open as much as the bodies close.
    assert found.limits["disc_wedge"] == pytest.approx({level: 9.5 for level in found.limits["disc_wedge"]}, abs=0.06)


def test_masked_vertebrae_and_the_discs_beside_them_take_no_part():
    films = [film(2) for _ in range(9)] + [film(30, masked=(4,))]
    found = ranges_of(films, films)
    assert found.limits["wedge"]["T5"] == pytest.approx(2) and found.limits["wedge"]["T6"] > 10
    assert found.limits["disc_wedge"]["T4"] == found.limits["disc_wedge"]["T5"] == pytest.approx(2)
    assert found.limits["disc_wedge"]["T6"] > 10


def test_the_shipped_ranges_are_those_of_the_labels_in_force():
    """Learn them again, with ``reference-ranges``, after a change of the labels."""
    ranges = reference_ranges()
    assert ranges.label_revision == LABEL_REVISION and set(ranges.limits) == set(ranges.inside) == set(MEASURES)
