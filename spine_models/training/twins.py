"""Finds films that show one exposure, or one patient, twice: SpineWeb-16 holds copies under other names.

Two films are laid over each other by the affine map between their corner labels (also mirrored, also with the labels
one level apart, because readers named the same film differently), the map is refined on the pixels (Evangelidis and
Psarakis, TPAMI 2008, in OpenCV), and the bone texture is correlated. Measured on all 185,136 pairs: the best score of
each of the 15 test films that training shows as well is 0.65-0.95, of every other test film 0.42 or less.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import cv2
import numpy as np
from PIL import Image

from .labels import LabelledFilm

SIMILAR = 0.50
"""Similarity from which two films are taken for the same patient."""

SIZE = (192, 320)
"""(width, height) of the frame all films are brought into."""

SPINE = 256
"""Pixels from T1 to L5 in that frame."""

LABEL_FIT = 4.0
"""Largest root mean square distance, in pixels of that frame, that two labels of one spine keep after the map."""

COARSE = 0.20
"""Correlation at half size, before refinement, below which a pair is dropped."""

_MIRROR = np.arange(68).reshape(17, 4)[:, [1, 0, 3, 2]].ravel()


class View:
    """One film in the common frame: texture (H, W), inside (H, W) uint8, points (68, 2), valid (68,)."""

    def __init__(self, film: LabelledFilm) -> None:
        with Image.open(film.path) as image:
            image.draft("L", (film.shape[1] // 4, film.shape[0] // 4))
            pixels = np.asarray(image.convert("L"), dtype=np.float32)
        corners = film.corners * (pixels.shape[0] / film.shape[0])
        frame = _frame(corners)
        self.points = corners.reshape(-1, 2) @ frame[:, :2].T + frame[:, 2]
        self.valid = np.repeat(film.valid, 4)
        self.inside = (cv2.warpAffine(np.ones_like(pixels), frame, SIZE) > 0.5).astype(np.uint8)
        bone = cv2.warpAffine(pixels, frame, SIZE, flags=cv2.INTER_AREA)
        bone -= cv2.GaussianBlur(bone, (0, 0), 5)
        self.texture = bone / (np.sqrt(cv2.GaussianBlur(bone * bone, (0, 0), 12)) + 2)
        self.coarse = cv2.GaussianBlur(self.texture, (0, 0), 1.5)[::2, ::2].copy()

    def mirrored(self) -> View:
        """The same film seen from behind."""
        other = View.__new__(View)
        other.points = self.points[_MIRROR] * (-1, 1) + (SIZE[0] - 1, 0)
        other.valid = self.valid[_MIRROR]
        other.inside, other.texture, other.coarse = (
            np.ascontiguousarray(array[:, ::-1]) for array in (self.inside, self.texture, self.coarse))
        return other


def similar_pairs(films: list[LabelledFilm]) -> list[tuple[int, int, float, int]]:
    """(i, j, similarity, shift) with i < j for the pairs that reach SIMILAR.

    shift: levels by which the names in film i lie above those in film j, so 0 where the two labels agree.
    """
    views = [View(film) for film in films]
    mirrored = [view.mirrored() for view in views]
    best: dict[tuple[int, int], tuple[float, int]] = {}
    for moving, shift in product((views, mirrored), (-1, 0, 1)):
        for i, j, back in _candidate_maps(moving, views, shift):
            score = _similarity(moving[i], views[j], back)
            best[i, j] = max((score, shift), best.get((i, j), (0.0, 0)))
    return [(i, j, score, shift) for (i, j), (score, shift) in sorted(best.items()) if score >= SIMILAR]


def _candidate_maps(moving: list[View], fixed: list[View], shift: int) -> Iterator[tuple[int, int, np.ndarray]]:
    """(i, j, map) for pairs whose labels fit each other; map (2, 3) takes points of film j to film i."""
    mine = slice(4 * max(shift, 0), 68 + 4 * min(shift, 0))
    theirs = slice(4 * max(-shift, 0), 68 + 4 * min(-shift, 0))
    targets = np.array([view.points[theirs] for view in fixed])
    targets = np.concatenate([targets, np.ones((*targets.shape[:2], 1))], axis=2)
    target_valid = np.array([view.valid[theirs] for view in fixed])
    for i, view in enumerate(moving[:-1]):
        points, weight = targets[i + 1:], (target_valid[i + 1:] & view.valid[mine])[..., None].astype(float)
        weighted = (points * weight).transpose(0, 2, 1)
        maps = np.linalg.solve(weighted @ points + 1e-6 * np.eye(3), weighted @ view.points[mine])
        misfit = (((points @ maps - view.points[mine]) ** 2) * weight).sum(axis=(1, 2)) / weight.sum(axis=(1, 2))
        for k in np.flatnonzero(misfit < LABEL_FIT ** 2):
            yield i, int(i + 1 + k), np.ascontiguousarray(maps[k].T, dtype=np.float32)


def _similarity(moving: View, fixed: View, back: np.ndarray) -> float:
    """Correlation of the two textures where both films have pixels, after refining ``back``; 0 for a hopeless pair."""
    coarse = _warp(moving.coarse, back * np.float32([1, 1, 0.5]))
    if _correlation(coarse.ravel(), fixed.coarse.ravel()) < COARSE:
        return 0.0
    stop = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 40, 1e-4)
    try:
        _, back = cv2.findTransformECC(fixed.texture, moving.texture, back, cv2.MOTION_AFFINE, stop, fixed.inside, 3)
    except cv2.error:  # did not converge: the films do not match
        return 0.0
    both = (_warp(moving.inside, back) > 0) & (fixed.inside > 0)
    if both.mean() < 0.3:
        return 0.0
    return _correlation(_warp(moving.texture, back)[both], fixed.texture[both])


def _frame(corners: np.ndarray) -> np.ndarray:
    """(2, 3) similarity that stands the spine upright in the middle of the common frame."""
    top, bottom = corners[0].mean(axis=0), corners[-1].mean(axis=0)
    length = np.linalg.norm(bottom - top)
    down = (bottom - top) / length
    turn = np.stack([[down[1], -down[0]], down]) * (SPINE / length)
    return np.column_stack([turn, np.array(SIZE) / 2 - turn @ (top + bottom) / 2])


def _warp(image: np.ndarray, back: np.ndarray) -> np.ndarray:
    return cv2.warpAffine(image, back, image.shape[::-1], flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    a, b = a - a.mean(), b - b.mean()
    return float(a @ b / np.sqrt((a @ a) * (b @ b) + 1e-9))
