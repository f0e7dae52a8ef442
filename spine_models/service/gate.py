"""The gate: is this an upright frontal spine film at all? ``inference.judge`` asks it before an angle is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from ..core.radiograph import Radiograph

if TYPE_CHECKING:
    from ..zoo.randgan import Doubt

GATE = "randgan"
UNUSUAL = 1.0
"""Score above which a picture is doubted: at most five in a hundred held-out spine films are."""

QUESTION = "This does not look like a frontal spine radiograph."
WARNING = f"{QUESTION} The angles may mean nothing: check that it is an upright frontal film of the whole spine."


def doubted(doubt: Doubt | None) -> bool:
    """Whether the user is to be asked; never where there is no gate."""
    return doubt is not None and doubt.score > UNUSUAL


def unusual_picture(radiograph: Radiograph, heat: np.ndarray, height: int = 640) -> np.ndarray:
    """uint8 RGB (height, w, 3): the film, orange where it is more unusual than usual films ever are."""
    scale = height / radiograph.shape[0]
    size = max(round(radiograph.shape[1] * scale), 1), height
    grey = cv2.resize(radiograph.pixels, size, interpolation=cv2.INTER_AREA)[..., None]
    strength = np.clip(cv2.resize(heat, size) - 1, 0, 1)[..., None] * 0.7
    colour = np.array([1.0, 0.55, 0.1], np.float32)
    return np.rint(255 * np.clip(grey * (1 - strength) + colour * strength, 0, 1)).astype(np.uint8)
