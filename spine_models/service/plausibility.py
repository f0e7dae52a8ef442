"""Is what a network says about a film a spine at all? Nonsense becomes an error, doubt becomes a warning."""

from __future__ import annotations

import numpy as np

from ..core.chain import LEVEL_DOUBT
from ..core.errors import DetectionError

FAR_OUTSIDE = 0.25
"""Corners further outside the film than this share of its height are nonsense, not a vertebra cut by the edge."""

UNSURE = 0.25
"""Confidence under which a vertebra, or its level name, is called uncertain: one validation film in three has one."""

SMALL_FILM = 0.5
"""Films lower than this share of the height the network was trained at have lost detail it relies on."""


def check_spine(corners: np.ndarray, shape: tuple[int, int]) -> None:
    """Raise DetectionError unless corners (V, 4, 2) are finite, near the film (H, W) and run from top to bottom."""
    if len(corners) < 2 or not np.isfinite(corners).all():
        raise DetectionError("The model found no complete spine: check that this is a frontal spine film.")
    if _overshoot(corners, shape) > FAR_OUTSIDE * shape[0]:
        raise DetectionError("The model placed vertebrae far outside the film: check that it shows a whole spine.")
    steps = np.diff(corners.mean(axis=1), axis=0)
    along = steps @ steps.sum(axis=0)
    if steps.sum(axis=0)[1] <= 0 or (along <= 0).any():
        raise DetectionError("The vertebrae found do not run from top to bottom: check that the film is upright.")


def doubts(corners: np.ndarray, confidence: np.ndarray, levels: tuple[str, ...], shape: tuple[int, int],
           trained_height: int) -> tuple[str, ...]:
    """Sentences for the user on what may be wrong with a spine that passed ``check_spine``."""
    sentences = []
    unsure = [level for level, value in zip(levels, confidence) if value < UNSURE]
    if len(unsure) > len(levels) / 2:
        sentences.append(LEVEL_DOUBT)
    elif unsure:
        sentences.append(f"The model is unsure of {', '.join(unsure)}: check these corners on the film.")
    if _overshoot(corners, shape) > 0:
        sentences.append("Some corners lie outside the film: the spine may be cut off at its edge.")
    if shape[0] < SMALL_FILM * trained_height:
        sentences.append(
            f"The film is only {shape[0]} pixels high, the model expects {trained_height}: its corners will be coarse."
        )
    return tuple(sentences)


def _overshoot(corners: np.ndarray, shape: tuple[int, int]) -> float:
    """How far, in pixels, the outermost corner lies beyond the film's edge (0 when all are inside)."""
    height, width = shape
    return float(max(0, -corners.min(), (corners - (width - 1, height - 1)).max()))
