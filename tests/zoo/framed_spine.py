"""A made spine as the framed models see it."""

import numpy as np


def straight_spine(size, bend=0.0):
    """Corners (17, 4, 2) that fill 86 % of a picture (h, w), bent sideways by ``bend`` pixels, tilted as they bend."""
    height, width = size
    step = 0.86 * height / 17
    along = np.arange(17) - 8
    centres = np.stack([width / 2 + bend * np.cos(along * np.pi / 8), height / 2 + along * step], axis=1)
    tilt = np.arctan2(np.gradient(centres[:, 0]), np.gradient(centres[:, 1]))
    arms = np.array([(-0.6, -0.4), (0.6, -0.4), (-0.6, 0.4), (0.6, 0.4)]) * step
    turn = np.moveaxis(np.array([[np.cos(tilt), np.sin(tilt)], [-np.sin(tilt), np.cos(tilt)]]), 2, 0)
    return centres[:, None] + np.einsum("vij,kj->vki", turn, arms)
