"""Synthetic answers of a network."""

import numpy as np
import pytest


def _upright(height: int = 800, width: int = 400, vertebrae: int = 17) -> np.ndarray:
    """(V, 4, 2) a straight spine of equal vertebrae down the middle of a film."""
    pitch = 0.9 * height / vertebrae
    top = 0.05 * height + pitch * np.arange(vertebrae)
    left, right = 0.45 * width, 0.55 * width
    corners = [[(left, y), (right, y), (left, y + 0.8 * pitch), (right, y + 0.8 * pitch)] for y in top]
    return np.array(corners)


@pytest.fixture
def upright():
    """Function (height, width, vertebrae) -> corners of a straight spine."""
    return _upright
