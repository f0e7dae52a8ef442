"""Which models nobody beats on both counts: the Pareto front of a cost and an error."""

from __future__ import annotations

import numpy as np


def pareto_front(cost: np.ndarray, loss: np.ndarray) -> np.ndarray:
    """(N,) bool: no other point has at most this cost and at most this loss, and less of one. NaN is never on it."""
    cost, loss = np.asarray(cost, dtype=float), np.asarray(loss, dtype=float)
    no_worse = (cost[:, None] <= cost) & (loss[:, None] <= loss)
    better = (cost[:, None] < cost) | (loss[:, None] < loss)
    return np.isfinite(cost) & np.isfinite(loss) & ~(no_worse & better).any(axis=0)
