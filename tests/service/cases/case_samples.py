"""A film and a model for the tests of the case book, and what equal means there."""

from spine_models.core.landmarks import Landmarks
from spine_models.service.cases import Model

FILM = "f" * 64
MODEL = Model("net", "e" * 64)


def same_bytes(a: Landmarks, b: Landmarks) -> bool:
    """Equal to the last bit."""
    arrays = [(getattr(a, name), getattr(b, name)) for name in ("corners", "sigma", "source")]
    return a.levels == b.levels and all(x.dtype == y.dtype and x.tobytes() == y.tobytes() for x, y in arrays)
