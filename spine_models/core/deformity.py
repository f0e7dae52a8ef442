"""Deformity beyond the Cobb angle: the shape of vertebrae and discs, and how the spine stands, on a frontal film.

Neither C7 nor the sacrum is marked, so the plumb line of C7 is replaced by the vertical through the centre of T1 and
the central sacral vertical line by the vertical through the centre of L5. Both, and with them every distance and every
tilt, refer to the vertical of the film. Shapes refer to nothing but the vertebra: turning or scaling the film leaves
them as they are; a mirrored film changes the sign of angles and distances and turns ratios over.

Stokes IAF, Aronsson DD. Disc and vertebral wedging in patients with progressive scoliosis. J Spinal Disord
2001;14:317-322. Parent S, et al. Vertebral wedging characteristic changes in scoliotic spines. Spine 2004;29:E455-E462.
Distances: O'Brien MF, et al. Spinal Deformity Study Group radiographic measurement manual. Medtronic 2004.

Legend
    V         number of vertebrae, top first
    s, i      superior and inferior endplate of a vertebra as vectors from left to right: TR - TL and BR - BL
    left, right   sides of the film; y down, angles in degrees
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .cobb import Curve, vertebra_tilts
from .errors import LandmarkError
from .landmarks import LEVELS, Landmarks

_LOWEST_THORACIC = LEVELS.index("T12")
_LOWEST_FROM_T1 = LEVELS.index("T11")
"""Apices down to here are measured from the plumb line, those below from the sacral line (O'Brien 2004)."""


@dataclass(frozen=True)
class Distance:
    """A horizontal distance, positive to the right of the film.

    pixels: of the film; heights: in mean vertebra heights of this film; mm: None where the film's scale is unknown.
    """

    pixels: float
    heights: float
    mm: float | None


@dataclass(frozen=True)
class Translation:
    """How far the apex of a curve lies from the vertical through the centre of ``origin`` ("T1" or "L5")."""

    apex: str
    origin: str
    distance: Distance


@dataclass(frozen=True, eq=False)
class Deformity:
    """What ``measure_deformity`` found on V vertebrae; NaN (None for single values) where it cannot be measured.

    wedge: (V,) degrees between the endplates, angle(s) - angle(i): positive where the vertebra is taller on the left.
    height_ratio: (V,) height of the left side over that of the right, |BL - TL| / |BR - TR|.
    tilt: (V,) degrees to the horizontal, mean of both endplates as in core.cobb: positive where the right is lower.
    disc_wedge: (V,) degrees between the endplates beside the disc under each vertebra, angle(i) of it - angle(s) of the
        next: positive where the space is taller on the left; NaN where the next vertebra is not marked.
    t1_tilt, l5_tilt: the tilts of these two.
    translations: for each curve, in its order: apex to T1's vertical down to T11, to L5's below; None without T1 or L5.
    balance: coronal balance, the centre of T1 from the vertical through that of L5 (a proxy: T1 for C7, L5 for S1).
    trunk_shift: mean distance of the centres of the thoracic vertebrae from that vertical (a proxy: the spine for the
        rib cage). lean: degrees of the line from L5 to T1 from the vertical, positive to the right.
    """

    levels: tuple[str, ...]
    wedge: np.ndarray
    height_ratio: np.ndarray
    tilt: np.ndarray
    disc_wedge: np.ndarray
    t1_tilt: float | None
    l5_tilt: float | None
    translations: tuple[Translation | None, ...]
    balance: Distance | None
    trunk_shift: Distance | None
    lean: float | None


def measure_deformity(
    landmarks: Landmarks, curves: Sequence[Curve], pixel_spacing_mm: tuple[float, float] | None = None
) -> Deformity:
    """Everything above. curves: as ``measure_curves`` found them on these landmarks; spacing: mm (row, column).

    Raises LandmarkError for a vertebra without width, and where no vertebra has any height.
    """
    corners, tilt = landmarks.corners, vertebra_tilts(landmarks)
    superior, inferior = corners[:, 1] - corners[:, 0], corners[:, 3] - corners[:, 2]
    sides = np.linalg.norm(corners[:, 2:] - corners[:, :2], axis=2)
    if not sides.any():
        raise LandmarkError("The vertebrae have no height: move their upper and lower corners apart.")
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(sides.min(axis=1) > 0, sides[:, 0] / sides[:, 1], np.nan)
    ruler = _Ruler(landmarks, float(sides.mean()), pixel_spacing_mm)
    return Deformity(
        levels=landmarks.levels,
        wedge=_angle(inferior, superior),
        height_ratio=ratio,
        tilt=tilt,
        disc_wedge=_disc_wedges(landmarks.levels, superior, inferior),
        t1_tilt=_of_level(tilt, landmarks, "T1"),
        l5_tilt=_of_level(tilt, landmarks, "L5"),
        translations=tuple(_translation(ruler, curve) for curve in curves),
        balance=ruler.between(("T1",), "L5"),
        trunk_shift=ruler.between(_thoracic(landmarks), "L5"),
        lean=_lean(landmarks),
    )


@dataclass(frozen=True, eq=False)
class _Ruler:
    landmarks: Landmarks
    height: float
    spacing: tuple[float, float] | None

    def between(self, levels: Sequence[str], origin: str) -> Distance | None:
        """Mean distance of the centres of these levels from the vertical through that of another."""
        if not levels or not {*levels, origin} <= set(self.landmarks.levels):
            return None
        across = self.landmarks.centres[:, 0]
        rows = [self.landmarks.index(level) for level in levels]
        pixels = float(across[rows].mean() - across[self.landmarks.index(origin)])
        return Distance(pixels, pixels / self.height, self.spacing and pixels * self.spacing[1])


def _angle(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """(N,) degrees from vectors (N, 2) to others, positive clockwise on the film; NaN where one has no length."""
    cross = start[:, 0] * end[:, 1] - start[:, 1] * end[:, 0]
    known = np.minimum(np.linalg.norm(start, axis=1), np.linalg.norm(end, axis=1)) > 0
    return np.where(known, np.degrees(np.arctan2(cross, (start * end).sum(axis=1))), np.nan)


def _disc_wedges(levels: tuple[str, ...], superior: np.ndarray, inferior: np.ndarray) -> np.ndarray:
    """Between levels that follow each other by name; a spine with 12 or 13 thoracic vertebrae goes on at L1."""
    follows = [_follows(upper, lower) for upper, lower in zip(levels, levels[1:])]
    return np.append(np.where(follows, _angle(superior[1:], inferior[:-1]), np.nan), np.nan)


def _follows(upper: str, lower: str) -> bool:
    step = LEVELS.index(lower) - LEVELS.index(upper)
    return step == 1 or (upper, lower) in (("T12", "L1"), ("L5", "S1"))


def _of_level(values: np.ndarray, landmarks: Landmarks, level: str) -> float | None:
    return float(values[landmarks.index(level)]) if level in landmarks.levels else None


def _translation(ruler: _Ruler, curve: Curve) -> Translation | None:
    origin = "T1" if LEVELS.index(curve.apex) <= _LOWEST_FROM_T1 else "L5"
    distance = ruler.between((curve.apex,), origin)
    return distance and Translation(curve.apex, origin, distance)


def _thoracic(landmarks: Landmarks) -> tuple[str, ...]:
    first = LEVELS.index("T1")
    return tuple(level for level in landmarks.levels if first <= LEVELS.index(level) <= _LOWEST_THORACIC)


def _lean(landmarks: Landmarks) -> float | None:
    if not {"T1", "L5"} <= set(landmarks.levels):
        return None
    across, down = landmarks.centres[landmarks.index("T1")] - landmarks.centres[landmarks.index("L5")]
    return float(np.degrees(np.arctan2(across, -down)))
