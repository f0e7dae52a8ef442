"""Training the gate: spine films only, upright ones to be painted again, turned ones for the critic to tell apart.

Which doubts it consists of and how they are scaled was chosen on held-out films and on 74 other pictures, none of
which ``service.other_pictures`` shows: sample pictures of matplotlib, scikit-learn, gradio, networkx, sympy and
Streamlit, the films of pydicom-data that pydicom does not ship too, and, drawn with other code, noise, text, patterns
and laterals.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from ..imaging.letterbox import Letterbox
from ..zoo.randgan import SIZE, TURNS, Critic, Painter, RandGan, inside, levelled
from . import films
from .augment import expose
from .films import without_bars
from .translation import Terms, hinge

HEIGHT = 288  # films are kept this high
SHARES = {"spineweb": 0.5, "fullbody": 0.22, "generated": 0.2, "phantom": 0.08}
PHANTOMS = 60
TURNED = (0.25, 0.5, 0.25)  # how often by one, two and three quarters
DOUBTED = 0.05  # share of the held-out films that may be doubted, at most


class RandGanTask:
    """Films to paint, and what is usual on films held out."""

    def __init__(self, data: Path, seed: int) -> None:
        pools = {
            "spineweb": films.spineweb(data, "train", HEIGHT),
            "fullbody": films.fullbody(data, "train", HEIGHT),
            "generated": films.generated(data, HEIGHT),
            "phantom": films.phantoms(PHANTOMS, HEIGHT, seed),
        }
        self.pools = {name: [film.pixels for film in pool] for name, pool in pools.items()}
        self.pools["generated"] = [without_bars(pixels) for pixels in self.pools["generated"]]

    def batch(self, count: int, rng: np.random.Generator) -> Terms:
        upright = np.stack([self._picture(0, rng) for _ in range(count)])
        turns = rng.choice(np.arange(1, TURNS), count, p=TURNED)
        turned = np.stack([self._picture(turn, rng) for turn in turns])
        return {name: torch.from_numpy(value)[:, None] for name, value in (("x", upright), ("turned", turned))} | {
            "turns": torch.from_numpy(np.concatenate([np.zeros(count, int), turns]))
        }

    def generator_loss(self, painter: Painter, critic: Critic, batch: Terms) -> Terms:
        x = batch["x"]
        painted = painter(x)
        self.painted = painted.detach()
        made, verdict, _ = critic(painted)
        with torch.no_grad():
            real = critic(x)[0]
        return {
            "grey": 10 * (painted - x).abs().mean(),
            "edges": 5 * sum((d(painted) - d(x)).abs().mean() for d in (_across, _down)),
            "features": sum((a.float() - b.float()).abs().mean() for a, b in zip(made, real)),
            "fool": -0.1 * verdict.float().mean(),
        }

    def critic_loss(self, critic: Critic, batch: Terms) -> Terms:
        count = len(batch["x"])
        _, verdict, turn = critic(torch.cat([batch["x"], batch["turned"]]))
        _, made, _ = critic(self.painted)
        return {
            "real": hinge(verdict[:count], made),
            "turn": F.cross_entropy(turn.float(), batch["turns"]),
        }

    def _picture(self, turn: int, rng: np.random.Generator) -> np.ndarray:
        """float32 (192, 96): a random film, framed, exposed and turned by ``turn`` quarters."""
        pool = self.pools[rng.choice(list(SHARES), p=list(SHARES.values()))]
        pixels = pool[rng.integers(len(pool))]
        height, width = pixels.shape
        if rng.random() < 0.4:  # another field of view: the sides cut off
            x0, x1 = np.round(rng.uniform(0, 0.15, 2) * width).astype(int)
            pixels = pixels[:, x0 : width - x1]
        if rng.random() < 0.3:  # the ends cut off
            y0, y1 = np.round(rng.uniform(0, 0.08, 2) * height).astype(int)
            pixels = pixels[y0 : height - y1]
        if rng.random() < 0.5:
            pixels = pixels[:, ::-1]
        picture = expose(pixels.astype(np.float32) / 255, rng, strength=0.7, metal=0.0)
        if rng.random() < 0.35:  # a wide rim, as scans and screens have
            rim = np.round(rng.uniform(0, 0.22, 4) * np.repeat(picture.shape, 2)).astype(int)
            shade = float(rng.choice([0, 0, rng.random(), 1]))
            picture = np.pad(picture, (rim[:2], rim[2:]), constant_values=shade)
        if rng.random() < 0.6:
            picture = _tilted(picture, rng.normal(0, 3.5))
        picture = np.ascontiguousarray(np.rot90(picture, turn))
        box = Letterbox.fit(picture.shape, SIZE)
        return levelled(np.clip(box.apply(picture), 0, 1), inside(box))


def set_scales(model: RandGan, held_out: list[np.ndarray]) -> None:
    """Set the scales of the doubts and the usual differences, from films held out (float32 [0, 1] each).

    Every doubt reaches 1 on the same share of the films, the largest share with which no more than DOUBTED of them have
    a doubt above 1. (Scaled by the spread of the films, a doubt with few but wide outliers would hide all others.)
    """
    raw, differences = zip(*(model.raw_parts(pixels, Letterbox.fit(pixels.shape, SIZE)) for pixels in held_out))
    limits = (np.percentile(raw, percentile, axis=0) for percentile in np.arange(90, 100.1, 0.1).clip(max=100))
    high = next(limit for limit in limits if (raw > limit).any(axis=1).mean() <= DOUBTED)
    model.usual_part = torch.from_numpy(np.median(raw, axis=0)).float()
    model.high_part = torch.from_numpy(high).float()
    heat = cv2.GaussianBlur(np.percentile(differences, 98, axis=0), (0, 0), 6)
    model.usual_heat = torch.from_numpy(np.maximum(heat, 0.12).astype(np.float32))


def _tilted(picture: np.ndarray, degrees: float) -> np.ndarray:
    height, width = picture.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    return cv2.warpAffine(picture, matrix, (width, height))


def _across(x: Tensor) -> Tensor:
    return x[..., 1:] - x[..., :-1]


def _down(x: Tensor) -> Tensor:
    return x[..., 1:, :] - x[..., :-1, :]
