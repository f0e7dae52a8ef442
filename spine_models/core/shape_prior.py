"""What spines look like: a Gaussian over whole-spine corner configurations, learnt from training films only.

Legend: z (2 * 4 * V,) corners after moving the spine's mean to the origin, its length to 1 and its axis upright;
z ~ N(mean, B diag(variance) B' + residual^2 I), B orthonormal (a probabilistic PCA, Tipping 1999). Observed corners
carry independent noise sigma; the estimate is the posterior mean, which also says how sure each corner then is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .errors import LandmarkError
from .landmarks import mirrored


@dataclass(frozen=True, eq=False)
class ShapePrior:
    """mean (D,), basis (D, K), variance (K,), residual: standard deviation of what the basis cannot say. D = 8 V."""

    mean: np.ndarray
    basis: np.ndarray
    variance: np.ndarray
    residual: float

    @classmethod
    def fit(cls, spines: np.ndarray, components: int = 40) -> ShapePrior:
        """From complete spines (N, V, 4, 2), any pixels; each is also used mirrored, so the prior has no side."""
        z = np.stack([(spine @ linear.T + shift).ravel() for spine in np.concatenate([spines, mirrored(spines, 1)])
                      for linear, shift in [_upright(spine)]])
        mean = z.mean(axis=0)
        _, values, axes = np.linalg.svd(z - mean, full_matrices=False)
        variance = values**2 / len(z)
        left = variance[components:].sum() / (z.shape[1] - components)
        return cls(mean, axes[:components].T, variance[:components], float(np.sqrt(left)))

    @property
    def covariance(self) -> np.ndarray:
        """(D, D) of z."""
        return (self.basis * self.variance) @ self.basis.T + self.residual**2 * np.eye(len(self.mean))

    def posterior(self, corners: np.ndarray, sigma: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Corners (V, 4, 2) and sigma (V, 4) after looking at both the film and the prior, film pixels.

        corners: measured; sigma: (V, 4) standard deviation of each, 0 for a corner that must not move,
        inf for a corner that was not seen. The returned sigma leaves out that the alignment itself is measured, so
        it is too small and must be calibrated. Raises LandmarkError for a number of vertebrae the prior does not know.
        """
        if corners.size != self.mean.size:
            raise LandmarkError(f"The shape prior knows {self.mean.size // 8} vertebrae, not {len(corners)}.")
        linear, shift = _upright(corners, weight=np.isfinite(sigma))
        scale = np.sqrt(abs(np.linalg.det(linear)))
        seen = np.repeat(np.isfinite(sigma).ravel(), 2)
        noise = np.repeat(np.where(np.isfinite(sigma), sigma, 0.0).ravel() * scale, 2)[seen] ** 2 + 1e-12
        z = (corners @ linear.T + shift).ravel()
        covariance = self.covariance
        gain = np.linalg.solve(covariance[np.ix_(seen, seen)] + np.diag(noise), covariance[seen]).T
        estimate = self.mean + gain @ (z - self.mean)[seen]
        left = np.diag(covariance) - np.einsum("ij,ji->i", gain, covariance[seen])
        back = np.linalg.inv(linear)
        moved = (estimate.reshape(corners.shape) - shift) @ back.T
        spread = np.sqrt(np.maximum(left, 0).reshape(-1, 4, 2).mean(axis=2)) / scale
        fixed = sigma == 0
        moved[fixed], spread[fixed] = corners[fixed], 0.0  # exactly, whatever the arithmetic
        return moved, spread


def _upright(corners: np.ndarray, weight: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Similarity (linear (2, 2), shift (2,)) that centres the spine, makes it 1 long and its axis vertical."""
    usable = np.ones(corners.shape[:2], bool) if weight is None else weight
    rows = np.flatnonzero(usable.any(axis=1))
    centre = np.array([corners[row][usable[row]].mean(axis=0) for row in rows])
    place = rows - rows.mean()
    slope = (place[:, None] * (centre - centre.mean(axis=0))).sum(axis=0) / (place**2).sum()
    length = np.linalg.norm(slope) * (len(corners) - 1)
    down = slope / np.linalg.norm(slope)
    linear = np.array([[down[1], -down[0]], [down[0], down[1]]]) / length
    origin = centre.mean(axis=0) - slope * (rows.mean() - (len(corners) - 1) / 2)
    return linear, -linear @ origin
