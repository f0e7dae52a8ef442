"""The films of the GAN study that no patient sat for: generated ones, the same restyled, and synthesised ones.

    generated    the public generated films, as they are (levels unnamed)
    styled       the same films made to look like real ones, ``STYLED/<name>``, with the labels of the generated ones
    spine_synth  films made to order, ``MADE/*.png`` with ``MADE/corners.npz``: names (N,), corners (N, 17, 4, 2) px
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..core.errors import DataError
from ..imaging.load import read_radiograph
from . import films
from .films import Film, shrink

STYLED = Path("artefacts") / "styled"
MADE = Path("artefacts") / "spine_synth"


def missing(kind: str, data: Path) -> str | None:
    """A sentence when films of this kind are not there."""
    folder = {"generated": data / "spinal_ai2024", "styled": STYLED, "spine_synth": MADE}[kind]
    return None if folder.is_dir() else f"There are no {kind} films: {folder} is not there."


def synthetic_films(kind: str, data: Path, height: int) -> list[Film]:
    """All films of one kind, at most ``height`` rows high. Raises DataError when there are none."""
    if lacking := missing(kind, data):
        raise DataError(lacking)
    if kind != "spine_synth":
        return films.generated(data, height, STYLED if kind == "styled" else None)
    with np.load(MADE / "corners.npz") as kept:
        named = list(zip(kept["names"], kept["corners"]))
    made = []
    for name, corners in named:
        pixels, scale = shrink(read_radiograph(MADE / str(name)).pixels, height)
        corners = (corners + 0.5) * scale - 0.5
        made.append(Film(pixels, corners, np.ones(len(corners), bool), np.arange(len(corners)), scale))
    return made
