"""Two cases of the case book side by side."""

from __future__ import annotations

import numpy as np

from spine_models.core.landmarks import Landmarks
from spine_models.service.cases import Case
from spine_models.ui.films import hung
from spine_models.ui.landmark_editor.film_url import Film
from spine_models.ui.linked_films import Panel, linked_films
from spine_models.ui.work import Work, kept_film


def film_pair(left: Case, right: Case, key: str) -> None:
    """Show two cases; of one whose film was not kept, the landmarks alone."""
    linked_films([_panel(case, *frame) for case, frame in zip((left, right), _shared_frames(left, right))], key)


def _panel(case: Case, origin: np.ndarray, unit: float) -> Panel:
    """What is drawn for a case; origin and unit: as in ``_shared_frames``."""
    kept = kept_film(Work.on(case))
    height, width = case.film_shape
    film = hung(kept, case.hanging).view if kept else Film(case.film_sha256, b"", width, height)
    title = f"{case.film_date or 'Film without date'}{'' if kept else ' · film not kept, landmarks only'}"
    return Panel(case.id, title, film, case.landmarks, origin, unit)


def _shared_frames(left: Case, right: Case) -> tuple[tuple[np.ndarray, float], tuple[np.ndarray, float]]:
    """(origin, unit) of either film, such that the vertebrae both show lie at the same place in these units."""
    if left.landmarks is not None and right.landmarks is not None:
        common = [level for level in left.landmarks.levels if level in right.landmarks.levels]
        frames = [_spine_frame(case.landmarks, common) for case in (left, right)] if len(common) > 1 else [None]
        if all(frames):
            return frames[0], frames[1]
    return film_frame(left.film_shape), film_frame(right.film_shape)


def film_frame(shape: tuple[int, int]) -> tuple[np.ndarray, float]:
    """(origin, unit) of a whole film of (height, width) pixels."""
    height, width = shape
    return np.array([width / 2, height / 2]), float(height)


def _spine_frame(landmarks: Landmarks, common: list[str]) -> tuple[np.ndarray, float] | None:
    top, bottom = (landmarks.centres[landmarks.index(level)] for level in (common[0], common[-1]))
    length = float(np.hypot(*(bottom - top)))
    return ((top + bottom) / 2, length) if length > 0 else None
