"""``audit-data``: every SpineWeb-16 and full-body film whose label was touched, what was done, and what it means."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np

from ..core.aasce import aasce_angles
from ..core.metrics import smape_by_film
from .labels import (
    LABEL_REVISION,
    GeneratedFilm,
    LabelledFilm,
    load_fullbody,
    load_generated,
    load_spineweb,
    read_table,
)

SAME_EXPOSURE = 0.70
"""Similarity from which two files are taken for the same exposure, so that their labels can be compared."""


def print_audit(data: Path) -> None:
    """Print the audit of all films found under ``data``; the same films give the same text.

    data: the folder that holds ``spineweb16/`` and, if there, the other two sets. Raises DataError without SpineWeb-16.
    """
    print(f"Label revision {LABEL_REVISION}\n")
    splits = {split: load_spineweb(data, split) for split in ("training", "test")}
    for split, films in splits.items():
        print(_report(f"SpineWeb-16 {split}", films), end="\n\n")
    print(_twins(splits), end="\n\n")
    if (data / "aasce_challenge").is_dir():
        print(_report("Full-body films", load_fullbody(data)), end="\n\n")
    if (data / "spinal_ai2024").is_dir():
        print(_generated(load_generated(data)))


def _report(title: str, films: list[LabelledFilm]) -> str:
    """One line per touched film with its sentences below, then the counts and what the repair does to the angles."""
    lines = [f"{title}: {len(films)} films"]
    for row, film in enumerate(films):
        if film.defects:
            lines += [f"  row {row}  {film.path.name}", *(f"      {sentence}" for sentence in film.defects)]
    renamed = [not np.array_equal(film.raw, film.corners) for film in films]
    masked = [not film.valid.all() for film in films]
    lines += ["  Summary",
              f"    films touched: {sum(bool(film.defects) for film in films)}",
              f"    films put in order: {sum(renamed)}",
              f"    films with masked corners: {sum(masked)} ({sum((~film.valid).sum() for film in films)} vertebrae)",
              f"    films whose level names are not used: {sum(not film.level_valid for film in films)}",
              f"    films with a twin in training: {sum(film.twin for film in films)}",
              f"    films without any of these: {sum(film.clean for film in films)}",
              f"    AASCE angles after repair against before: {_change(films)}"]
    return "\n".join(lines)


def _change(films: list[LabelledFilm]) -> str:
    before = np.array([aasce_angles(film.raw, film.shape[0]) for film in films])
    after = np.array([aasce_angles(film.corners, film.shape[0]) for film in films])
    change, sound = smape_by_film(after, before), np.array([film.valid.all() for film in films])
    return (f"SMAPE {change.mean():.2f} on all {len(films)} films, "
            f"{change[sound].mean():.2f} on the {sound.sum()} unmasked")


def _twins(splits: dict[str, list[LabelledFilm]]) -> str:
    """The pairs of twins.csv, and how far two labels of one exposure differ: the noise no model can go below."""
    films = {(split, film.path.name): film for split, members in splits.items() for film in members}
    lines, pairs, shifted = ["Films that show one patient under two cases or in both splits"], [], 0
    for row in read_table("twins"):
        pair = films.get((row["split"], row["file"])), films.get((row["twin_split"], row["twin"]))
        if None in pair:
            continue
        shift = f", level names {row['shift']} apart" if row["shift"] != "0" else ""
        lines.append(f"  {row['similarity']}  {row['split']} {row['file']} = {row['twin_split']} {row['twin']}{shift}")
        if float(row["similarity"]) >= SAME_EXPOSURE:
            pairs.append(pair)
            shifted += row["shift"] != "0"
    return "\n".join(lines + (_noise_floor(pairs, shifted) if pairs else []))


def _noise_floor(pairs: list[tuple[LabelledFilm, LabelledFilm]], shifted: int) -> list[str]:
    angles = np.array([[aasce_angles(film.corners, film.shape[0]) for film in pair] for pair in pairs])
    difference = np.abs(angles[:, 0, 0] - angles[:, 1, 0])
    return ["  Summary: the same exposure labelled twice",
            f"    pairs: {len(pairs)}, of which {shifted} differ by one level",
            f"    largest angle: differs by {difference.mean():.1f} degrees on average, {np.median(difference):.1f} in "
            f"the median, {difference.max():.1f} at most",
            f"    SMAPE of one label against the other: {smape_by_film(angles[:, 0], angles[:, 1]).mean():.1f}"]


def _generated(films: list[GeneratedFilm]) -> str:
    counts = Counter(len(film.quads) for film in films)
    spread = ", ".join(f"{counts[count]} with {count}" for count in sorted(counts))
    return (f"Generated films: {len(films)} with enough vertebrae ({spread}); "
            f"{sum(film.gaps for film in films)} skip at least one vertebra")
