"""One vertebra seen from the front, drawn into the box of its four corners.

Legend: u in [-1, 1] runs from the left to the right wall of the body, v in [-1, 1] from the upper to the lower
endplate; both continue outside the body. All offsets below are in these units.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

_REACH = np.array([[-2.3, -1.7], [2.3, -1.7], [-2.3, 2.4], [2.3, 2.4]], np.float32)
_BODY = np.array([[-1, -1], [1, -1], [-1, 1], [1, 1]], np.float32)


@dataclass(frozen=True)
class Look:
    """lumbar: 0 at T1 .. 1 at the lumbar spine; rotation in [-1, 1]; density of the body; cortex of its outline.

    ``processes``: strength of pedicles, laminae, spinous and transverse processes; tip: how far the endplates are
    seen from above (-1 .. 1), which opens them into ellipses.
    """

    lumbar: float
    rotation: float
    density: float
    cortex: float
    processes: float
    tip: float


def draw_vertebra(density: np.ndarray, corners: np.ndarray, look: Look, pen: float) -> None:
    """Add a vertebra with the corners (4, 2) px to the sheet, in place. pen: width of a cortical line, px."""
    to_film = cv2.getPerspectiveTransform(_BODY, corners.astype(np.float32))
    reach = cv2.perspectiveTransform(_REACH[None], to_film)[0]
    height, width = density.shape
    x0, y0 = np.maximum(np.floor(reach.min(axis=0)), 0).astype(int)
    x1, y1 = np.minimum(np.ceil(reach.max(axis=0)), [width, height]).astype(int)
    if x1 <= x0 or y1 <= y0:
        return
    x, y = np.meshgrid(np.arange(x0, x1, dtype=np.float32), np.arange(y0, y1, dtype=np.float32))
    m = np.linalg.inv(to_film).astype(np.float32)
    w = m[2, 0] * x + m[2, 1] * y + m[2, 2]
    u, v = (m[0, 0] * x + m[0, 1] * y + m[0, 2]) / w, (m[1, 0] * x + m[1, 1] * y + m[1, 2]) / w
    half = np.linalg.norm(corners[1] - corners[0]) / 2, np.linalg.norm(corners[2] - corners[0]) / 2
    density[y0:y1, x0:x1] += _body(u, v, half, look, pen) + _arch(u, v, half, look, pen)


def _body(u: np.ndarray, v: np.ndarray, half: tuple[float, float], look: Look, pen: float) -> np.ndarray:
    """The vertebral body: waisted walls, concave endplates with a double contour, spongy inside."""
    waist = 0.06 + 0.07 * look.lumbar
    wall = (1 - waist * np.clip(1 - v**2, 0, 1) - np.abs(u)) * half[0]
    bow = np.clip(1 - u**2, 0, 1)
    upper, lower = (v + 1 - 0.05 * bow) * half[1], (1 - 0.07 * bow - v) * half[1]
    end = np.minimum(upper, lower)
    inside = _step(np.minimum(wall, end), pen)
    within_walls, within_ends = _step(wall + pen / 2, pen), _step(end + pen / 2, pen)
    plates = _line(upper, pen) + _line(lower, pen)
    turned = 0.10 * look.tip * bow * half[1]
    second = _line(upper + turned * 2, 1.3 * pen) + _line(lower - turned * 2, 1.3 * pen)
    walls = _line(wall, 0.9 * pen) * within_ends
    # Bone is dense under the endplates and at the walls, spongy between them.
    spongy = 0.86 + 0.10 * v**2 + 0.08 * u**2
    outline = (plates + 0.45 * second) * within_walls + 0.8 * walls
    # Discs, ligaments and muscle are nearly as dense as spongy bone: the column is one band, not a row of tiles.
    column = 0.6 * np.exp(-((u / 0.98) ** 8)) * np.clip((1.8 - np.abs(v)) / 0.8, 0, 1)
    muscle = 0.35 * np.exp(-np.abs(u / 1.5) ** 3) * np.exp(-((v / 1.3) ** 4))
    return look.density * (inside * (spongy - 0.3) + column + muscle) + look.cortex * outline


def _arch(u: np.ndarray, v: np.ndarray, half: tuple[float, float], look: Look, pen: float) -> np.ndarray:
    """Pedicles, laminae, spinous and transverse processes; axial rotation shifts them against the body."""
    lumbar, shift = look.lumbar, 0.28 * look.rotation
    total = np.zeros_like(u)
    for side in (-1, 1):
        at = side * (0.68 + 0.06 * lumbar) + shift
        total += _ring(u - at, v + 0.25, (0.13, 0.36 + 0.08 * lumbar), half, pen)
        root, tip = 0.75, 1.45 + 0.35 * lumbar
        along = (side * u - root) / (tip - root)
        axis = -0.25 - (0.35 - 0.30 * lumbar) * along
        process = np.exp(-(((v - axis) / (0.22 - 0.04 * lumbar)) ** 4)) * _ramp(along)
        total += 0.55 * process
        facet = np.exp(-(((u - side * 0.52 - shift) / 0.2) ** 4) - ((v - 1.0) / 0.6) ** 4)
        total += (0.15 + 0.55 * lumbar) * facet
        slope = (v - 0.25 - 0.9 * np.abs(u - shift)) / 0.4
        lamina = np.exp(-(((u - side * 0.25 - shift) / 0.28) ** 4) - slope**4)
        total += (0.12 + 0.33 * lumbar) * lamina
    spinous = u - 1.6 * shift
    drop = 0.75 + 0.35 * (1 - lumbar)
    total += 0.85 * _ring(spinous, v - drop, (0.10, 0.42 + 0.1 * lumbar), half, pen)
    total += 0.5 * lumbar * _ring(spinous, v - 0.55, (0.45, 0.3), half, 1.5 * pen)  # the arch seen end-on
    return look.processes * total


def _ring(u: np.ndarray, v: np.ndarray, radii, half, pen: float) -> np.ndarray:
    """An oval with a bright wall: what a bony canal or a process looks like end-on."""
    radius = np.sqrt((u / radii[0]) ** 2 + (v / radii[1]) ** 2)
    distance = (1 - radius) * min(radii[0] * half[0], radii[1] * half[1])
    return 0.45 * _step(distance, pen) + _line(distance, pen)


def _step(distance: np.ndarray, pen: float) -> np.ndarray:
    """1 inside (distance > 0), 0 outside, with a soft edge about one pen wide."""
    return np.clip(distance / pen + 0.5, 0, 1)


def _line(distance: np.ndarray, pen: float) -> np.ndarray:
    """1 where the distance is 0, gone one pen width away."""
    return np.exp(-((distance / (0.75 * pen)) ** 2))


def _ramp(along: np.ndarray) -> np.ndarray:
    """1 between 0 and 0.8, fading to 0 at both ends."""
    return np.clip(along * 5 + 0.5, 0, 1) * np.clip((1 - along) * 4, 0, 1)
