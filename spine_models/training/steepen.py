"""Bend the spine of a training film sharply: each vertebra is turned and moved as a body, the film between follows.

Severe and sharply bent spines are rare among the public films (one in seven is beyond 50 degrees) and are where
vertebrae get lost, so they are made from ordinary ones.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from scipy.interpolate import RBFInterpolator

from .films import Film

STEEPENED = 0.4  # share of the training samples
STEEPEST = np.deg2rad(58)  # no vertebra is tilted further
SIDE = 0.9  # control points this many vertebra widths to either side of the centres
GRID = 24  # film pixels per node of the field are height / (2 GRID)


def steepened(film: Film, rng: np.random.Generator) -> Film:
    """The film with more, fewer or other curves; the labels move with it exactly."""
    corners = film.corners
    turn = random_turns(corners, rng)
    moved = bend_corners(corners, turn)
    fixed, there = _control_points(corners), _control_points(moved)
    height, width = film.pixels.shape
    rows, columns = 2 * GRID, max(8, round(2 * GRID * width / height))
    y, x = np.mgrid[:rows, :columns] + 0.5
    y, x = y * height / rows, x * width / columns
    field = RBFInterpolator(there, fixed - there, kernel="thin_plate_spline", smoothing=1e-3)
    shift = field(np.stack([x.ravel(), y.ravel()], axis=1)).reshape(rows, columns, 2).astype(np.float32)
    shift = cv2.resize(shift, (width, height), interpolation=cv2.INTER_CUBIC)
    yy, xx = np.mgrid[:height, :width].astype(np.float32)
    pixels = cv2.remap(film.pixels, xx + shift[..., 0], yy + shift[..., 1], cv2.INTER_LINEAR)
    return replace(film, pixels=pixels, corners=moved)


def random_turns(corners: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(V,) radians by which each vertebra is turned: the curve made stronger or weaker, one to three bends added."""
    across = 0.5 * (corners[:, 1] + corners[:, 3] - corners[:, 0] - corners[:, 2])
    tilt = np.arctan2(across[:, 1], across[:, 0])
    usual = np.convolve(np.pad(tilt, 2, mode="edge"), np.full(5, 0.2), mode="valid")
    rows = np.arange(len(corners))
    turn = rng.uniform(-0.3, 0.7) * (usual - usual.mean())
    for _ in range(rng.integers(1, 4)):
        size = np.deg2rad(rng.normal(0, 18))
        turn = turn + size / (1 + np.exp((rng.uniform(1, len(rows) - 2) - rows) / rng.uniform(0.3, 2.0)))
    turn = turn - turn.mean()
    return np.clip(tilt + turn, -STEEPEST, STEEPEST) - np.clip(tilt, -STEEPEST, STEEPEST)


def bend_corners(corners: np.ndarray, turn: np.ndarray) -> np.ndarray:
    """Corners (V, 4, 2) of vertebrae turned by ``turn`` (V,) radians, their centres still as far apart; the middle of
    the spine stays."""
    centre = corners.mean(axis=1)
    steps = np.einsum("vij,vj->vi", _rotation(0.5 * (turn[1:] + turn[:-1])), np.diff(centre, axis=0))
    chain = np.concatenate([np.zeros((1, 2)), steps.cumsum(axis=0)])
    chain += centre.mean(axis=0) - chain.mean(axis=0)
    return np.einsum("vij,vkj->vki", _rotation(turn), corners - centre[:, None]) + chain[:, None]


def _control_points(corners: np.ndarray) -> np.ndarray:
    centre = corners.mean(axis=1)
    across = 0.5 * (corners[:, 1] + corners[:, 3] - corners[:, 0] - corners[:, 2])
    return np.concatenate([corners.reshape(-1, 2), centre - SIDE * across, centre + SIDE * across])


def _rotation(angle: np.ndarray) -> np.ndarray:
    cos, sin = np.cos(angle), np.sin(angle)
    return np.stack([np.stack([cos, -sin], axis=1), np.stack([sin, cos], axis=1)], axis=1)
