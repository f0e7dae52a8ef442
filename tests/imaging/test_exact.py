"""Spines with exactly the angles asked for, or a sentence why there is none."""

import numpy as np
import pytest

from spine_models.core.cobb import measure_curves
from spine_models.core.errors import DataError
from spine_models.core.landmarks import STANDARD_LEVELS, Landmarks
from spine_models.imaging.phantom import CurveSpec, SpineShape, random_shape, spine_through
from spine_models.imaging.phantom.exact import CLOSE, NEAR, exact_spine


def test_every_angle_asked_for_is_measured():
    rng, refused = np.random.default_rng(5), 0
    for seed in range(120):
        shape = random_shape(rng)
        try:
            spine = exact_spine(shape, seed, 40, 300, 80)
        except DataError:
            refused += 1
            continue
        measured = measure_curves(Landmarks(spine.truth))
        for asked in shape.curves:
            if asked.angle < 10:
                continue
            row = STANDARD_LEVELS.index(asked.apex)
            assert any(
                curve.side == asked.side and abs(curve.angle - asked.angle) <= CLOSE
                and abs(STANDARD_LEVELS.index(curve.apex) - row) <= NEAR for curve in measured
            )  # fmt: skip
    assert refused < 10


def test_the_spine_stands_where_it_was_asked_to():
    spine = exact_spine(SpineShape((CurveSpec("T8", 40, "left"),)), 3, 40, 300, 80)
    centres = spine.truth.mean(axis=1)
    assert centres[0, 1] == pytest.approx(40) and centres[-1, 1] == pytest.approx(340)


@pytest.mark.parametrize("curves", [
    (CurveSpec("T9", 30, "left"), CurveSpec("T8", 30, "right")),
    (CurveSpec("T6", 30, "left"), CurveSpec("L2", 30, "left")),
    (CurveSpec("C7", 30, "left"),),
    (CurveSpec("T9", 30, "up"),),
    (CurveSpec("T7", 80, "left"), CurveSpec("T8", 10, "right"), CurveSpec("T9", 80, "left")),
])  # fmt: skip
def test_curves_that_cannot_be_are_refused(curves):
    with pytest.raises(DataError):
        exact_spine(SpineShape(curves), 0, 40, 300, 80)


def test_a_spine_through_corners_keeps_them_and_adds_a_neck_above():
    corners = exact_spine(SpineShape((CurveSpec("T8", 40, "left"),)), 3, 80, 300, 80).truth
    spine = spine_through(corners)
    assert (spine.truth == corners).all()
    assert (np.diff(spine.centres[:, 1]) > 0).all() and spine.length == pytest.approx(300)
