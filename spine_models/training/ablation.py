"""What each stage of the cascade buys, on validation films."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..zoo._model import Detection
from ..zoo._refiner import refine_pass
from ..zoo.cascade import Cascade
from .films import Film
from .tasks import measure

KEPT = ("smape", "largest", "within5")


@dataclass(frozen=True)
class Variant:
    """A model cut short: what it detects on a film."""

    detect: Callable[[np.ndarray], Detection]


def ablation(model: Cascade, parts: dict[str, list[Film]]) -> tuple[dict[str, str | float], ...]:
    """One row per variant: its name, and SMAPE, largest-angle error and share within 5 degrees on every part."""
    rows = []
    for step, detect in _variants(model).items():
        row: dict[str, str | float] = {"step": step}
        for part, films in parts.items():
            numbers = measure(Variant(detect), films)
            row |= {f"{part}_{key}": round(numbers[key], 3) for key in KEPT}
        rows.append(row)
    return tuple(rows)


def _variants(model: Cascade) -> dict[str, Callable[[np.ndarray], Detection]]:
    def one_look(pixels: np.ndarray) -> Detection:
        chain, _ = model.look(pixels)
        return Detection(chain.corners, (), chain.centre, chain.sigma)

    def two_looks(pixels: np.ndarray) -> Detection:
        chain, _ = model.locate(pixels)
        return Detection(chain.corners, (), chain.centre, chain.sigma)

    def one_pass(pixels: np.ndarray) -> Detection:
        chain, _ = model.locate(pixels)
        corners, sigma = refine_pass(model.refiner, pixels, chain.corners, mirrored=True)
        return Detection(corners, (), chain.centre, sigma)

    def settled(pixels: np.ndarray) -> Detection:
        found = model.detect(pixels)
        if len(found.corners) == len(model.prior.mean) // 8:
            return Detection(*model.prior.posterior(found.corners, found.sigma)[:1], (), found.confidence)
        return found

    return {
        "whole film only": one_look,
        "+ second look at the spine": two_looks,
        "+ refiner, one pass": one_pass,
        "+ second pass (the cascade)": model.detect,
        "cascade, then shape prior": settled,
    }
