"""Network and loss of vertebra-centred detection: centre heatmap, corner offsets, corner spread, level map."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ._blocks import ConvNorm, FilmAttention, Residual

LEVEL_CLASSES = 18  # background and T1-L5
OFFSET_UNIT = 8.0  # the offset channels count in this many output cells, which keeps them near 1


class SpineEncoder(nn.Module):
    """Residual encoder with attention over the whole film at its bottom.

    Input (N, 1, h, w) in [0, 1]; ``features`` gives maps at strides 4, 8, 16 and 32 of ``widths[1:]`` channels.
    """

    def __init__(self, size: tuple[int, int], widths: tuple[int, ...] = (32, 32, 64, 128, 192)) -> None:
        super().__init__()
        stem, w4, w8, w16, w32 = widths
        self.stem = nn.Sequential(ConvNorm(1, stem, 5, 2), ConvNorm(stem, w4, 3, 2))
        self.stage4 = nn.Sequential(Residual(w4, w4), Residual(w4, w4))
        self.stage8 = nn.Sequential(Residual(w4, w8, 2), Residual(w8, w8), Residual(w8, w8))
        self.stage16 = nn.Sequential(Residual(w8, w16, 2), Residual(w16, w16), Residual(w16, w16))
        self.stage32 = nn.Sequential(Residual(w16, w32, 2), Residual(w32, w32))
        self.attention = FilmAttention(w32, (size[0] // 32, size[1] // 32))

    def features(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        f4 = self.stage4(self.stem(x - 0.5))
        f8 = self.stage8(f4)
        f16 = self.stage16(f8)
        return f4, f8, f16, self.attention(self.stage32(f16))


def map_output(inner: int) -> nn.Conv2d:
    """The last layer of a network of spine maps: most cells are no centre before anything is learnt."""
    layer = nn.Conv2d(inner, 1 + 8 + 4 + LEVEL_CLASSES, 1)
    with torch.no_grad():
        layer.bias.zero_()
        layer.bias[0] = -4.0
    return layer


def named_maps(output: Tensor) -> dict[str, Tensor]:
    """The output of ``map_output`` by name: centre (N, 1) logits, offset (N, 8) from the cell to TL, TR, BL, BR (x, y)
    in cells, spread (N, 4) log of the Laplace scale of each corner in cells, level (N, 18) logits."""
    centre, offset, spread, level = output.split([1, 8, 4, LEVEL_CLASSES], dim=1)
    return {"centre": centre, "offset": offset * OFFSET_UNIT, "spread": spread, "level": level}


class SpineMapNet(SpineEncoder):
    """The encoder and a top-down decoder; output maps at stride 4, see ``named_maps``."""

    def __init__(self, size: tuple[int, int], widths: tuple[int, ...] = (32, 32, 64, 128, 192), fpn: int = 64) -> None:
        super().__init__(size, widths)
        _, w4, w8, w16, w32 = widths
        self.lateral = nn.ModuleList(nn.Conv2d(w, fpn, 1) for w in (w4, w8, w16, w32))
        self.smooth = nn.ModuleList((Residual(fpn, fpn), Residual(fpn, fpn), ConvNorm(fpn, w4 + 16)))
        self.head = ConvNorm(w4 + 16, fpn)
        self.out = map_output(fpn)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        f4, f8, f16, f32 = self.features(x)
        top = self.lateral[3](f32)
        for feature, lateral, smooth in zip((f16, f8, f4), reversed(self.lateral[:3]), self.smooth):
            top = smooth(lateral(feature) + F.interpolate(top, scale_factor=2.0, mode="nearest"))
        return named_maps(self.out(self.head(top)))


def spine_map_loss(out: dict[str, Tensor], target: dict[str, Tensor]) -> dict[str, Tensor]:
    """Loss terms, already weighted; their sum is trained.

    target: centre (N, 1, h, w) Gaussian bumps with 1 at each centre, or -1 where unlabelled; offset (N, 8, h, w);
    offset_weight (N, 1, h, w) >= 0; level (N, h, w) class or -1 where it must not be learnt.
    centre: penalty-reduced focal loss (Law 2018, Zhou 2019); offset: L1; spread: Laplace likelihood of the
    offset's own error (Kendall 2017), which does not disturb the offset.
    """
    probability = out["centre"].sigmoid().clamp(1e-4, 1 - 1e-4)
    truth = target["centre"]
    hit = (truth > 0.99).float()
    known = (truth >= 0).float()
    count = hit.sum().clamp(min=1.0)
    near = -(hit * (1 - probability) ** 2 * probability.log()).sum()
    far = -(known * (1 - hit) * (1 - truth.clamp(min=0)) ** 4 * probability**2 * (1 - probability).log()).sum()
    weight = target["offset_weight"]
    total = weight.sum().clamp(min=1.0)
    error = (out["offset"] - target["offset"]).abs()
    corner = error.detach().unflatten(1, (4, 2)).mean(2)
    spread = out["spread"].clamp(-4, 4)
    likelihood = (weight * (corner / spread.exp() + spread)).sum() / (4 * total)
    level = F.cross_entropy(out["level"], target["level"], ignore_index=-1, reduction="none")
    foreground = (target["level"] > 0).float()
    level_loss = (level * foreground).sum() / foreground.sum().clamp(min=1.0)
    background = (target["level"] == 0).float()
    level_loss = level_loss + (level * background).sum() / background.sum().clamp(min=1.0)
    return {
        "centre": (near + far) / count,
        "offset": 0.5 * (weight * error).sum() / (8 * total),
        "spread": 0.1 * likelihood,
        "level": 0.5 * level_loss,
    }


MIRRORED_CORNERS = [2, 3, 0, 1, 6, 7, 4, 5]  # offset channels of TR, TL, BR, BL


def spine_maps(net: SpineMapNet, image: np.ndarray) -> dict[str, np.ndarray]:
    """Maps of one letterboxed film, averaged with those of its mirror image.

    image: float32 (h, w). Returns what ``centre_codec.decode`` reads: centre and level as probabilities.
    """
    x = torch.from_numpy(np.stack([image, image[:, ::-1]])[:, None]).contiguous(memory_format=torch.channels_last)
    with torch.inference_mode():
        out = net(x)
    centre, level = out["centre"].sigmoid(), out["level"].softmax(1)
    offset, spread = out["offset"], out["spread"]
    turned = offset[1:].flip(3)[:, MIRRORED_CORNERS]
    turned = turned * turned.new_tensor([-1.0, 1.0] * 4)[:, None, None]
    pairs = {
        "centre": (centre[:1], centre[1:].flip(3)),
        "level": (level[:1], level[1:].flip(3)),
        "offset": (offset[:1], turned),
        "spread": (spread[:1], spread[1:].flip(3)[:, [1, 0, 3, 2]]),
    }
    return {name: (0.5 * (a + b))[0].numpy() for name, (a, b) in pairs.items()}
