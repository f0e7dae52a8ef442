"""What every landmark model of the zoo is: an nn.Module that turns a film into vertebrae."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from torch import nn


@dataclass(frozen=True, eq=False)
class Detection:
    """Vertebrae found on one film, in pixels of that film.

    corners: (V, 4, 2) TL, TR, BL, BR; levels: V names; sigma: (V, 4) raw spread in pixels or None (calibrated later);
    confidence: (V,) in [0, 1]; warnings: sentences for the user; timings: seconds per stage; mask: uint8 (H, W),
    0 background, v + 1 the v-th vertebra, by models that paint vertebrae, else None.
    """

    corners: np.ndarray
    levels: tuple[str, ...]
    confidence: np.ndarray
    sigma: np.ndarray | None = None
    warnings: tuple[str, ...] = ()
    timings: dict[str, float] = field(default_factory=dict)
    mask: np.ndarray | None = None


class SpineModel(nn.Module):
    """Base of the zoo's landmark models. A zoo file defines one subclass, its CARD and ``build()``."""

    def detect(self, pixels: np.ndarray) -> Detection:
        """Find the vertebrae on a film.

        pixels: float32 (H, W) in [0, 1], bone bright, any size and aspect. Must not change the module's state.
        Raises DetectionError when no spine is found.
        """
        raise NotImplementedError
