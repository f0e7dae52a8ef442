"""Possible types of Lenke's by the table of the paper, and the lumbar modifier by hand."""

import numpy as np
import pytest

from spine_models.core.cobb import Curve
from spine_models.core.landmarks import STANDARD_LEVELS, Landmarks
from spine_models.core.lenke import NAMES, TYPES, coronal_pattern


def curve(region, angle, apex="T8"):
    line = np.zeros((2, 2))
    return Curve(angle, "T1", "L5", apex, region, "right", line, line)


def spine(across=np.zeros(17), levels=STANDARD_LEVELS):
    """Upright boxes 40 x 20 with their centres at these x."""
    quad = np.array([(-20, -10), (20, -10), (-20, 10), (20, 10)])
    return Landmarks(np.stack([quad + (x, 30 * row) for row, x in enumerate(across)]), levels)


def types(**angles):
    names = {"pt": "PT", "mt": "MT", "tll": "TL/L"}
    return coronal_pattern(spine(), [curve(names[key], angle) for key, angle in angles.items()]).types


@pytest.mark.parametrize(("angles", "expected"), [
    ({"mt": 50}, (1,)),
    ({"mt": 50, "tll": 24.9}, (1,)),
    ({"mt": 50, "tll": 25}, (1, 3)),
    ({"pt": 30, "mt": 50}, (1, 2)),
    ({"pt": 30, "mt": 50, "tll": 40}, (1, 2, 3, 4)),
    ({"tll": 45}, (5,)),
    ({"mt": 30, "tll": 45}, (5, 6)),
    ({"pt": 30, "mt": 30, "tll": 45}, (4, 5, 6)),
    ({"pt": 40, "mt": 30}, ()),
])
def test_the_types_that_an_upright_film_leaves_possible(angles, expected):
    assert types(**angles) == expected


def test_the_larger_of_two_curves_of_a_region_counts():
    pattern = coronal_pattern(spine(), [curve("MT", 20), curve("MT", 40), curve("TL/L", 30)])
    assert pattern.major == "MT" and pattern.angles == {"MT": 40, "TL/L": 30}


def test_a_spine_without_curves_has_no_pattern():
    assert coronal_pattern(spine(), []) is None


def test_every_type_has_a_name():
    assert set(NAMES) == set(TYPES.values()) == {1, 2, 3, 4, 5, 6}


@pytest.mark.parametrize(("offset", "modifier"), [(0, "A or B"), (19, "A or B"), (-19, "A or B"), (21, "C"),
                                                  (-21, "C")])
def test_c_is_where_the_sacral_line_passes_beside_the_apex_of_the_lumbar_curve(offset, modifier):
    across = np.zeros(17)
    across[11:14] = 90, 90, offset  # T12 and L1 further out than the apex L2
    curves = [curve("MT", 40), curve("TL/L", 12, "T12"), curve("TL/L", 30, "L2")]
    assert coronal_pattern(spine(across), curves).lumbar == modifier


def test_no_modifier_without_a_sacral_line_or_a_lumbar_curve():
    assert coronal_pattern(spine(np.zeros(16), STANDARD_LEVELS[:-1]), [curve("TL/L", 40, "L2")]).lumbar is None
    assert coronal_pattern(spine(), [curve("MT", 40)]).lumbar is None
