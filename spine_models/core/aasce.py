"""The AASCE-2019 challenge's angle convention, the rule that made the public ``angles.csv``.

Not the clinical reading (that is ``core.cobb``): the first of the three angles is the largest tilt difference of the
spine, the other two depend on it, and none of them may be called PT, MT or TL.

Wu H, Bailey C, Rasoulinejad P, Li S. Automatic landmark estimation for adolescent idiopathic scoliosis assessment
using BoostNet. MICCAI 2017. Wang L, et al. Evaluation and comparison of accurate automated spinal curvature
estimation algorithms with spinal anterior-posterior X-ray images: the AASCE2019 challenge. Med Image Anal 2021.
"""

from __future__ import annotations

import numpy as np

from .errors import LandmarkError

VERTEBRAE = 17


def aasce_angles(corners: np.ndarray, image_height: float) -> np.ndarray:
    """The three challenge angles of one film, float64 (3,), degrees.

    corners: (17, 4, 2) T1-L5, order TL, TR, BL, BR, (x, y) in pixels of the original film, y down.
    image_height: height of the original film in pixels; the rule compares positions with it, so corners and height
    must be those before any resize.
    Raises LandmarkError when there are not 17 vertebrae, a corner is not finite or a vertebra has no width.
    """
    corners = np.asarray(corners, dtype=np.float64)
    if corners.shape != (VERTEBRAE, 4, 2):
        raise LandmarkError(f"The challenge angles need the corners of 17 vertebrae (17, 4, 2), not {corners.shape}.")
    if not np.isfinite(corners).all():
        raise LandmarkError("The challenge angles need finite corners: a corner is missing or NaN.")
    between = _angles_between_vertebrae(corners)
    upper, lower = sorted(np.unravel_index(between.argmax(), between.shape))
    endplates = (corners[:, 0::2] + corners[:, 1::2]) / 2  # (17, top and bottom, 2)

    largest = between[upper, lower]
    if not _is_s_shaped(endplates.reshape(-1, 2)):
        return np.array([largest, between[0, upper], between[-1, lower]])
    above = between[upper, : upper + 1]
    if endplates[upper, 1, 1] + endplates[lower, 1, 1] < image_height:
        return np.array([largest, above.max(), between[lower, lower:].max()])
    turn = above.argmax()
    return np.array([largest, above[turn], between[turn, : turn + 1].max()])


def _angles_between_vertebrae(corners: np.ndarray) -> np.ndarray:
    """(17, 17) angle in degrees between the directions mid(TR, BR) - mid(TL, BL)."""
    across = corners[:, 1::2].mean(axis=1) - corners[:, 0::2].mean(axis=1)
    width = np.linalg.norm(across, axis=1)
    if not width.all():
        raise LandmarkError(f"Vertebra {int(width.argmin()) + 1} of 17 has no width: its left and right corners agree.")
    cosine = across @ across.T / np.outer(width, width)
    return np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))


def _is_s_shaped(midpoints: np.ndarray) -> bool:
    """Whether the (34, 2) endplate midpoints lie on both sides of the line from the first to the last of them."""
    x, y = midpoints.T
    with np.errstate(divide="ignore", invalid="ignore"):
        offset = ((y - y[-1]) / (y[0] - y[-1]) - (x - x[-1]) / (x[0] - x[-1]))[:-2]
        products = np.outer(offset, offset)
        # Written so that NaN (a line exactly upright or level) counts as S, as it does in the challenge's own code.
        return not abs(products.sum() - np.abs(products).sum()) < 1e-4
