"""The films of the GAN study that no patient sat for.

    generated    the public generated films, as they are (levels unnamed)
    styled       the same, made to look like real ones by ``cyclegan``; corners stay where they are
    spine_synth  films that ``spine_synth`` makes of random spines
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from tqdm import tqdm

from ..core.errors import DataError
from ..imaging.phantom import random_shape
from ..imaging.phantom.shape import build_spine
from ..zoo.registry import import_model, list_models, load_model
from . import films
from .films import Film, shrink

MAKERS = {"styled": "cyclegan", "spine_synth": "spine_synth"}
MADE = 600  # films of spine_synth
T1, LENGTH = 0.085, 0.8  # height of T1 on such a film and length of the spine, of the film's height


def missing(kind: str, data: Path) -> str | None:
    """A sentence when films of this kind cannot be had."""
    if kind != "spine_synth" and not (data / "spinal_ai2024").is_dir():
        return f"There are no generated films in {data}."
    maker = MAKERS.get(kind)
    if maker and not any(entry.name == maker and entry.status == "trained" for entry in list_models()):
        return f"{maker} has no weights yet: run `python -m spine_models train {maker}` first."
    return None


def synthetic_films(kind: str, data: Path, height: int) -> list[Film]:
    """All films of one kind, at most ``height`` rows high. Raises DataError when they cannot be had."""
    if lacking := missing(kind, data):
        raise DataError(lacking)
    if kind == "spine_synth":
        return _made(height)
    generated = films.generated(data, height)
    if kind == "generated":
        return generated
    model = load_model(MAKERS[kind])
    looks = (model.restyle(film.pixels.astype(np.float32) / 255) for film in generated)
    return [replace(film, pixels=np.rint(255 * look).astype(np.uint8))
            for film, look in zip(generated, tqdm(looks, desc="restyling", total=len(generated)))]  # fmt: skip


def _made(height: int) -> list[Film]:
    model, rng, made = load_model(MAKERS["spine_synth"]), np.random.default_rng(0), []
    rows, columns = import_model(MAKERS["spine_synth"]).CARD.input_size
    for seed in tqdm(range(MADE), desc="making films"):
        spine = build_spine(random_shape(rng), rng, T1 * rows, LENGTH * rows, columns / 2)
        pixels, scale = shrink(model.film(spine, seed), height)
        count = len(spine.truth)
        made.append(Film(pixels, (spine.truth + 0.5) * scale - 0.5, np.ones(count, bool), np.arange(count), scale))
    return made
