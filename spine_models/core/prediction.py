"""What a model says about one film."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .card import ModelCard
from .landmarks import Landmarks


@dataclass(frozen=True, eq=False)
class Prediction:
    """landmarks: in original pixels. mask: uint8 (H, W), 0 background, v + 1 for the v-th vertebra of landmarks.

    confidence: (V,) in [0, 1], how sure the model is that this vertebra is there and carries this level name.
    timings: seconds per stage ("decode", "network", ...). anomaly: unusualness score or None.
    """

    landmarks: Landmarks
    mask: np.ndarray
    confidence: np.ndarray
    card: ModelCard
    timings: dict[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    anomaly: float | None = None
