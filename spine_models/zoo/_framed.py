"""Base of the models that look at the spine alone: found by the shared finder, upright, enlarged to fill the picture.

Legend
    picture  what the network sees: float32 (h, w) of ``SIZE``, bone bright in [0, 1], the spine filling most of it
    frame    (2, 3) map from film pixels to picture pixels, made from what the finder says, see ``imaging.warp``

One file is one model: it holds the network, what is learnt of a film (``encode``), the loss, and the way back from the
network's output to corners (``decode``). All pictures are measured together with their mirror image, in the same way.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import cv2
import numpy as np
import torch
from torch import Tensor

from ..core.chain import LEVEL_DOUBT
from ..core.errors import DetectionError
from ..core.landmarks import MIRRORED, STANDARD_LEVELS, mirrored
from ..imaging.warp import inverse, spine_frame, through, warp
from ._finder import find_spine, shared_finder
from ._model import Detection, SpineModel

APART = 0.5  # of the distance of neighbouring centres: from here on two looks do not mean the same vertebrae


@dataclass(frozen=True, eq=False)
class Decoded:
    """T1-L5 on one picture. corners: (17, 4, 2); sigma: (17, 4) raw, both in picture pixels; confidence: (17,) in
    [0, 1]; mask: uint8 (h, w), 0 background, v + 1 the v-th vertebra, by models that paint vertebrae."""

    corners: np.ndarray
    sigma: np.ndarray
    confidence: np.ndarray
    mask: np.ndarray | None = None

    def mirrored(self, width: int) -> Decoded:
        """The same vertebrae on the mirror image of a picture ``width`` pixels wide."""
        mask = None if self.mask is None else self.mask[:, ::-1]
        return replace(self, corners=mirrored(self.corners, width), sigma=self.sigma[:, MIRRORED], mask=mask)


class FramedModel(SpineModel):
    """SIZE: (h, w) of the picture, set by the subclass from its CARD. A subclass gives forward, encode, loss, decode.
    BEGINS_FROM: the model whose layers of the same names are the start of the training, if any.

    ``forward(x)`` takes (N, 1, h, w) float32 in [0, 1] and returns a dict of tensors, the film first in each.
    """

    SIZE: tuple[int, int]
    BEGINS_FROM: str | None = None

    def prepare(self, spines: np.ndarray) -> None:
        """Called once before training: framed training spines (N, 17, 4, 2), picture pixels, for fixed buffers."""

    def encode(self, corners: np.ndarray, valid: np.ndarray) -> dict[str, np.ndarray]:
        """What is to be learnt of one picture, as arrays whose shapes do not depend on the film.

        corners: (17, 4, 2) picture pixels, possibly outside of it; valid: (17,) bool, corners that may be learnt.
        """
        raise NotImplementedError

    def loss(self, out: dict[str, Tensor], targets: dict[str, Tensor]) -> dict[str, Tensor]:
        """Weighted terms whose sum is trained. out: ``forward`` as float32; targets: stacked results of ``encode``."""
        raise NotImplementedError

    def judged(self, x: Tensor, out: dict[str, Tensor], targets: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """What a critic sees of a batch: made by the model, and true; of models that are trained against one."""
        raise NotImplementedError

    def decode(self, out: dict[str, np.ndarray]) -> Decoded:
        """T1-L5 from the output for ONE picture, its film axis removed; DetectionError when there is no spine in it."""
        raise NotImplementedError

    def detect(self, pixels: np.ndarray) -> Detection:
        start = time.perf_counter()
        spine = find_spine(shared_finder(), pixels)
        frame = spine_frame(spine, self.SIZE)
        framed = time.perf_counter()
        seen, sure = self.look(warp(pixels, frame, self.SIZE))
        timings = {"find": framed - start, "measure": time.perf_counter() - framed}
        scale = np.sqrt(np.linalg.det(frame[:, :2]))
        corners = through(inverse(frame), seen.corners)
        warnings = () if sure else (LEVEL_DOUBT,)
        mask = None if seen.mask is None else laid_back(seen.mask, frame, pixels.shape)
        return Detection(corners, STANDARD_LEVELS, seen.confidence, seen.sigma / scale, warnings, timings, mask)

    def look(self, picture: np.ndarray) -> tuple[Decoded, bool]:
        """Mean of what picture (h, w) and its mirror image show, and whether both mean the same vertebrae.

        Raises DetectionError when neither shows a spine.
        """
        x = torch.from_numpy(np.stack([picture, picture[:, ::-1]])[:, None])
        with torch.inference_mode():
            out = {name: value.numpy() for name, value in self(x.contiguous(memory_format=torch.channels_last)).items()}
        looks, reason = [], None
        for film in range(2):
            try:
                seen = self.decode({name: value[film] for name, value in out.items()})
            except DetectionError as error:
                reason = error
            else:
                looks.append(seen if film == 0 else seen.mirrored(picture.shape[1]))
        if not looks:
            raise reason
        return (looks[0], False) if len(looks) == 1 else agreed(*looks)


def agreed(one: Decoded, two: Decoded) -> tuple[Decoded, bool]:
    """Mean of two looks at the same vertebrae, with the mask of the first, True; or the surer one, False, when they are
    about a level apart.

    A mean of spines one level apart would lie on the discs. What the looks differ by is part of the mean's sigma.
    """
    centres = one.corners.mean(axis=1), two.corners.mean(axis=1)
    step = np.linalg.norm(np.diff(centres[0], axis=0), axis=1).mean()
    if np.median(np.linalg.norm(centres[0] - centres[1], axis=1)) > APART * step:
        surer = one if one.confidence.mean() >= two.confidence.mean() else two
        return replace(surer, confidence=0.5 * surer.confidence), False
    difference = 0.5 * np.linalg.norm(one.corners - two.corners, axis=2)
    sigma = np.hypot(0.5 * (one.sigma + two.sigma), difference)
    corners, confidence = 0.5 * (one.corners + two.corners), 0.5 * (one.confidence + two.confidence)
    return Decoded(corners, sigma, confidence, one.mask), True


def laid_back(mask: np.ndarray, frame: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Mask (h, w) of a picture on the film of ``shape`` (H, W) that ``frame`` made it from; 0 outside the picture."""
    how = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(np.ascontiguousarray(mask), frame, shape[::-1], flags=how)
