"""How a film hangs: which way up, mirrored or not, its greys as read or inverted, and where the patient's left is.

The file is never changed: the reader's turns belong to the case, like the landmarks, and can be undone like them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from .errors import LandmarkError
from .landmarks import MIRRORED, Landmarks, mirrored
from .radiograph import Radiograph

Side = Literal["left", "right"]
OPPOSITE: dict[Side, Side] = {"left": "right", "right": "left"}
_TURNS = {1: "a quarter turn clockwise", 2: "upside down", 3: "a quarter turn anticlockwise"}


@dataclass(frozen=True)
class Hanging:
    """turns: quarter turns clockwise of the film as read, 0 to 3; then mirrored: left for right; inverted: its greys.

    patient_left: the side of the film, as it hangs, on which the patient's left is; None where nobody has said.
    """

    turns: int = 0
    mirrored: bool = False
    inverted: bool = False
    patient_left: Side | None = None

    def turned(self, quarter_turns: int) -> Hanging:
        """Clockwise, as the film hangs now. Half a turn swaps the sides; a quarter turn makes them unknown."""
        turns = (self.turns + (-quarter_turns if self.mirrored else quarter_turns)) % 4
        left = self.patient_left if quarter_turns % 4 == 0 else None
        if quarter_turns % 4 == 2 and self.patient_left:
            left = OPPOSITE[self.patient_left]
        return replace(self, turns=turns, patient_left=left)

    def flipped(self) -> Hanging:
        """Left for right, and the patient's sides with it."""
        left = self.patient_left and OPPOSITE[self.patient_left]
        return replace(self, mirrored=not self.mirrored, patient_left=left)

    def negative(self) -> Hanging:
        """Black for white."""
        return replace(self, inverted=not self.inverted)

    @property
    def picture(self) -> str:
        """Names what the film looks like hung so; "" for the film as read."""
        parts = (f"r{self.turns}" if self.turns else "", "m" * self.mirrored, "i" * self.inverted)
        return "".join(parts)

    def shape(self, as_read: tuple[int, int]) -> tuple[int, int]:
        """(height, width) of the hung film."""
        return as_read[::-1] if self.turns % 2 else as_read

    def pixels(self, as_read: np.ndarray) -> np.ndarray:
        """(H, W) pixels in [0, 1] of the hung film."""
        turned = np.rot90(as_read, -self.turns)
        turned = turned[:, ::-1] if self.mirrored else turned
        return np.ascontiguousarray(1 - turned if self.inverted else turned)

    def as_read(self, hung: np.ndarray) -> np.ndarray:
        """(H, W) pixels in [0, 1] of the film as read, from those of the hung film: the inverse of ``pixels``."""
        turned = hung[:, ::-1] if self.mirrored else hung
        return np.ascontiguousarray(np.rot90(1 - turned if self.inverted else turned, self.turns))

    def sentence(self) -> str:
        """What was done to the film, for reports; "" where nothing was."""
        done = [f"turned ({_TURNS[self.turns]})" if self.turns else "", "mirrored" * self.mirrored,
                "inverted" * self.inverted]
        done = [word for word in done if word]
        return f"Before it was measured, the film was {' and '.join(done)} by the user." if done else ""


def hang(film: Radiograph, hanging: Hanging) -> Radiograph:
    """The film as it hangs, under the hash of its file."""
    if not hanging.picture:
        return replace(film, patient_left=hanging.patient_left)
    pixels, spacing = hanging.pixels(film.pixels), film.pixel_spacing_mm
    pixels.setflags(write=False)
    return replace(film, pixels=pixels, pixel_spacing_mm=spacing and hanging.shape(spacing),
                   notes=(*film.notes, hanging.sentence()), patient_left=hanging.patient_left)


def mirror_image(landmarks: Landmarks, width: int) -> Landmarks:
    """The landmarks of a film ``width`` pixels wide, on its mirror image."""
    return replace(landmarks, corners=mirrored(landmarks.corners, width), sigma=landmarks.sigma[:, MIRRORED],
                   source=landmarks.source[:, MIRRORED])


def side_name(side: Side, patient_left: Side | None) -> str:
    """A side of the film in words: the patient's, where it is known which that is."""
    if side not in OPPOSITE:
        raise LandmarkError(f"A side is left or right, not {side!r}.")
    return side if patient_left is None else f"patient's {'left' if side == patient_left else 'right'}"
