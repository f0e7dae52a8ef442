"""SpineNet: a backbone whose blocks change scale back and forth, under this project's centre and corner head.

Du X. et al., "SpineNet: learning scale-permuted backbone for recognition and localization", CVPR 2020 (named after a
backbone, not after the spine). What is kept: the stem, the order of the blocks, their levels and types, all cross-scale
links and their resampling with alpha 0.5. What is slimmed: WIDTH inner channels at level 2, where SpineNet-49S has 41,
and one fused map of HEAD channels, where a detector keeps five of 128. The head is that of Yi 2020: vertebra centres,
corner offsets and a level map, decoded together as one chain. Trained from scratch: no pretrained weights are used.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from ..core.card import ModelCard
from ._blocks import ConvNorm
from ._centre_maps import CentreMapModel
from ._spine_map import map_output, named_maps
from ._spinenet_backbone import BLOCKS, SpineNetBackbone, outer_channels

CARD = ModelCard(
    name="spinenet",
    family="CNN",
    title="SpineNet",
    summary="A detector's network that looks coarse and fine in turn, with one point and four corners per vertebra.",
    input_size=(384, 192),
    codec="framed",
    paper="Du 2020, SpineNet: learning scale-permuted backbone for recognition and localization (CVPR)",
    training_data="SpineWeb-16 training films, half of the full-body AASCE films, phantoms",
    intended_use="Research and teaching: frontal spine radiographs, T1-L5; a trained reader checks every corner.",
    limits=(
        "Sees the spine at 384 rows: the refiner should place the corners exactly.",
        "Always numbers twelve thoracic and five lumbar vertebrae; four or six lumbar vertebrae are misnumbered.",
    ),
)
WIDTH = 16
HEAD = 48


class SpineNet(CentreMapModel):
    """Output maps at stride 4, see ``_spine_map.named_maps``."""

    SIZE = CARD.input_size

    def __init__(self) -> None:
        super().__init__()
        self.backbone = SpineNetBackbone(WIDTH)
        outputs = sorted((block.level, outer_channels(block, WIDTH)) for block in BLOCKS if block.output)
        self.endpoints = nn.ModuleList(ConvNorm(channels, HEAD, 1) for _, channels in outputs)
        self.head = ConvNorm(HEAD, HEAD)
        self.out = map_output(HEAD)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        features = self.backbone(x - 0.5)
        *finer, top = (endpoint(features[level]) for endpoint, level in zip(self.endpoints, sorted(features)))
        for endpoint in reversed(finer):
            top = endpoint + F.interpolate(top, size=endpoint.shape[2:], mode="nearest")
        return named_maps(self.out(self.head(top)))


def build() -> SpineNet:
    return SpineNet()
