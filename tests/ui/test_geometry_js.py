"""The browser measures as Python does: geometry.js under node against core/cobb.py."""

import json
import shutil
import subprocess

import numpy as np
import pytest

from spine_models.core.cobb import largest_curve, measure_curves, vertebra_tilts
from spine_models.core.landmarks import LEVELS, Landmarks
from spine_models.ui.landmark_editor import FRONTEND

SPINES = 1000

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="needs node, which runs the browser's code here")

SCRIPT = """
import { readFileSync } from "node:fs";
import { largestCurve, measureCurves, vertebraTilts } from "%s";
const spines = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(spines.map(({ corners, levels }) => ({
  tilts: vertebraTilts(corners), largest: largestCurve(corners, levels), curves: measureCurves(corners, levels),
}))));
"""


def random_spine(rng: np.random.Generator) -> Landmarks:
    """A spine of 2 to 20 vertebrae with one to three bends, jittered corners, the film turned by up to 60 degrees."""
    count = int(rng.integers(2, 21))
    along = np.linspace(0, 1, count)
    waves = np.sin(np.pi * np.arange(1, 4)[:, None] * along + rng.uniform(0, 6, (3, 1)))
    bends = rng.uniform(-35, 35, (3, 1)) * waves
    tilt = np.radians(bends.sum(axis=0) * rng.uniform(0, 1) + rng.uniform(-60, 60))
    right, down = np.stack([np.cos(tilt), np.sin(tilt)], 1), np.stack([-np.sin(tilt), np.cos(tilt)], 1)
    centres = np.cumsum(down * rng.uniform(25, 45), axis=0)
    quad = np.array([(-30, -12), (30, -12), (-30, 12), (30, 12)])
    corners = centres[:, None] + quad[:, :1] * right[:, None] + quad[:, 1:] * down[:, None]
    first = int(rng.integers(0, len(LEVELS) - count + 1))
    return Landmarks(corners + rng.normal(0, 2, corners.shape), LEVELS[first : first + count])


def test_the_browser_measures_as_python_does():
    rng = np.random.default_rng(0)
    spines = [random_spine(rng) for _ in range(SPINES)]
    message = json.dumps([{"corners": spine.corners.tolist(), "levels": spine.levels} for spine in spines])
    script = SCRIPT % (FRONTEND / "geometry.js").as_uri()
    answer = subprocess.run(
        ["node", "--input-type=module", "--eval", script], input=message, capture_output=True, text=True, check=True
    )
    for spine, browser in zip(spines, json.loads(answer.stdout), strict=True):
        assert browser["tilts"] == pytest.approx(vertebra_tilts(spine), abs=0.01)
        curves, own_curves = [largest_curve(spine), *measure_curves(spine)], [browser["largest"], *browser["curves"]]
        for curve, own in zip(curves, own_curves, strict=True):
            assert own["angle"] == pytest.approx(curve.angle, abs=0.01)
            assert (own["upper"], own["lower"]) == (curve.upper, curve.lower)
            assert (own["apex"], own["side"]) == (curve.apex, curve.side)
            assert np.allclose(own["upperLine"], curve.upper_line, atol=0.01)
            assert np.allclose(own["lowerLine"], curve.lower_line, atol=0.01)
