"""Does "fix one, fix many" pay? Simulated readers correct corners one after another, with and without the help.

Legend
    reader   puts one corner after another exactly on its label, and accepts every suggestion:
             farthest corner  always takes the corner farthest from its label
             end vertebrae    is after the angle: of the end vertebrae of the largest curve, those drawn and those of
                              the label, takes the one whose tilt is most wrong, and of it the farthest corner
    manual   each correction moves that one corner
    carried  after each correction the other corners follow as ``propagation`` suggests, human ones never move
    error    mean over the 68 corners of the distance to the label, pixels of the film; and of the largest angle
             (AASCE rule) from the published one, degrees

The label is the published one with its vertebrae in the order of the film, as a reader would mark them. Its defects
stay in, so that a reader also "corrects" to a misplaced label. After Kim J, et al. Morphology-aware interactive
keypoint estimation. MICCAI 2022 (mean error 58.6 px, after five corrections 17.7, manual 47.0; another split).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from ..core.aasce import aasce_angles
from ..core.cobb import largest_curve, vertebra_tilts
from ..core.errors import DataError, SpineError
from ..core.landmarks import Landmarks
from ..imaging.load import read_radiograph
from ..training.labels import LabelledFilm
from .corner_tools import corner_tools
from .editing import with_corners
from .film_runs import Runner, in_processes
from .inference import predict, shared_model
from .labelled_sets import open_set
from .measuring import aasce_or_none
from .store import STORE, replace_folder, run_folder
from .study_results import READERS, TABLE, WAYS

CORRECTIONS = 10

SETTLED = 0.01
"""Degrees of tilt below which an end vertebra is left alone."""

Suggest = Callable[[Landmarks, Landmarks], Landmarks | None]
"""Landmarks before and after a correction to landmarks whose other corners have followed, or None."""

Reader = Callable[[np.ndarray, np.ndarray], tuple[int, int]]
"""Corners and truth, both (V, 4, 2), to (row, corner) of the next correction."""


def reader_study(
    name: str, data: Path, split: str, count: int | None = None, store: Path = STORE, runner: Runner = in_processes
) -> Path:
    """Let the readers correct what model ``name`` finds on a split; returns the table kept in its result folder.

    count: films, spread evenly over the split; all when None. Raises DataError when the films are not there or the
    model has no results for this split yet, ModelError when it or the model behind the suggestions is not trained.
    """
    if count is not None and count < 1:
        raise DataError(f"A study needs at least one film, not {count}.")
    _, card = shared_model(name)
    corner_tools()  # an untrained model behind the suggestions ends the command before the first film
    labelled = open_set(data, split)
    folder = run_folder(card, labelled.dataset, labelled.revision, labelled.split, store)
    if not folder.is_dir():
        raise DataError(f"There are no results of these weights yet: run evaluate {name} --split {split} first.")
    films = labelled.films
    if count is not None:
        films = [films[i] for i in np.linspace(0, len(films) - 1, min(count, len(films))).round().astype(int)]
    done = runner(partial(film_study, name=name), films)
    tables = dict(tqdm(done, total=len(films), desc=f"{name} and readers on {split}", unit="film"))
    study = pd.concat([tables[index] for index in range(len(films))])
    replace_folder(folder, {TABLE: study.to_csv(index=False, float_format="%.2f").encode()})
    return folder / TABLE


def film_study(film: LabelledFilm, name: str) -> pd.DataFrame:
    """CORRECTIONS + 1 rows per reader: file, reader, corrections, mre_ and angle_ (errors) of both WAYS.

    NaN where the model failed, for then the readers have nothing to correct.
    """
    try:
        radiograph = read_radiograph(film.path)
        found = predict(radiograph, name).landmarks
        complete = aasce_or_none(found, film.shape[0]) is not None
    except SpineError:
        complete = False
    tables = []
    for title, reader in zip(READERS, (farthest_corner, of_end_vertebrae)):
        table = pd.DataFrame({"file": film.path.name, "reader": title, "corrections": range(CORRECTIONS + 1)})
        for way in WAYS:
            spines = np.full((len(table), *film.corners.shape), np.nan)
            if complete:
                suggest = partial(corner_tools().suggest, pixels=radiograph.pixels) if way == "carried" else None
                spines = corrected(found, film.corners, reader, suggest)
            table[f"mre_{way}"], table[f"angle_{way}"] = _errors(spines, film)
        tables.append(table)
    return pd.concat(tables)


def corrected(landmarks: Landmarks, truth: np.ndarray, reader: Reader, suggest: Suggest | None) -> np.ndarray:
    """(CORRECTIONS + 1, V, 4, 2) corners after 0, 1, ... corrections by a reader towards truth (V, 4, 2)."""
    history = [landmarks.corners]
    for _ in range(CORRECTIONS):
        place = reader(landmarks.corners, truth)
        corners = landmarks.corners.copy()
        corners[place] = truth[place]
        after = with_corners(landmarks, corners)
        landmarks = (suggest and suggest(landmarks, after)) or after
        history.append(landmarks.corners)
    return np.stack(history)


def farthest_corner(corners: np.ndarray, truth: np.ndarray) -> tuple[int, int]:
    """(row, corner) of the corner that is farthest off."""
    apart = np.linalg.norm(corners - truth, axis=-1)
    return tuple(np.unravel_index(apart.argmax(), apart.shape))


def of_end_vertebrae(corners: np.ndarray, truth: np.ndarray) -> tuple[int, int]:
    """(row, corner) at the end vertebra whose tilt is most wrong; the farthest corner of all where none is."""
    shown, real = Landmarks(corners), Landmarks(truth)
    curves = largest_curve(shown), largest_curve(real)
    rows = sorted({shown.index(level) for curve in curves for level in (curve.upper, curve.lower)})
    turned = np.abs(vertebra_tilts(shown) - vertebra_tilts(real))[rows]
    if turned.max() < SETTLED:
        return farthest_corner(corners, truth)
    row = rows[turned.argmax()]
    return row, int(np.linalg.norm(corners[row] - truth[row], axis=-1).argmax())


def _errors(spines: np.ndarray, film: LabelledFilm) -> tuple[np.ndarray, np.ndarray]:
    """Mean radial error (px) and error of the largest angle (degrees) of spines (N, V, 4, 2), NaN where those are."""
    angles = [aasce_angles(spine, film.shape[0])[0] if np.isfinite(spine).all() else np.nan for spine in spines]
    return np.linalg.norm(spines - film.corners, axis=-1).mean(axis=(1, 2)), np.abs(np.array(angles) - film.angles[0])
