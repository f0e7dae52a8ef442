"""``--data``: where the public films, or the user's own labelled ones, are."""

from __future__ import annotations

import argparse
from pathlib import Path

from .core.errors import DataError


def data_option() -> argparse.ArgumentParser:
    """A parent parser with --data."""
    data = argparse.ArgumentParser(add_help=False)
    data.add_argument("--data", type=Path, help="default: $SPINE_DATA, else ../shared/data; evaluate also takes a CSV "
                      "of corners")
    return data


def data_folder(given: Path | None) -> Path:
    """The data folder, or a user's CSV of corners: --data, else $SPINE_DATA, else shared/data beside the repository."""
    from .service.film_places import named_data

    folder = given or named_data()
    if not folder.is_dir() and not (folder.is_file() and folder.suffix.lower() == ".csv"):
        raise DataError(
            f"There is no data folder at {folder}: register at SpineWeb (spineweb.digitalimaginggroup.ca), "
            "download data set 16, and give the folder holding spineweb16/data/{training,test} and "
            "spineweb16/labels/{training,test} with --data or in SPINE_DATA."
        )
    return folder
