"""What lies under the pointer and what a drag does, run under node."""

import json
import shutil
import subprocess

import numpy as np
import pytest

from spine_models.ui.landmark_editor import FRONTEND

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="needs node, which runs the browser's code here")

SPINE = np.array([[(0, y), (60, y), (0, y + 30), (60, y + 30)] for y in (0, 34, 68)], dtype=float)
"""Three vertebrae 60 wide, 30 high, 4 apart."""


def run(expression: str) -> object:
    script = (
        f'import * as spine from "{(FRONTEND / "spine.js").as_uri()}";'
        f"const corners = {json.dumps(SPINE.tolist())}; console.log(JSON.stringify({expression}));"
    )
    answer = subprocess.run(
        ["node", "--input-type=module", "--eval", script], capture_output=True, text=True, check=True
    )
    return json.loads(answer.stdout)


@pytest.mark.parametrize(
    "point, reach, selected, row, part",
    [
        ((1, 1), 9, None, 0, "TL"),
        ((-8, -2), 9, None, 0, "TL"),  # beside the vertebra the whole reach counts
        ((-8, 15), 9, None, None, None),
        ((30, 3), 9, None, 0, "upper"),
        ((30, 27), 9, None, 0, "lower"),
        ((30, 15), 24, None, 0, "body"),  # a finger reaches all handles of a small vertebra, and yet its body
        ((14, 43), 24, None, 1, "body"),  # a neighbour's corner is nearer than the reach, but this is another's body
        ((0, 32), 9, None, 0, "BL"),
        ((0, 32), 9, 1, 1, "TL"),  # where two handles meet, the selected vertebra's
        ((30, 32), 9, 1, 1, "upper"),
        ((200, 200), 24, 1, None, None),
    ],
)
def test_what_is_under_the_pointer(point, reach, selected, row, part):
    found = run(f"spine.targetAt(corners, {list(point)}, {reach}, {json.dumps(selected)})")
    assert found == (None if part is None else {"row": row, "part": part})


def test_every_pixel_of_a_vertebra_belongs_to_it_or_a_touching_corner():
    inside = [[x, y] for x in range(1, 60, 4) for y in range(35, 64, 4)]
    found = run(f"{inside}.map((point) => spine.targetAt(corners, point, 24, null))")
    assert {target["row"] for point, target in zip(inside, found) if 44 < point[1] < 54} == {1}
    assert {target["part"] for target in found} >= {"body", "upper", "lower", "TL", "TR", "BL", "BR"}


@pytest.mark.parametrize("part, points", [("TR", [1]), ("upper", [0, 1]), ("lower", [2, 3]), ("body", [0, 1, 2, 3])])
def test_a_drag_moves_its_points_and_no_other(part, points):
    after = np.array(run(f'spine.moved(corners, {{ row: 1, part: "{part}" }}, 3.5, -2)'))
    expected = SPINE.copy()
    expected[1, points] += (3.5, -2)
    assert (after == expected).all()


def test_turning_keeps_the_centre_and_the_shape():
    after = np.array(run("spine.rotated(corners, 2, 30)"))
    assert (after[:2] == SPINE[:2]).all() and np.allclose(after[2].mean(axis=0), SPINE[2].mean(axis=0))
    across = after[2, 1] - after[2, 0]
    assert np.allclose(across, 60 * np.array([np.cos(np.pi / 6), np.sin(np.pi / 6)]))  # clockwise: the right side sinks
