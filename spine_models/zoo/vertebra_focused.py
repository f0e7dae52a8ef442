"""Vertebra-focused detection: every vertebra is a point with four corners, and every point knows its level.

After Yi J. et al., "Vertebra-focused landmark detection for scoliosis assessment", ISBI 2020. What is kept: centre
heatmap and corner offsets. What differs: a smaller network made for two cores, attention over the whole film, a
per-pixel level map, and all vertebrae decoded together as one chain (``core.chain``) instead of by their own maxima.
"""

from __future__ import annotations

import numpy as np
from torch import Tensor

from ..core.card import ModelCard
from ..core.centre_codec import decode
from ..core.chain import link
from ..core.landmarks import STANDARD_LEVELS
from ..imaging.letterbox import Letterbox
from ._model import Detection, SpineModel
from ._spine_map import SpineMapNet, spine_maps

CARD = ModelCard(
    name="vertebra_focused",
    family="CNN",
    title="Vertebra-focused",
    summary="Finds each vertebra as a point, its corners as offsets and its level from the whole film.",
    input_size=(512, 256),
    codec="centre_level",
    paper="Yi 2020, Vertebra-focused landmark detection for scoliosis assessment (ISBI)",
    training_data="SpineWeb-16 training films, half of the full-body AASCE films, generated films, phantoms",
    intended_use="Research and teaching: frontal spine radiographs, T1-L5; a trained reader checks every corner.",
    limits=(
        "Measures the whole film in one pass at 512 x 256: a spine that fills little of the film is measured coarsely.",
        "Always numbers twelve thoracic and five lumbar vertebrae; four or six lumbar vertebrae are misnumbered.",
    ),
)


class VertebraFocused(SpineModel):
    """One pass at 512 x 256, averaged with the mirror image."""

    def __init__(self) -> None:
        super().__init__()
        self.net = SpineMapNet(CARD.input_size)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        return self.net(x)

    def detect(self, pixels: np.ndarray) -> Detection:
        box = Letterbox.fit(pixels.shape, CARD.input_size)
        chain = link(decode(spine_maps(self.net, box.apply(pixels))), box.edges)
        levels = tuple(STANDARD_LEVELS[i] for i in chain.levels)
        confidence = chain.centre * chain.numbering
        corners = box.to_film(chain.corners)
        return Detection(corners, levels, confidence, chain.sigma / box.scale, chain.doubts)


def build() -> VertebraFocused:
    return VertebraFocused()
