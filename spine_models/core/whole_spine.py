"""All of T1-L5 from a chain of vertebrae that may lack some at its ends."""

from __future__ import annotations

import numpy as np

from .chain import Chain
from .landmarks import STANDARD_LEVELS

UNSEEN = 3.0  # how much wider the spread of a vertebra is that continues its neighbours


def whole_spine(chain: Chain) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """corners (17, 4, 2), sigma (17, 4) in the chain's pixels, confidence (17,) in [0, 1].

    Vertebrae above and below the chain continue its last step; nothing was seen of them: their confidence is 0.
    """
    corners, sigma, seen = list(chain.corners), list(chain.sigma), list(chain.centre)
    for _ in range(chain.levels[0]):
        corners.insert(0, 2 * corners[0] - corners[1])
        sigma.insert(0, UNSEEN * chain.sigma[0])
        seen.insert(0, 0.0)
    for _ in range(len(STANDARD_LEVELS) - len(corners)):
        corners.append(2 * corners[-1] - corners[-2])
        sigma.append(UNSEEN * chain.sigma[-1])
        seen.append(0.0)
    return np.array(corners), np.array(sigma), chain.numbering * np.array(seen)
