"""A smoothly bent spine on a network input, for the tests of codec, chain, prior and frames."""

import numpy as np


def curved_spine(bend: float = 60.0, lean: float = 0.0) -> np.ndarray:
    """(17, 4, 2) corners on a 512 x 256 input; bend (Cobb angle) and lean in degrees."""
    tilt = np.deg2rad(lean + bend / 2 * np.sin(np.linspace(0, 2 * np.pi, 17)))
    width, height, gap = np.linspace(26, 40, 17), np.linspace(15, 22, 17), 5
    axis = np.stack([-np.sin(tilt), np.cos(tilt)], axis=1)
    across = np.stack([np.cos(tilt), np.sin(tilt)], axis=1)
    step = (0.5 * (height[1:] + height[:-1]) + gap)[:, None] * 0.5 * (axis[1:] + axis[:-1])
    centre = np.vstack([[0, 0], np.cumsum(step, axis=0)])
    centre += np.array([128, 256]) - centre.mean(axis=0)
    corner = [(-0.5, -0.5), (0.5, -0.5), (-0.5, 0.5), (0.5, 0.5)]
    return np.stack([centre + x * width[:, None] * across + y * height[:, None] * axis for x, y in corner], axis=1)
