"""The scales of the gate's doubts, set on held-out films."""

import numpy as np
import torch

from spine_models.training.randgan_task import DOUBTED, set_scales
from spine_models.zoo.randgan import PARTS, SIZE


class Scored:
    """A gate whose doubts about a film are written in the film's first pixels."""

    def raw_parts(self, pixels, box):
        return pixels[0, : len(PARTS)].astype(np.float64), np.zeros(SIZE, np.float32)


def scaled(raw: np.ndarray) -> np.ndarray:
    """(N, parts) doubts of N films, scaled on them."""
    films = np.zeros((len(raw), 40, 16), np.float32)
    films[:, 0, : len(PARTS)] = raw
    gate = Scored()
    set_scales(gate, list(films))
    usual, high = gate.usual_part.numpy(), gate.high_part.numpy()
    assert gate.usual_heat.shape == SIZE and isinstance(gate.usual_heat, torch.Tensor)
    return (films[:, 0, : len(PARTS)] - usual) / (high - usual)


def test_no_more_films_are_doubted_than_may_be_and_some_are():
    largest = scaled(np.random.default_rng(0).normal(size=(200, len(PARTS)))).max(axis=1)
    assert 0.02 < (largest > 1).mean() <= DOUBTED


def test_a_doubt_with_one_wild_film_does_not_hide_the_others():
    raw = np.random.default_rng(1).normal(size=(200, len(PARTS)))
    raw[:, 2] = 1e-3 * np.abs(raw[:, 2])
    raw[7, 2] = 50.0
    doubts = scaled(raw)
    assert (doubts > 1).sum(axis=0).min() >= 1 and doubts[:, 0].max() < 5
