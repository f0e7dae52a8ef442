"""The three data sets as labelled films: SpineWeb-16 (AASCE 2019), full-body films, generated films.

Every film is read as its publisher ships it; what is wrong with a label is repaired or masked on the way
(``repair.py`` for what geometry can decide, ``defects.csv`` for what only looking at the film could), never on disk.
"""

from __future__ import annotations

import csv
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image

from ..core.errors import DataError
from .repair import repair

LABEL_REVISION = "2026-11-b"
"""Changes whenever a loader, a repair rule or ``defects.csv`` gives any film other corners, masks or levels."""

FEWEST_QUADS = 13
"""Six generated films have a single quad; all others have 13 to 20."""

GAP = 1.7
"""Steps between neighbours stay below this many local steps on 99.9 of 100 pairs; a missing vertebra makes two."""

Split = Literal["training", "test"]

_HERE = Path(__file__).parent
_HOW_TO_GET = {
    "spineweb16": "SpineWeb-16 is free on request at spineweb.digitalimaginggroup.ca (data set 16): unpack it so that "
                  "data/training, data/test, labels/training and labels/test lie in one folder, and give that folder "
                  "with --data or in SPINE_DATA",
    "aasce_challenge": "it holds the full-body films and labels.json with their corners; give the folder that "
                       "contains aasce_challenge/ with --data or in SPINE_DATA",
    "spinal_ai2024": "it is the Spinal-AI2024 set: annotations.json and images/; give the folder that contains "
                     "spinal_ai2024/ with --data or in SPINE_DATA",
}


@dataclass(frozen=True, eq=False)
class LabelledFilm:
    """One film and what its label says.

    path: the image file; shape: its (height, width) in pixels. case_id: films of one case never part in a split.
    raw: float64 (17, 4, 2) corners in pixels exactly as labelled. corners: the same repaired, T1 first, TL TR BL BR.
    valid: (17,) bool, False where the corners of this vertebra must neither be trained on nor scored.
    level_valid: False where the label is known to start or end at another level than T1 and L5.
    defects: a sentence for all that was repaired or masked. twin: a test film that training shows as well.
    angles: the three published AASCE angles in degrees, or None.
    """

    path: Path
    case_id: str
    raw: np.ndarray
    corners: np.ndarray
    valid: np.ndarray
    shape: tuple[int, int]
    level_valid: bool = True
    defects: tuple[str, ...] = ()
    twin: bool = False
    angles: np.ndarray | None = None

    @property
    def clean(self) -> bool:
        """No twin in training and nothing masked: a film of the strict test subset."""
        return bool(self.valid.all()) and self.level_valid and not self.twin


@dataclass(frozen=True, eq=False)
class GeneratedFilm:
    """path: the image file. quads: float64 (V, 4, 2) pixels, TL TR BL BR, top to bottom, without level names.

    gaps: the chain skips at least one vertebra, so neighbours in ``quads`` need not be neighbours in the spine.
    """

    path: Path
    quads: np.ndarray
    gaps: bool


def load_spineweb(data: Path, split: Split) -> list[LabelledFilm]:
    """The films of one official split, in the order of ``filenames.csv``.

    data: the folder that holds ``spineweb16/``, or that folder itself. Raises DataError when it is not laid out as
    downloaded or its three label files disagree.
    """
    root = _folder(data, "spineweb16", "labels")
    names = _names(root / "labels" / split / "filenames.csv")
    rows = _numbers(root / "labels" / split / "landmarks.csv", len(names), 136)
    angles = _numbers(root / "labels" / split / "angles.csv", len(names), 3)
    twins = {row["twin"] for row in read_table("twins") if row["twin_split"] == "test"}
    films = []
    for name, row, cobb in zip(names, rows, angles):
        path = root / "data" / split / name
        shape = _image_shape(path)
        raw = np.stack([row[:68] * shape[1], row[68:] * shape[0]], axis=1).reshape(17, 4, 2)
        films.append(_labelled(path, case_id(name), raw, shape, cobb, twin=split == "test" and name in twins))
    return films


def load_fullbody(data: Path) -> list[LabelledFilm]:
    """The full-body films, sorted by their number. data: the folder that holds ``aasce_challenge/``."""
    root = _folder(data, "aasce_challenge", "labels.json")
    labels = _json(root / "labels.json", "aasce_challenge")
    films = []
    for name in sorted(labels, key=lambda name: int(case_id(name))):
        label = labels[name]
        raw = np.array(label["corners"], dtype=np.float64).reshape(17, 4, 2)
        films.append(_labelled(root / name, case_id(name), raw, tuple(label["height_width"]),
                               np.array(label["angles"], dtype=np.float64)))
    return films


def load_generated(data: Path) -> list[GeneratedFilm]:
    """The generated films with at least FEWEST_QUADS vertebrae. data: the folder that holds ``spinal_ai2024/``."""
    root = _folder(data, "spinal_ai2024", "annotations.json")
    coco = _json(root / "annotations.json", "spinal_ai2024")
    quads: dict[int, list[np.ndarray]] = {}
    for vertebra in coco["annotations"]:
        quads.setdefault(vertebra["image_id"], []).append(np.reshape(vertebra["segmentation"][0], (4, 2)))
    films = []
    for image in coco["images"]:
        chain = np.array(quads.get(image["id"], []), dtype=np.float64)  # in the file from top to bottom
        if len(chain) >= FEWEST_QUADS:
            films.append(GeneratedFilm(root / "images" / image["file_name"], chain, _has_gap(chain)))
    return films


def case_id(name: str) -> str:
    """The case a file belongs to: "182" for "sunhl-1th-06-Jan-2017-182 A AP.jpg", "coronal3" for "...-coronal3.jpg"."""
    last = Path(name).stem.rsplit("-", 1)[-1]
    number = re.match(r"\d+", last)
    return number.group() if number else last


@cache
def read_table(name: str) -> tuple[dict[str, str], ...]:
    """Rows of ``splits/<name>.csv``, the files that fix splits, twins and per-film decisions."""
    with open(_HERE / "splits" / f"{name}.csv", newline="", encoding="utf-8") as file:
        return tuple(csv.DictReader(file))


def _labelled(path: Path, case: str, raw: np.ndarray, shape: tuple[int, int], angles: np.ndarray,
              twin: bool = False) -> LabelledFilm:
    """Repair one label and apply what was decided about this film by eye."""
    repaired = repair(raw)
    valid, defects, level_valid = repaired.valid.copy(), list(repaired.defects), True
    for row in read_table("defects"):
        if row["file"] != path.name:
            continue
        if row["action"] == "mask-levels":
            level_valid = False
        else:
            valid[[int(v) - 1 for v in row["vertebrae"].split()]] = row["action"] == "trust"
        defects.append(f"{row['reason']} ({row['action']} {row['vertebrae']}".rstrip() + ").")
    return LabelledFilm(path, case, raw, repaired.corners, valid, shape, level_valid, tuple(defects), twin, angles)


def _has_gap(chain: np.ndarray) -> bool:
    """True when two consecutive quads lie more than GAP local steps apart."""
    steps = np.linalg.norm(np.diff(chain.mean(axis=1), axis=0), axis=1)
    local = np.array([np.median(steps[max(i - 3, 0):i + 4]) for i in range(len(steps))])
    return bool((steps > GAP * local).any())


def _folder(data: Path, name: str, marker: str) -> Path:
    """The folder of one data set: ``data/<name>`` or, when the user points straight at it, ``data``."""
    for root in (Path(data) / name, Path(data)):
        if (root / marker).exists():
            return root
    raise DataError(f"{data} holds no {name} films ({name}/{marker} is not there): {_HOW_TO_GET[name]}.")


def _names(path: Path) -> list[str]:
    names = [line.strip().strip('"') for line in _text(path).splitlines() if line.strip()]
    if not names:
        raise DataError(f"{path} lists no film.")
    return names


def _numbers(path: Path, rows: int, columns: int) -> np.ndarray:
    """(rows, columns) float64 of a label file; DataError when it is of another size or holds anything but numbers."""
    try:
        table = np.array([line.split(",") for line in _text(path).splitlines() if line.strip()], dtype=np.float64)
    except ValueError as error:
        raise DataError(f"{path} must hold rows of {columns} numbers: {error}.") from error
    if table.shape != (rows, columns) or not np.isfinite(table).all():
        raise DataError(f"{path} must hold {rows} rows of {columns} numbers (as filenames.csv), not {table.shape}.")
    return table


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"Label file {path} cannot be read: {_HOW_TO_GET['spineweb16']}.") from error


def _json(path: Path, name: str) -> dict:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read as JSON: {_HOW_TO_GET[name]}.") from error


def _image_shape(path: Path) -> tuple[int, int]:
    """(height, width) from the file's header; the pixels are not decoded."""
    try:
        with Image.open(path) as image:
            return image.height, image.width
    except OSError as error:
        raise DataError(f"Film {path} is listed in filenames.csv but missing or no image.") from error
