"""What is usual for a vertebra of its level: the ranges ``reference-ranges`` learnt from labelled films.

The films are of patients, most of them with scoliosis: a value outside the range is unusual even among them, a value
inside it is not thereby healthy. A film does not tell whether it is seen from the front or from behind, so each counts
together with its mirror image: the ranges are symmetric, one limit a level.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from .deformity import Deformity

CENTRAL = 0.95
"""Share of the training films that lie inside the range."""

Measure = Literal["wedge", "height_ratio", "tilt", "disc_wedge"]
MEASURES: tuple[Measure, ...] = ("wedge", "height_ratio", "tilt", "disc_wedge")

FILE = Path(__file__).with_name("deformity_reference.json")


class ReferenceRanges(BaseModel):
    """limits: for each measure, level name to the limit: degrees to either side, for ``height_ratio`` a factor.

    films: how many it was learnt on; inside: for each measure, the share of held-out vertebrae found inside.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    data: str
    label_revision: str
    films: int
    limits: dict[Measure, dict[str, float]]
    held_out_films: int
    inside: dict[Measure, float] = Field(description="measured, meant to be CENTRAL")

    def range(self, measure: Measure, level: str) -> tuple[float, float] | None:
        """(low, high), or None for a level that the films do not show, such as L6."""
        limit = self.limits[measure].get(level)
        if limit is None:
            return None
        return (1 / limit, limit) if measure == "height_ratio" else (-limit, limit)

    def outside(self, deformity: Deformity, measure: Measure) -> np.ndarray:
        """(V,) bool: beyond the range of its level; False where value or range is unknown."""
        limits = np.array([self.limits[measure].get(level, np.inf) for level in deformity.levels])
        return from_usual(getattr(deformity, measure), measure) > from_usual(limits, measure)


def from_usual(values: np.ndarray, measure: Measure) -> np.ndarray:
    """How far values lie from those of an upright, rectangular vertebra, to either side alike."""
    return np.abs(np.log(values) if measure == "height_ratio" else values)


@cache
def reference_ranges() -> ReferenceRanges:
    """The ranges shipped with the program."""
    return ReferenceRanges.model_validate_json(FILE.read_text(encoding="utf-8"))
