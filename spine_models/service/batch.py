"""Many films at once: a row of a table and, where asked for, reports for each.

Runs through the runners of ``film_runs``. A film that cannot be read or measured is a row with its sentence. Reports
are named after the hash of the film, since names of files may be names of patients; only the table, whose reader must
find the film again, names the file. What is done is kept beside the reports until all is done: killed and started
again, a batch goes on.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from .. import __version__
from ..core.cobb import severity
from ..core.errors import DataError, SpineError
from .cases import CaseBook, Model
from .film_report import film_report
from .film_runs import Runner, Work, in_processes, run_resumably
from .inference import shared_model
from .measuring import aasce_or_none
from .report import Report, Subject
from .report_files import report_files
from .report_rows import DEFORMED, level_rows

TABLE = "table.csv"
UNFINISHED = ".unfinished"
"""Folder beside the table that holds the rows of a batch that is not done yet."""

ROW = {"ok": False, "error": None, "film_sha256": None, "largest_angle": None, "interval_low": None,
       "interval_high": None, "upper": None, "lower": None, "apex": None, "region": None, "side": None,
       "severity": None, "curves": None, "aasce_1": None, "aasce_2": None, "aasce_3": None, "balance_mm": None,
       "balance_heights": None, "trunk_shift_mm": None, "trunk_shift_heights": None, "t1_tilt": None, "l5_tilt": None,
       "deformed": None, "vertebrae": None, "warnings": None, "model": None, "weights_sha256": None,
       "program": __version__, "reports": None}
"""The columns of the table after ``file``, and what stands there for a film that cannot be measured.

Angles in degrees, of the largest curve, which may be under 10; ``curves`` lists those of 10 degrees or more.
"""


@dataclass(frozen=True)
class Task:
    """What is done to every film. kinds: of ``report_files.KINDS``; out: where the reports go, None to hand them back.

    weights_sha256: of the model, so that no worker of a cluster measures with others.
    """

    model: str
    weights_sha256: str | None
    kinds: tuple[str, ...] = ()
    out: Path | None = None

    @classmethod
    def of(cls, model: str, kinds: Sequence[str] = (), out: Path | None = None) -> Task:
        """With the weights of today; raises ModelError where the model cannot be used."""
        card = shared_model(model)[1]
        return cls(model, Model.from_card(card).weights_sha256, tuple(kinds), out)

    def __call__(self, film: Path | bytes) -> dict:
        """The row of one film; reports that are handed back are under "files", by name."""
        row = ROW | {"model": self.model, "weights_sha256": self.weights_sha256}
        try:
            return row | self._measured(film) | {"ok": True}
        except SpineError as error:
            return row | {"error": str(error)}
        except Exception as error:  # a fault of ours on one film must not cost the films after it
            logging.getLogger(__name__).exception("A film of the batch failed")
            return row | {"error": f"This film met a fault of the program ({type(error).__name__}): please report it."}

    def _measured(self, film: Path | bytes) -> dict:
        report, radiograph = film_report(film, self.model, Subject())
        if report.source.model.weights_sha256 != self.weights_sha256:
            raise DataError(f"The weights of {self.model} differ between machines: install the same version on all.")
        files = {f"{radiograph.sha256[:16]}{addition}.{kind}": data for kind in self.kinds
                 for addition, data in report_files(report, radiograph, kind).items()}
        fields = _fields(report) | {"reports": " ".join(files) or None}
        if self.out is None:
            return fields | {"files": files}
        for name, data in files.items():
            write_whole(self.out / name, data)
        return fields


def run_batch(folder: Path, out: Path, task: Task, runner: Runner = in_processes,
              progress: Callable | None = None) -> pd.DataFrame:
    """Measure every film of a folder and the folders in it; table and reports go to ``out``.

    progress: what shows how far it is, used as ``tqdm`` is. Raises DataError where there is nothing to read or no place
    to write, CaseError where the audit trail cannot be written.
    """
    if out.resolve() == folder.resolve():
        raise DataError("The reports need a folder of their own: give another one than that of the films.")
    films, book = films_in(folder, out), CaseBook()
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"The folder {out} cannot be written: {error.strerror}.") from error
    shown = {"progress": progress} if progress else {}
    rows = run_resumably(task, films, out / UNFINISHED / _code(task), recorded(runner, book, task), "batch", **shown)
    with suppress(OSError):  # a batch with another model may be unfinished here too
        (out / UNFINISHED).rmdir()
    found = table([str(film.relative_to(folder)) for film in films], rows)
    write_whole(out / TABLE, found.to_csv(index=False).encode())
    return found


def films_in(folder: Path, out: Path | None = None) -> list[Path]:
    """Every file of a folder and the folders in it, in the order of their names, but for hidden ones and ``out``.

    Whatever its ending: a file that is no film is told so in its row instead of being passed over. Raises DataError.
    """
    if not folder.is_dir():
        raise DataError(f"There is no folder {folder}: give one that holds films.")
    ours = out and out.resolve()
    films = sorted(path for path in folder.rglob("*") if path.is_file() and not _hidden(path.relative_to(folder))
                   and ours not in path.resolve().parents)
    if not films:
        raise DataError(f"The folder {folder} holds no file: give one that holds films.")
    return films


def table(names: Sequence[str], rows: Sequence[dict]) -> pd.DataFrame:
    """A line a film, in the order given."""
    lines = [{"file": name, **{column: row[column] for column in ROW}} for name, row in zip(names, rows)]
    return pd.DataFrame(lines, columns=["file", *ROW]).astype({"vertebrae": "Int64"})


def recorded(runner: Runner, book: CaseBook, task: Task) -> Runner:
    """A runner that puts every film measured into the audit trail, without its name, before it hands it on."""
    action, model = " ".join(("batch", *task.kinds)), Model(task.model, task.weights_sha256)

    def run(work: Work, items: Sequence[Any]) -> Iterator[tuple[int, dict]]:
        for index, row in runner(work, items):
            if row["ok"]:
                book.record(action, row["film_sha256"], model)
            yield index, row

    return run


def write_whole(place: Path, data: bytes) -> None:
    """So that no half-written file is left; raises DataError."""
    part = place.with_name(f".{place.name}.{os.getpid()}")
    try:
        part.write_bytes(data)
        part.replace(place)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise DataError(f"The file {place} cannot be written: {error.strerror}.") from error


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _code(task: Task) -> str:
    """What the rows of one batch must have in common."""
    said = json.dumps([task.model, task.weights_sha256, task.kinds, __version__])
    return hashlib.sha256(said.encode()).hexdigest()[:12]


def _fields(report: Report) -> dict:
    largest, found = report.largest, report.deformity
    interval = next((ends for curve, ends in zip(report.curves, report.intervals)
                     if (curve.upper, curve.lower) == (largest.upper, largest.lower)), None)
    aasce = aasce_or_none(report.landmarks, report.source.film_shape[0])
    rows = level_rows(found)
    low, high = interval or (None, None)
    return {
        "film_sha256": report.source.film_sha256,
        "largest_angle": _number(largest.angle), "interval_low": _number(low), "interval_high": _number(high),
        "upper": largest.upper, "lower": largest.lower, "apex": largest.apex, "region": largest.region,
        "side": largest.side, "severity": severity(largest.angle),
        "curves": "; ".join(f"{c.angle:.1f} {c.upper}-{c.lower} apex {c.apex} {c.region} {c.side}"
                            for c in report.curves) or None,
        **{f"aasce_{n}": None if aasce is None else _number(aasce[n - 1]) for n in (1, 2, 3)},
        **{f"{name}_{unit}": distance and _number(getattr(distance, unit))
           for name, distance in (("balance", found.balance), ("trunk_shift", found.trunk_shift))
           for unit in ("mm", "heights")},
        "t1_tilt": _number(found.t1_tilt), "l5_tilt": _number(found.l5_tilt),
        "deformed": " ".join(row.level for row in rows if row.shape == DEFORMED) or None,
        "vertebrae": len(rows),
        "warnings": " ".join(report.doubts) or None,
    }


def _number(value: float | None) -> float | None:
    return None if value is None else round(float(value), 2) + 0.0  # no -0.0
