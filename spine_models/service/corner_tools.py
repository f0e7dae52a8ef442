"""The flagship's refiner and shape prior, for landmarks a reader has corrected or begun by hand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..core.landmarks import Landmarks
from ..core.shape_prior import ShapePrior
from ..zoo._refiner import Refiner, refine
from .inference import ONE_AT_A_TIME, shared_model
from .propagation import propagate

OWNER = "cascade"
"""The model whose weights hold both."""


@dataclass(frozen=True, eq=False)
class CornerTools:
    """prior: of the levels T1-L5. network: finds the corners of a vertebra on its own crop of the film."""

    prior: ShapePrior
    network: Refiner

    def suggest(self, before: Landmarks, after: Landmarks, pixels: np.ndarray | None) -> Landmarks | None:
        """What the corrections in ``after`` say about the other corners. pixels: the film (H, W), if it is at hand."""
        if pixels is None:
            return propagate(before, after, self.prior)
        return propagate(before, after, self.prior, lambda corners: self._measure(pixels, corners))

    def place(self, landmarks: Landmarks, pixels: np.ndarray) -> Landmarks:
        """Corners no human has placed, found on the film (H, W) from where they roughly are."""
        corners, sigma = self._measure(pixels, landmarks.corners)
        free = landmarks.source == "model"
        corners = np.where(free[..., None], corners, landmarks.corners)
        return Landmarks(corners, landmarks.levels, np.where(free, sigma, landmarks.sigma), landmarks.source)

    def _measure(self, pixels: np.ndarray, corners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        with ONE_AT_A_TIME:
            return refine(self.network, pixels, corners)


def corner_tools() -> CornerTools:
    """Raises ModelError as long as their model is not trained."""
    model, _ = shared_model(OWNER)
    return CornerTools(model.prior, model.refiner)
