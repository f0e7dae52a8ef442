"""The generated films in the style of real ones, laid out as they came, so that every loader reads them."""

from __future__ import annotations

import shutil
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from ..core.errors import DataError
from ..imaging.load import read_radiograph
from ..training.films import columns_with_film
from ..training.labels import load_generated
from .inference import ONE_AT_A_TIME, shared_model

STYLER = "cyclegan"
SET = "spinal_ai2024"


def restyle(pixels: np.ndarray) -> np.ndarray:
    """A film in the style of real ones, float32 (H, W) in [0, 1]; raises ModelError without weights."""
    model, _ = shared_model(STYLER)
    with ONE_AT_A_TIME:
        return model.restyle(pixels)


def restyle_set(data: Path, out: Path) -> Path:
    """Write ``out/spinal_ai2024/{images,annotations.json}``; labels hold as they are. Films already there are kept.

    Only the film is changed, not the bars beside it. Returns the folder written.
    """
    shared_model(STYLER)  # without weights the command ends before it writes anything
    films = load_generated(data)
    folder = out / SET
    source = films[0].path.parents[1]
    if folder.resolve() == source.resolve():
        raise DataError(f"{out} holds the films as they came: give another folder to --out.")
    try:
        (folder / "images").mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / "annotations.json", folder / "annotations.json")
    except OSError as error:
        raise DataError(f"The films cannot be written to {folder}: {error.strerror}.") from error
    for film in tqdm(films, desc="restyle", unit="film"):
        target = folder / "images" / film.path.name
        if target.is_file():
            continue
        pixels = read_radiograph(film.path).pixels.copy()
        columns = columns_with_film(np.rint(pixels * 255).astype(np.uint8))
        pixels[:, columns] = restyle(np.ascontiguousarray(pixels[:, columns]))
        cv2.imwrite(str(target), np.rint(pixels * 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 95])
    return folder
