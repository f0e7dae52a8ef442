"""Everything round the spine on a frontal film: trunk, lungs, heart, ribs, shoulder girdle, pelvis, skull, gas.

Lengths are fractions of the T1-L5 length; heights count from the centre of T1 (0) to that of L5 (1). x runs to the
right of the picture from the trunk's axis; ``side`` is -1 for the left of the picture (the patient's right) and +1.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .canvas import Canvas, ellipse, smooth_outline
from .shape import NECK, Spine

# Trunk with shoulders, without the arms: height, half width.
_HALF_WIDTH = np.array([
    [-0.60, 0.10], [-0.30, 0.115], [-0.16, 0.125], [-0.08, 0.17], [-0.03, 0.28], [0.04, 0.39], [0.12, 0.42],
    [0.25, 0.37], [0.40, 0.335], [0.60, 0.30], [0.78, 0.28], [0.95, 0.31], [1.12, 0.35], [1.35, 0.365], [1.7, 0.35],
])  # fmt: skip
_DEPTH = np.array([[-0.6, 0.55], [-0.1, 0.6], [0.1, 0.85], [0.5, 1.0], [0.8, 1.1], [1.1, 1.25], [1.5, 1.1]])
_RIB_REACH = np.array([135, 185, 220, 245, 260, 272, 280, 285, 285, 275, 240, 160]) / 1000
_RIB_DROP = np.array([70, 110, 150, 185, 215, 245, 270, 290, 300, 300, 260, 150]) / 1000
# Outlines (x, y) of the parts on the right of the film; pelvis and sacrum count from L5, the jaw from the chin.
_LUNG = np.array([
    [0.060, 0.06], [0.055, -0.01], [0.10, -0.045], [0.155, -0.01], [0.20, 0.07], [0.235, 0.18], [0.255, 0.30],
    [0.268, 0.42], [0.268, 0.545], [0.245, 0.50], [0.20, 0.455], [0.14, 0.435], [0.085, 0.445], [0.050, 0.48],
    [0.042, 0.38], [0.060, 0.22],
])  # fmt: skip
_HEART = np.array([
    [-0.075, 0.30], [-0.05, 0.18], [0.03, 0.14], [0.10, 0.22], [0.165, 0.33], [0.19, 0.42], [0.15, 0.48],
    [0.02, 0.48], [-0.06, 0.43],
])  # fmt: skip
_COLLAR_BONE = np.array([[0.03, 0.115], [0.09, 0.075], [0.17, 0.045], [0.25, 0.02], [0.33, 0.005], [0.39, 0.02]])
_SHOULDER_BLADE = np.array([
    [0.20, 0.09], [0.33, 0.04], [0.37, 0.10], [0.33, 0.20], [0.26, 0.37], [0.23, 0.36], [0.21, 0.2],
])  # fmt: skip
_ARM = np.array([[0.385, 0.06], [0.42, 0.15], [0.45, 0.4], [0.50, 0.8], [0.52, 1.5]])
_ILIUM = np.array([
    [0.090, 0.18], [0.075, 0.10], [0.085, 0.03], [0.12, -0.03], [0.18, -0.06], [0.25, -0.05], [0.305, 0.005],
    [0.325, 0.075], [0.300, 0.11], [0.275, 0.15], [0.265, 0.20], [0.275, 0.26], [0.265, 0.34], [0.215, 0.36],
    [0.160, 0.35], [0.145, 0.29], [0.150, 0.24], [0.140, 0.20], [0.115, 0.19],
])  # fmt: skip
_BRIM = np.array([[0.06, 0.10], [0.105, 0.165], [0.15, 0.215], [0.168, 0.28], [0.14, 0.34], [0.05, 0.375]])
_RAMI = np.array([
    [0.16, 0.345], [0.09, 0.355], [0.025, 0.38], [0.022, 0.43], [0.07, 0.47], [0.13, 0.46], [0.16, 0.38],
])  # fmt: skip
_THIGH = np.array([[0.205, 0.33], [0.27, 0.39], [0.285, 0.48], [0.27, 0.95]])
_SACRUM = np.array([
    [-0.056, 0.060], [0.056, 0.060], [0.12, 0.09], [0.115, 0.16], [0.07, 0.24], [0.025, 0.30], [-0.025, 0.30],
    [-0.07, 0.24], [-0.115, 0.16], [-0.12, 0.09],
])  # fmt: skip
_JAW = np.array([
    [-0.135, -0.19], [-0.125, -0.07], [-0.075, 0.0], [0, 0.012], [0.075, 0.0], [0.125, -0.07], [0.135, -0.19],
])  # fmt: skip


@dataclass(frozen=True)
class Habitus:
    """girth, chest: factors on the width of trunk and rib cage; air, bone: strength of lungs, bones; gas: in bowel."""

    girth: float = 1.0
    chest: float = 1.0
    air: float = 0.55
    bone: float = 1.0
    gas: float = 0.5


class Trunk:
    """Maps trunk coordinates to pixels; the trunk follows the spine's deviation only in part."""

    def __init__(self, spine: Spine, follow: float) -> None:
        centres = spine.centres
        t1, l5 = centres[NECK], centres[-1]
        self.scale = spine.length
        self.top = t1[1]
        straight = np.interp(centres[:, 1], [t1[1], l5[1]], [t1[0], l5[0]])
        self._y, self._x = centres[:, 1], straight + follow * (centres[:, 0] - straight)

    def axis(self, y: np.ndarray) -> np.ndarray:
        """x of the trunk's axis at the film heights y, px."""
        return np.interp(y, self._y, self._x)

    def place(self, points: np.ndarray) -> np.ndarray:
        """Trunk coordinates (N, 2) -> px."""
        y = self.top + points[:, 1] * self.scale
        return np.stack([self.axis(y) + points[:, 0] * self.scale, y], axis=1)


def draw_soft_tissue(canvas: Canvas, trunk: Trunk, habitus: Habitus) -> None:
    """The trunk as an elliptical cylinder of tissue, thicker towards the pelvis; outside it is air."""
    rows, columns = canvas.density.shape
    y = np.arange(rows, dtype=np.float32)
    level = (y - trunk.top) / trunk.scale
    kernel = max(trunk.scale * 0.03, 1)
    half = cv2.GaussianBlur(np.interp(level, *_HALF_WIDTH.T)[:, None], (1, 0), kernel, sigmaY=kernel)[:, 0]
    half = half * trunk.scale * habitus.girth
    depth = np.interp(level, *_DEPTH.T)
    x = (np.arange(columns, dtype=np.float32)[None] - trunk.axis(y)[:, None]) / half[:, None]
    canvas.density += (depth[:, None] * np.sqrt(np.clip(1 - np.abs(x) ** 2.6, 0, 1))).astype(np.float32)


def draw_chest(canvas: Canvas, trunk: Trunk, habitus: Habitus, rng: np.random.Generator) -> None:
    """Lungs between the ribs and the diaphragm domes, their vessels, heart, great vessels, windpipe."""
    unit = trunk.scale
    for side in (-1, 1):
        lung = _LUNG * [habitus.chest, 1] + [0, 0.03 * rng.normal(0, 0.5)]
        lung[lung[:, 1] > 0.4, 1] += 0.022 if side > 0 else 0.0  # the liver lifts the patient's right dome
        outline = smooth_outline(trunk.place(lung * [side, 1]))
        canvas.fill(outline, -0.35 * habitus.air, soft=0.004 * unit)
        canvas.fill(outline, -0.90 * habitus.air, soft=0.03 * unit)
        _draw_vessels(canvas, trunk, side, habitus, rng)
    size = rng.uniform(0.85, 1.15)
    amount = rng.uniform(0.25, 0.5) * habitus.air
    canvas.fill(smooth_outline(trunk.place(_HEART * [size, 1])), amount, soft=0.008 * unit)
    band = np.array([[-0.055, -0.1], [0.055, -0.1], [0.065, 0.15], [0.06, 0.5], [-0.06, 0.5], [-0.06, 0.15]])
    canvas.fill(trunk.place(band), rng.uniform(0.0, 0.2), soft=0.025 * unit)
    knob = ellipse((0.06, 0.165), (0.035, 0.03))
    canvas.fill(trunk.place(knob), rng.uniform(0.05, 0.15), soft=0.006 * unit)
    windpipe = np.array([[0, -0.25], [0.0, -0.05], [-0.005, 0.08], [-0.01, 0.16]])
    canvas.tube([trunk.place(windpipe)], 0.032 * unit, -rng.uniform(0.06, 0.2), soft=0.004 * unit)


def _draw_vessels(canvas: Canvas, trunk: Trunk, side: int, habitus: Habitus, rng: np.random.Generator) -> None:
    """Branches from the hilum into the lung, thinning outwards."""
    hilum = np.array([side * 0.065 * habitus.chest, 0.25])
    for width in (0.012, 0.007, 0.004):
        paths = []
        for _ in range(9):
            reach, fan = rng.uniform(0.07, 0.19), rng.uniform(-1.1, 1.35)
            way = np.linspace(0, reach, 5)
            path = hilum + np.stack([side * way * np.cos(fan) * habitus.chest, way * np.sin(fan)], axis=1)
            paths.append(trunk.place(path + rng.normal(0, 0.006, path.shape)))
        canvas.tube(paths, width * trunk.scale, 0.10 * habitus.air, soft=0.0025 * trunk.scale)


def draw_ribs(canvas: Canvas, trunk: Trunk, spine: Spine, habitus: Habitus, rng: np.random.Generator) -> None:
    """Twelve pairs: behind from the vertebra outwards and down, then round the flank and, fainter, forwards."""
    unit = trunk.scale
    spread = rng.normal(1, 0.06)
    for side in (-1, 1):
        back, front = [], []
        for rib in range(12):
            path = _rib(trunk, spine, rib, side, habitus.chest, spread)
            back.append(path[:15])
            if rib < 10:
                front.append(path[14:])
        for group, amount, soft in ((back, 0.095, 0.0), (front, 0.04, 0.003 * unit)):
            for parity in (0, 1):  # neighbours overlap in projection and add up
                bright = amount * habitus.bone
                canvas.tube(group[parity::2], 0.021 * unit, bright, 0.8 * bright, soft)


def _rib(trunk: Trunk, spine: Spine, rib: int, side: int, chest: float, spread: float) -> np.ndarray:
    """(26, 2) px: half an ellipse hung on the vertebra, leaning with its tilt."""
    body = spine.corners[NECK + rib]
    start = body[[0, 2] if side < 0 else [1, 3]].mean(axis=0) * 0.85 + body.mean(axis=0) * 0.15
    start = start + [0, -0.3 * np.linalg.norm(body[2] - body[0])]
    last = {10: 1.5, 11: 1.15}.get(rib, 2.6)
    turn = np.linspace(0.0, last, 26)
    wall = trunk.axis(start[1]) + side * _RIB_REACH[rib] * chest * trunk.scale
    x = start[0] + (wall - start[0]) * np.sin(turn)
    fall = _RIB_DROP[rib] * spread * (1 - np.cos(turn)) / 1.6
    arch = (0.045 - 0.002 * rib) * np.sin(np.clip(2.2 * turn, 0, np.pi))
    y = start[1] + (fall - arch) * trunk.scale
    lean = np.radians(spine.tilts[NECK + rib]) * 0.6
    return np.stack([x, y + np.tan(lean) * (x - start[0]) * 0.6], axis=1)


def draw_shoulders(soft: Canvas, bone: Canvas, trunk: Trunk, habitus: Habitus, rng: np.random.Generator) -> None:
    """Collar bones, shoulder blades and arms."""
    unit, lift = trunk.scale, rng.normal(0, 0.02)
    for side in (-1, 1):
        flip = np.array([side, 1])
        collar = smooth_outline(trunk.place((_COLLAR_BONE + [0, lift * side]) * flip), closed=False)
        bone.tube([collar], 0.026 * unit, 0.12 * habitus.bone, 0.10 * habitus.bone)
        blade = smooth_outline(trunk.place((_SHOULDER_BLADE + [0, lift]) * flip))
        bone.fill(blade, 0.05, soft=0.004 * unit, rim=0.07)
        arm = smooth_outline(trunk.place(_ARM * flip), closed=False)
        soft.tube([arm], 0.15 * unit, 0.25, soft=0.01 * unit)
        bone.tube([arm], 0.05 * unit, 0.14 * habitus.bone, 0.12 * habitus.bone, soft=0.002 * unit)


def draw_pelvis(canvas: Canvas, trunk: Trunk, habitus: Habitus, rng: np.random.Generator) -> None:
    """Sacrum with its foramina, iliac wings, hip joints, pubic and ischial rami, thigh bones."""
    unit, bone = trunk.scale, habitus.bone
    base = np.array([rng.normal(0, 0.01), 1.0 + rng.uniform(-0.005, 0.01)])
    size = rng.uniform(0.92, 1.08)

    def place(points: np.ndarray, side: int = 1) -> np.ndarray:
        return trunk.place(points * [side * size, size] + base)

    def curve(points: np.ndarray, side: int) -> np.ndarray:
        return smooth_outline(place(points, side), closed=False)

    canvas.fill(smooth_outline(place(_SACRUM)), 0.16 * bone, soft=0.003 * unit, rim=0.08 * bone)
    for side in (-1, 1):
        for row in range(3):
            hole = ellipse((0.050 - 0.008 * row, 0.115 + 0.05 * row), (0.014, 0.009), 0.4)
            canvas.fill(place(hole, side), -0.05 * bone, soft=0.002 * unit, rim=0.09 * bone)
        canvas.fill(smooth_outline(place(_ILIUM, side)), 0.14 * bone, soft=0.006 * unit, rim=0.20 * bone)
        canvas.tube([curve(_BRIM, side)], 0.009 * unit, 0.10 * bone, soft=0.002 * unit)
        head, socket = ellipse((0.205, 0.315), (0.052, 0.052)), ellipse((0.205, 0.315), (0.062, 0.062))
        canvas.fill(place(head, side), 0.10 * bone, soft=0.003 * unit, rim=0.12 * bone)
        canvas.fill(place(socket, side), 0.03, soft=0.003 * unit, rim=0.10 * bone)
        canvas.tube([curve(_RAMI, side)], 0.035 * unit, 0.14 * bone, 0.10 * bone)
        canvas.tube([curve(_THIGH, side)], 0.065 * unit, 0.16 * bone, 0.14 * bone)


def draw_head(canvas: Canvas, trunk: Trunk, habitus: Habitus, rng: np.random.Generator) -> None:
    """Skull base, jaw and teeth above the neck."""
    unit, bone = trunk.scale, habitus.bone
    chin = np.array([rng.normal(0, 0.012), -0.215 + rng.normal(0, 0.012)])

    def oval(x: float, y: float, width: float, height: float) -> np.ndarray:
        return trunk.place(ellipse((chin[0] + x, chin[1] + y), (width, height)))

    canvas.fill(oval(0, -0.27, 0.19, 0.30), 0.5, soft=0.01 * unit)
    canvas.fill(oval(0, -0.29, 0.165, 0.24), 0.45 * bone, soft=0.004 * unit, rim=0.4 * bone)
    jaw = smooth_outline(trunk.place(_JAW + chin), closed=False)
    canvas.tube([jaw], 0.045 * unit, 0.22 * bone, 0.15 * bone)
    for row in (-0.055, -0.09):
        for tooth in range(-3, 4):
            outline = oval(0.017 * tooth, row + 0.002 * tooth**2, 0.009, 0.017)
            canvas.fill(outline, 0.25 * bone, soft=0.002 * unit, rim=0.2)
    for side in (-1, 1):
        canvas.fill(oval(side * 0.07, -0.25, 0.042, 0.038), -0.3, soft=0.006 * unit, rim=0.2)


def draw_gas(canvas: Canvas, trunk: Trunk, habitus: Habitus, rng: np.random.Generator) -> None:
    """Stomach bubble under the left dome, clusters of bowel gas along the flanks and in the pelvis."""
    unit = trunk.scale
    if rng.random() < 0.6:
        at, radii = rng.uniform([0.10, 0.51], [0.17, 0.54]), rng.uniform([0.04, 0.02], [0.08, 0.05])
        bubble = ellipse(at, radii)
        bubble[:, 1] = np.minimum(bubble[:, 1], bubble[:, 1].min() + 0.055)  # an upright fluid level is flat
        canvas.fill(trunk.place(bubble), -rng.uniform(0.1, 0.4), soft=0.004 * unit)
    for _ in range(rng.poisson(7 * habitus.gas)):
        side = rng.choice([-1, 1])
        centre = np.array([side * rng.uniform(0.06, 0.22), rng.uniform(0.68, 1.3)])
        for _ in range(rng.integers(3, 10)):
            at = centre + rng.normal(0, 0.022, 2)
            loop = ellipse(at, rng.uniform(0.008, 0.026, 2), rng.uniform(0, np.pi))
            canvas.fill(trunk.place(loop), -rng.uniform(0.04, 0.16), soft=0.003 * unit, rim=0.015)
