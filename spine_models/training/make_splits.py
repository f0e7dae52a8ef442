"""Writes the files in ``splits/``, which are kept: ``python -m spine_models.training.make_splits DATA``.

twins.csv       pairs of films of different cases, or of different official splits, that show one patient
spineweb16.csv  which films of the official training split train and which validate
fullbody.csv    the same for the full-body films
"""

from __future__ import annotations

import csv
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

from .labels import LabelledFilm, load_fullbody, load_spineweb
from .twins import similar_pairs

SEED = 2024
VALIDATION_FILMS = 64
"""The seed is the first from 2019 on that gives exactly this number of films; no model was looked at."""
LARGEST_GROUP = 6
"""A case with more films than this stays in training: it would make up a tenth of the validation films."""

_SPLITS = Path(__file__).parent / "splits"


def twin_rows(training: list[LabelledFilm], test: list[LabelledFilm]) -> list[dict[str, str]]:
    """Pairs that show one patient across cases of the training split, or across the two official splits."""
    films = training + test
    split = ["training"] * len(training) + ["test"] * len(test)
    return [{"file": films[i].path.name, "split": split[i], "twin": films[j].path.name, "twin_split": split[j],
             "similarity": f"{score:.2f}", "shift": str(shift)}
            for i, j, score, shift in similar_pairs(films)
            if split[i] != split[j] or (split[i] == "training" and films[i].case_id != films[j].case_id)]


def patient_groups(films: list[LabelledFilm], twins: list[dict[str, str]]) -> list[list[LabelledFilm]]:
    """Films of one patient together: the same case, or joined by a twin."""
    leader = {film.path.name: film.case_id for film in films}
    for row in twins:
        if row["twin_split"] == "training":
            old, new = leader[row["twin"]], leader[row["file"]]
            leader = {name: new if case == old else case for name, case in leader.items()}
    groups = defaultdict(list)
    for film in films:
        groups[leader[film.path.name]].append(film)
    return list(groups.values())


def validation_files(films: list[LabelledFilm], twins: list[dict[str, str]]) -> set[str]:
    """About VALIDATION_FILMS files of whole patients, spread evenly over the severity of the largest angle."""
    twinned = {row["file"] for row in twins if row["twin_split"] == "test"}
    groups = [group for group in patient_groups(films, twins)
              if len(group) <= LARGEST_GROUP and not twinned & {film.path.name for film in group}]
    groups.sort(key=lambda group: (np.mean([film.angles.max() for film in group]), group[0].path.name))
    step = sum(map(len, groups)) / VALIDATION_FILMS
    start = np.random.default_rng(SEED).uniform(0, step)
    picked = np.arange(start, len(groups), step).astype(int)
    return {film.path.name for index in picked for film in groups[index]}


def main(data: Path) -> None:
    """Compute and write all three files."""
    training, test = load_spineweb(data, "training"), load_spineweb(data, "test")
    twins = twin_rows(training, test)
    _write("twins", twins)
    chosen = validation_files(training, twins)
    _write("spineweb16", [{"file": film.path.name, "case_id": film.case_id,
                           "part": "validation" if film.path.name in chosen else "train"} for film in training])
    _write("fullbody", [{"file": film.path.name, "part": ("train", "validation")[index % 2]}
                        for index, film in enumerate(load_fullbody(data))])


def _write(name: str, rows: list[dict[str, str]]) -> None:
    with open(_SPLITS / f"{name}.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
