"""``gan-study``: train what is missing of the plan, measure it, keep it; a second start goes on where it was."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd

from ..core.aasce import aasce_angles
from ..core.errors import DataError
from ..training import gan_study
from ..training.study_films import missing
from ..training.study_plan import SETTING, Setting, StudyRun
from ..training.trainer import Trainer, learning_curve
from .gan_study import ANGLES, MISSED, STUDY, TRUTH, Study, keep_run, read_study
from .labelled_sets import open_set
from .overlap import overlap
from .provenance import provenance


def run_study(
    data: Path, wanted: Sequence[str] = (), test: bool = False, store: Path = STUDY, setting: Setting = SETTING
) -> Iterator[str]:
    """Yields a sentence per run. Without ``test``: trains the missing runs and measures them on the validation films.
    With it: measures the finished runs on the official test films, which choose nothing.

    wanted: beginnings of the names of the runs that are meant; all when empty. Raises DataError without the films, or
    when no run is meant.
    """
    study, pool = read_study(store, setting), gan_study.StudyFilms(data, setting)
    meant = [run for run in (study.done if test else study.missing) if run.key.startswith(tuple(wanted or ("",)))]
    split = "test" if test else "validation"
    if test:
        meant = [run for run in meant if split not in study.angles(run).index.get_level_values("split")]
    if not meant:
        raise DataError("There is nothing to do: no run that is meant is missing." if not test else
                        "There is nothing to measure: no finished run lacks the test films.")  # fmt: skip
    seen = None
    for run in meant:
        if run.synthetic and (lacking := missing(run.synthetic, data)):
            yield f"{run.key}: not run. {lacking}"
            continue
        model = gan_study.finished_model(run, setting) if test else None
        if model is None:
            trainer = gan_study.train_run(run, pool)
            model, facts = trainer.ema, _facts(trainer)
        else:
            facts = study.facts(run)
        if seen is None:
            seen = gan_study.framed(open_set(data, split).films, setting)
            _keep_films(study, seen, split)
        angles = _answers(gan_study.measured_corners(model, seen), seen, split)
        if test:
            angles = pd.concat([pd.read_csv(study.folder / f"{run.key}.csv"), angles])
        keep_run(study, run, angles, facts)
        yield f"{run.key}: SMAPE {_smape(study, run, split):.2f} on {split}"


def _facts(trainer: Trainer) -> dict:
    """What ``keep_run`` wants beside the angles."""
    params = sum(value.numel() for value in trainer.ema.parameters())
    return {"minutes": round(trainer.seconds / 60, 1), "curve": learning_curve(trainer.folder), "params": params}


def _smape(study: Study, run: StudyRun, split: str) -> float:
    return float(read_study(study.folder.parent, study.setting).errors(run, split)["smape"].mean())


def _answers(corners: np.ndarray, seen: list[gan_study.FramedFilm], split: str) -> pd.DataFrame:
    """What ``keep_run`` wants of corners (N, 17, 4, 2) in pixels of the films."""
    rows = []
    for spine, film in zip(corners, (look.film for look in seen)):
        found = bool(np.isfinite(spine).all())
        angles = aasce_angles(spine, film.shape[0]) if found else np.full(len(ANGLES), np.nan)
        shared = overlap(spine, film.corners, film.shape)["dice"] if found else 0.0
        rows.append([split, film.path.name, *angles, 100 * (1 - shared)])
    return pd.DataFrame(rows, columns=["split", "file", *ANGLES, MISSED])


def _keep_films(study: Study, seen: list[gan_study.FramedFilm], split: str) -> None:
    """Add the films of a split to films.csv, and the setting beside it at first."""
    study.folder.mkdir(parents=True, exist_ok=True)
    path = study.folder / "films.csv"
    films = pd.DataFrame([look.film.angles for look in seen], columns=TRUTH)
    films.insert(0, "case_id", [look.film.case_id for look in seen])
    films.insert(0, "file", [look.film.path.name for look in seen])
    films.insert(0, "split", split)
    known = pd.read_csv(path, dtype={"case_id": str}) if path.is_file() else films.iloc[:0]
    parts = [part for part in (known[known["split"] != split], films) if len(part)]
    pd.concat(parts).to_csv(path, index=False, float_format="%.4f")
    if not (study.folder / "setting.json").is_file():
        text = json.dumps(asdict(study.setting) | {"made": provenance()}, indent=1) + "\n"
        (study.folder / "setting.json").write_text(text, encoding="utf-8")
