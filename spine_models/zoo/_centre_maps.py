"""Framed models that give centre, corner and level maps at stride 4: what they learn, and the way back to corners."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from ..core import centre_codec
from ..core.chain import link
from ..core.landmarks import STANDARD_LEVELS
from ..core.whole_spine import whole_spine
from ._framed import Decoded, FramedModel
from ._spine_map import spine_map_loss


class CentreMapModel(FramedModel):
    """A subclass gives ``SIZE`` and ``forward``, whose output is named as by ``_spine_map.named_maps``."""

    def encode(self, corners: np.ndarray, valid: np.ndarray) -> dict[str, np.ndarray]:
        return centre_codec.encode(corners, valid, np.arange(len(STANDARD_LEVELS)), self.SIZE)

    def loss(self, out: dict[str, Tensor], targets: dict[str, Tensor]) -> dict[str, Tensor]:
        return spine_map_loss(out, targets)

    def decode(self, out: dict[str, np.ndarray]) -> Decoded:
        return Decoded(*whole_spine(link(centre_codec.decode(probable(out)))))


def probable(out: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Maps of one picture with probabilities of centre and level in place of their logits."""
    level = np.exp(out["level"] - out["level"].max(axis=0))
    return out | {"centre": 1 / (1 + np.exp(-out["centre"])), "level": level / level.sum(axis=0)}
