"""Which way up a film lies: the finder looks at it in four quarter turns, and the turn that shows a spine best wins.

Legend
    look     the finder's two maps (mask, u; see ``_finder``) of the film after some quarter turns clockwise
    signs    four numbers of a look: how sure the mask is, how closely u follows the rows (artanh of the correlation),
             how much of T1-L5 is seen (spread of u), and how far u strays from a line
    score    signs, standardised, times the weights ``training.orientation`` learnt

It cannot tell a film from its mirror image: spines curve to either side, and the finder was trained on both.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
import torch

from ..core.errors import ModelError
from ..imaging.letterbox import Letterbox
from ._finder import SEEN, SIZE, WEIGHTS, Finder

RECORD = WEIGHTS.with_name("_upright.json")
LONGEST = 512
"""Pixels of a film's longer side before it is turned: twice what the finder sees."""
SIGNS = 4


@dataclass(frozen=True)
class Scale:
    """mean, spread: (4,) of the signs over training looks; weight: (4,); least: lead a turn needs to be believed."""

    mean: tuple[float, ...]
    spread: tuple[float, ...]
    weight: tuple[float, ...]
    least: float

    def scores(self, signs: np.ndarray) -> np.ndarray:
        """(..., 4) signs to (...) scores."""
        return (signs - self.mean) / self.spread @ np.array(self.weight)


@cache
def scale() -> Scale | None:
    """What was learnt; None where nothing was yet."""
    if not RECORD.is_file():
        return None
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    return Scale(*(record[name] for name in ("mean", "spread", "weight", "least")))


def quarter_turns(net: Finder, pixels: np.ndarray) -> int:
    """Quarter turns clockwise, 0 to 3, that put the head of the film up; 0 in doubt. pixels: (H, W) in [0, 1]."""
    learnt = scale()
    return 0 if learnt is None else believed(learnt.scores(signs(net, pixels)), learnt.least)


def head_up(net: Finder, pixels: np.ndarray) -> float:
    """Score of the film as it hangs: how much it shows a spine with the head up. Raises ModelError if not learnt."""
    learnt = scale()
    if learnt is None:
        raise ModelError("How a spine lies was not learnt yet: run `python -m spine_models orientation` first.")
    return float(learnt.scores(signs(net, pixels, turns=1))[0])


def believed(scores: np.ndarray, least: float) -> int:
    """Of the scores of 0 to 3 quarter turns the best, where it leads that of none by at least so much."""
    best = int(scores.argmax())
    return best if scores[best] - scores[0] >= least else 0


def signs(net: Finder, pixels: np.ndarray, turns: int = 4) -> np.ndarray:
    """(turns, 4): the signs of the film after 0, 1, 2 and 3 quarter turns clockwise, or only the first of them."""
    shrink = min(1.0, LONGEST / max(pixels.shape))
    small = cv2.resize(pixels, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    pictures = [_picture(np.rot90(small, -turn)) for turn in range(turns)]
    x = torch.from_numpy(np.stack([*pictures, *(picture[:, ::-1] for picture in pictures)])[:, None])
    with torch.inference_mode():
        out = net(x.contiguous(memory_format=torch.channels_last))
    maps = out["mask"].sigmoid(), out["u"]
    mask, u = (0.5 * (value[:turns] + value[turns:].flip(3))[:, 0].numpy() for value in maps)
    return np.stack([_signs(*look) for look in zip(mask, u)])


def _picture(pixels: np.ndarray) -> np.ndarray:
    return Letterbox.fit(pixels.shape, SIZE).apply(np.ascontiguousarray(pixels))


def _signs(mask: np.ndarray, u: np.ndarray) -> np.ndarray:
    weight = np.where(mask > SEEN, mask, 0).astype(np.float64)
    total = weight.sum() + 1e-6
    rows = np.arange(len(mask))[:, None] - (weight.sum(axis=1) @ np.arange(len(mask))) / total
    place = u - (weight * u).sum() / total
    along, spread, shared = ((weight * value).sum() / total for value in (rows**2, place**2, rows * place))
    follows = shared / np.sqrt(along * spread + 1e-9)
    stray = np.sqrt(max(spread - shared**2 / (along + 1e-6), 0))
    sure = (weight**2).sum() / total
    return np.array([sure, np.arctanh(np.clip(follows, -0.999, 0.9999)), np.sqrt(spread), stray])
