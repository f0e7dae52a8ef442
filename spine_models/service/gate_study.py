"""How well the gate tells spine films from other pictures: ``assets/eval/gate/{cases.csv,summary.json}``.

Real films are the official test films and the held-out half of the full-body films, upright, and every fourth of them
turned. The threshold was set on held-out training films; nothing here is chosen by it.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import rankdata
from tqdm import tqdm

from ..core.errors import ModelError
from ..imaging.load import read_radiograph
from ..training.labels import load_fullbody, load_spineweb, read_table
from ..zoo.registry import list_models
from .gate import GATE, UNUSUAL
from .inference import gate_model
from .other_pictures import SIDEWAYS, other_pictures, turned
from .store import STORE

FOLDER = STORE / "gate"
CASES, SUMMARY = "cases.csv", "summary.json"
TEST, FULLBODY = "test film", "full-body film"
TURNED_EVERY = 4


def study_gate(data: Path) -> pd.DataFrame:
    """Judge every picture; keeps and returns a row each: group, name, spine (upright film), score and its parts."""
    model = gate_model()
    if model is None:
        raise ModelError(f"The gate has no weights yet: run `python -m spine_models train {GATE}` first.")
    rows = []
    for group, name, film in tqdm(other_pictures(), desc="other pictures"):
        rows.append(_row(group, name, False, model.judge(film.pixels)))
    for number, (group, path) in enumerate(tqdm(_real_films(data), desc="spine films")):
        film = read_radiograph(path)
        rows.append(_row(group, path.name, True, model.judge(film.pixels)))
        if number % TURNED_EVERY == 0:
            quarters = list(SIDEWAYS)[number // TURNED_EVERY % len(SIDEWAYS)]
            for how, name, wrong in turned(path.name, film, quarters):
                rows.append(_row(how, name, False, model.judge(wrong.pixels)))
    cases = pd.DataFrame(rows)
    FOLDER.mkdir(parents=True, exist_ok=True)
    cases.to_csv(FOLDER / CASES, index=False)
    (FOLDER / SUMMARY).write_text(json.dumps(summary(cases), indent=2) + "\n", encoding="utf-8")
    return cases


def summary(cases: pd.DataFrame) -> dict:
    """weights, area under the curve, share flagged of other pictures and of each kind of spine film, and per group."""
    flagged = cases["score"] > UNUSUAL
    groups = {str(group): {"pictures": int(len(rows)), "flagged": int(flagged[rows].sum())}
              for group, rows in cases.groupby("group").groups.items()}  # fmt: skip
    entry = next(entry for entry in list_models() if entry.name == GATE)
    return {
        "weights": entry.card.training.sha256[:8], "threshold": UNUSUAL,
        "auroc": round(auroc(cases["score"].to_numpy(), ~cases["spine"].to_numpy()), 4),
        "other_flagged": round(float(flagged[~cases["spine"]].mean()), 4), "other": int((~cases["spine"]).sum()),
        "spine_flagged": round(float(flagged[cases["spine"]].mean()), 4), "spine": int(cases["spine"].sum()),
        "groups": groups,
    }  # fmt: skip


def auroc(score: np.ndarray, positive: np.ndarray) -> float:
    """Chance that a positive scores above a negative, ties half (Mann-Whitney)."""
    count = positive.sum()
    return float((rankdata(score)[positive].sum() - count * (count + 1) / 2) / (count * (~positive).sum()))


def _real_films(data: Path) -> list[tuple[str, Path]]:
    kept = {row["file"] for row in read_table("fullbody") if row["part"] == "validation"}
    return [(TEST, film.path) for film in load_spineweb(data, "test")] + [
        (FULLBODY, film.path) for film in load_fullbody(data) if film.path.name in kept
    ]


def _row(group: str, name: str, spine: bool, doubt) -> dict:
    parts = {part: round(value, 4) for part, value in doubt.parts.items()}
    return {"group": group, "name": name, "spine": spine, "score": round(doubt.score, 4), **parts}
