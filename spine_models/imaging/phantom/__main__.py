"""Draw the demo films: ``python -m spine_models.imaging.phantom assets/demo``.

Beside each film lies its truth: corners, levels, the curves asked for and the largest angle between two vertebrae.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import cv2
import numpy as np

from ...core.landmarks import STANDARD_LEVELS
from . import CurveSpec, Exposure, SpineShape, View, phantom, tilt_angles

SIZE = (1400, 600)
_VIEW = View(t1=0.13, length=0.70)
_EXPOSURE = Exposure(noise=2.0, flatten=0.5, gamma=1.15)
DEMOS = {
    "straight-spine": (SpineShape(wobble=0.4), 41),
    "single-thoracic-curve": (SpineShape((CurveSpec("T8", 35, "left"),), balance=0.02), 12),
    "double-major-curve": (SpineShape((CurveSpec("T8", 45, "left"), CurveSpec("L2", 38, "right"))), 23),
}


def main(folder: Path) -> None:
    """Write every demo film (PNG) and its truth (JSON) into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, (shape, seed) in DEMOS.items():
        film, corners = phantom(shape, seed, SIZE, _VIEW, _EXPOSURE)
        cv2.imwrite(str(folder / f"{name}.png"), film, [cv2.IMWRITE_PNG_COMPRESSION, 9])
        tilts = tilt_angles(corners)
        truth = {
            "levels": STANDARD_LEVELS,
            "corners": np.round(corners, 3).tolist(),
            "curves": [asdict(curve) for curve in shape.curves],
            "largest_angle": round(float(np.ptp(tilts)), 2),
        }
        (folder / f"{name}.json").write_text(json.dumps(truth, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m spine_models.imaging.phantom FOLDER")
    main(Path(sys.argv[1]))
