"""``train`` for a baseline: its ``fit`` sees the corners of the training films, never a pixel."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from ..core.aasce import aasce_angles
from ..core.metrics import mean_absolute_error, smape
from ..zoo._weights import save_weights
from ..zoo.registry import import_model, weights_path
from .labels import LABEL_REVISION, LabelledFilm, load_spineweb, read_table


def fit_baseline(name: str, data: Path) -> None:
    """Fit a model on the SpineWeb-16 training films that are not held out, and save its weights and validation numbers.

    The zoo file's ``fit(shapes)`` gets repaired corners (N, 17, 4, 2) as fractions of each film's width and height.
    """
    start = time.perf_counter()
    held_out = {row["file"] for row in read_table("spineweb16") if row["part"] == "validation"}
    films = load_spineweb(data, "training")
    shapes = [film.corners / film.shape[::-1] for film in films if film.path.name not in held_out]
    module = import_model(name)
    model = module.fit(np.stack(shapes))
    save_weights(
        model,
        weights_path(name),
        data=module.CARD.training_data,
        label_revision=LABEL_REVISION,
        epochs=1,
        minutes=round((time.perf_counter() - start) / 60, 3),
        seed=0,
        validation=_validate(model, [film for film in films if film.path.name in held_out]),
    )


def _validate(model, films: list[LabelledFilm]) -> dict[str, float]:
    """SMAPE and error of the largest angle (degrees) on films of which only the size is shown."""
    spines = [model.detect(np.empty(film.shape, np.float32)).corners for film in films]
    angles = np.stack([aasce_angles(spine, film.shape[0]) for spine, film in zip(spines, films)])
    truth = np.stack([film.angles for film in films])
    scores = {"smape": smape(angles, truth), "largest": mean_absolute_error(angles[:, 0], truth[:, 0])}
    return {f"validation_{key}": round(score.value, 4) for key, score in scores.items()}
