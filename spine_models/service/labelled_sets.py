"""Which labelled films an evaluation is about: the official splits, or a user's own films.

``--data`` may be the folder of the public sets, a user's folder in the same layout, or a CSV of corners
(``corner_table``). A user's films never take the name of a public set: the file names tell them apart.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..core.errors import DataError
from ..training.labels import LABEL_REVISION, LabelledFilm, load_fullbody, load_spineweb, read_table
from .corner_table import load_corner_table
from .label_store import labels_digest

OWN_SPLIT = "all"
"""The split of a CSV of corners, which has no parts."""

OFFICIAL = {"test": "2857ea517eea64b4", "validation": "be628ff50d20aadf", "fullbody": "f8ba598f95cc1296"}
"""``names_digest`` of the public splits."""


@dataclass(frozen=True)
class Split:
    """A set of labelled films: the public data set's name, and how to load them."""

    dataset: str
    load: Callable[[Path], list[LabelledFilm]]


@dataclass(frozen=True, eq=False)
class LabelledSet:
    """Films with the name of their data set, the revision of their labels and the split they make up."""

    dataset: str
    revision: str
    split: str
    films: list[LabelledFilm]


def _validation(data: Path) -> list[LabelledFilm]:
    held_out = {row["file"] for row in read_table("spineweb16") if row["part"] == "validation"}
    return [film for film in load_spineweb(data, "training") if film.path.name in held_out]


SPLITS = {
    "test": Split("spineweb16", lambda data: load_spineweb(data, "test")),
    "validation": Split("spineweb16", _validation),
    "fullbody": Split("aasce_challenge", load_fullbody),
}


def open_set(data: Path, split: str) -> LabelledSet:
    """The films of ``split`` under ``data``, or of the CSV of corners that ``data`` is, whatever the split.

    Raises DataError when they are not there or not laid out as expected.
    """
    if data.is_file():
        films = load_corner_table(data)
        return LabelledSet(_slug(data.stem), labels_digest(films), OWN_SPLIT, films)
    films = SPLITS[split].load(data)
    if not films:
        raise DataError(f"{data} holds no film of the split {split}: give --split test for films of your own.")
    if names_digest(films) == OFFICIAL[split]:
        return LabelledSet(SPLITS[split].dataset, LABEL_REVISION, split, films)
    return LabelledSet(_slug(data.resolve().name), labels_digest(films), split, films)


def names_digest(films: list[LabelledFilm]) -> str:
    """First 16 digits of the sha256 of the sorted file names."""
    names = sorted(film.path.name for film in films)
    return hashlib.sha256("\n".join(names).encode()).hexdigest()[:16]


def _slug(name: str) -> str:
    """A folder name without the signs the store gives a meaning to."""
    return "own_" + (re.sub(r"[^\w.-]+", "_", name).strip("._") or "films")
