"""How sure a measurement is: from the corners' sigma to the tilt of a vertebra, to an angle, to its 90 % interval.

Legend
    V          number of vertebrae, top first
    sigma      standard deviation of a corner in x and in y alike, errors Gaussian: 68.3 % of corners lie within
               WITHIN_1 sigma of the truth and 95.4 % within WITHIN_2, as 68.3 % and 95.4 % of their coordinates do
               within 1 and 2 sigma
    raw        the spread a network gives, in pixels, right up to a factor at best
    w          mean width of the film's vertebrae, pixels
    interval   split conformal: angle +- quantile * sqrt(angle sigma^2 + floor^2), the quantile such that 90 % of
               every kind of films used for calibration have their largest angle inside

Vovk V, Gammerman A, Shafer G. Algorithmic learning in a random world. Springer 2005. Lei J, et al. Distribution-free
predictive inference for regression. J Am Stat Assoc 2018;113:1094-1111.
"""

from __future__ import annotations

import numpy as np

from .card import Calibration
from .cobb import Curve
from .landmarks import Landmarks

NOMINAL = 0.9
"""Share of angles that are meant to lie inside their interval."""

WITHIN_1, WITHIN_2 = float(np.sqrt(-2 * np.log(1 - 0.6827))), float(np.sqrt(-2 * np.log(1 - 0.9545)))
"""Radii, in sigma, of the circles that hold as much of a two-dimensional Gaussian as 1 and 2 sigma hold of a line."""


def calibrated_sigma(corners: np.ndarray, raw: np.ndarray | None, calibration: Calibration | None) -> np.ndarray:
    """(V, 4) sigma in pixels of corners (V, 4, 2), from the raw sigma (V, 4) or None; NaN without a calibration."""
    if calibration is None:
        return np.full(corners.shape[:2], np.nan)
    floor = calibration.sigma_floor * vertebra_widths(corners).mean()
    return np.hypot(0.0 if raw is None else calibration.sigma_scale * raw, np.full(corners.shape[:2], floor))


def vertebra_widths(corners: np.ndarray) -> np.ndarray:
    """(V,) distance between the middles of the left and the right side, pixels, of corners (V, 4, 2)."""
    return np.linalg.norm(corners[:, 1::2].mean(axis=1) - corners[:, 0::2].mean(axis=1), axis=1)


def tilt_sigma(landmarks: Landmarks) -> np.ndarray:
    """(V,) standard deviation of each vertebra's tilt in degrees; NaN where a corner's sigma is unknown.

    The tilt is that of u = (TR + BR - TL - BL) / 2, whose end moves across u by sqrt(sum of sigma^2) / 2.
    """
    across = np.sqrt((landmarks.sigma**2).sum(axis=1)) / 2
    return np.degrees(np.arctan2(across, vertebra_widths(landmarks.corners)))


def angle_sigma(landmarks: Landmarks, upper: str, lower: str) -> float:
    """Standard deviation in degrees of the angle between two levels, their errors independent; NaN where unknown."""
    tilt = tilt_sigma(landmarks)
    return float(np.hypot(tilt[landmarks.index(upper)], tilt[landmarks.index(lower)]))


def half_width(sigma: float | np.ndarray, calibration: Calibration) -> float | np.ndarray:
    """Half the 90 % interval, degrees, of an angle whose sigma is given in degrees."""
    return calibration.angle_quantile * np.hypot(sigma, calibration.angle_floor)


def angle_interval(landmarks: Landmarks, curve: Curve, calibration: Calibration | None) -> tuple[float, float] | None:
    """(low, high) in degrees between which the curve's angle lies on 90 % of films; low is never negative.

    Holds for the first AASCE angle too, which is that of the largest curve. None without a calibration, or where an
    end vertebra has a corner of unknown sigma, such as one placed by hand.
    """
    if calibration is None:
        return None
    half = float(half_width(angle_sigma(landmarks, curve.upper, curve.lower), calibration))
    return (max(0.0, curve.angle - half), curve.angle + half) if np.isfinite(half) else None


def could_swap(landmarks: Landmarks, curves: tuple[Curve, ...], calibration: Calibration | None) -> tuple[str, ...]:
    """A sentence for every curve that may really be the largest instead of the one that was measured as such."""
    if calibration is None or len(curves) < 2:
        return ()
    major = max(curves, key=lambda curve: curve.angle)
    return tuple(
        f"{_name(major)} was measured as larger than {_name(curve)}, but it could be the other way round."
        for curve in curves
        if curve is not major and major.angle - curve.angle < _margin(landmarks, major, curve, calibration)
    )


def _margin(landmarks: Landmarks, one: Curve, other: Curve, calibration: Calibration) -> float:
    """Degrees two angles must be apart for their order to be 90 % certain; NaN where a corner's sigma is unknown.

    Neighbouring curves lean opposite ways from the end vertebra they share: its error changes both angles alike, and
    their difference is the angle between the two ends they do not share.
    """
    apart = sorted({one.upper, one.lower} ^ {other.upper, other.lower}, key=landmarks.index)
    if len(apart) == 2:
        return float(half_width(angle_sigma(landmarks, *apart), calibration))
    sigmas = np.array([angle_sigma(landmarks, curve.upper, curve.lower) for curve in (one, other)])
    return float(np.hypot(*half_width(sigmas, calibration)))


def _name(curve: Curve) -> str:
    return f"{curve.upper}–{curve.lower} ({curve.angle:.0f}°)"
