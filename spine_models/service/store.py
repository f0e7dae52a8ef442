"""The evaluation store: one folder per data set, split, model and weights, written whole or not at all.

``<dataset>@<label revision>/<split>/<model>@<first 8 of the weights' sha256>/`` holds card.json, cases.csv (a row per
film, failures included), landmarks.npz (corners (N, 17, 4, 2) float32 pixels, NaN where a film failed, in the order of
cases.csv) and run.json. Summaries are never stored: ``summary.summarise`` derives them from the cases.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from ..core.card import ModelCard
from .provenance import REPOSITORY

STORE = REPOSITORY / "assets" / "eval"


def run_folder(card: ModelCard, dataset: str, label_revision: str, split: str, store: Path = STORE) -> Path:
    """Where the results of these weights on these labels belong."""
    return store / f"{dataset}@{label_revision}" / split / f"{card.name}@{card.training.sha256[:8]}"


def write_run(folder: Path, card: ModelCard, cases: pd.DataFrame, corners: np.ndarray, facts: dict) -> None:
    """Write or replace one result folder; a reader sees the old one or the new one, never half of either."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".writing-") as workshop:
        fresh, old = Path(workshop) / "new", Path(workshop) / "old"
        fresh.mkdir()
        (fresh / "card.json").write_text(card.model_dump_json(indent=2) + "\n", encoding="utf-8")
        cases.to_csv(fresh / "cases.csv", index=False, float_format="%.4f")
        np.savez_compressed(fresh / "landmarks.npz", corners=corners.astype(np.float32))
        (fresh / "run.json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
        if folder.exists():
            folder.rename(old)
        fresh.rename(folder)
        shutil.rmtree(old, ignore_errors=True)


def read_cases(folder: Path) -> pd.DataFrame:
    """The stored cases of one result folder, a row per film."""
    return pd.read_csv(folder / "cases.csv", dtype={"case_id": str, "error": str}, keep_default_na=True)
