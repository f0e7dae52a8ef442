"""What a reader does to landmarks. Every function returns new landmarks; those it was given never change.

Film pixels, y down. A corner the reader has placed is "human" from then on and its sigma is unknown (NaN): what the
model believed about it holds no longer. Level names run along ``usual_sequence``: of the variants T13 and L6 only those
the film already shows, so that moving every name by one turns T12 into L1 and L5 into S1.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from ..core.errors import LandmarkError
from ..core.landmarks import LEVELS, Landmarks

VARIANTS = ("T13", "L6")
BOX_WIDTH, BOX_HEIGHT = 1.25, 0.73
"""Size of a vertebra in distances to its neighbours' centres: medians of 441 SpineWeb-16 training films."""

SPINE_SPACINGS = 18.0
"""Height of a film in such distances, for the first vertebra marked (median of the same films)."""


def with_corners(landmarks: Landmarks, corners: np.ndarray) -> Landmarks:
    """The reader dragged corners, endplates or vertebrae: corners (V, 4, 2); those that differ become human."""
    corners = np.asarray(corners, dtype=np.float64)
    if corners.shape != landmarks.corners.shape:
        raise LandmarkError(f"{len(landmarks)} vertebrae are marked, but {len(corners)} came back: reload the page.")
    moved = (corners != landmarks.corners).any(axis=2)
    sigma = np.where(moved, np.nan, landmarks.sigma)
    return Landmarks(corners, landmarks.levels, sigma, np.where(moved, "human", landmarks.source))


def delete_vertebra(landmarks: Landmarks, level: str) -> Landmarks | None:
    """Without one vertebra; the others keep their names. None when it was the last."""
    keep = np.arange(len(landmarks)) != landmarks.index(level)
    return _rows(landmarks, keep) if keep.any() else None


def add_vertebra(landmarks: Landmarks, level: str, side: Literal["above", "below"]) -> Landmarks:
    """One more vertebra next to ``level``, midway to its neighbour or as far out as the spine's spacing says.

    It takes the missing name where there is a gap. Where there is none, those beyond it make room: above it every name
    moves up by one, below it down by one. Raises LandmarkError when there is no name left.
    """
    row, step = landmarks.index(level), 1 if side == "below" else -1
    beyond = row + step
    inside = 0 <= beyond < len(landmarks)
    corners = _between(landmarks, row, beyond) if inside else _beyond(landmarks, row, step)
    names = list(landmarks.levels)
    sequence = usual_sequence(landmarks.levels)
    free = _next_name(level, step, sequence)
    if inside and free == names[beyond]:
        rows = range(beyond, len(names)) if step > 0 else range(beyond + 1)
        for other in rows:
            names[other] = _next_name(names[other], step, sequence)
    at = max(row, beyond)
    return _inserted(landmarks, at, corners, [*names[:at], free, *names[at:]])


def relabel(landmarks: Landmarks, step: Literal[-1, 1]) -> Landmarks:
    """Every level name one up (-1: T2 becomes T1) or one down (1). Raises LandmarkError at the end of the names."""
    sequence = usual_sequence(landmarks.levels)
    return replace(landmarks, levels=tuple(_next_name(level, step, sequence) for level in landmarks.levels))


def rename(landmarks: Landmarks, level: str, name: str) -> Landmarks:
    """Another name for one vertebra; raises LandmarkError unless it lies between the names of its neighbours."""
    levels = list(landmarks.levels)
    levels[landmarks.index(level)] = name
    return replace(landmarks, levels=tuple(levels))


def possible_names(levels: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """For each vertebra the names between those of its neighbours, its own included."""
    ranks = [-1, *(LEVELS.index(level) for level in levels), len(LEVELS)]
    return tuple(LEVELS[above + 1 : below] for above, below in zip(ranks, ranks[2:]))


def mark_centre(landmarks: Landmarks | None, centre: tuple[float, float], film_height: int) -> Landmarks:
    """The reader clicked the centre of a vertebra, while marking by hand; names run down from the first one's.

    The new vertebra, and every one that is still such a box, gets the size and tilt that the centres around it suggest.
    Raises LandmarkError when there are more vertebrae than names.
    """
    if landmarks is None:
        return Landmarks(_boxes(np.array([centre]), film_height), ("T1",))
    row = int((landmarks.centres[:, 1] < centre[1]).sum())
    placed = np.broadcast_to(np.asarray(centre, dtype=np.float64), (4, 2))
    centres = np.insert(landmarks.centres, row, centre, axis=0)
    first = LEVELS.index(landmarks.levels[0])
    names = [level for level in LEVELS[first:] if level not in VARIANTS][: len(centres)]
    if len(names) < len(centres):
        raise LandmarkError(f"There is no level below {names[-1]}: delete a vertebra or move the names up first.")
    marked = _inserted(landmarks, row, placed, names)
    corners = np.where(unplaced(marked)[:, None, None], _boxes(centres, film_height), marked.corners)
    return replace(marked, corners=corners)


def unplaced(landmarks: Landmarks) -> np.ndarray:
    """(V,) whether a vertebra marked by hand is still a box round its centre: nobody has placed a corner of it."""
    return ((landmarks.source == "model") & np.isnan(landmarks.sigma)).all(axis=1)


def usual_sequence(levels: tuple[str, ...]) -> tuple[str, ...]:
    """Level names top to bottom without the variants this spine does not show."""
    return tuple(level for level in LEVELS if level not in VARIANTS or level in levels)


def _next_name(level: str, step: int, sequence: tuple[str, ...]) -> str:
    rank = sequence.index(level) + step
    if not 0 <= rank < len(sequence):
        raise LandmarkError(f"There is no level {'above' if step < 0 else 'below'} {level}: no name can move further.")
    return sequence[rank]


def _between(landmarks: Landmarks, row: int, other: int) -> np.ndarray:
    return (landmarks.corners[row] + landmarks.corners[other]) / 2


def _beyond(landmarks: Landmarks, row: int, step: int) -> np.ndarray:
    """Corners (4, 2) of a vertebra like that of ``row``, one spacing further along the spine."""
    if len(landmarks) > 1:
        shift = landmarks.centres[row] - landmarks.centres[row - step]
    else:
        top, bottom = landmarks.corners[row, :2].mean(axis=0), landmarks.corners[row, 2:].mean(axis=0)
        shift = (bottom - top) * step / BOX_HEIGHT
    return landmarks.corners[row] + shift


def _boxes(centres: np.ndarray, film_height: int) -> np.ndarray:
    """Corners (V, 4, 2) of upright boxes on a chain of centres (V, 2), top first."""
    if len(centres) == 1:
        along = np.array([[0.0, film_height / SPINE_SPACINGS]])
    else:
        along = np.gradient(centres, axis=0)
    across = np.stack([along[:, 1], -along[:, 0]], axis=1)
    across, along = across * BOX_WIDTH / 2, along * BOX_HEIGHT / 2
    return np.stack([centres - across - along, centres + across - along,
                     centres - across + along, centres + across + along], axis=1)


def _rows(landmarks: Landmarks, keep: np.ndarray) -> Landmarks:
    levels = tuple(level for level, kept in zip(landmarks.levels, keep) if kept)
    return Landmarks(landmarks.corners[keep], levels, landmarks.sigma[keep], landmarks.source[keep])


def _inserted(landmarks: Landmarks, row: int, corners: np.ndarray, levels: list[str]) -> Landmarks:
    """With one more vertebra, whose corners (4, 2) nobody has placed yet; levels: the names of all V + 1."""
    return Landmarks(
        np.insert(landmarks.corners, row, corners, axis=0),
        tuple(levels),
        np.insert(landmarks.sigma, row, np.nan, axis=0),
        np.insert(landmarks.source, row, "model", axis=0),
    )
