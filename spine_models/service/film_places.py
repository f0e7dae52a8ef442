"""Where the films of a stored result lie on this machine, if they do."""

from __future__ import annotations

import os
from pathlib import Path

from .provenance import REPOSITORY

DEFAULT_DATA = REPOSITORY.parent / "shared" / "data"
PLACES = ("{dataset}/data/test", "{dataset}/data/training", "{dataset}", "data/test", "data/training", "")
"""Folders under the data folder, in the layout the sets are downloaded in; a user's own films have no name of a set."""


def named_data() -> Path:
    """$SPINE_DATA, a folder or a CSV of corners, else shared/data beside the repository, there or not."""
    return Path(os.environ.get("SPINE_DATA") or DEFAULT_DATA)


def data_folder() -> Path:
    """``named_data``, of a CSV its folder."""
    place = named_data()
    return place.parent if place.is_file() else place


def find_film(dataset: str, file: str, data: Path) -> Path | None:
    """The film ``file`` of a stored result, or None where this machine does not have it."""
    name = Path(file).name  # a store from elsewhere must not name files outside the data folder
    paths = (data / place.format(dataset=dataset) / name for place in PLACES)
    return next((path for path in paths if path.is_file()), None)
