"""``robustness``: a model on a fixed dozen of films of a split, spread over severities, each made worse in every way.

The corners found are brought back into the film and scored as in an evaluation; ``robustness`` reads what is kept.
"""

from __future__ import annotations

import io
import json
import logging
import zlib
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from ..core.errors import DataError, DetectionError, ModelError, SpineError
from ..core.landmarks import STANDARD_LEVELS
from ..core.metrics import METRIC_VERSION
from ..imaging.load import read_radiograph
from ..imaging.perturb import IDENTITY, PERTURBATIONS, Perturbation, perturbed
from ..imaging.warp import inverse, through
from ..training.labels import LabelledFilm
from .film_runs import SCRATCH, Runner, in_processes, run_resumably
from .inference import predict, shared_model
from .labelled_sets import open_set
from .measuring import aasce_or_none
from .provenance import provenance
from .robustness import CORNERS, FACTS, TABLE, scored_robustness
from .store import STORE, replace_folder, run_folder

FILMS, SEED = 12, 0
"""A dozen films: 31 pictures of each took the cascade 17 s of one core a film, so 100 s on two idle cores."""

def run_robustness(name: str, data: Path, split: str, store: Path = STORE, runner: Runner = in_processes,
               scratch: Path = SCRATCH) -> Path:
    """Measure model ``name`` on perturbed films of a split and return its result folder, which now holds the table.

    Raises ModelError when the model cannot be used, DataError when the films or its results are not there.
    """
    _, card = shared_model(name)
    labelled = open_set(data, split)
    folder = run_folder(card, labelled.dataset, labelled.revision, labelled.split, store)
    if not folder.is_dir():
        raise DataError(f"There are no results of these weights yet: run evaluate {name} --split {split} first.")
    films, facts = chosen(labelled.films), provenance()
    spines = {film.path.name: [film.corners.min(axis=(0, 1)).tolist(), film.corners.max(axis=(0, 1)).tolist()]
              for film in films}
    work = partial(measure_perturbed, name=name, sha256=card.training.sha256, spines=spines)
    place = scratch / labelled.split / f"{folder.name}-robustness-{(facts['git'] or '')[:8]}"
    found = run_resumably(work, [film.path for film in films], place, runner, f"{name} on perturbed films")
    rows = pd.DataFrame([{"file": film.path.name, **row} for film, one in zip(films, found) for row in one["rows"]])
    corners = np.array([row or np.full((len(STANDARD_LEVELS), 4, 2), np.nan) for row in rows["corners"]], np.float32)
    facts |= {"metric_version": METRIC_VERSION, "seed": SEED, "films": [film.path.name for film in films]}
    content = io.BytesIO()
    np.savez_compressed(content, corners=corners)
    table = scored_robustness(rows.drop(columns="corners"), corners, films)
    replace_folder(folder, {TABLE: table, CORNERS: content.getvalue(),
                            FACTS: (json.dumps(facts, indent=2) + "\n").encode()})
    return folder


def chosen(films: list[LabelledFilm], count: int = FILMS) -> list[LabelledFilm]:
    """One film at random (SEED) of each of ``count`` equal groups by largest angle, of the films with sound labels."""
    sound = sorted((film for film in films if film.clean), key=lambda film: (film.angles[0], film.path.name))
    if not sound:
        raise DataError("There is no film with a sound label to perturb.")
    rng = np.random.default_rng(SEED)
    groups = np.array_split(np.arange(len(sound)), min(count, len(sound)))
    return [sound[rng.choice(group)] for group in groups]


def measure_perturbed(film: Path, name: str, sha256: str, spines: dict[str, list]) -> dict:
    """{"rows": a dict per PERTURBATIONS: kind, level, ok, error, corners (17, 4, 2) px of the film or None}.

    spines: per file name the (2, 2) box of the labelled vertebrae.
    """
    _, card = shared_model(name)
    if card.training.sha256 != sha256:
        raise ModelError(f"The weights of {name} differ between the machines of the cluster: install the same version.")
    pixels, spine = read_radiograph(film).pixels, np.array(spines[film.name])
    return {"rows": [_answer(pixels, change, spine, film.name, name) for change in PERTURBATIONS]}


def _answer(pixels: np.ndarray, change: Perturbation, spine: np.ndarray, file: str, name: str) -> dict:
    row = {"kind": change.kind, "level": change.level, "ok": True, "error": None, "corners": None}
    rng = np.random.default_rng([zlib.crc32(file.encode()), PERTURBATIONS.index(change)])
    try:
        content, frame = perturbed(pixels, change, spine, rng)
        radiograph = read_radiograph(content)
        landmarks = predict(radiograph, name).landmarks
        if aasce_or_none(landmarks, radiograph.shape[0]) is None:
            raise DetectionError(f"Only {len(landmarks)} of the 17 vertebrae T1-L5 were found.")
        back = landmarks.corners if frame is IDENTITY else through(inverse(frame), landmarks.corners)
        return row | {"corners": back.tolist()}
    except SpineError as error:
        return row | {"ok": False, "error": str(error)}
    except Exception as error:  # a fault of ours on one picture must not cost those after it
        logging.getLogger(__name__).exception("Measuring %s, %s failed", file, change)
        return row | {"ok": False, "error": f"A fault of the program ({type(error).__name__}): please report it."}
