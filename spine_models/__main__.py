"""Command line: predict, report, batch, verify, models, train, calibrate, evaluate, robustness, rescore, reader-study,
gan-study, reference-ranges, orientation, audit-data, and those of ``picture_commands``.

Each imports what it needs when it runs.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TextIO

from .core.errors import DataError, ModelError, SpineError
from .picture_commands import add_commands

FAILED, MISUSED = 1, 2


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 when all went well, 1 when a film or an evaluation failed, 2 when it could not start."""
    options = vars(_parser().parse_args(arguments))
    try:
        return options.pop("command")(**options)
    except SpineError as error:
        print(f"spine_models: {error}", file=sys.stderr)
        return MISUSED
    except KeyboardInterrupt:
        return FAILED
    except BrokenPipeError:  # the reader of our output, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


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
    found = run_batch(folder, out, Task.of(model or recommended_model(), kinds, out), **_runner(scheduler))
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


def reference_ranges(data: Path | None) -> int:
    """Learn from the training films what is usual for a vertebra of its level; print how it holds on others."""
    from .training.reference_ranges import learn_ranges

    found = learn_ranges(_data_folder(data))
    inside = ", ".join(f"{measure} {share:.1%}" for measure, share in found.inside.items())
    print(f"{found.films} films; inside on {found.held_out_films} others: {inside}")
    return 0


def orientation(data: Path | None) -> int:
    """Learn from the training films how one that lies wrong is recognised; print how often that fails on others."""
    from .training.orientation import learn_orientation

    found = learn_orientation(_data_folder(data))
    turned = ", ".join(f"{name} {missed}" for name, missed in zip(
        ("a quarter turn clockwise", "upside down", "a quarter turn anticlockwise"), found.missed))
    print(f"{found.films} films held out: {found.alarms} upright ones called wrong; missed of those turned: {turned}")
    return 0


def models(as_json: bool) -> int:
    """Every model with its card and status."""
    from .zoo import list_models

    entries = list_models()
    if as_json:
        print(json.dumps([_card_row(entry) for entry in entries], indent=2))
        return 0
    for entry in entries:
        mark = "*" if entry.recommended else " "
        print(f"{mark} {entry.name:<24}{entry.family or '?':<10}{entry.status:<11}{entry.error or entry.card.summary}")
    print("* used by predict when no --model is given")
    return 0


def train(name: str, data: Path | None, **schedule: int) -> int:
    """Train a network, or fit a baseline, and write its weights and measured facts beside its zoo file."""
    from .training.baseline import fit_baseline
    from .training.run import FINDER
    from .training.run import train as train_network
    from .zoo.registry import import_model

    folder = _data_folder(data)
    if name != FINDER and hasattr(import_model(name), "fit"):
        fit_baseline(name, folder)
    else:
        train_network(name, folder, **schedule)
    return 0


def calibrate(names: list[str], data: Path | None) -> int:
    """Learn how sure each model is from the validation films, keep it beside its weights, print what to expect."""
    from .service import calibration

    for name in names:
        found = calibration.calibrate(name, _data_folder(data))
        print(f"\n{name}\n{calibration.calibration_table(found)}")
    return 0


def evaluate(names: list[str], every: bool, stale: bool, data: Path | None, split: str, scheduler: str | None) -> int:
    """Measure every film of a split or of the user's own, keep the result in the store, print its summary."""
    from .service.evaluation import evaluate_model
    from .service.store import read_cases
    from .service.summary import summary_table

    folder, failed = _data_folder(data), False
    for name in _wanted(names, every, stale, folder, split):
        result = evaluate_model(name, folder, split, **_runner(scheduler))
        cases = read_cases(result)
        failed |= not cases["ok"].all()
        print(f"\n{name}, {result.parent.name} ({result})\n{summary_table(cases)}")
    return FAILED if failed else 0


def robustness(names: list[str], every: bool, data: Path | None, split: str, scheduler: str | None) -> int:
    """Measure films that were turned, blurred, compressed and so on; keep the errors and print their means."""
    from .service.robustness import read_robustness, robustness_table
    from .service.robustness_run import run_robustness
    from .service.store import Run

    folder = _data_folder(data)
    for name in _wanted(names, every, False, folder, split):
        result = run_robustness(name, folder, split, **_runner(scheduler))
        print(f"\n{name}, {split} ({result})\n{robustness_table(read_robustness(Run(result)))}")
    return 0


def rescore(data: Path | None) -> int:
    """Bring stored results to today's formulas, without running a network; keep how far two labels of a film differ."""
    from .service.label_noise import keep_label_noise, noise_path
    from .service.rescoring import rescore_store

    for run in rescore_store(data):
        print(run.folder)
    if data is not None and not noise_path().is_file():
        print(keep_label_noise(data))
    return 0


def reader_study(name: str, data: Path | None, split: str, films: int | None) -> int:
    """Simulate readers who correct corner after corner, with and without suggestions; keep and print the errors."""
    from .service.reader_study import reader_study as study
    from .service.study_results import read_study, study_table

    path = study(name, _data_folder(data), split, films)
    print(f"\n{name}, {split} ({path})\n{study_table(read_study(path))}")
    return 0


def gan_study(wanted: list[str], data: Path | None, test: bool) -> int:
    """Train the small runs that compare with and without critic, with and without synthetic films; keep the results."""
    from .service.gan_study_run import run_study

    for line in run_study(_data_folder(data), wanted, test):
        print(line, flush=True)
    return 0


def audit_data(data: Path | None) -> int:
    """Print every label that is repaired or masked, and why."""
    from .training.audit import print_audit

    print_audit(_data_folder(data))
    return 0


def _wanted(names: list[str], every: bool, stale: bool, data: Path, split: str) -> list[str]:
    """The models a command is about: those named, or all trained ones, or those of them without a fresh result."""
    from .service.freshness import landmark_models, stale_models
    from .service.labelled_sets import open_set
    from .service.store import read_runs

    if bool(names) + every + stale != 1:
        raise ModelError("Say which models: give their names, or --all, or --stale.")
    if not stale:
        return names or landmark_models()
    labelled = open_set(data, split)
    return stale_models(read_runs(), labelled.dataset, labelled.split)


def _runner(scheduler: str | None) -> dict[str, Callable]:
    """The argument that sends the work to a Dask cluster; none for the cores of this machine."""
    from .service.cluster import on_cluster

    return {"runner": on_cluster(scheduler)} if scheduler else {}


def _card_row(entry) -> dict:
    card = entry.card.model_dump(mode="json") if entry.card else {}
    own = {"name": entry.name, "family": entry.family, "status": entry.status, "recommended": entry.recommended,
           "error": entry.error}
    return card | own


def _open_output(out: Path | None) -> AbstractContextManager[TextIO]:
    if out is None:
        return nullcontext(sys.stdout)
    try:
        return out.open("w", encoding="utf-8")
    except OSError as error:
        raise DataError(f"The output file {out} cannot be written: {error.strerror}.") from error


def _data_folder(given: Path | None) -> Path:
    """The data folder, or a user's CSV of corners: --data, else $SPINE_DATA, else shared/data beside the repository."""
    from .service.film_places import named_data

    folder = given or named_data()
    if not folder.is_dir() and not (folder.is_file() and folder.suffix.lower() == ".csv"):
        raise DataError(
            f"There is no data folder at {folder}: register at SpineWeb (spineweb.digitalimaginggroup.ca), "
            "download data set 16, and give the folder holding spineweb16/data/{training,test} and "
            "spineweb16/labels/{training,test} with --data or in SPINE_DATA."
        )
    return folder


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m spine_models", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

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

    command = commands.add_parser("models", help="list the models")
    command.add_argument("--json", action="store_true", dest="as_json")
    command.set_defaults(command=models)

    data = argparse.ArgumentParser(add_help=False)
    data.add_argument("--data", type=Path, help="default: $SPINE_DATA, else ../shared/data; evaluate also takes a CSV "
                      "of corners")

    command = commands.add_parser("train", parents=[data], help="train a model")
    command.add_argument("name", metavar="NAME", help="a model, or finder: the spine finder that most models share")
    command.add_argument("--epochs", type=int, default=argparse.SUPPRESS, help="networks only; default: the trainer's")
    command.add_argument("--seed", type=int, default=argparse.SUPPRESS, help="networks only")
    command.set_defaults(command=train)

    command = commands.add_parser("calibrate", parents=[data], help="learn how sure models are from validation films")
    command.add_argument("names", nargs="+", metavar="NAME")
    command.set_defaults(command=calibrate)

    films = argparse.ArgumentParser(add_help=False, parents=[data])
    films.add_argument("names", nargs="*", metavar="NAME")
    films.add_argument("--all", action="store_true", dest="every", help="every trained model")
    films.add_argument("--split", choices=("test", "validation", "fullbody"), default="test")
    films.add_argument("--scheduler", metavar="ADDRESS", help="run on the Dask cluster of this scheduler")

    command = commands.add_parser("evaluate", parents=[films], help="measure a whole split and keep the result")
    command.add_argument("--stale", action="store_true", help="every trained model without a fresh result")
    command.set_defaults(command=evaluate)

    command = commands.add_parser("robustness", parents=[films], help="measure films made worse on purpose")
    command.set_defaults(command=robustness)

    command = commands.add_parser("rescore", help="bring kept results to today's formulas, without the networks")
    command.add_argument("--data", type=Path, help="the public sets, needed once for results without labels")
    command.set_defaults(command=rescore)

    command = commands.add_parser("reader-study", parents=[data], help="what a reader's corrections are worth")
    command.add_argument("name", metavar="NAME")
    command.add_argument("--films", type=int, metavar="N", help="only so many, spread over the split; default: all")
    command.add_argument("--split", choices=("test", "validation"), default="test")
    command.set_defaults(command=reader_study)

    command = commands.add_parser("gan-study", parents=[data], help="is a critic, or are synthetic films, worth it?")
    command.add_argument("wanted", nargs="*", metavar="RUN", help="beginnings of names of runs; default: all missing")
    command.add_argument("--test", action="store_true", help="measure the finished runs on the official test films")
    command.set_defaults(command=gan_study)

    command = commands.add_parser("reference-ranges", parents=[data], help="learn what is usual for each vertebra")
    command.set_defaults(command=reference_ranges)

    command = commands.add_parser("orientation", parents=[data], help="learn how a film that lies wrong is recognised")
    command.set_defaults(command=orientation)

    command = commands.add_parser("audit-data", parents=[data], help="list the label defects and their repair")
    command.set_defaults(command=audit_data)

    add_commands(commands, data, _data_folder)
    return parser


if __name__ == "__main__":
    sys.exit(main())
