"""How a film that lies wrong is told from one that lies right: the weights of ``zoo._upright``, from training films.

Each film is its own comparison: among its four quarter turns the upright one should score highest (softmax regression,
ridge). Held-out films say how often that fails.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from tqdm import tqdm

from ..zoo._finder import WEIGHTS, Finder, shared_finder
from ..zoo._upright import RECORD, SIGNS, Scale, believed, scale, signs
from ..zoo._weights import file_sha256
from .films import Film, fullbody, spineweb

HEIGHT = 1024
RIDGE = 0.003
LEAST = 0.5
"""Lead in score that a turn needs: e to this power is the odds at which the user is asked."""


@dataclass(frozen=True)
class Found:
    """films: held-out films; alarms: those upright but called wrong; missed: for 1, 2 and 3 quarter turns, the films
    turned so that were not called so."""

    films: int
    alarms: int
    missed: tuple[int, int, int]


def learn_orientation(data: Path) -> Found:
    """Fit to the training films, keep the record beside the finder, and count on the held-out ones."""
    net = shared_finder()
    seen = _seen(net, [*spineweb(data, "train", HEIGHT), *fullbody(data, "train", HEIGHT)])
    learnt = fit(seen)
    record = {name: [round(value, 5) for value in getattr(learnt, name)] for name in ("mean", "spread", "weight")}
    record |= {"least": LEAST, "films": len(seen), "finder_sha256": file_sha256(WEIGHTS)}
    RECORD.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    scale.cache_clear()
    held = _seen(net, [*spineweb(data, "validation", HEIGHT), *fullbody(data, "validation", HEIGHT)])
    return judge(held, scale())


def fit(seen: np.ndarray) -> Scale:
    """seen: (N, 4, 4) signs of N upright films after 0 to 3 quarter turns."""
    mean, spread = seen.mean(axis=(0, 1)), seen.std(axis=(0, 1))
    standard = (seen - mean) / spread

    def loss(weight: np.ndarray) -> float:
        scores = standard @ weight
        return float((np.logaddexp.reduce(scores, axis=1) - scores[:, 0]).mean() + RIDGE * weight @ weight)

    weight = minimize(loss, np.zeros(SIGNS)).x
    return Scale(*(tuple(map(float, values)) for values in (mean, spread, weight)), LEAST)


def judge(seen: np.ndarray, learnt: Scale) -> Found:
    """What would be said of these films as they are and after each turn; a film turned by t is put right by 4 - t."""
    scores = learnt.scores(seen)
    said = np.array([[believed(np.roll(row, -turn), learnt.least) for turn in range(4)] for row in scores])
    missed = (said[:, 1:] != [3, 2, 1]).sum(axis=0)
    return Found(len(seen), int((said[:, 0] != 0).sum()), tuple(missed.tolist()))


def _seen(net: Finder, films: list[Film]) -> np.ndarray:
    pixels = (film.pixels.astype(np.float32) / 255 for film in films)
    return np.stack([signs(net, film) for film in tqdm(pixels, total=len(films), desc="looking", leave=False)])
