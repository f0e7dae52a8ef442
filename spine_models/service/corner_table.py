"""A user's own labelled films as a CSV of corners, one vertebra per row, the films beside the CSV.

Columns: file (relative to the CSV), level (T1-L5), tl_x, tl_y, tr_x, tr_y, bl_x, bl_y, br_x, br_y in pixels of the
upright film, left and right as seen on it; case (optional): films of one case are of one patient.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from ..core.aasce import aasce_angles
from ..core.errors import DataError, LandmarkError
from ..core.landmarks import CORNERS, STANDARD_LEVELS
from ..training.labels import LabelledFilm

COORDINATES = [f"{corner.lower()}_{axis}" for corner in CORNERS for axis in "xy"]
_ORIENTATION = 0x0112  # EXIF


def load_corner_table(path: Path) -> list[LabelledFilm]:
    """The films of a CSV of corners, in the order of the file; the angles are those of the challenge rule.

    Raises DataError, naming file and film, when the table or a film is not as described above.
    """
    try:
        table = pd.read_csv(path, dtype={"file": str, "level": str, "case": str})
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read as a CSV of corners.") from error
    missing = [name for name in ("file", "level", *COORDINATES) if name not in table]
    if missing or table.empty:
        wanted = ", ".join(("file", "level", *COORDINATES))
        raise DataError(f"{path} must have rows and the columns {wanted}; {', '.join(missing) or 'it has no row'}"
                        f"{' is missing' if missing else ''}.")
    names = [Path(name).name for name in table["file"].unique()]
    if len(set(names)) < len(names):
        raise DataError(f"{path} names two films alike in different folders: give every film a name of its own.")
    return [_film(path, name, rows) for name, rows in table.groupby("file", sort=False)]


def _film(table: Path, name: str, rows: pd.DataFrame) -> LabelledFilm:
    if sorted(rows["level"]) != sorted(STANDARD_LEVELS):
        raise DataError(f"{table}: film {name} needs one row for each level T1 to L5; it has "
                        f"{len(rows)} rows, from {rows['level'].iloc[0]} to {rows['level'].iloc[-1]}.")
    try:
        corners = rows.set_index("level").loc[list(STANDARD_LEVELS), COORDINATES].to_numpy(dtype=np.float64)
        corners = corners.reshape(len(STANDARD_LEVELS), len(CORNERS), 2)
        shape = _shape(table.parent / name)
        angles = aasce_angles(corners, shape[0])
    except (ValueError, LandmarkError) as error:
        raise DataError(f"{table}: film {name} has a corner that is no number, or a vertebra without width.") from error
    _check_order(corners, f"{table}: film {name}")
    case = rows["case"].iloc[0] if "case" in rows else Path(name).stem
    return LabelledFilm(table.parent / name, str(case), corners, corners, np.ones(len(corners), bool), shape,
                        angles=angles)


def _check_order(corners: np.ndarray, where: str) -> None:
    """Raise DataError where left and right, top and bottom, or the vertebrae are the wrong way round."""
    across = corners[:, 1::2].mean(axis=1) - corners[:, 0::2].mean(axis=1)
    down = corners[:, 2:].mean(axis=1) - corners[:, :2].mean(axis=1)
    wrong = np.flatnonzero(across[:, 0] * down[:, 1] - across[:, 1] * down[:, 0] <= 0)
    if len(wrong):
        raise DataError(f"{where}: the corners of {STANDARD_LEVELS[wrong[0]]} are not in the order TL, TR, BL, BR as "
                        "seen on the film.")
    if corners[-1, :, 1].mean() <= corners[0, :, 1].mean():
        raise DataError(f"{where}: T1 must lie above L5 on the film.")


def _shape(film: Path) -> tuple[int, int]:
    """(height, width) of the upright film, from the file's header."""
    try:
        with Image.open(film) as picture:
            height, width = picture.height, picture.width
            lying = 5 <= picture.getexif().get(_ORIENTATION, 1) <= 8
    except OSError as error:
        raise DataError(f"Film {film} is named in the CSV of corners, but it is missing or no image.") from error
    return (width, height) if lying else (height, width)
