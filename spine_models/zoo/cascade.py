"""Cascade, the flagship: find the spine, place all vertebrae in order, correct every corner at full resolution.

(a) One pass over the whole film finds the spine, whatever else the film shows. (b) Where the spine fills little of the
film or leans, a second pass looks at the spine alone, upright and enlarged. (c) A small network corrects the corners of
each vertebra on an oriented crop of the full-resolution film, knowing how its neighbours lie. Coarse-to-fine after
Yi 2020 (centres) and the refinement stage of Chen 2018 (cascaded pyramid).

The weights also hold a shape prior (probabilistic PCA, Tipping 1999) of the training spines. It is not applied to
corners the refiner measured: that smooths severe curves flat (see the ablation on the card). The editor uses it to
carry a human's corrections over to the other vertebrae.
"""

from __future__ import annotations

import time

import numpy as np
import torch

from ..core.card import ModelCard
from ..core.centre_codec import decode
from ..core.chain import LEVEL_DOUBT, Chain, link
from ..core.landmarks import STANDARD_LEVELS
from ..core.shape_prior import ShapePrior
from ..imaging.letterbox import Letterbox
from ..imaging.warp import inverse, spine_frame, through, warp
from ._model import Detection, SpineModel
from ._refiner import Refiner, refine
from ._spine_map import SpineMapNet, spine_maps

CARD = ModelCard(
    name="cascade",
    family="CNN",
    title="Cascade",
    summary="Finds the spine, zooms to it, then corrects every corner at full resolution; the most accurate here.",
    input_size=(512, 256),
    codec="cascade",
    paper="This project; after Yi 2020 (vertebra centres), Chen 2018 (cascaded pyramid), Tipping 1999 (shape prior)",
    training_data="SpineWeb-16 training films, half of the full-body AASCE films, generated films, phantoms",
    intended_use="Research and teaching: frontal spine radiographs, T1-L5; a trained reader checks every corner.",
    limits=(
        "Always numbers twelve thoracic and five lumbar vertebrae; four or six lumbar vertebrae are misnumbered.",
        "One film in five is numbered one level off its label; so are a quarter of the pairs of labels of one patient.",
        "On one film in twenty it marks one vertebra twice; a warning names the two levels.",
        "Curves beyond about 60 degrees are measured too small more often than too large.",
    ),
    recommended=True,
)
COMPONENTS = 40
ZOOM = 1.2  # a second pass pays when it enlarges the spine at least this much


class Cascade(SpineModel):
    """locator: whole-film network; refiner: crop network; prior: what spines look like."""

    def __init__(self) -> None:
        super().__init__()
        self.locator = SpineMapNet(CARD.input_size)
        self.refiner = Refiner()
        size = 8 * len(STANDARD_LEVELS)
        shapes = {"mean": (size,), "basis": (size, COMPONENTS), "variance": (COMPONENTS,), "residual": ()}
        for name, shape in shapes.items():
            self.register_buffer(f"prior_{name}", torch.zeros(shape))

    @property
    def prior(self) -> ShapePrior:
        """The shape prior held in this model's buffers."""
        arrays = [getattr(self, f"prior_{name}").double().numpy() for name in ("mean", "basis", "variance", "residual")]
        return ShapePrior(*arrays[:3], float(arrays[3]))

    def set_prior(self, prior: ShapePrior) -> None:
        """Take over a shape prior fitted to training labels."""
        for name in ("mean", "basis", "variance", "residual"):
            getattr(self, f"prior_{name}").copy_(torch.as_tensor(getattr(prior, name)))

    def detect(self, pixels: np.ndarray) -> Detection:
        start = time.perf_counter()
        chain, warnings = self.locate(pixels)
        located = time.perf_counter()
        corners, sigma = refine(self.refiner, pixels, chain.corners)
        timings = {"locate": located - start, "refine": time.perf_counter() - located}
        levels = tuple(STANDARD_LEVELS[i] for i in chain.levels)
        return Detection(corners, levels, chain.centre * chain.numbering, sigma, warnings, timings)

    def look(self, pixels: np.ndarray) -> tuple[Chain, float]:
        """Stage (a): the chain of vertebrae in film pixels, and the scale at which the network saw the film."""
        box = Letterbox.fit(pixels.shape, CARD.input_size)
        chain = link(decode(spine_maps(self.locator, box.apply(pixels))), box.edges)
        return chain.moved(box.to_film(chain.corners), 1 / box.scale), box.scale

    def locate(self, pixels: np.ndarray) -> tuple[Chain, tuple[str, ...]]:
        """Stages (a) and (b): the chain of vertebrae in film pixels, and doubts; DetectionError when there is none."""
        chain, seen = self.look(pixels)
        frame = spine_frame(chain.corners, CARD.input_size)
        scale = np.sqrt(np.linalg.det(frame[:, :2]))
        turned = abs(frame[0, 1]) > 1e-9
        if scale < ZOOM * seen and not turned:
            return chain, chain.doubts
        edges = None if turned else tuple(frame[1, 1] * np.array([-0.5, len(pixels) - 0.5]) + frame[1, 2])
        closer = link(decode(spine_maps(self.locator, warp(pixels, frame, CARD.input_size))), edges)
        closer = closer.moved(through(inverse(frame), closer.corners), 1 / scale)
        return closer, (closer.doubts if same_levels(chain, closer) else (LEVEL_DOUBT,))


def same_levels(one: Chain, other: Chain) -> bool:
    """True when two looks at a film name most vertebrae alike."""
    shared = np.intersect1d(one.levels, other.levels)
    pairs = [chain.corners[np.isin(chain.levels, shared)] for chain in (one, other)]
    height = np.linalg.norm(pairs[1][:, 2:].mean(axis=1) - pairs[1][:, :2].mean(axis=1), axis=1)
    apart = np.linalg.norm(pairs[0].mean(axis=1) - pairs[1].mean(axis=1), axis=1)
    return len(shared) > 0 and bool(np.median(apart / height) < 0.6)


def build() -> Cascade:
    return Cascade()
