"""Synthetic films checked: angle asked against angle measured on its films, and whether a training film is repeated.

``assets/eval/synthesis/``: self_check_<maker>.csv, a row per request; copies.json, from ``check-copies``.
"""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from tqdm import tqdm

from ..core.cobb import largest_curve
from ..core.errors import DetectionError
from ..imaging.load import read_radiograph
from ..training import films
from ..zoo import list_models
from .inference import predict
from .store import STORE
from .synthesis import DRAWN, LEARNT, SYNTHESISER, SyntheticFilm, random_films

FOLDER = STORE / "synthesis"
CHECK, COPIES = "self_check_{}.csv", "copies.json"
SEED, REQUESTS = 20261125, 200
SIZE = (64, 26)  # (rows, columns) to which films are brought to be compared
HEIGHT = 256
GOAL = 4.0  # degrees of mean difference


def check_angles(model: str, maker: str, count: int = REQUESTS) -> pd.DataFrame:
    """Random requests measured by a model; keeps and returns a row each: asked, measured and whether it failed."""
    rows = []
    for film in tqdm(random_films(count, SEED, maker), total=count, desc="self-check", unit="film"):
        rows.append(_measured(film, model))
    table = pd.DataFrame(rows).assign(model=model, maker=_identity(maker))
    FOLDER.mkdir(parents=True, exist_ok=True)
    table.round(3).to_csv(FOLDER / CHECK.format(maker), index=False)
    return table


def read_check(maker: str) -> pd.DataFrame | None:
    """The kept self-check of a maker's films; None when there is none, or other weights than today's made them."""
    path = FOLDER / CHECK.format(maker)
    table = pd.read_csv(path) if path.is_file() else None
    return table if table is not None and table["maker"][0] == _identity(maker) else None


def summary(table: pd.DataFrame) -> dict[str, float]:
    """films, failed, and of the others mean, median and 95th percentile of the difference, degrees, and bias."""
    away = (table["measured"] - table["asked"])[table["ok"]]
    return {
        "films": len(table), "failed": int((~table["ok"]).sum()), "mean": float(away.abs().mean()),
        "median": float(away.abs().median()), "p95": float(away.abs().quantile(0.95)), "bias": float(away.mean()),
    }  # fmt: skip


def read_copies() -> dict | None:
    """The kept comparison with training films; None when there is none, or other weights made the films compared."""
    path = FOLDER / COPIES
    kept = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
    return kept if kept and kept["maker"] == _identity(LEARNT) else None


def check_copies(data: Path, count: int = REQUESTS) -> dict[str, float]:
    """Correlation of each synthetic film with the training film most like it, beside that between training films.

    Films and their mirror images are brought to 64 x 26 pixels and standardised. Keeps and returns: the largest and the
    mean over synthetic films, and the same over training films, each against all those of other cases.
    """
    trained = [film for load in (films.spineweb, films.fullbody) for film in load(data, "train", HEIGHT)]
    bank = np.stack([_vector(film.pixels) for film in trained])
    cases = np.array([film.source.case_id for film in trained])
    bank = np.concatenate([bank, np.stack([_vector(film.pixels[:, ::-1]) for film in trained])])
    made = np.stack([_vector(film.pixels) for film in random_films(count, SEED, LEARNT)])
    between = bank[: len(cases)] @ bank.T
    between[cases[:, None] == np.tile(cases, 2)] = -1
    nearest, usual = (made @ bank.T).max(axis=1), between.max(axis=1)
    result = {
        "maker": _identity(LEARNT), "films": count, "training_films": len(cases),
        "nearest_mean": float(nearest.mean()), "nearest_max": float(nearest.max()),
        "training_mean": float(usual.mean()), "training_max": float(usual.max()),
    }  # fmt: skip
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / COPIES).write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    return result


def _measured(film: SyntheticFilm, model: str) -> dict:
    asked = largest_curve(film.landmarks)
    row = {"seed": film.request.seed, "asked": asked.angle, "measured": np.nan, "ok": True}
    try:
        row["measured"] = largest_curve(predict(read_radiograph(film.png), model).landmarks).angle
    except DetectionError:
        row["ok"] = False
    return row


def _vector(pixels: np.ndarray) -> np.ndarray:
    """Unit vector of a film without its mean."""
    small = cv2.resize(pixels, SIZE[::-1], interpolation=cv2.INTER_AREA).astype(np.float64).ravel()
    small -= small.mean()
    return small / np.linalg.norm(small)


def _identity(maker: str) -> str:
    """Who makes the films: the phantom, or the synthesiser with today's weights."""
    if maker == DRAWN:
        return DRAWN
    card = next(entry.card for entry in list_models() if entry.name == SYNTHESISER)
    return f"{SYNTHESISER}@{card.training.sha256[:8]}" if card.training else SYNTHESISER
