"""A film as a small picture for under a drawing."""

from __future__ import annotations

import base64
from pathlib import Path

import cv2
import numpy as np
import streamlit as st

from spine_models.core.errors import SpineError
from spine_models.imaging.load import read_radiograph

HEIGHT = 1000
"""Pixels it is at most high."""


@st.cache_data(max_entries=12, ttl=3600, show_spinner=False)
def film_picture(path: str, changed: int, shape: tuple[int, int]) -> str | None:
    """Data URL of a JPEG; None where the film cannot be read or is another one, of another (height, width)."""
    try:
        pixels = read_radiograph(Path(path)).pixels
    except SpineError:
        return None
    if pixels.shape != tuple(shape):
        return None
    scale = min(1.0, HEIGHT / shape[0])
    small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    grey = np.rint(small * 255).clip(0, 255).astype(np.uint8)
    data = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, 82])[1]
    return "data:image/jpeg;base64," + base64.b64encode(data.tobytes()).decode("ascii")
