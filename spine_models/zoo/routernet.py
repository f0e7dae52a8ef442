"""RouterNet: one root point in the middle of the spine is routed to ever more and finer points, at last the corners.

After Guo 2026 (RouterNet, AAAI). What is kept: points that are routed from coarse to fine by the features where they
are, all points of a stage knowing each other, and every stage trained. What differs: a smaller residual network under
it; the tree is T9 -> three, five, nine, 17 vertebra centres by halving -> 68 corners, looked at three times; a look
is a soft-argmax over places round the point; a level map is learnt beside it and tells how sure a vertebra's name is.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..core import centre_codec
from ..core.card import ModelCard
from ..core.errors import DetectionError
from ..core.landmarks import STANDARD_LEVELS
from ._blocks import ConvNorm, FilmAttention, Residual
from ._framed import Decoded, FramedModel
from ._routing import Branch, Look, turned
from ._spine_map import LEVEL_CLASSES

CARD = ModelCard(
    name="routernet",
    family="CNN",
    title="RouterNet",
    summary="Starts from the middle of the spine and branches out to all vertebrae and corners, looking where it goes.",
    input_size=(512, 256),
    codec="framed",
    paper="Guo 2026, RouterNet (AAAI)",
    training_data="SpineWeb-16 training films, half of the full-body AASCE films, phantoms",
    intended_use="Research and teaching: frontal spine radiographs, T1-L5; a trained reader checks every corner.",
    limits=(
        "Every vertebra starts between its neighbours: where the film is unreadable, a likely spine is drawn.",
        "Always numbers twelve thoracic and five lumbar vertebrae; four or six lumbar vertebrae are misnumbered.",
    ),
)
WIDTHS = (32, 48, 96, 144)  # channels at strides 4, 8, 16, 32
CHANNELS = 48
TOKEN = 96
HALVED = (8, 4, 2, 1)  # every how many vertebrae there is a point, from the second stage on
ROOT = 8  # T9
CENTRE_LOOKS = ((3, 24.0), (3, 20.0), (2, 14.0), (2, 9.0), (1, 6.0))  # which map is searched, in steps of how many px
CORNER_LOOKS = ((0, 5.0), (0, 3.0), (0, 2.0))
CLEAR, FEWEST = 0.5, 4  # probability of bone at its centre from which a vertebra is seen, and how many make a spine


class Pyramid(nn.Module):
    """Residual encoder with attention over the whole picture; four maps of CHANNELS at strides 4, 8, 16, 32."""

    def __init__(self, size: tuple[int, int]) -> None:
        super().__init__()
        w4, w8, w16, w32 = WIDTHS
        self.stem = nn.Sequential(ConvNorm(1, 16, 5, 2), ConvNorm(16, w4, 3, 2))
        self.stages = nn.ModuleList((
            Residual(w4, w4),
            nn.Sequential(Residual(w4, w8, 2), Residual(w8, w8)),
            nn.Sequential(Residual(w8, w16, 2), Residual(w16, w16)),
            nn.Sequential(Residual(w16, w32, 2), FilmAttention(w32, (size[0] // 32, size[1] // 32))),
        ))
        self.lateral = nn.ModuleList(nn.Conv2d(width, CHANNELS, 1) for width in WIDTHS)
        self.smooth = nn.ModuleList(ConvNorm(CHANNELS, CHANNELS) for _ in WIDTHS[1:])

    def forward(self, x: Tensor) -> list[Tensor]:
        feature, sides = self.stem(x - 0.5), []
        for stage, lateral in zip(self.stages, self.lateral):
            feature = stage(feature)
            sides.append(lateral(feature))
        pyramid = [sides[-1]]
        for side, smooth in zip(sides[-2::-1], self.smooth):
            pyramid.insert(0, smooth(side + F.interpolate(pyramid[0], scale_factor=2.0, mode="nearest")))
        return pyramid


class RouterNet(FramedModel):
    """Output: points0 (N, 1, 2) to points4 (N, 17, 2) centres, points5 to points7 (N, 68, 2) corners, in pixels of the
    picture; spread (N, 17, 4) log Laplace scale of the last in pixels; level (N, 18) logits at stride 4.

    mean: (17, 4, 2) the mean framed spine of the training films, from which children start.
    """

    SIZE = CARD.input_size

    def __init__(self) -> None:
        super().__init__()
        self.pyramid = Pyramid(self.SIZE)
        self.register_buffer("mean", torch.zeros(len(STANDARD_LEVELS), 4, 2))
        self.root = nn.Parameter(0.5 * torch.randn(1, TOKEN))
        self.branches = nn.ModuleList(Branch(share, TOKEN) for share in _shares())
        self.looks = nn.ModuleList(
            Look(CHANNELS, TOKEN, len(WIDTHS), self.SIZE, scale, step) for scale, step in (*CENTRE_LOOKS, *CORNER_LOOKS)
        )
        self.spread = nn.Sequential(nn.LayerNorm(TOKEN), nn.Linear(TOKEN, 1))
        self.level = nn.Conv2d(CHANNELS, LEVEL_CLASSES, 1)

    def prepare(self, spines: np.ndarray) -> None:
        self.mean.copy_(torch.from_numpy(spines.mean(axis=0)))

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        pyramid = self.pyramid(x)
        out = {"level": self.level(pyramid[0])}
        centres = self.mean.mean(1)
        usual = [centres[list(nodes)] for nodes in _nodes()]
        points, tokens = usual[0].expand(len(x), -1, -1), self.root.expand(len(x), -1, -1)
        for stage, look in enumerate(self.looks):
            if 0 < stage < len(CENTRE_LOOKS):
                branch = self.branches[stage - 1]
                points, tokens = branch(points, tokens, usual[stage] - branch.share @ usual[stage - 1])
            elif stage == len(CENTRE_LOOKS):
                arms = turned(self.mean - centres[:, None], points, centres)
                points, tokens = self.branches[-1](points, tokens, arms.flatten(1, 2))
            points, tokens = look(pyramid, points, tokens)
            out[f"points{stage}"] = points
        return out | {"spread": self.spread(tokens).unflatten(1, (-1, 4))[..., 0]}

    def encode(self, corners: np.ndarray, valid: np.ndarray) -> dict[str, np.ndarray]:
        level = centre_codec.encode(corners, valid, np.arange(len(STANDARD_LEVELS)), self.SIZE)["level"]
        return {"corners": corners.astype(np.float32), "valid": valid.astype(np.float32), "level": level}

    def loss(self, out: dict[str, Tensor], targets: dict[str, Tensor]) -> dict[str, Tensor]:
        """points: L1 of every look in its own steps; tilt: L1 of how much the right side is lower, Cobb angles are made
        of it; spread: Laplace likelihood of the last look's error (Kendall 2017); level: cross-entropy."""
        truth, valid = targets["corners"], targets["valid"]
        terms = []
        for stage, nodes in enumerate(_nodes()):
            error = (out[f"points{stage}"] - truth[:, nodes].mean(2)).abs().mean(2)
            terms.append(_mean(error, valid[:, nodes]) / CENTRE_LOOKS[stage][1])
        for stage, (_, step) in enumerate(CORNER_LOOKS, len(CENTRE_LOOKS)):
            corners = out[f"points{stage}"].unflatten(1, (-1, 4))
            error = (corners - truth).abs().mean(3)
            terms.append(_mean(error.mean(2), valid) / step)
        tilt = _mean((_rise(corners) - _rise(truth)).abs(), valid) / step
        scale = out["spread"].clamp(-3, 5)
        likelihood = _mean((error.detach() / scale.exp() + scale).mean(2), valid)
        level = F.cross_entropy(out["level"], targets["level"], ignore_index=-1, reduction="none")
        bone, background = (_mean(level, part.float()) for part in (targets["level"] > 0, targets["level"] == 0))
        return {"points": sum(terms), "tilt": tilt, "spread": 0.1 * likelihood, "level": 0.5 * (bone + background)}

    def decode(self, out: dict[str, np.ndarray]) -> Decoded:
        corners = out[f"points{len(self.looks) - 1}"].reshape(-1, 4, 2).astype(np.float64)
        places = np.rint(corners.mean(axis=1) / centre_codec.STRIDE - 0.375).astype(int)
        columns, rows = places.clip(0, np.array(out["level"].shape[:0:-1]) - 1).T
        logits = out["level"][:, rows, columns]
        level = np.exp(logits - logits.max(axis=0))
        level /= level.sum(axis=0)
        if (level[0] < 1 - CLEAR).sum() < FEWEST:
            raise DetectionError("No spine was seen on this film: check that it is an upright frontal radiograph.")
        confidence = level[np.arange(1, len(corners) + 1), np.arange(len(corners))]
        return Decoded(corners, np.exp(out["spread"].astype(np.float64)), confidence)


def _nodes() -> list[list[int]]:
    """Vertebrae that have a point, by stage."""
    return [[ROOT], *(list(range(0, len(STANDARD_LEVELS), every)) for every in HALVED)]


def _shares() -> list[Tensor]:
    """(children, parents) of each branching: between the two parents next to a child; the four corners of a centre."""
    stages = _nodes()
    halved = [
        np.stack([np.interp(children, parents, one) for one in np.eye(len(parents))], axis=1)
        for parents, children in zip(stages, stages[1:])
    ]
    return [torch.from_numpy(share).float() for share in (*halved, np.repeat(np.eye(len(STANDARD_LEVELS)), 4, axis=0))]


def _mean(values: Tensor, weight: Tensor) -> Tensor:
    return (values * weight).sum() / weight.sum().clamp(min=1.0)


def _rise(corners: Tensor) -> Tensor:
    return 0.5 * (corners[..., 1, 1] + corners[..., 3, 1] - corners[..., 0, 1] - corners[..., 2, 1])


def build() -> RouterNet:
    return RouterNet()
