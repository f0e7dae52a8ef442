"""A made spine with known corners, for the tests of labels and repair."""

import numpy as np


def made_spine(lean: float = 0.0, bend: float = 1.2) -> np.ndarray:
    """(17, 4, 2) corners of an S-shaped spine: bodies 60 x 40 px, growing downwards. lean: degrees, clockwise."""
    tilt = bend * np.sin(np.linspace(0, 2 * np.pi, 17)) * 0.35
    down = np.stack([np.sin(tilt), np.cos(tilt)], axis=1)
    across = np.stack([down[:, 1], -down[:, 0]], axis=1)
    size = np.linspace(0.8, 1.2, 17)[:, None]
    centres = np.cumsum(52 * size * down, axis=0)
    corners = np.stack([centres + size * (30 * x * across + 20 * y * down) for y in (-1, 1) for x in (-1, 1)], axis=1)
    angle = np.radians(lean)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return corners @ turn + 1000


def squeeze(quad: np.ndarray, across: float, down: float) -> np.ndarray:
    """A body scaled about its centre: by ``across`` along its endplates, by ``down`` along its sides."""
    centre, right, low = quad.mean(axis=0), quad[1] - quad[0], quad[2] - quad[0]
    return np.array([centre + x * across * right / 2 + y * down * low / 2 for y in (-1, 1) for x in (-1, 1)])
