"""Spine synth: the generator in the other direction, from a spine to a film of it.

A conditional GAN (pix2pix, Isola 2017) whose condition is drawn, not photographed: the attenuation of soft tissue, of
the bones round the spine and of the spine itself (``imaging.phantom``), and the outlines of the vertebral bodies, which
are the truth. How the film looks beyond that is in ``STYLE`` numbers, read off a real film in training (as the encoder
of Park 2019, SPADE) and drawn from their distribution afterwards. Noise enters every stage of the decoder, so that
texture is never twice the same.

Legend
    condition  (N, 5, h, w): soft tissue, bones, spine, vertebral bodies, where the film is; each in [0, 1]
    style      (N, STYLE)
    film       (N, 1, h, w) in [0, 1], bone bright
"""

from __future__ import annotations

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..core.card import ModelCard
from ..imaging.phantom import anatomy_layers
from ..imaging.phantom.shape import Spine

SIZE = (384, 160)
STYLE = 12
FULL = (1.6, 1.0, 1.0)  # attenuation of the three layers that counts as 1
CONDITION = 5
EDGE = 3  # px

CARD = ModelCard(
    name="spine_synth",
    family="GAN",
    task="synthesis",
    title="Spine synth (films on request)",
    summary="Makes a film of any spine you ask for, with its corners known exactly.",
    input_size=(384, 160),
    codec="synthesis",
    paper="after Isola 2017 (pix2pix, CVPR) and Park 2019 (SPADE, CVPR); anatomy drawn by this project's phantom",
    training_data="SpineWeb-16 training films and half of the full-body AASCE films with complete labels",
    intended_use="Films with known truth for teaching, demonstration, testing and training; never for a patient.",
    limits=(
        "Made 384 pixels high and enlarged: it has no finer detail than that.",
        "Trained for 52 short epochs: stable; the critic's hinge loss ended at 1.7 of 2, so it changed little. "
        "Thoracic vertebrae are blurred, textures coarse.",
        "Anatomy beside the spine is drawn by a phantom: no implants, no other disease, one build of ribs and pelvis.",
        "A model that measures these films well need not measure real ones as well.",
    ),
)


class Stage(nn.Module):
    """Convolution, instance norm, scale and shift from the style, noise, leaky ReLU."""

    def __init__(self, inner: int, outer: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inner, outer, 3, 1, 1)
        self.norm = nn.InstanceNorm2d(outer)
        self.style = nn.Linear(STYLE, 2 * outer)
        self.noise = nn.Parameter(torch.full((1, outer, 1, 1), 0.02))

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        scale, shift = self.style(style)[..., None, None].chunk(2, dim=1)
        x = self.norm(self.conv(x)) * (1 + scale) + shift
        noise = torch.randn(len(x), 1, *x.shape[2:], dtype=x.dtype)
        return F.leaky_relu(x + self.noise * noise, 0.2)


class StyleReader(nn.Module):
    """How a film looks: (N, 2, h, w) film and where it is -> mean and log variance, (N, STYLE) each."""

    def __init__(self) -> None:
        super().__init__()
        widths = (2, 16, 24, 32, 48)
        self.stages = nn.Sequential(
            *(nn.Sequential(nn.Conv2d(inner, outer, 3, 2, 1), nn.LeakyReLU(0.2))
              for inner, outer in zip(widths, widths[1:]))
        )  # fmt: skip
        self.out = nn.Linear(48 * 3, 2 * STYLE)

    def forward(self, film: Tensor) -> tuple[Tensor, Tensor]:
        thirds = F.adaptive_avg_pool2d(self.stages(film), (3, 1)).flatten(1)  # upper, middle, lower trunk
        mean, spread = self.out(thirds).float().chunk(2, dim=1)
        return mean, spread.clamp(-6, 2)


class SpineSynth(nn.Module):
    """U-Net from condition and style to film; the reader is needed in training only."""

    def __init__(self) -> None:
        super().__init__()
        self.reader = StyleReader()
        self.stem = nn.Conv2d(4 * CONDITION, 24, 3, 1, 1)
        widths = (24, 48, 80, 112, 112)
        self.down = nn.ModuleList(
            nn.Sequential(nn.Conv2d(inner, outer, 3, 2, 1), nn.InstanceNorm2d(outer, affine=True), nn.LeakyReLU(0.2))
            for inner, outer in zip(widths, widths[1:])
        )
        self.up = nn.ModuleList(
            Stage(below + beside, outer)
            for below, beside, outer in ((112, 112, 80), (80, 80, 48), (48, 48, 32), (32, 24, 24))
        )
        self.out = nn.Conv2d(24, 4, 3, 1, 1)
        self.register_buffer("style_mean", torch.zeros(STYLE))
        self.register_buffer("style_root", torch.eye(STYLE))  # of the covariance of the training films' styles

    def forward(self, condition: Tensor, style: Tensor) -> Tensor:
        x = self.stem(F.pixel_unshuffle(condition, 2))
        beside = [x]
        for stage in self.down:
            x = stage(x)
            beside.append(x)
        beside.pop()
        for stage in self.up:
            x = F.interpolate(x, scale_factor=2.0, mode="nearest")
            x = stage(torch.cat([x, beside.pop()], dim=1), style)
        return F.pixel_shuffle(self.out(x).float(), 2).sigmoid() * condition[:, 4:]

    def film(self, spine: Spine, seed: int) -> np.ndarray:
        """float32 SIZE film in [0, 1] of a spine placed on a picture of SIZE; the same seed gives the same film."""
        rng, torch_rng = np.random.default_rng(seed), torch.random.get_rng_state()
        picture = np.zeros(SIZE, np.float32)
        picture[EDGE:-EDGE, EDGE:-EDGE] = 1  # a collimated rim, where the convolutions see no neighbours
        condition = torch.from_numpy(condition_of(anatomy_layers(SIZE, spine, rng), spine.truth, picture))[None]
        style = torch.from_numpy(np.clip(rng.standard_normal(STYLE), -1.5, 1.5).astype(np.float32))
        torch.manual_seed(int(rng.integers(2**31)))
        with torch.inference_mode():
            film = self(condition, (self.style_mean + self.style_root @ style)[None])[0, 0].numpy()
        torch.random.set_rng_state(torch_rng)
        return film


def condition_of(layers: np.ndarray, corners: np.ndarray, picture: np.ndarray) -> np.ndarray:
    """float32 (5, h, w) condition from layers (3, h, w), corners (17, 4, 2) px and where the film is (h, w)."""
    bodies = np.zeros(picture.shape, np.uint8)
    for quad in corners[:, [0, 1, 3, 2]]:
        cv2.fillPoly(bodies, [np.rint(quad * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    scaled = np.clip(layers / np.array(FULL, np.float32)[:, None, None], 0, 1) * picture
    return np.concatenate([scaled, bodies[None] / 255 * picture, picture[None]]).astype(np.float32)


def build() -> SpineSynth:
    """An untrained network."""
    return SpineSynth()
