"""Training the translation: crops of generated films and of real ones, about equal in scale, that are no pairs."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch
from torch import nn

from ..zoo.cyclegan import CycleGan
from . import films
from .films import without_bars
from .translation import PatchCritic, Terms

HEIGHT = 512
SIZE = (256, 128)
REAL, GENERATED = (0.85, 1.0), (0.55, 0.75)  # width of a crop, of the film's: generated films show more to the sides
CYCLE, IDENTITY = 10.0, 3.0


class Critics(nn.Module):
    """One critic per kind of film."""

    def __init__(self) -> None:
        super().__init__()
        self.real, self.generated = PatchCritic(1), PatchCritic(1)


class CycleGanTask:
    """Unpaired crops; least-squares, cycle and identity losses."""

    def __init__(self, data: Path) -> None:
        self.real = [film.pixels for film in films.spineweb(data, "train", HEIGHT)]
        self.generated = [without_bars(film.pixels) for film in films.generated(data, HEIGHT)]

    def batch(self, count: int, rng: np.random.Generator) -> Terms:
        kinds = {"real": (self.real, REAL), "generated": (self.generated, GENERATED)}
        return {
            name: torch.from_numpy(np.stack([_crop(pool, share, rng) for _ in range(count)])[:, None])
            for name, (pool, share) in kinds.items()
        }

    def generator_loss(self, generator: CycleGan, critic: Critics, batch: Terms) -> Terms:
        real, generated = batch["real"], batch["generated"]
        as_real, same_real = generator.to_real(torch.cat([generated, real])).chunk(2)
        as_generated, same_generated = generator.to_generated(torch.cat([real, generated])).chunk(2)
        self.made = as_real.detach(), as_generated.detach()
        back = generator.to_generated(as_real), generator.to_real(as_generated)
        fooled = critic.real(as_real)[-1], critic.generated(as_generated)[-1]
        return {
            "cycle": CYCLE * ((back[0] - generated).abs().mean() + (back[1] - real).abs().mean()),
            "identity": IDENTITY * ((same_real - real).abs().mean() + (same_generated - generated).abs().mean()),
            "fool": sum((verdict.float() - 1).square().mean() for verdict in fooled),
        }

    def critic_loss(self, critic: Critics, batch: Terms) -> Terms:
        as_real, as_generated = self.made
        pairs = (critic.real, batch["real"], as_real), (critic.generated, batch["generated"], as_generated)
        return {
            "critic": sum(
                0.5 * ((judge(true)[-1].float() - 1).square().mean() + judge(made)[-1].float().square().mean())
                for judge, true, made in pairs
            )
        }


def _crop(pool: list[np.ndarray], share: tuple[float, float], rng: np.random.Generator) -> np.ndarray:
    """float32 SIZE: a random crop of a random film, as wide as ``share`` of it, in the middle or a little aside."""
    pixels = pool[rng.integers(len(pool))]
    height, width = pixels.shape
    columns = min(width * rng.uniform(*share), height / 2)
    x = (width - columns) * np.clip(rng.normal(0.5, 0.15), 0, 1)
    y = (height - 2 * columns) * rng.random()
    zoom = SIZE[1] / columns
    matrix = np.array([[zoom, 0, -x * zoom], [0, zoom, -y * zoom]])
    source = cv2.GaussianBlur(pixels, (0, 0), 0.4 / zoom) if zoom < 0.7 else pixels
    crop = cv2.warpAffine(source, matrix, SIZE[::-1], borderMode=cv2.BORDER_REPLICATE).astype(np.float32) / 255
    return crop[:, ::-1].copy() if rng.random() < 0.5 else crop
