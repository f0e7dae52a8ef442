"""What ``robustness`` kept of a model: its angles on films that were turned, cropped, scaled, badly exposed, blurred,
noisy, compressed, inverted or written on (``imaging.perturb``).

In the model's result folder: robustness.csv (a row per film and perturbation), robustness.npz (corners (N, 17, 4, 2)
float32 px of the untouched film) and robustness.json (where it came from).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..training.labels import LabelledFilm
from .scoring import score_angles, score_corners
from .store import Run

TABLE, CORNERS, FACTS = "robustness.csv", "robustness.npz", "robustness.json"
SCORES = ["aasce_1", "true_1", "smape", "largest_error", "mre_widths", "mre_aligned", "far", "level_shift"]


def rescored_robustness(run: Run) -> dict[str, bytes]:
    """robustness.csv by today's formulas from the stored corners and labels; nothing where it was never run."""
    if not (run.folder / CORNERS).is_file():
        return {}
    with np.load(run.folder / CORNERS) as stored:
        corners = stored["corners"]
    rows = read_robustness(run)[["file", "kind", "level", "ok", "error"]]
    return {TABLE: scored_robustness(rows, corners, run.labels)}


def read_robustness(run: Run) -> pd.DataFrame | None:
    """The kept rows of a result folder: file, kind, level, ok, error and SCORES; None where it was never run."""
    path = run.folder / TABLE
    return pd.read_csv(path, dtype={"file": str, "error": str}) if path.is_file() else None


def robustness_curves(table: pd.DataFrame) -> pd.DataFrame:
    """A row per kind and level: films, failures; means of measured films; within_5 of all films.

    drift: mean change of the largest angle from the model's own on the untouched film, degrees.
    """
    own = table[table["kind"] == "original"].set_index("file")["aasce_1"]
    table = table.assign(drift=(table["aasce_1"] - table["file"].map(own)).abs(),
                         within_5=table["largest_error"] <= 5, failed=~table["ok"],
                         level_shift=table["level_shift"].astype(float))
    groups = table.groupby(["kind", "level"], sort=False)
    means = groups[["smape", "largest_error", "within_5", "mre_widths", "mre_aligned", "far", "level_shift", "drift"]]
    counts = groups.agg(films=("file", "size"), failures=("failed", "sum"))
    return pd.concat([counts, means.mean()], axis=1).reset_index()


def robustness_table(table: pd.DataFrame) -> str:
    """The curves as text."""
    return robustness_curves(table).round(3).to_string(index=False)


def worst_changes(runs: list[Run]) -> pd.DataFrame:
    """A row per run whose films were made worse: films (the data set) and model; largest_error of the untouched films
    (degrees); the change with the largest error, its level and that error; failures under all changes. The worst model
    comes last; error is NaN where a model failed on all changed films.
    """
    rows = []
    for run in runs:
        table = read_robustness(run)
        if table is None:
            continue
        curve = robustness_curves(table)
        untouched = curve.loc[curve["kind"] == "original", "largest_error"].iloc[0]
        worst = curve[curve["kind"] != "original"].sort_values("largest_error", ascending=False).iloc[0]
        rows.append({"films": run.dataset, "model": run.model, "untouched": untouched, "worst": worst["kind"],
                     "level": worst["level"], "error": worst["largest_error"], "failures": curve["failures"].sum()})
    return pd.DataFrame(rows).sort_values("error", ignore_index=True) if rows else pd.DataFrame()


def scored_robustness(rows: pd.DataFrame, corners: np.ndarray, films: list[LabelledFilm]) -> bytes:
    """robustness.csv: rows (file, kind, level, ok, error) with the SCORES of corners (N, 17, 4, 2) float32."""
    by_name = {film.path.name: film for film in films}
    shown = [by_name[file] for file in rows["file"]]
    spines = corners.astype(float)
    scores = pd.concat([score_angles(spines, shown), score_corners(spines, shown)], axis=1)[SCORES]
    return pd.concat([rows, scores], axis=1).to_csv(index=False, float_format="%.6g").encode()
