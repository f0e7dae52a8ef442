"""Films in memory, ready for augmentation: one uint8 array each, decoded exactly as the app decodes them."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from ..core.centre_codec import UNKNOWN_LEVEL
from ..core.landmarks import STANDARD_LEVELS
from ..imaging.load import read_radiograph
from ..imaging.phantom import random_phantom
from .labels import LabelledFilm, load_fullbody, load_generated, load_spineweb

SPLITS = Path(__file__).parent / "splits"
FULL_HEIGHT = 4096  # no film is higher, so none is shrunk


@dataclass(frozen=True, eq=False)
class Film:
    """pixels: uint8 (H, W); corners: (V, 4, 2) in these pixels; valid: (V,) corners may be learnt;
    levels: (V,) 0-16 or UNKNOWN_LEVEL; scale: these pixels per original pixel; source: the labelled film or None."""

    pixels: np.ndarray
    corners: np.ndarray
    valid: np.ndarray
    levels: np.ndarray
    scale: float = 1.0
    source: LabelledFilm | None = None


def shrink(pixels: np.ndarray, height: int) -> tuple[np.ndarray, float]:
    """uint8 copy of [0, 1] pixels at most ``height`` rows high, and the scale applied."""
    scale = min(1.0, height / pixels.shape[0])
    if scale < 1:
        pixels = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.rint(pixels * 255).astype(np.uint8), scale


def _labelled(films: Iterable[LabelledFilm], height: int, title: str) -> list[Film]:
    loaded = []
    for film in tqdm(list(films), desc=title, leave=False):
        pixels, scale = shrink(read_radiograph(film.path).pixels, height)
        levels = np.where(film.level_valid, np.arange(len(STANDARD_LEVELS)), UNKNOWN_LEVEL)
        corners = (film.corners + 0.5) * scale - 0.5
        loaded.append(Film(pixels, corners, film.valid, levels, scale, film))
    return loaded


def _part(split_file: str, part: str) -> set[str]:
    with open(SPLITS / split_file, newline="") as handle:
        return {row["file"] for row in csv.DictReader(handle) if row["part"] == part}


def spineweb(data: Path, part: str, height: int) -> list[Film]:
    """Official *training* films of one part, "train" or "validation" (by case); never the official test films."""
    names = _part("spineweb16.csv", part)
    return _labelled((f for f in load_spineweb(data, "training") if f.path.name in names), height, f"SpineWeb {part}")


def fullbody(data: Path, part: str, height: int) -> list[Film]:
    """Skull-to-pelvis films of one half, "train" or "validation"."""
    names = _part("fullbody.csv", part)
    return _labelled((f for f in load_fullbody(data) if f.path.name in names), height, f"full body {part}")


def held_out(data: Path) -> dict[str, list[Film]]:
    """The held-out SpineWeb-16 training films and the held-out full-body films, at full size."""
    return {
        "validation": spineweb(data, "validation", FULL_HEIGHT),
        "fullbody": fullbody(data, "validation", FULL_HEIGHT),
    }


def generated(data: Path, height: int) -> list[Film]:
    """The generated films without gaps in their labels: corners known, level names unknown."""
    loaded = []
    for record in tqdm([r for r in load_generated(data) if not r.gaps], desc="generated films", leave=False):
        pixels, scale = shrink(read_radiograph(record.path).pixels, height)
        count = len(record.quads)
        unknown = np.full(count, UNKNOWN_LEVEL)
        loaded.append(Film(pixels, (record.quads + 0.5) * scale - 0.5, np.ones(count, bool), unknown, scale))
    return loaded


def columns_with_film(pixels: np.ndarray) -> slice:
    """The columns (of uint8 pixels) between the grey bars that fill a generated film up to a square."""
    columns = np.flatnonzero(pixels.std(axis=0) >= 4)
    return slice(int(columns[0]), int(columns[-1]) + 1)


def without_bars(pixels: np.ndarray) -> np.ndarray:
    """A generated film, uint8, without those bars."""
    return pixels[:, columns_with_film(pixels)]


def phantoms(count: int, height: int, seed: int, draw: Callable = random_phantom) -> list[Film]:
    """Procedural films with exact truth."""
    rng = np.random.default_rng(seed)
    films = []
    for _ in tqdm(range(count), desc="phantoms", leave=False):
        pixels, corners = draw(rng, height)
        films.append(Film(pixels, corners, np.ones(len(corners), bool), np.arange(len(corners))))
    return films
