"""Image to image, conditional GAN: a U-Net draws the map of centres and corners, a critic of patches compares it with
the true map of that film.

Isola P. et al., "Image-to-image translation with conditional adversarial networks", CVPR 2017. What is kept: U-Net
generator with concatenated skips, a critic that sees film and map together and judges patches, a supervised loss beside
the adversarial one. What differs: the map is one of vertebra centres, corner offsets and levels (Yi 2020) in place of
a picture, decoded as one chain; hinge loss and spectral norm (Miyato 2018) for stability; no noise, for a film has one
answer; self-attention over the film at the bottom. Encoder and last layers start from ``vertebra_focused``.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..core.card import ModelCard
from ..core.centre_codec import STRIDE
from ._blocks import ConvNorm, Residual
from ._centre_maps import CentreMapModel
from ._spine_map import OFFSET_UNIT, SpineEncoder, map_output, named_maps

CARD = ModelCard(
    name="pix2pix",
    family="GAN",
    title="pix2pix",
    summary="Draws a map of vertebra centres and corners that a critic could not tell from the true map of the film.",
    input_size=(384, 192),
    codec="framed",
    paper="Isola 2017, Image-to-image translation with conditional adversarial networks (CVPR)",
    training_data="SpineWeb-16 training films, half of the full-body AASCE films, phantoms; encoder and last "
    "layers start from vertebra_focused, which saw generated films too",
    intended_use="Research and teaching: frontal spine radiographs, T1-L5; a trained reader checks every corner.",
    limits=(
        "Always numbers twelve thoracic and five lumbar vertebrae; four or six lumbar vertebrae are misnumbered.",
        "Sees the spine at 384 pixels of height: endplates are placed coarsely without the refiner.",
        "In so short a training its critic hardly learnt to tell drawn maps from true ones (learning curve: its loss "
        "stays near 2), so the adversarial part changed little; GAN vs CNN compares with and without.",
    ),
)
WIDTHS = (32, 32, 64, 128, 192)


class Generator(SpineEncoder):
    """Contracting path of the encoder, expanding path with concatenated skips; output maps at stride 4."""

    def __init__(self, size: tuple[int, int]) -> None:
        super().__init__(size, WIDTHS)
        skips = WIDTHS[1:-1]
        self.lift = nn.ModuleList(ConvNorm(coarse, fine, 1) for fine, coarse in zip(skips, WIDTHS[2:]))
        self.join = nn.ModuleList(
            Residual(2 * width, outer) for width, outer in zip(skips, (WIDTHS[1] + 16, *skips[1:]))
        )
        self.head = ConvNorm(WIDTHS[1] + 16, 64)
        self.out = map_output(64)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        *skips, top = self.features(x)
        for skip, lift, join in zip(reversed(skips), reversed(self.lift), reversed(self.join)):
            top = join(torch.cat([skip, F.interpolate(lift(top), scale_factor=2.0, mode="nearest")], dim=1))
        return named_maps(self.out(self.head(top)))


class Pix2Pix(CentreMapModel):
    SIZE = CARD.input_size
    BEGINS_FROM = "vertebra_focused"

    def __init__(self) -> None:
        super().__init__()
        self.net = Generator(self.SIZE)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        return self.net(x)

    def judged(self, x: Tensor, out: dict[str, Tensor], targets: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Film and map of centres and corners, drawn and true, (N, 16 + 1 + 8, h / 4, w / 4) each.

        The film keeps its detail, as 16 channels. Offsets count near a centre; unknown cells are nought in both.
        """
        film = F.pixel_unshuffle(x, STRIDE)
        known, near = (targets["centre"] >= 0).float(), targets["offset_weight"] / OFFSET_UNIT
        made = torch.cat([out["centre"].sigmoid() * known, out["offset"] * near], dim=1)
        true = torch.cat([targets["centre"] * known, targets["offset"] * near], dim=1)
        return torch.cat([film, made], dim=1), torch.cat([film, true], dim=1)


def build() -> Pix2Pix:
    return Pix2Pix()
