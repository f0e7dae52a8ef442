"""A film as the models see it: upright, bone bright, no patient data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np


@dataclass(frozen=True, eq=False)
class Radiograph:
    """pixels: float32 (H, W) in [0, 1], bone bright, upright. pixel_spacing_mm: mm per pixel (row, column) or None.

    sha256: hash of the file's bytes, the film's identity in caches and stores.
    patient_left: the side of the film, as it is here, on which the patient's left is; None where the file does not say.
    notes:  sentences for the user on what was done while reading (inverted, rotated by EXIF, ...).
    """

    pixels: np.ndarray
    sha256: str
    pixel_spacing_mm: tuple[float, float] | None = None
    notes: tuple[str, ...] = ()
    patient_left: Literal["left", "right"] | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width) in pixels."""
        return self.pixels.shape[0], self.pixels.shape[1]
