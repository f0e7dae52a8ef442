"""The floor under every error: how far two labels of one and the same exposure lie apart.

SpineWeb-16 holds some exposures twice under other names, labelled each time anew (``training/twins.py``). What one
label says of the other, no model can be expected to beat. Kept as ``label_noise.csv`` beside the splits of the store,
for it needs no model, but the films.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from ..core import weighted
from ..core.aasce import aasce_angles
from ..core.bootstrap import case_weights, percentile_interval
from ..core.metrics import smape_by_film
from ..core.uncertainty import vertebra_widths
from ..training.audit import SAME_EXPOSURE
from ..training.labels import LABEL_REVISION, LabelledFilm, load_spineweb, read_table
from ..training.twins import View
from .store import STORE
from .whole_file import write_whole

TABLE = "label_noise.csv"
FEWEST_SHARED = 12
"""Vertebrae two labels must share unmasked for the films to be laid over each other by them."""


def noise_path(store: Path = STORE) -> Path:
    """Where the table for today's labels lies."""
    return store / f"spineweb16@{LABEL_REVISION}" / TABLE


def keep_label_noise(data: Path, store: Path = STORE) -> Path:
    """Compare the labels of all twice labelled exposures under ``data`` and keep the table.

    Raises DataError when the SpineWeb-16 films are not there.
    """
    films = {(split, film.path.name): film for split in ("training", "test") for film in load_spineweb(data, split)}
    rows = [_pair(row, films[row["split"], row["file"]], films[row["twin_split"], row["twin"]])
            for row in read_table("twins") if float(row["similarity"]) >= SAME_EXPOSURE]
    path = noise_path(store)
    write_whole(path, pd.DataFrame(rows).to_csv(index=False, float_format="%.6g").encode())
    return path


def read_label_noise(store: Path = STORE) -> pd.DataFrame | None:
    """A row per pair, its columns those of ``_pair``; None when it was never computed for today's labels."""
    path = noise_path(store)
    return pd.read_csv(path, dtype={"case_id": str}) if path.is_file() else None


def label_noise_summary(pairs: pd.DataFrame) -> dict[str, tuple[float, float, float]]:
    """(value, low, high) with a bootstrap 95 % interval over cases; the keys are those of METRICS they are a floor of.

    smape, largest_error, within_5, icc: of one label's angles against the other's; level_shift: share of pairs named
    a level apart; mre_widths: distance of the corners, numbering slip taken out, in vertebra widths.
    """
    both = pairs[["largest_one", "largest_other"]].to_numpy()
    found = {
        "smape": lambda w: weighted.mean(pairs["smape"].to_numpy(), w),
        "largest_error": lambda w: weighted.mean(np.abs(both[:, 0] - both[:, 1]), w),
        "within_5": lambda w: weighted.share(np.abs(both[:, 0] - both[:, 1]) <= 5, w),
        "icc": lambda w: weighted.icc(both, w),
        "level_shift": lambda w: weighted.mean(np.abs(pairs["shift"].to_numpy(float)), w),
        "mre_widths": lambda w: weighted.mean(pairs["mre_widths"].to_numpy(), w),
    }
    one, weights = weighted.ones(len(pairs)), case_weights(pairs["case_id"])
    return {key: (float(statistic(one)[0]), *percentile_interval(statistic(weights)))
            for key, statistic in found.items()}


def _pair(row: dict[str, str], one: LabelledFilm, other: LabelledFilm) -> dict:
    """file, split, twin, twin_split, case_id, similarity, shift (levels), largest angles (degrees), smape, mre_widths.

    The repaired labels are compared. mre_widths: mean distance of the corners both labels have, masked ones left out,
    in mean vertebra widths; NaN where the films cannot be laid over each other.
    """
    angles = np.array([aasce_angles(film.corners, film.shape[0]) for film in (one, other)])
    return {"file": row["file"], "split": row["split"], "twin": row["twin"], "twin_split": row["twin_split"],
            "case_id": one.case_id, "similarity": float(row["similarity"]), "shift": int(row["shift"]),
            "largest_one": angles[0, 0], "largest_other": angles[1, 0],
            "smape": smape_by_film(angles[:1], angles[1:])[0],
            "mre_widths": corner_distance(View(one), View(other), int(row["shift"]))}


def corner_distance(moving: View, fixed: View, shift: int) -> float:
    """Mean distance of two labels' corners after laying the pixels of the films over each other, in vertebra widths.

    shift: levels by which the names in ``moving`` lie above those in ``fixed``. The labels only start the search; where
    it ends is decided by the pixels (Evangelidis and Psarakis 2008). NaN where it does not end, or too few are shared.
    """
    best = (0.0, np.nan)
    for view in (moving, moving.mirrored()):
        best = max(best, _laid_over(view, fixed, shift))
    return best[1]


def _laid_over(moving: View, fixed: View, shift: int) -> tuple[float, float]:
    """Correlation of the textures and distance of the corners."""
    mine = slice(4 * max(shift, 0), 68 + 4 * min(shift, 0))
    theirs = slice(4 * max(-shift, 0), 68 + 4 * min(-shift, 0))
    shared = moving.valid[mine] & fixed.valid[theirs]
    if shared.sum() < 4 * FEWEST_SHARED:
        return 0.0, np.nan
    start = np.column_stack([fixed.points[theirs], np.ones(len(shared))])
    way = np.linalg.lstsq(start[shared], moving.points[mine][shared], rcond=None)[0].T.astype(np.float32)
    stop = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 100, 1e-5)
    try:
        match, way = cv2.findTransformECC(fixed.texture, moving.texture, np.ascontiguousarray(way),
                                          cv2.MOTION_AFFINE, stop, fixed.inside, 3)
    except cv2.error:  # did not converge
        return 0.0, np.nan
    apart = np.linalg.norm(start @ way.T - moving.points[mine], axis=1)[shared]
    return float(match), float(apart.mean() / vertebra_widths(moving.points.reshape(-1, 4, 2)).mean())
