"""``reference-ranges``: learn from labelled films what is usual for a vertebra of its level.

Only SpineWeb-16 *training* films with their repaired labels are used: those that networks train on set the ranges, the
validation films tell how well they hold on films that did not.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from ..core.deformity import measure_deformity
from ..core.deformity_reference import CENTRAL, FILE, MEASURES, ReferenceRanges, from_usual
from ..core.landmarks import STANDARD_LEVELS, Landmarks
from .labels import LABEL_REVISION, LabelledFilm, load_spineweb, read_table


def learn_ranges(data: Path) -> ReferenceRanges:
    """Learn the ranges, keep them in the program's folder and return them; raises DataError without SpineWeb-16."""
    parts = {row["file"]: row["part"] for row in read_table("spineweb16")}
    films = [film for film in load_spineweb(data, "training") if film.level_valid]
    train, held_out = ([film for film in films if parts[film.path.name] == part] for part in ("train", "validation"))
    found = ranges_of(train, held_out)
    FILE.write_text(found.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return found


def ranges_of(train: Iterable[LabelledFilm], held_out: Iterable[LabelledFilm]) -> ReferenceRanges:
    """Ranges from some films, tried on others; both with the levels T1-L5."""
    learnt, tried = _distances(train), _distances(held_out)
    limits = {measure: np.nanquantile(values, CENTRAL, axis=0).round(3) for measure, values in learnt.items()}
    inside = {measure: tried[measure] <= limits[measure] for measure in MEASURES}
    return ReferenceRanges(
        data="SpineWeb-16 training films, each with its mirror image",
        label_revision=LABEL_REVISION,
        films=len(learnt["wedge"]),
        limits={measure: _by_level(measure, values) for measure, values in limits.items()},
        held_out_films=len(tried["wedge"]),
        inside={measure: _share(inside[measure], tried[measure]) for measure in MEASURES},
    )


def _distances(films: Iterable[LabelledFilm]) -> dict[str, np.ndarray]:
    """(N, V) for each measure: how far from usual; NaN where the label is masked. The last row has no disc under it."""
    rows: dict[str, list[np.ndarray]] = {measure: [] for measure in MEASURES}
    for film in films:
        deformity = measure_deformity(Landmarks(film.corners), ())
        disc_valid = film.valid & np.append(film.valid[1:], False)
        for measure in MEASURES:
            valid = disc_valid if measure == "disc_wedge" else film.valid
            rows[measure].append(np.where(valid, from_usual(getattr(deformity, measure), measure), np.nan))
    spaces = len(STANDARD_LEVELS) - 1
    return {measure: np.stack(found)[:, : spaces if measure == "disc_wedge" else None]
            for measure, found in rows.items()}


def _by_level(measure: str, limits: np.ndarray) -> dict[str, float]:
    values = np.exp(limits) if measure == "height_ratio" else limits
    return dict(zip(STANDARD_LEVELS, values.round(3).tolist()))


def _share(inside: np.ndarray, values: np.ndarray) -> float:
    return round(float(inside[np.isfinite(values)].mean()), 3)
