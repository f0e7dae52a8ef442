"""The rows of cases.csv: which film, what the model gave, and every score; with the summary that follows from them."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd

from ..training.labels import LabelledFilm, read_table
from .scoring import covered, score_films, score_sigma
from .store import CASES, SUMMARY
from .summary import summaries, summaries_to_json

IDENTITY = ["file", "case_id", "part", "clean", "twin"]
MEASURED = ["ok", "error", "interval_low", "interval_high", "seconds", "core_seconds"]
"""What no formula can recompute: which film a row is about, and what came out of the network."""

def scored(cases: pd.DataFrame, corners: np.ndarray, sigma: np.ndarray, films: list[LabelledFilm],
           sigma_scores: pd.DataFrame | None = None) -> dict[str, bytes]:
    """cases.csv and summary.json: ``cases`` (identity, ok, error, interval, times) with every score of the corners.

    corners (N, 17, 4, 2) and sigma (N, 17, 4) float32 as they are stored, so that the same scores follow from the
    store. sigma_scores: those of an old result that did not keep its sigma. The summary is that of the cases as
    written, with six digits.
    """
    corners = corners.astype(float)
    about_sigma = score_sigma(corners, sigma.astype(float), films) if sigma_scores is None else sigma_scores
    cases = _as_written(cases)[1]  # so that the same follows from an interval as it is stored
    table = pd.concat([cases, score_films(corners, films), about_sigma], axis=1)
    table = table.assign(covered=covered, interval_width=lambda rows: rows["interval_high"] - rows["interval_low"])
    text, written = _as_written(table)
    return {CASES: text.encode(), SUMMARY: summaries_to_json(summaries(written)).encode()}


def identify(films: list[LabelledFilm], dataset: str, split: str) -> pd.DataFrame:
    """Which film a row is about: file, case, part (the half of a split by file, else the split), clean, twin."""
    halves = {row["file"]: row["part"] for row in read_table("fullbody")} if dataset == "aasce_challenge" else {}
    rows = [{"file": film.path.name, "case_id": film.case_id, "part": halves.get(film.path.name, split),
             "clean": film.clean, "twin": film.twin} for film in films]
    return pd.DataFrame(rows)


def _as_written(table: pd.DataFrame) -> tuple[str, pd.DataFrame]:
    """The text of a CSV with six digits, and the table that is read back from it."""
    text = table.to_csv(index=False, float_format="%.6g")
    return text, pd.read_csv(io.StringIO(text), dtype={"case_id": str, "error": str})
