"""Landmarks as a file other programs read, and back: text, CSV, JSON or MATLAB.

Text and CSV have a line per corner: level, corner, x, y, source. JSON has ``levels``, ``corners`` (V x 4 x 2),
``source``, ``sigma``. The .mat has ``p2`` (4 V x 2), the layout of the public SpineWeb-16 labels, with ``levels`` and
``source``; a corner whose source a file does not tell counts as human. All coordinates are pixels of the original
upright film, origin in its upper left corner, printed so that they come back to the last bit. Files with nothing but
coordinates, such as those labels, are read as T1-L5.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable
from pathlib import PurePath

import numpy as np
import scipy.io

from ..core.errors import DataError, LandmarkError
from ..core.landmarks import CORNERS, STANDARD_LEVELS, Landmarks

COLUMNS = ("level", "corner", "x", "y", "source")
LARGEST_FILE = 1_000_000
"""Bytes; the points of a spine take some thousand."""


def write_points(landmarks: Landmarks, kind: str) -> bytes:
    """Landmarks as a file of one of ``KINDS``."""
    return _WRITERS[kind](landmarks)


def read_points(data: bytes, name: str) -> Landmarks:
    """Landmarks of a file, its kind told by the ending of its name; raises DataError with a sentence for the user."""
    kind = PurePath(name).suffix.lower().removeprefix(".")
    if kind not in _READERS:
        raise DataError(f"Points can be read from {', '.join('.' + kind for kind in KINDS)} files, not from this one.")
    if len(data) > LARGEST_FILE:
        raise DataError("This file is too large to hold the points of one spine.")
    try:
        return _READERS[kind](data)
    except LandmarkError as error:
        raise DataError(f"The points in this file are not a spine: {error}") from error
    except Exception as error:  # scipy and json raise many kinds for a file that is not what its name says
        raise DataError(f"This file holds no points the program can read ({_EXPECTED[kind]}).") from error


def _write_text(landmarks: Landmarks) -> bytes:
    lines = ["# " + " ".join(COLUMNS), *(" ".join(map(str, row)) for row in _table(landmarks))]
    return ("\n".join(lines) + "\n").encode()


def _write_csv(landmarks: Landmarks) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([COLUMNS, *_table(landmarks)])
    return text.getvalue().encode()


def _write_json(landmarks: Landmarks) -> bytes:
    sigma = [[None if np.isnan(value) else value for value in row] for row in landmarks.sigma.tolist()]
    fields = {"levels": landmarks.levels, "corners": landmarks.corners.tolist(), "source": landmarks.source.tolist()}
    return (json.dumps(fields | {"sigma": sigma}) + "\n").encode()


def _write_mat(landmarks: Landmarks) -> bytes:
    file = io.BytesIO()
    levels = np.array(landmarks.levels, dtype=object)
    source = landmarks.source.astype(object)
    scipy.io.savemat(file, {"p2": landmarks.corners.reshape(-1, 2), "levels": levels, "source": source})
    return file.getvalue()


def _table(landmarks: Landmarks) -> Iterable[tuple]:
    for level, corners, sources in zip(landmarks.levels, landmarks.corners.tolist(), landmarks.source.tolist()):
        for corner, (x, y), source in zip(CORNERS, corners, sources):
            yield level, corner, x, y, source


def _read_text(data: bytes) -> Landmarks:
    lines = data.decode("utf-8-sig").replace(",", " ").replace(";", " ").splitlines()
    rows = [line.split() for line in lines if line.strip() and not line.lstrip().startswith("#")]
    if all(len(row) == 2 for row in rows):
        return _bare(np.array(rows, dtype=np.float64))
    return _named(rows)


def _read_csv(data: bytes) -> Landmarks:
    text = data.decode("utf-8-sig")
    first = text.partition("\n")[0]
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";" if ";" in first else ","))
    return _named([[row.get(column) or "" for column in COLUMNS] for row in rows])


def _read_json(data: bytes) -> Landmarks:
    fields = json.loads(data)
    sigma = fields.get("sigma")
    return Landmarks(
        np.array(fields["corners"], dtype=np.float64),
        tuple(fields["levels"]),
        None if sigma is None else np.array(sigma, dtype=np.float64),
        _checked_source(fields.get("source", np.full((len(fields["levels"]), 4), "human"))),
    )


def _read_mat(data: bytes) -> Landmarks:
    fields = scipy.io.loadmat(io.BytesIO(data), variable_names=["p2", "levels", "source"], simplify_cells=True)
    points = np.asarray(fields["p2"], dtype=np.float64)
    if "levels" not in fields:
        return _bare(points)
    levels = tuple(map(str, np.atleast_1d(fields["levels"])))
    source = np.atleast_2d(fields["source"]).astype(str) if "source" in fields else np.full((len(levels), 4), "human")
    return Landmarks(points.reshape(-1, 4, 2), levels, source=_checked_source(source))


def _bare(points: np.ndarray) -> Landmarks:
    """(68, 2) points without names: T1-L5, TL TR BL BR, as in the public labels."""
    if points.shape != (68, 2):
        raise LandmarkError(f"points without level names must be the 68 of T1 to L5, not {len(points)}.")
    return Landmarks(points.reshape(17, 4, 2), STANDARD_LEVELS, source=np.full((17, 4), "human"))


def _named(rows: list[list[str]]) -> Landmarks:
    found: dict[str, dict[str, tuple[float, float, str]]] = {}
    for level, corner, x, y, *source in rows:
        found.setdefault(level.upper(), {})[corner.upper()] = (float(x), float(y), (source or ["human"])[0] or "human")
    for level, corners in found.items():
        if set(corners) != set(CORNERS):
            raise LandmarkError(f"vertebra {level} needs one line for each of {', '.join(CORNERS)}.")
    corners = [[found[level][corner][:2] for corner in CORNERS] for level in found]
    source = [[found[level][corner][2] for corner in CORNERS] for level in found]
    return Landmarks(np.array(corners).reshape(-1, 4, 2), tuple(found), source=_checked_source(source))


def _checked_source(source: Iterable) -> np.ndarray:
    source = np.array(source, dtype=str)
    if not np.isin(source, ("model", "human")).all():
        raise LandmarkError("the source of a corner is either model or human.")
    return source


_WRITERS: dict[str, Callable[[Landmarks], bytes]] = {
    "txt": _write_text, "csv": _write_csv, "json": _write_json, "mat": _write_mat,
}
_READERS: dict[str, Callable[[bytes], Landmarks]] = {
    "txt": _read_text, "csv": _read_csv, "json": _read_json, "mat": _read_mat,
}
_EXPECTED = {
    "txt": "a line per corner: level, corner, x, y, source; or 68 lines x y",
    "csv": "the columns level, corner, x, y, source",
    "json": "the fields levels and corners",
    "mat": "the matrix p2 of 68 x 2 numbers",
}
KINDS = tuple(_WRITERS)
"""File endings, without the dot."""
