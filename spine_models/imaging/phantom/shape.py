"""The geometry of a drawn spine: where every vertebra stands and how it is tilted, from a list of curves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...core.landmarks import STANDARD_LEVELS

# Median body width, body height and distance to the next centre of T1..L5, as fractions of the T1-L5 length; measured
# on the corner labels of the 481 SpineWeb-16 training films. The last distance (L5 to S1) is an extrapolation.
WIDTH = np.array([78, 72, 69, 67, 68, 71, 74, 76, 79, 83, 87, 93, 98, 101, 104, 109, 116]) / 1000
HEIGHT = np.array([31, 34, 38, 41, 43, 44, 44.5, 45.5, 47, 49, 51, 53.5, 55, 56, 57.5, 59, 58]) / 1000
PITCH = np.array([45, 50, 53, 55, 57, 58, 59, 60, 63, 67, 72, 76, 79, 82, 85, 83, 74]) / 1000
NECK = 5
"""Cervical vertebrae drawn above T1 (C3-C7); they carry no truth."""


@dataclass(frozen=True)
class CurveSpec:
    """One scoliotic curve: level name of its apex, Cobb angle in degrees, side of its convexity as seen on the film.

    The patient's right is on the left of the film, so the usual right thoracic curve has the side "left".
    """

    apex: str
    angle: float
    side: str


@dataclass(frozen=True)
class SpineShape:
    """curves: from top to bottom, sides alternating; body_width: factor on the vertebral width; disc: on the disc gaps.

    wobble: random tilt of single vertebrae, degrees (one standard deviation). balance: offset of T1 against L5 to the
    right of the picture, as a fraction of the spine's length.
    """

    curves: tuple[CurveSpec, ...] = ()
    body_width: float = 1.0
    disc: float = 1.0
    wobble: float = 0.6
    balance: float = 0.0


@dataclass(frozen=True, eq=False)
class Spine:
    """Vertebrae C3-L5 on the film: corners (22, 4, 2) px, tilts (22,) degrees, length of T1-L5 px.

    rotation: (22,) in [-1, 1], how far pedicles and processes shift to the right of the film by axial turn.
    """

    corners: np.ndarray
    tilts: np.ndarray
    rotation: np.ndarray
    length: float

    @property
    def centres(self) -> np.ndarray:
        """(22, 2) body centres, px."""
        return self.corners.mean(axis=1)

    @property
    def truth(self) -> np.ndarray:
        """(17, 4, 2) corners of T1-L5, px."""
        return self.corners[NECK:]


def build_spine(shape: SpineShape, rng: np.random.Generator, t1_height: float, length: float, middle: float) -> Spine:
    """Place C3-L5 on the film, px: y of T1's centre, its height above L5, x midway between the outermost corners."""
    index = np.arange(-NECK, len(STANDARD_LEVELS))
    pitch = np.concatenate([np.full(NECK, 0.042), PITCH])
    height = np.concatenate([np.full(NECK, 0.029), HEIGHT])
    height = pitch - (pitch - height) * shape.disc
    width = np.concatenate([np.linspace(0.055, 0.066, NECK), WIDTH]) * shape.body_width
    width = width * rng.normal(1, 0.02, len(index))
    tilts = _tilts(shape, index, rng.normal(0, shape.wobble, len(index)))
    tilts = tilts + _levelling_tilt(tilts, pitch, shape.balance)
    centres = _walk(tilts, pitch)
    scale = length / (centres[-1, 1] - centres[NECK, 1])
    corners = _corners(centres, tilts, width, height)
    corners = (corners - centres[NECK]) * scale
    across = corners[NECK:, :, 0]
    corners += [middle - (across.min() + across.max()) / 2, t1_height]
    rotation = np.clip(_curvature(tilts) / 12, -1, 1)
    return Spine(corners, tilts, rotation, length)


def spine_through(corners: np.ndarray) -> Spine:
    """The spine whose T1-L5 have the corners (17, 4, 2) px; C3-C7, of usual size, go on from T1 and straighten up."""
    tilts, centres = tilt_angles(corners), corners.mean(axis=1)
    length = float(centres[-1, 1] - centres[0, 1])
    neck = tilts[0] * np.linspace(0.2, 0.9, NECK)
    pitch, height = np.full(NECK + 1, 0.042), np.full(NECK, 0.029)
    width = np.linspace(0.055, 0.066, NECK)
    above = _walk(np.append(neck, tilts[0]), pitch) * length
    above += centres[0] - above[-1]
    neck_corners = _corners(above[:-1], neck, width * length, height * length)
    tilts = np.concatenate([neck, tilts])
    rotation = np.clip(_curvature(tilts) / 12, -1, 1)
    return Spine(np.concatenate([neck_corners, corners]), tilts, rotation, length)


def tilt_angles(corners: np.ndarray) -> np.ndarray:
    """(V,) tilt of each vertebra in degrees: mid(TR, BR) - mid(TL, BL) against the horizontal, clockwise positive."""
    across = corners[:, [1, 3]].mean(axis=1) - corners[:, [0, 2]].mean(axis=1)
    return np.degrees(np.arctan2(across[:, 1], across[:, 0]))


def _tilts(shape: SpineShape, index: np.ndarray, wobble: np.ndarray) -> np.ndarray:
    """(N,) degrees. Each curve is the slope of a Gaussian bump; amplitudes are solved so the Cobb angles come out."""
    apexes = np.array([STANDARD_LEVELS.index(curve.apex) for curve in shape.curves])
    wanted = np.array([curve.angle * (1 if curve.side == "left" else -1) for curve in shape.curves])
    if not len(apexes):
        return wobble
    distance = (index[None] - apexes[:, None]) / (2.3 + 0.06 * apexes[:, None])
    slopes = -distance * np.exp(0.5 - distance**2 / 2) / 2
    amplitude = wanted.copy()
    for _ in range(60):
        reached = _cobb_angles(amplitude @ slopes + wobble, apexes + NECK, np.sign(wanted))
        amplitude = amplitude + 0.7 * (wanted - reached)
    return amplitude @ slopes + wobble


def _cobb_angles(tilts: np.ndarray, apexes: np.ndarray, signs: np.ndarray) -> np.ndarray:
    """(K,) signed angle between the most tilted vertebrae above and below each apex, neighbouring apexes as limits."""
    bounds = [NECK, *apexes, len(tilts) - 1]
    angles = []
    for k, (apex, sign) in enumerate(zip(apexes, signs)):
        above, below = tilts[bounds[k] : apex + 1] * sign, tilts[apex : bounds[k + 2] + 1] * sign
        angles.append(sign * (above.max() - below.min()))
    return np.array(angles)


def _levelling_tilt(tilts: np.ndarray, pitch: np.ndarray, balance: float) -> float:
    """A tilt common to all vertebrae (it changes no Cobb angle) that brings T1 over L5, ``balance`` aside."""
    centres = _walk(tilts, pitch)
    across, down = centres[-1] - centres[NECK]
    return float(np.degrees(np.arctan2(across, down) + np.arctan(balance)))


def _walk(tilts: np.ndarray, pitch: np.ndarray) -> np.ndarray:
    """(N, 2) centres: each step goes down at right angles to the mean tilt of its two vertebrae."""
    mean = np.radians((tilts[:-1] + tilts[1:]) / 2)
    steps = np.stack([-np.sin(mean), np.cos(mean)], axis=1) * pitch[:-1, None]
    return np.concatenate([np.zeros((1, 2)), np.cumsum(steps, axis=0)])


def _corners(centres: np.ndarray, tilts: np.ndarray, width: np.ndarray, height: np.ndarray) -> np.ndarray:
    """(N, 4, 2). Endplates lean a little towards the neighbouring vertebra's tilt: bodies in a curve are wedged."""
    lean = 0.15 * np.gradient(tilts)
    widen = np.gradient(width) * 0.3
    angle = np.radians(tilts)
    down = np.stack([-np.sin(angle), np.cos(angle)], axis=1) * height[:, None] / 2
    rows = []
    for side, tilt, wide in ((-1, tilts - lean, width - widen), (1, tilts + lean, width + widen)):
        half = np.stack([np.cos(np.radians(tilt)), np.sin(np.radians(tilt))], axis=1) * wide[:, None] / 2
        rows += [centres + side * down - half, centres + side * down + half]
    return np.stack(rows, axis=1)


def _curvature(tilts: np.ndarray) -> np.ndarray:
    """(N,) degrees per level, smoothed: axial turn grows with it and takes the processes towards the concavity."""
    return np.convolve(-np.gradient(tilts), np.ones(3) / 3, mode="same")
