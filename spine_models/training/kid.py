"""Kernel inception distance (Binkowski 2018) between two sets of films, on features anyone can compute.

The features are not Inception's, which knows cats and cars, but those of the shipped finder: the 96 channels of its
last stage behind the attention, averaged over the film. 0 is no difference; distances on other features do not compare.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch

from ..imaging.letterbox import Letterbox
from ..zoo._finder import SIZE, Finder


def finder_features(net: Finder, films: Iterable[np.ndarray]) -> np.ndarray:
    """(N, 96) features of films, each float32 (H, W) in [0, 1]."""
    rows = []
    with torch.inference_mode():
        for pixels in films:
            x = torch.from_numpy(Letterbox.fit(pixels.shape, SIZE).apply(pixels))[None, None]
            stages = net.stage32(net.stage16(net.stage8(net.stage4(net.stem(x - 0.5)))))
            rows.append(net.attention(stages).mean((2, 3))[0].numpy())
    return np.stack(rows).astype(np.float64)


def kid(one: np.ndarray, other: np.ndarray) -> float:
    """Unbiased squared distance of two sets of features (N, F) and (M, F), kernel (x y / F + 1)^3."""
    within = [(kernel.sum() - np.trace(kernel)) / (len(kernel) * (len(kernel) - 1))
              for kernel in (_kernel(one, one), _kernel(other, other))]
    return float(sum(within) - 2 * _kernel(one, other).mean())


def _kernel(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return (one @ other.T / one.shape[1] + 1) ** 3
