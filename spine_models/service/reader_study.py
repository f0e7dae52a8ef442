"""Does "fix one, fix many" pay? A simulated reader corrects corners one after another, with and without the help.

Legend
    reader   always takes the corner farthest from its label, puts it exactly there, and accepts every suggestion
    manual   each correction moves that one corner
    carried  after each correction the other corners follow as ``propagation`` suggests, human ones never move
    error    mean over the 68 corners of the distance to the label, pixels of the film; and of the largest angle
             (AASCE rule) from the published one, degrees

The label is the published one with its vertebrae in the order of the film, as a reader would mark them. Its defects
stay in, so that a reader also "corrects" to a misplaced label. After Kim J, et al. Morphology-aware interactive
keypoint estimation. MICCAI 2022 (mean error 58.6 px, after five corrections 17.7, manual 47.0; another split).
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from ..core.aasce import aasce_angles
from ..core.errors import DataError, SpineError
from ..core.landmarks import Landmarks
from ..imaging.load import read_radiograph
from ..training.labels import LABEL_REVISION, LabelledFilm
from .corner_tools import CornerTools, corner_tools
from .editing import with_corners
from .evaluation import SPLITS
from .inference import predict, shared_model
from .measuring import aasce_or_none
from .store import STORE, run_folder

CORRECTIONS = 10
WAYS = ("manual", "carried")
TABLE = "reader_study.csv"
NEAR = 3.0
"""Degrees within which a largest angle counts as right."""

WORST = 0.1
"""Share of films, by their error before the first correction, that are also looked at alone."""

Suggest = Callable[[Landmarks, Landmarks], Landmarks | None]
"""Landmarks before and after a correction to landmarks whose other corners have followed, or None."""


def reader_study(name: str, data: Path, split: str, count: int | None = None, store: Path = STORE) -> Path:
    """Let the reader correct what model ``name`` finds on a split; returns the table kept in its result folder.

    count: films, spread evenly over the split; all when None. Raises DataError when the films are not there or the
    model has no results for this split yet, ModelError when it or the model behind the suggestions is not trained.
    """
    if count is not None and count < 1:
        raise DataError(f"A study needs at least one film, not {count}.")
    _, card = shared_model(name)
    folder = run_folder(card, SPLITS[split].dataset, LABEL_REVISION, split, store)
    if not folder.is_dir():
        raise DataError(f"There are no results of these weights yet: run evaluate {name} --split {split} first.")
    tools, films = corner_tools(), SPLITS[split].load(data)
    if count is not None:
        films = [films[i] for i in np.linspace(0, len(films) - 1, min(count, len(films))).round().astype(int)]
    study = pd.concat([film_study(film, name, tools) for film in tqdm(films, desc=f"{name} and a reader on {split}")])
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".writing-") as workshop:
        study.to_csv(Path(workshop) / TABLE, index=False, float_format="%.2f")
        os.replace(Path(workshop) / TABLE, folder / TABLE)
    return folder / TABLE


def film_study(film: LabelledFilm, name: str, tools: CornerTools) -> pd.DataFrame:
    """CORRECTIONS + 1 rows: file, corrections, mre_ and angle_ (errors) of both WAYS; NaN where the model failed."""
    steps = np.arange(CORRECTIONS + 1)
    table = pd.DataFrame({"file": film.path.name, "corrections": steps})
    try:
        radiograph = read_radiograph(film.path)
        found = predict(radiograph, name).landmarks
        complete = aasce_or_none(found, film.shape[0]) is not None
    except SpineError:
        complete = False  # the reader has nothing to correct: a failure in every row
    for way in WAYS:
        spines = np.full((len(steps), *film.corners.shape), np.nan)
        if complete:
            suggest = partial(tools.suggest, pixels=radiograph.pixels) if way == "carried" else None
            spines = corrected(found, film.corners, suggest)
        angles = [aasce_angles(spine, film.shape[0])[0] if complete else np.nan for spine in spines]
        table[f"mre_{way}"] = np.linalg.norm(spines - film.corners, axis=-1).mean(axis=(1, 2))
        table[f"angle_{way}"] = np.abs(np.array(angles) - film.angles[0])
    return table


def corrected(landmarks: Landmarks, truth: np.ndarray, suggest: Suggest | None) -> np.ndarray:
    """(CORRECTIONS + 1, V, 4, 2) corners after 0, 1, ... corrections of the worst corner towards truth (V, 4, 2)."""
    history = [landmarks.corners]
    for _ in range(CORRECTIONS):
        apart = np.linalg.norm(landmarks.corners - truth, axis=-1)
        worst = np.unravel_index(apart.argmax(), apart.shape)
        corners = landmarks.corners.copy()
        corners[worst] = truth[worst]
        after = with_corners(landmarks, corners)
        landmarks = (suggest and suggest(landmarks, after)) or after
        history.append(landmarks.corners)
    return np.stack(history)


def read_study(path: Path) -> pd.DataFrame:
    """The rows ``reader_study`` kept."""
    return pd.read_csv(path, dtype={"file": str})


def study_summary(study: pd.DataFrame) -> pd.DataFrame:
    """Rows (films, corrections); columns of means over measured films, and the share of all films that are NEAR."""
    start = study[study["corrections"] == 0].sort_values("mre_manual", ascending=False)  # NaN last: nothing to correct
    worst = set(start["file"][: max(1, round(WORST * len(start)))])
    groups = {"all": study, "worst tenth": study[study["file"].isin(worst)]}
    return pd.concat({title: _by_correction(group) for title, group in groups.items()}, names=["films", "corrections"])


def _by_correction(study: pd.DataFrame) -> pd.DataFrame:
    near = {f"near_{way}": study[f"angle_{way}"] < NEAR for way in WAYS}
    return study.assign(**near).drop(columns="file").groupby("corrections").mean()


def study_table(study: pd.DataFrame) -> str:
    """The summary as text, with films and failures."""
    failures = study.loc[study["corrections"] == 0, "mre_manual"].isna().sum()
    head = f"{study['file'].nunique()} films, {failures} failures; error of corners in film pixels, of the largest " \
           f"angle in degrees, near: share of films under {NEAR:g} degrees"
    return f"{head}\n{study_summary(study).round(3).to_string()}"
