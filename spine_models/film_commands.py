"""Commands on films: predict, report, batch, verify."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TextIO

from .core.errors import DataError

FAILED = 1


def predict(files: list[str], model: str | None, out: Path | None) -> int:
    """One JSON object per film and line, in the order given."""
    from .service.inference import shared_model
    from .service.measuring import film_row
    from .zoo import recommended_model

    model = model or recommended_model()
    shared_model(model)  # an unknown or untrained model ends the command before the first film
    failures = 0
    with _open_output(out) as lines:
        for path in files:
            row = film_row(path, model)
            failures += not row["ok"]
            print(json.dumps(row, allow_nan=False), file=lines, flush=True)
    return FAILED if failures else 0


def report(file: Path, out: list[Path], model: str | None, paper: str, pseudonym: str) -> int:
    """One film as the files asked for, of the kinds their endings say."""
    from .service.cases import CaseBook
    from .service.film_report import film_report
    from .service.report import Subject
    from .service.report_files import check_kind, write_report
    from .zoo import recommended_model

    kinds, book = [check_kind(path) for path in out], CaseBook()
    made, film = film_report(file, model or recommended_model(), Subject(pseudonym))
    for path, kind in zip(out, kinds):
        write_report(made, film, path, paper)
        book.record(f"report {kind}", film.sha256, made.source.model)
    return 0


def batch(folder: Path, out: Path, model: str | None, report: list[str], scheduler: str | None) -> int:
    """Every film of a folder into one table, with reports of the kinds asked for; 1 where a film could not be read."""
    from .service.batch import TABLE, Task, run_batch
    from .service.report_files import check_kind
    from .zoo import recommended_model

    kinds = [check_kind(Path(f"report.{kind}")) for kind in report]
    found = run_batch(folder, out, Task.of(model or recommended_model(), kinds, out), **cluster_or_cores(scheduler))
    failed = found[~found["ok"]]
    for row in failed.itertuples():
        print(f"{row.file}: {row.error}", file=sys.stderr)
    print(f"{len(found) - len(failed)} of {len(found)} films measured: {out / TABLE}")
    return FAILED if len(failed) else 0


def verify(out: Path | None) -> int:
    """Whether audit trail and journals are as they were written; 1 where one is not."""
    from .service.cases.verify import verify_book, write_trail

    sentences, intact = verify_book()
    print("\n".join(sentences))
    if out is not None:
        write_trail(out)
    return 0 if intact else FAILED


def cluster_or_cores(scheduler: str | None) -> dict[str, Callable]:
    """The argument that sends the work to a Dask cluster; none for the cores of this machine."""
    from .service.cluster import on_cluster

    return {"runner": on_cluster(scheduler)} if scheduler else {}


def _open_output(out: Path | None) -> AbstractContextManager[TextIO]:
    if out is None:
        return nullcontext(sys.stdout)
    try:
        return out.open("w", encoding="utf-8")
    except OSError as error:
        raise DataError(f"The output file {out} cannot be written: {error.strerror}.") from error


def add_commands(commands: argparse._SubParsersAction) -> None:
    """Give the command line these commands."""
    command = commands.add_parser("predict", help="measure films, one JSON object per line")
    command.add_argument("files", nargs="+", metavar="FILE")
    command.add_argument("--model", help="default: the recommended model")
    command.add_argument("--out", type=Path, help="write the lines here instead of printing them")
    command.set_defaults(command=predict)

    command = commands.add_parser("report", help="report one film as page, text, picture, DICOM or numbers")
    command.add_argument("file", type=Path, metavar="FILM")
    command.add_argument("--out", type=Path, nargs="+", required=True, metavar="FILE",
                         help="files to write, each ending in .pdf, .json, .csv, .txt, .png, .svg, .dcm or .mat")
    command.add_argument("--model", help="default: the recommended model")
    command.add_argument("--paper", choices=("A4", "Letter"), default="A4")
    command.add_argument("--pseudonym", default="", help="printed on the report; no names")
    command.set_defaults(command=report)

    command = commands.add_parser("batch", help="measure every film of a folder into one table, with reports")
    command.add_argument("folder", type=Path, metavar="FOLDER", help="films, also in folders within it")
    command.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="table and reports go here")
    command.add_argument("--model", help="default: the recommended model")
    command.add_argument("--report", nargs="+", default=[], metavar="KIND",
                         help="reports of each film: pdf, json, csv, txt, png, svg, dcm, mat; default: the table alone")
    command.add_argument("--scheduler", metavar="ADDRESS", help="run on the Dask cluster of this scheduler")
    command.set_defaults(command=batch)

    command = commands.add_parser("verify", help="check that audit trail and journals are as they were written")
    command.add_argument("--out", type=Path, metavar="FILE", help="write the audit trail here as CSV")
    command.set_defaults(command=verify)
