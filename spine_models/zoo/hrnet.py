"""High-resolution net: four resolutions side by side that exchange what they see, and one heat map per corner.

After Wang 2019 (HRNetV2). What differs: slim branches (16 channels at stride 4), one exchange per stage, trained from
scratch; self-attention over the film in the coarsest branch; each of the 68 heat maps
is a probability over the picture (softmax and cross-entropy with a Gaussian). Plain 68-map nets miss and swap vertebrae
because every map is read by its own maximum; here candidates of whole vertebrae are linked into one spine.
"""

from __future__ import annotations

import numpy as np
from torch import Tensor, nn
from torch.nn import functional as F

from ..core.card import ModelCard
from ..core.chain import link
from ..core.ordered_heatmaps import decode, encode
from ..core.whole_spine import whole_spine
from ._blocks import ConvNorm, FilmAttention, Residual
from ._framed import Decoded, FramedModel

CARD = ModelCard(
    name="hrnet",
    family="CNN",
    title="HRNet",
    summary="Keeps full detail and wide view side by side, one heat map per corner, read together as one spine.",
    input_size=(512, 256),
    codec="framed",
    paper="Wang 2019, Deep high-resolution representation learning (TPAMI 2020)",
    training_data="SpineWeb-16 training films, half of the full-body AASCE films, phantoms",
    intended_use="Research and teaching: frontal spine radiographs, T1-L5; a trained reader checks every corner.",
    limits=("Always numbers twelve thoracic and five lumbar vertebrae; four or six lumbar vertebrae are misnumbered.",),
)
WIDTHS = (16, 32, 64, 128)  # channels at strides 4, 8, 16, 32
DEPTHS = (1, 1, 2)  # residual units per branch while there are two, three, four branches
HEAD = 48
MAPS = 68


class Exchange(nn.Module):
    """Every branch gets the sum of all branches, made finer by 1x1 convolution and enlargement, coarser by strides."""

    def __init__(self, widths: tuple[int, ...]) -> None:
        super().__init__()
        branches = range(len(widths))
        self.paths = nn.ModuleList(nn.ModuleList(self._path(widths, i, j) for i in branches) for j in branches)

    @staticmethod
    def _path(widths: tuple[int, ...], source: int, goal: int) -> nn.Module:
        if source == goal:
            return nn.Identity()
        if source > goal:
            finer = nn.Upsample(scale_factor=float(2 ** (source - goal)), mode="nearest")
            return nn.Sequential(ConvNorm(widths[source], widths[goal], 1, act=False), finer)
        strides = [ConvNorm(widths[source], widths[source], 3, 2) for _ in range(goal - source - 1)]
        return nn.Sequential(*strides, ConvNorm(widths[source], widths[goal], 3, 2, act=False))

    def forward(self, branches: list[Tensor]) -> list[Tensor]:
        return [F.relu(sum(path(x) for path, x in zip(row, branches))) for row in self.paths]


class HRNet(nn.Module):
    """Input (N, 1, h, w); output (N, 68, h / 4, w / 4)."""

    def __init__(self, size: tuple[int, int]) -> None:
        super().__init__()
        self.stem = nn.Sequential(ConvNorm(1, 16, 3, 2), ConvNorm(16, 32, 3, 2), Residual(32, WIDTHS[0]))
        self.coarser = nn.ModuleList(ConvNorm(fine, coarse, 3, 2) for fine, coarse in zip(WIDTHS, WIDTHS[1:]))
        counts = range(2, len(WIDTHS) + 1)
        self.units = nn.ModuleList(
            nn.ModuleList(nn.Sequential(*(Residual(w, w) for _ in range(depth))) for w in WIDTHS[:count])
            for count, depth in zip(counts, DEPTHS)
        )
        self.attention = FilmAttention(WIDTHS[-1], (size[0] // 32, size[1] // 32), heads=4)
        self.exchanges = nn.ModuleList(Exchange(WIDTHS[:count]) for count in counts)
        self.gather = nn.ModuleList(nn.Conv2d(width, HEAD, 1) for width in WIDTHS)
        self.out = nn.Sequential(nn.BatchNorm2d(HEAD), nn.ReLU(inplace=True), nn.Conv2d(HEAD, MAPS, 1))

    def forward(self, x: Tensor) -> Tensor:
        branches = [self.stem(x - 0.5)]
        for coarser, units, exchange in zip(self.coarser, self.units, self.exchanges):
            branches.append(coarser(branches[-1]))
            branches = [unit(branch) for unit, branch in zip(units, branches)]
            if len(branches) == len(WIDTHS):
                branches[-1] = self.attention(branches[-1])
            branches = exchange(branches)
        top = self.gather[-1](branches[-1])
        for gather, branch in zip(self.gather[-2::-1], branches[-2::-1]):  # a 1x1 convolution of all, coarse first
            top = gather(branch) + F.interpolate(top, scale_factor=2.0, mode="nearest")
        return self.out(top)


class OrderedHeatmaps(FramedModel):
    """Output at a quarter of the picture's resolution: maps (N, 68) logits, see ``core.ordered_heatmaps``."""

    SIZE = CARD.input_size

    def __init__(self) -> None:
        super().__init__()
        self.net = HRNet(self.SIZE)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        return {"maps": self.net(x)}

    def encode(self, corners: np.ndarray, valid: np.ndarray) -> dict[str, np.ndarray]:
        return encode(corners, valid, self.SIZE)

    def loss(self, out: dict[str, Tensor], targets: dict[str, Tensor]) -> dict[str, Tensor]:
        """Cross-entropy of each map, a distribution over the cells, with the corner's Gaussian (column x row)."""
        maps = out["maps"]
        log_share = maps.flatten(2).log_softmax(2).unflatten(2, maps.shape[2:])
        expected = (log_share @ targets["column"][..., None])[..., 0]
        miss = -(expected * targets["row"]).sum(2)
        weight = targets["weight"]
        return {"maps": (miss * weight).sum() / weight.sum().clamp(min=1.0)}

    def decode(self, out: dict[str, np.ndarray]) -> Decoded:
        return Decoded(*whole_spine(link(decode(out))))


def build() -> OrderedHeatmaps:
    return OrderedHeatmaps()
