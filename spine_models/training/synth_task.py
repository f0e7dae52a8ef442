"""Training the synthesiser: real films against what is drawn round their labelled spines."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from tqdm import tqdm

from ..imaging.phantom import anatomy_layers, spine_through
from ..zoo.spine_synth import FULL, SIZE, SpineSynth, condition_of
from . import films
from .films import Film
from .translation import Terms, hinge

HEIGHT = 512  # films are kept this high
FULLBODY = 0.12  # share of the pictures
ZOOM = {"spineweb": (0.97, 1.2), "fullbody": (1.15, 1.7)}  # over the film fitted by its height


class SynthTask:
    """Pairs of film and condition."""

    def __init__(self, data: Path, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.pools = {
            "spineweb": _drawn(films.spineweb(data, "train", HEIGHT), rng),
            "fullbody": _drawn(films.fullbody(data, "train", HEIGHT), rng),
        }

    def batch(self, count: int, rng: np.random.Generator) -> Terms:
        picked = ["fullbody" if rng.random() < FULLBODY else "spineweb" for _ in range(count)]
        pairs = [self._pair(name, rng) for name in picked]
        return {
            "film": torch.from_numpy(np.stack([film for film, _ in pairs])[:, None]),
            "condition": torch.from_numpy(np.stack([condition for _, condition in pairs])),
        }

    def generator_loss(self, generator: SpineSynth, critic: nn.Module, batch: Terms) -> Terms:
        film, condition = batch["film"], batch["condition"]
        mean, spread = generator.reader(torch.cat([film, condition[:, 4:]], dim=1))
        made = generator(condition, mean + (0.5 * spread).exp() * torch.randn_like(mean))
        self.made = made.detach()
        judged = critic(torch.cat([condition, made], dim=1))
        with torch.no_grad():
            real = critic(torch.cat([condition, film], dim=1))
        weight = condition[:, 4:] * (1 + 2 * condition[:, 3:4])
        coarse = (F.avg_pool2d(made, 8) - F.avg_pool2d(film, 8)).abs().mean()
        return {
            "grey": 8 * ((made - film).abs() * weight).sum() / weight.sum(),
            "coarse": 8 * coarse,
            "features": 2 * sum((a.float() - b.float()).abs().mean() for a, b in zip(judged[:-1], real[:-1])),
            "fool": -judged[-1].float().mean(),
            "style": 0.02 * (mean.square() + spread.exp() - 1 - spread).mean(),
        }

    def critic_loss(self, critic: nn.Module, batch: Terms) -> Terms:
        film, condition = batch["film"], batch["condition"]
        real, made = (critic(torch.cat([condition, picture], dim=1))[-1] for picture in (film, self.made))
        return {"critic": hinge(real, made)}

    def describe_styles(self, model: SpineSynth, rng: np.random.Generator) -> None:
        """Set the distribution of styles that films are drawn from: that of the training films."""
        styles = []
        with torch.inference_mode():
            for _ in range(40):
                batch = self.batch(10, rng)
                styles.append(model.reader(torch.cat([batch["film"], batch["condition"][:, 4:]], dim=1))[0])
        known = torch.cat(styles).double()
        model.style_mean = known.mean(0).float()
        model.style_root = torch.linalg.cholesky(known.T.cov() + 1e-4 * torch.eye(known.shape[1])).float()

    def measure(self, model: SpineSynth, data: Path, rng: np.random.Generator) -> float:
        """Mean grey difference (of 1) between held-out films and those painted with the style read from them."""
        pool = _drawn(films.spineweb(data, "validation", HEIGHT), rng)
        away = []
        with torch.inference_mode():
            for picked in range(len(pool)):
                film, condition = (torch.from_numpy(x)[None] for x in self._framed(*pool[picked], "spineweb", rng))
                made = model(condition, model.reader(torch.cat([film[None], condition[:, 4:]], dim=1))[0])
                away.append(float(((made - film[None]).abs() * condition[:, 4:]).sum() / condition[:, 4:].sum()))
        return float(np.mean(away))

    def _pair(self, name: str, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """A random film (h, w) and its condition (5, h, w), framed at random."""
        pool = self.pools[name]
        return self._framed(*pool[rng.integers(len(pool))], name, rng)

    def _framed(
        self, film: Film, layers: np.ndarray, name: str, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        height = len(film.pixels)
        zoom = SIZE[0] / height * rng.uniform(*ZOOM[name])
        low, high = film.corners.min((0, 1)), film.corners.max((0, 1))
        x = rng.normal(SIZE[1] / 2, 4) - zoom * (low[0] + high[0]) / 2
        room = SIZE[0] - zoom * height
        y = rng.uniform(*sorted((0, room))) if name == "spineweb" else rng.uniform(0.03, 0.12) * SIZE[0] - zoom * low[1]
        matrix = np.array([[zoom, 0, x], [0, zoom, y]])
        picture, where, *drawn = (
            cv2.warpAffine(sheet, matrix, SIZE[::-1], flags=cv2.INTER_AREA)
            for sheet in (film.pixels, np.full(film.pixels.shape, 255, np.uint8), *layers)
        )
        where = (where > 127).astype(np.float32)
        grey = picture.astype(np.float32) / 255 * where
        sheets = np.stack(drawn).astype(np.float32) / 255 * np.array(FULL, np.float32)[:, None, None]
        condition = condition_of(sheets, film.corners * zoom + (x, y), where)
        if rng.random() < 0.5:
            grey, condition = grey[:, ::-1].copy(), condition[..., ::-1].copy()
        return grey, condition


def _drawn(pool: list[Film], rng: np.random.Generator) -> list[tuple[Film, np.ndarray]]:
    """Completely labelled films with their anatomy, uint8 (3, H, W), drawn round the label."""
    full = np.array(FULL, np.float32)[:, None, None]
    pairs = []
    for film in tqdm([film for film in pool if film.valid.all() and film.source.level_valid], desc="drawing"):
        layers = anatomy_layers(film.pixels.shape, spine_through(film.corners), rng)
        pairs.append((film, np.rint(np.clip(layers / full, 0, 1) * 255).astype(np.uint8)))
    return pairs
