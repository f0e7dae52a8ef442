"""The evaluation store: one folder per data set, split, model and weights, written whole or not at all.

``<dataset>@<label revision>/<split>/`` holds the labels (``label_store``) and, per model,
``<model>@<first 8 of the weights' sha256>/``:

    card.json         the model's card as it was
    cases.csv         a row per film, failures included
    landmarks.npz     corners (N, 17, 4, 2) float32 pixels, NaN where a film failed, in the order of cases.csv; sigma
                      (N, 17, 4) float32 pixels, not in the first stores
    summary.json      ``summary.summaries`` of the cases
    run.json          where it came from
    robustness.csv, .npz, .json and reader_study.csv where those were run
"""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import BaseModel, ValidationError

from ..core.card import ModelCard, Training
from ..core.errors import DataError
from ..training.labels import LabelledFilm
from .label_store import read_labels
from .provenance import REPOSITORY
from .scoring import placing_errors
from .summary import summaries, summaries_from_json

STORE = REPOSITORY / "assets" / "eval"
WRITING = ".writing-"
ABANDONED_SECONDS = 10
"""Age from which a folder half written is that of a process that was killed: a writer needs no second."""
CASES, LANDMARKS, SUMMARY, CARD, RUN = "cases.csv", "landmarks.npz", "summary.json", "card.json", "run.json"


@dataclass(frozen=True)
class Run:
    """One result folder. What is large is read when it is asked for, and then kept."""

    folder: Path

    @property
    def dataset(self) -> str:
        """Name of the data set."""
        return self.folder.parents[1].name.partition("@")[0]

    @property
    def label_revision(self) -> str:
        """Revision of its labels."""
        return self.folder.parents[1].name.partition("@")[2]

    @property
    def split(self) -> str:
        """Name of the split."""
        return self.folder.parent.name

    @property
    def model(self) -> str:
        """Name of the model."""
        return self.folder.name.rpartition("@")[0]

    @cached_property
    def card(self) -> ModelCard:
        """The card as stored. Of one from another version of this program only the fields known today are kept."""
        return _card(_text(self.folder / CARD))

    @cached_property
    def facts(self) -> dict:
        """run.json: git, modified, versions, machine, date, metric_version, seed; newer ones threads, peak_mb."""
        return json.loads(_text(self.folder / RUN))

    @cached_property
    def cases(self) -> pd.DataFrame:
        """A row per film."""
        return read_cases(self.folder)

    @cached_property
    def corners(self) -> np.ndarray:
        """(N, 17, 4, 2) float32 pixels of the film, NaN where it failed."""
        with np.load(self.folder / LANDMARKS) as stored:
            return stored["corners"]

    @cached_property
    def sigma(self) -> np.ndarray | None:
        """(N, 17, 4) float32 pixels, NaN without calibration; None in stores that did not keep it."""
        with np.load(self.folder / LANDMARKS) as stored:
            return stored["sigma"] if "sigma" in stored else None

    @cached_property
    def labels(self) -> list[LabelledFilm]:
        """The labels, in the order of the cases; raises DataError in stores that did not keep them."""
        return read_labels(self.folder.parent)

    @cached_property
    def placing(self) -> np.ndarray:
        """(N, 17, 4) ``scoring.placing_errors`` of all films, computed once for all that is asked of them."""
        return placing_errors(self.corners.astype(float), self.labels)

    @cached_property
    def summaries(self) -> pd.DataFrame:
        """``summary.summaries`` of the cases, from summary.json where there is one."""
        path = self.folder / SUMMARY
        return summaries_from_json(_text(path)) if path.is_file() else summaries(self.cases)


def run_folder(card: ModelCard, dataset: str, label_revision: str, split: str, store: Path = STORE) -> Path:
    """Where the results of these weights on these labels belong."""
    return store / f"{dataset}@{label_revision}" / split / f"{card.name}@{card.training.sha256[:8]}"


def read_runs(store: Path = STORE) -> list[Run]:
    """Every result folder of the store, sorted by its path; half-written and foreign folders are not among them."""
    for workshop in store.glob(f"*@*/*/{WRITING}*"):
        if time.time() - workshop.stat().st_mtime > ABANDONED_SECONDS:
            _put_back(workshop)
    return [Run(path.parent) for path in sorted(store.glob(f"*@*/*/*@*/{CASES}"))]


def replace_folder(folder: Path, contents: dict[str, bytes]) -> None:
    """Write or replace the named files of a result folder; a reader sees all old or all new ones, never a mixture.

    Files of the old folder that are not named stay in it: other commands put them there.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    prefix = f"{WRITING}{folder.name}~"
    for workshop in folder.parent.glob(f"{prefix}*"):  # of a writer that was killed
        _put_back(workshop)
        shutil.rmtree(workshop)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=prefix) as workshop:
        fresh, old = Path(workshop) / "new", Path(workshop) / "old"
        if folder.exists():
            shutil.copytree(folder, fresh)
        fresh.mkdir(exist_ok=True)
        for name, content in contents.items():
            (fresh / name).write_bytes(content)
        if folder.exists():
            folder.rename(old)
        fresh.rename(folder)


def _put_back(workshop: Path) -> None:
    """The old folder to its place, if its writer was killed after it had taken it away."""
    folder = workshop.parent / workshop.name.removeprefix(WRITING).rpartition("~")[0]
    if (workshop / "old").exists() and not folder.exists():
        (workshop / "old").rename(folder)


def read_cases(folder: Path) -> pd.DataFrame:
    """The stored cases of one result folder, a row per film."""
    return pd.read_csv(folder / CASES, dtype={"case_id": str, "error": str}, keep_default_na=True)


def _card(text: str) -> ModelCard:
    try:
        return ModelCard.model_validate_json(text)
    except ValidationError:
        fields = json.loads(text)
        training = fields.get("training") or {}
        return _known(ModelCard, fields | {"training": _known(Training, training | {"calibration": None})})


def _known(kind: type[BaseModel], fields: dict) -> BaseModel:
    """The fields known today, None where a required one is missing; nothing is checked."""
    missing = {name: None for name, field in kind.model_fields.items() if field.is_required()}
    kept = {name: value for name, value in fields.items() if name in kind.model_fields}
    return kind.model_construct(**missing | kept)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise DataError(f"The result folder {path.parent} lacks {path.name}: evaluate the model again.") from error
