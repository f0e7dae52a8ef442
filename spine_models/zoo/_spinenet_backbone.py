"""The scale-permuted backbone SpineNet-49 (Du 2020, arXiv 1912.05027), width left to the caller.

A usual encoder only shrinks its maps. Here blocks of all scales stand in an order found by architecture search, and
each takes two earlier blocks of any scale as parents, so that fine position and wide context meet again and again.
Level l has stride 2^l.
"""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, nn
from torch.nn import functional as F

from ._blocks import ConvNorm, Residual

ALPHA = 0.5  # the paper's for SpineNet-49 and 49S
EXPANSION = 4  # a bottleneck block gives this many times its inner channels
WIDEST = 4  # blocks beyond this level are no wider


class Block(NamedTuple):
    """level; bottleneck or residual; numbers of the parents; whether an output."""

    level: int
    bottleneck: bool
    parents: tuple[int, ...]
    output: bool


STEM = (Block(2, True, (), False),) * 2  # numbers 0 and 1

# The paper's blocks in their order; the last is the level 2 output that the authors' code adds for fine maps.
BLOCKS = (
    Block(2, True, (0, 1), False),
    Block(4, False, (0, 1), False),
    Block(3, True, (2, 3), False),
    Block(4, True, (2, 4), False),
    Block(6, False, (3, 5), False),
    Block(4, True, (3, 5), False),
    Block(5, False, (6, 7), False),
    Block(7, False, (6, 8), False),
    Block(5, True, (8, 9), False),
    Block(5, True, (8, 10), False),
    Block(4, True, (5, 10), True),
    Block(3, True, (4, 10), True),
    Block(5, True, (7, 12), True),
    Block(7, True, (5, 14), True),
    Block(6, True, (12, 14), True),
    Block(2, True, (2, 13), True),
)


def inner_channels(level: int, width: int) -> int:
    """Channels inside a block: ``width`` at level 2, twice as many per level up to level 4 (paper: width 64)."""
    return width * 2 ** (min(level, WIDEST) - 2)


class Bottleneck(nn.Module):
    """1x1, 3x3 and 1x1 convolutions with a shortcut (He 2016)."""

    def __init__(self, outside: int, inner: int) -> None:
        super().__init__()
        outer = EXPANSION * inner
        self.body = nn.Sequential(
            ConvNorm(outside, inner, 1), ConvNorm(inner, inner), ConvNorm(inner, outer, 1, act=False)
        )
        self.shortcut = nn.Identity() if outside == outer else ConvNorm(outside, outer, 1, act=False)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.body(x) + self.shortcut(x))


class Resample(nn.Module):
    """A parent brought to the scale and channels of its child.

    Squeezed to ``ALPHA`` of the parent's inner channels first, because cross-scale links are many; then shrunk by one
    strided convolution and max-pooling, or enlarged to the nearest cell; then widened without activation.
    """

    def __init__(self, parent: Block, child: Block, width: int) -> None:
        super().__init__()
        squeezed = int(ALPHA * inner_channels(parent.level, width))
        layers: list[nn.Module] = [ConvNorm(outer_channels(parent, width), squeezed, 1)]
        if child.level > parent.level:
            layers.append(ConvNorm(squeezed, squeezed, 3, 2))
            layers += [nn.MaxPool2d(3, 2, 1)] * (child.level - parent.level - 1)
        self.squeeze = nn.Sequential(*layers)
        self.widen = ConvNorm(squeezed, outer_channels(child, width), 1, act=False)

    def forward(self, x: Tensor, size: tuple[int, int]) -> Tensor:
        """size: (rows, columns) of the child."""
        squeezed = self.squeeze(x)
        if squeezed.shape[2:] != size:
            squeezed = F.interpolate(squeezed, size=size, mode="nearest")
        return self.widen(squeezed)


def outer_channels(block: Block, width: int) -> int:
    """Channels a block takes and gives."""
    return inner_channels(block.level, width) * (EXPANSION if block.bottleneck else 1)


def adopted_orphans() -> tuple[tuple[int, ...], ...]:
    """For each block the earlier childless blocks of its level and type: an output takes them as further parents."""
    everything = STEM + BLOCKS
    with_child: set[int] = set()
    adopted = []
    for number, block in enumerate(BLOCKS, len(STEM)):
        with_child.update(block.parents)
        same = [j for j in range(number) if everything[j][:2] == block[:2] and j not in with_child]
        adopted.append(tuple(same) if block.output else ())
        with_child.update(adopted[-1])
    return tuple(adopted)


class SpineNetBackbone(nn.Module):
    """Input (N, 1, h, w); output dict: level 2 to 7 -> (N, channels, ceil(h / 2^level), ceil(w / 2^level)).

    width: inner channels at level 2; SpineNet-49 has 64, SpineNet-49S 41.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        first = inner_channels(STEM[0].level, width)
        self.stem = nn.Sequential(ConvNorm(1, first, 7, 2), nn.MaxPool2d(3, 2, 1))
        self.stem_blocks = nn.ModuleList((Bottleneck(first, first), Bottleneck(EXPANSION * first, first)))
        self.links = nn.ModuleList(
            nn.ModuleList(Resample((STEM + BLOCKS)[parent], block, width) for parent in block.parents)
            for block in BLOCKS
        )
        self.blocks = nn.ModuleList(_layer(block, width) for block in BLOCKS)
        self.adopted = adopted_orphans()

    def forward(self, x: Tensor) -> dict[int, Tensor]:
        maps = [self.stem_blocks[0](self.stem(x))]
        maps.append(self.stem_blocks[1](maps[0]))
        outputs = {}
        for block, links, layer, adopted in zip(BLOCKS, self.links, self.blocks, self.adopted):
            size = tuple(-(-side // 2**block.level) for side in x.shape[2:])
            parents = [link(maps[parent], size) for link, parent in zip(links, block.parents)]
            maps.append(layer(F.relu(sum(parents + [maps[orphan] for orphan in adopted]))))
            if block.output:
                outputs[block.level] = maps[-1]
        return outputs


def _layer(block: Block, width: int) -> nn.Module:
    outer = outer_channels(block, width)
    return Bottleneck(outer, inner_channels(block.level, width)) if block.bottleneck else Residual(outer, outer)
