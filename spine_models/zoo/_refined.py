"""A model followed by the shared corner refiner: the network behind the variants "<name>+refiner"."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from ._model import Detection, SpineModel
from ._refiner import Refiner, refine

TRUSTED = 0.6
"""The refiner has learnt to correct a third of a vertebra's height. Where it moves a vertebra's centre by more than
this share of it, it has taken another vertebra, or nothing at all, for the one meant: the model's own corners stay."""


class Refined(SpineModel):
    """base: any model that finds all vertebrae of a film in order; refiner: measures their corners again."""

    def __init__(self, base: SpineModel, refiner: Refiner) -> None:
        super().__init__()
        self.base, self.refiner = base, refiner

    def detect(self, pixels: np.ndarray) -> Detection:
        found = self.base.detect(pixels)
        start = time.perf_counter()
        corners, sigma = refine(self.refiner, pixels, found.corners)
        away = np.linalg.norm((corners - found.corners).mean(axis=1), axis=1)
        height = np.linalg.norm(found.corners[:, 2:].mean(axis=1) - found.corners[:, :2].mean(axis=1), axis=1)
        lost = away > TRUSTED * height
        corners = np.where(lost[:, None, None], found.corners, corners)
        sigma = np.where(lost[:, None], np.maximum(sigma, away[:, None]), sigma)
        timings = {**found.timings, "refine": time.perf_counter() - start}
        return replace(found, corners=corners, sigma=sigma, timings=timings)
