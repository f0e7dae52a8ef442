"""RandGAN: is this a frontal spine film at all, and what on it is unusual?

After Motamed 2021 (randomised generative adversarial network for anomaly detection), conditioned on the picture as
there: an encoder replaces the search for a latent vector. Trained on spine films only, in two parts:

- a generator squeezes the film through ``LATENT`` numbers and paints it again: it can paint nothing but spine films, in
  the places where spine films have things;
- a critic tells films from painted ones and, as in Chen 2019 (self-supervised GAN), how far the picture was turned.

The score is the largest of four doubts, scaled so that at most five in a hundred held-out spine films pass 1. Two are
the network's: how far film and painted film differ, and how little upright the film looks. Two come from the shared
finder, itself trained on spine films only: how little of a spine with the head up it sees (``_upright``), and how
unlike the two sides of that spine are (``_sides``).

Legend
    picture  the whole film letterboxed to SIZE, its exposure levelled
    heat     (h, w) how unusual each place of the picture is; 1 is the most that a usual spine film shows
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from ..core.card import ModelCard
from ..imaging.letterbox import Letterbox
from ._blocks import ConvNorm
from ._finder import shared_finder
from ._sides import one_sided
from ._upright import head_up

SIZE = (192, 96)
LATENT = 96
GRID = (12, 6)  # of the last stage
TURNS = 4  # quarters of a turn the critic tells apart
WIDTHS = (24, 40, 64, 96)
PARTS = ("painting", "turn", "finder", "sides")

CARD = ModelCard(
    name="randgan",
    family="GAN",
    task="anomaly",
    title="RandGAN (is it a spine film?)",
    summary="Learnt from spine films alone what they look like; doubts everything else before an angle is shown.",
    input_size=(192, 96),
    codec="anomaly",
    paper="Motamed 2021, Scientific Reports 11:8602; critic that knows which way is up: Chen 2019, CVPR",
    training_data="SpineWeb-16 training films, half of the full-body AASCE films, generated films, phantoms",
    intended_use="Ask before measuring what is no upright frontal spine film; show what is unusual on one.",
    limits=(
        "It sees the film 192 pixels high: a quiet map does not mean that a film shows nothing.",
        "Trained for 14 short epochs without instability; its paintings are blurred, so fine edges count for little.",
        "Chest films and films of other spines than the whole thoracic and lumbar one may pass.",
        "Of laterals only drawn ones were tried; one that is cut off right behind the spine may pass.",
        "Trained on films of two hospitals: films of another look may be doubted without need, and so may one with a "
        "wide empty border on one side of the spine.",
    ),
)


@dataclass(frozen=True, eq=False)
class Doubt:
    """score: above 1 on at most five in a hundred held-out spine films. parts: the four doubts it is the largest of.
    heat: float32 (H, W) of the film, how unusual each place is, 1 being the most that a usual film shows."""

    score: float
    parts: dict[str, float]
    heat: np.ndarray


class Painter(nn.Module):
    """Encoder and decoder through LATENT numbers; (N, 1, 192, 96) in [0, 1] -> the same."""

    def __init__(self) -> None:
        super().__init__()
        cells = 32 * GRID[0] * GRID[1]
        down = [ConvNorm(inner, outer, 5 if inner == 1 else 3, 2) for inner, outer in zip((1, *WIDTHS), WIDTHS)]
        self.encoder = nn.Sequential(*down, ConvNorm(WIDTHS[-1], 32, 1), nn.Flatten(), nn.Linear(cells, LATENT))
        self.latent = nn.Sequential(nn.Linear(LATENT, cells), nn.Unflatten(1, (32, *GRID)), ConvNorm(32, WIDTHS[-1]))
        up: list[nn.Module] = []
        for inner, outer in zip(WIDTHS[::-1], WIDTHS[-2::-1]):
            up += [nn.Upsample(scale_factor=2, mode="nearest"), ConvNorm(inner, outer)]
        self.decoder = nn.Sequential(*up, nn.Conv2d(WIDTHS[0], 4, 3, 1, 1), nn.PixelShuffle(2))

    def forward(self, x: Tensor) -> Tensor:
        return (self.decoder(self.latent(self.encoder(x - 0.5))).float()).sigmoid()


class Critic(nn.Module):
    """(N, 1, 192, 96) -> maps of the stages, verdict per patch, (N, TURNS) logits of how far the picture is turned."""

    def __init__(self) -> None:
        super().__init__()
        self.stages = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(inner, outer, 5 if inner == 1 else 3, 2, 2 if inner == 1 else 1),
                nn.InstanceNorm2d(outer, affine=True) if inner > 1 else nn.Identity(),
                nn.LeakyReLU(0.2),
            )
            for inner, outer in zip((1, *WIDTHS), WIDTHS)
        )
        self.verdict = nn.Conv2d(WIDTHS[-1], 1, 3, 1, 1)
        self.turn = nn.Sequential(
            nn.AdaptiveAvgPool2d((6, 3)), nn.Flatten(), nn.Dropout(0.2), nn.Linear(WIDTHS[-1] * 18, TURNS)
        )

    def forward(self, x: Tensor) -> tuple[list[Tensor], Tensor, Tensor]:
        maps = []
        x = x - 0.5
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        return maps, self.verdict(x), self.turn(x)


class RandGan(nn.Module):
    """Painter, critic and what was learnt about the scores of spine films (buffers, set by ``set_scales``)."""

    def __init__(self) -> None:
        super().__init__()
        self.painter, self.critic = Painter(), Critic()
        self.register_buffer("usual_part", torch.zeros(len(PARTS)))  # median over held-out films
        self.register_buffer("high_part", torch.ones(len(PARTS)))  # where a doubt is 1
        self.register_buffer("usual_heat", torch.ones(SIZE))  # what a usual film reaches at each place

    def judge(self, pixels: np.ndarray) -> Doubt:
        """Doubt about a film; pixels: float32 (H, W) in [0, 1], bone bright, any size and aspect."""
        box = Letterbox.fit(pixels.shape, SIZE)
        raw, difference = self.raw_parts(pixels, box)
        scaled = (raw - self.usual_part.numpy()) / (self.high_part - self.usual_part).numpy()
        heat = difference / self.usual_heat.numpy()
        x, y = box.offset
        rows, columns = (max(round(extent * box.scale), 1) for extent in pixels.shape)
        heat = cv2.resize(heat[y : y + rows, x : x + columns], pixels.shape[::-1], interpolation=cv2.INTER_LINEAR)
        return Doubt(float(scaled.max()), dict(zip(PARTS, scaled.tolist())), heat)

    def raw_parts(self, pixels: np.ndarray, box: Letterbox) -> tuple[np.ndarray, np.ndarray]:
        """(4,) doubts before scaling, in the order of PARTS, and the difference map (192, 96), smoothed.

        pixels: as ``judge`` takes them; box: how they lie in the picture. Raises ModelError without a trained finder.
        """
        film = inside(box)
        picture = levelled(box.apply(pixels), film)
        x = torch.from_numpy(picture)[None, None]
        with torch.inference_mode():
            painted = self.painter(x)[0, 0].numpy()
            _, _, turn = self.critic(x)
            upright = turn.float().log_softmax(1)[0, 0].item()
        a, b = picture[film], painted[film]
        alike = np.corrcoef(a, b)[0, 1] if a.std() > 1e-6 and b.std() > 1e-6 else 0.0
        difference = cv2.GaussianBlur(np.abs(picture - painted) * film, (0, 0), 1.5)
        finder = shared_finder()
        found = -head_up(finder, pixels), one_sided(finder, pixels)
        return np.array([1 - alike, np.log1p(-upright), *found]), difference


def inside(box: Letterbox) -> np.ndarray:
    """bool (192, 96): where the film lies in its letterboxed picture."""
    return box.apply(np.ones(box.source, np.float32)) > 0.5


def levelled(picture: np.ndarray, film: np.ndarray) -> np.ndarray:
    """The picture with a mean grey of 0.45 on the film, by a power curve that keeps black and white."""
    mean = float(np.clip(picture[film].mean(), 0.02, 0.98))
    return (picture ** np.clip(np.log(0.45) / np.log(mean), 0.4, 2.5)).astype(np.float32)


def build() -> RandGan:
    """An untrained network."""
    return RandGan()
