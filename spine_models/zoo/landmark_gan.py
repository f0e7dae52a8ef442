"""Adversarial shape critic: a network gives all corners at once, a critic that knows spines punishes implausible ones.

After Chen Y. et al., "Adversarial PoseNet" (ICCV 2017) and Kanazawa A. et al., "End-to-end recovery of human shape and
pose" (CVPR 2018): a critic of configurations of landmarks. The network is that of ``vertebra_focused`` (Yi 2020) and
starts from its weights. Its maps are read by a soft argmax (Sun 2018, integral regression), one per level, so that the
critic's gradient reaches the network: every vertebra is the mean of the cells that are likely its centre, with their
corner offsets. No search over chains is needed: that neighbours fit together is what the critic taught.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from ..core.card import ModelCard
from ..core.centre_codec import STRIDE
from ._centre_maps import CentreMapModel
from ._framed import Decoded
from ._spine_map import SpineMapNet

CARD = ModelCard(
    name="landmark_gan",
    family="GAN",
    title="Landmark GAN",
    summary="Places all corners at once; a critic that has seen true spines taught it which shapes are implausible.",
    input_size=(384, 192),
    codec="framed",
    paper="Chen 2017, Adversarial PoseNet (ICCV); Kanazawa 2018, End-to-end recovery of human shape and pose (CVPR)",
    training_data="SpineWeb-16 training films, half of the full-body AASCE films, phantoms; starts from the weights of "
    "vertebra_focused, which saw generated films too",
    intended_use="Research and teaching: frontal spine radiographs, T1-L5; a trained reader checks every corner.",
    limits=(
        "Always numbers twelve thoracic and five lumbar vertebrae; four or six lumbar vertebrae are misnumbered.",
        "A spine of unusual shape may be drawn more usual than it is.",
        "In so short a training its critic hardly learnt to tell spines from true ones (learning curve: its loss stays "
        "near 2); what it changed all the same is measured on GAN vs CNN.",
        "Sees the spine at 384 pixels of height: endplates are placed coarsely without the refiner.",
    ),
)
SHARP = 1.5  # exponent of a cell's likelihood in the soft argmax
UNITS = 5.0  # in the height of a picture, of the places the critic sees
FINE = 0.5  # cells that are one unit of the steps and shapes it sees
BLUR = 0.15  # cells of noise on what the critic sees: it must not know labels by their trembling


class LandmarkGan(CentreMapModel):
    SIZE = CARD.input_size
    BEGINS_FROM = "vertebra_focused"

    def __init__(self) -> None:
        super().__init__()
        self.net = SpineMapNet(self.SIZE)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        """The maps of ``_spine_map.named_maps`` and, read off them, corners (N, 17, 4, 2) and sigma (N, 17, 4) in
        cells and surety (N, 17) in [0, 1]."""
        maps = self.net(x)
        return maps | soft_corners({name: value.float() for name, value in maps.items()})

    def encode(self, corners: np.ndarray, valid: np.ndarray) -> dict[str, np.ndarray]:
        cells = (corners - (STRIDE - 1) / 2) / STRIDE
        return super().encode(corners, valid) | {"corners": cells.astype(np.float32), "valid": valid}

    def loss(self, out: dict[str, Tensor], targets: dict[str, Tensor]) -> dict[str, Tensor]:
        """The terms of the maps, and L1 of the corners read off them, in half a vertebra's height."""
        apart = (out["corners"] - targets["corners"]).abs().mean(dim=(2, 3))
        valid = targets["valid"].float()
        return super().loss(out, targets) | {"corners": 0.2 * (apart * valid).sum() / valid.sum().clamp(min=1.0)}

    def judged(self, x: Tensor, out: dict[str, Tensor], targets: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Configurations made and true, (M, 12, 17) of the M completely labelled spines."""
        whole = targets["valid"].all(dim=1)
        return tuple(configuration(corners[whole], self.SIZE) for corners in (out["corners"], targets["corners"]))

    def decode(self, out: dict[str, np.ndarray]) -> Decoded:
        corners = out["corners"] * STRIDE + (STRIDE - 1) / 2
        return Decoded(corners.astype(np.float64), out["sigma"] * STRIDE, out["surety"])


def soft_corners(maps: dict[str, Tensor]) -> dict[str, Tensor]:
    """Corners as the mean over cells, weighted by how likely the cell is the centre of that level.

    sigma: spread of the cells' opinions and the spread they give; surety: likelihood of the best cell.
    """
    rows, columns = maps["centre"].shape[2:]
    likely = maps["level"].log_softmax(1)[:, 1:] + F.logsigmoid(maps["centre"])
    weight = (SHARP * likely.flatten(2)).softmax(dim=2)
    grid = torch.stack(torch.meshgrid(torch.arange(columns), torch.arange(rows), indexing="xy")).float()
    place = (maps["offset"].unflatten(1, (4, 2)) + grid).flatten(3)
    corners = torch.einsum("nvc,nkdc->nvkd", weight, place)
    square = torch.einsum("nvc,nkdc->nvkd", weight, place.square())
    own = torch.einsum("nvc,nkc->nvk", weight, maps["spread"].clamp(-4, 4).exp().flatten(2))
    apart = (square - corners.square()).clamp(min=0).mean(dim=3)
    return {"corners": corners, "sigma": (apart + own.square()).sqrt(), "surety": likely.flatten(2).amax(dim=2).exp()}


def configuration(corners: Tensor, size: tuple[int, int]) -> Tensor:
    """(M, 12, 17) of corners (M, 17, 4, 2) in cells, blurred a little: where each vertebra is, the step to the next,
    and its corners about its centre, the two latter in half cells as what makes a spine implausible is small."""
    corners = corners + BLUR * torch.randn_like(corners)
    centre = corners.mean(dim=2)
    place = (centre - centre.mean(dim=1, keepdim=True)) * UNITS * STRIDE / size[0]
    step = F.pad(centre.diff(dim=1), (0, 0, 0, 1)) / FINE
    shape = (corners - centre[:, :, None]).flatten(2) / FINE
    return torch.cat([place, step, shape], dim=2).transpose(1, 2)


def build() -> LandmarkGan:
    return LandmarkGan()
