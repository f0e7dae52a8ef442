"""The labels of a stored split, once for all models: what results are drawn and scored against without the films.

``labels.npz``, arrays over films: files and case_ids (text), raw and corners (N, 17, 4, 2) pixels, valid (N, 17),
shapes (N, 2) pixels, level_valid, twin (N,), angles (N, 3) degrees. See ``training.labels.LabelledFilm``.
"""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import numpy as np

from ..core.errors import DataError
from ..training.labels import LabelledFilm
from .whole_file import write_whole

LABELS = "labels.npz"


def label_arrays(films: list[LabelledFilm]) -> dict[str, np.ndarray]:
    """The arrays of ``labels.npz``."""
    return {
        "files": np.array([film.path.name for film in films]),
        "case_ids": np.array([film.case_id for film in films]),
        "raw": np.stack([film.raw for film in films]),
        "corners": np.stack([film.corners for film in films]),
        "valid": np.stack([film.valid for film in films]),
        "shapes": np.array([film.shape for film in films]),
        "level_valid": np.array([film.level_valid for film in films]),
        "twin": np.array([film.twin for film in films]),
        "angles": np.stack([film.angles for film in films]),
    }


def keep_labels(folder: Path, films: list[LabelledFilm]) -> None:
    """Write the labels of a split's folder; raises DataError when it already holds other labels of this revision."""
    path, arrays = folder / LABELS, label_arrays(films)
    if path.is_file():
        kept = label_arrays(read_labels(folder))
        if any(not np.array_equal(kept[key], arrays[key]) for key in arrays):
            raise DataError(f"{path} holds other labels of the same revision: raise LABEL_REVISION in "
                            "training/labels.py, or give the films that were evaluated before.")
        return
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)
    write_whole(path, content.getvalue())


def read_labels(folder: Path) -> list[LabelledFilm]:
    """The labelled films of a split's folder, their path the bare file name.

    Raises DataError when the folder has none, as those written before metric version 2.
    """
    try:
        with np.load(folder / LABELS) as stored:
            arrays = {key: stored[key] for key in stored.files}
    except (OSError, ValueError) as error:
        raise DataError(f"There are no labels in {folder}: give the films with --data.") from error
    return [
        LabelledFilm(
            Path(str(arrays["files"][n])), str(arrays["case_ids"][n]), arrays["raw"][n], arrays["corners"][n],
            arrays["valid"][n], tuple(arrays["shapes"][n].tolist()), bool(arrays["level_valid"][n]),
            twin=bool(arrays["twin"][n]), angles=arrays["angles"][n],
        )
        for n in range(len(arrays["files"]))
    ]


def labels_digest(films: list[LabelledFilm]) -> str:
    """First 8 digits of the sha256 of the published labels: the revision of a data set that has no other."""
    arrays = label_arrays(films)
    digest = hashlib.sha256("\n".join(arrays["files"]).encode())
    digest.update(np.ascontiguousarray(arrays["raw"]).tobytes())
    return digest.hexdigest()[:8]
