"""Command line: predict, models, train, calibrate, evaluate, reader-study, audit-data.

Each imports what it needs when it runs.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TextIO

from .core.errors import DataError, SpineError

FAILED, MISUSED = 1, 2
DEFAULT_DATA = Path(__file__).parents[2] / "shared" / "data"


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


def evaluate(names: list[str], data: Path | None, split: str) -> int:
    """Measure every film of a split, keep the result in the store, print its summary."""
    from .service.evaluation import evaluate_model
    from .service.store import read_cases
    from .service.summary import summary_table

    failed = False
    for name in names:
        folder = evaluate_model(name, _data_folder(data), split)
        cases = read_cases(folder)
        failed |= not cases["ok"].all()
        print(f"\n{name}, {split} ({folder})\n{summary_table(cases)}")
    return FAILED if failed else 0


def reader_study(name: str, data: Path | None, split: str, films: int | None) -> int:
    """Simulate a reader who corrects the worst corners, with and without suggestions; keep and print the errors."""
    from .service import reader_study as study

    path = study.reader_study(name, _data_folder(data), split, films)
    print(f"\n{name}, {split} ({path})\n{study.study_table(study.read_study(path))}")
    return 0


def audit_data(data: Path | None) -> int:
    """Print every label that is repaired or masked, and why."""
    from .training.audit import print_audit

    print_audit(_data_folder(data))
    return 0


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
    """The data folder: --data, else $SPINE_DATA, else shared/data beside the repository."""
    folder = given or Path(os.environ.get("SPINE_DATA") or DEFAULT_DATA)
    if not folder.is_dir():
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

    command = commands.add_parser("models", help="list the models")
    command.add_argument("--json", action="store_true", dest="as_json")
    command.set_defaults(command=models)

    data = argparse.ArgumentParser(add_help=False)
    data.add_argument("--data", type=Path, help="default: $SPINE_DATA, else ../shared/data")

    command = commands.add_parser("train", parents=[data], help="train a model")
    command.add_argument("name", metavar="NAME")
    command.add_argument("--epochs", type=int, default=argparse.SUPPRESS, help="networks only; default: the trainer's")
    command.add_argument("--seed", type=int, default=argparse.SUPPRESS, help="networks only")
    command.set_defaults(command=train)

    command = commands.add_parser("calibrate", parents=[data], help="learn how sure models are from validation films")
    command.add_argument("names", nargs="+", metavar="NAME")
    command.set_defaults(command=calibrate)

    command = commands.add_parser("evaluate", parents=[data], help="measure a whole split and keep the result")
    command.add_argument("names", nargs="+", metavar="NAME")
    command.add_argument("--split", choices=("test", "validation", "fullbody"), default="test")
    command.set_defaults(command=evaluate)

    command = commands.add_parser("reader-study", parents=[data], help="what a reader's corrections are worth")
    command.add_argument("name", metavar="NAME")
    command.add_argument("--films", type=int, metavar="N", help="only so many, spread over the split; default: all")
    command.add_argument("--split", choices=("test", "validation"), default="test")
    command.set_defaults(command=reader_study)

    command = commands.add_parser("audit-data", parents=[data], help="list the label defects and their repair")
    command.set_defaults(command=audit_data)
    return parser


if __name__ == "__main__":
    sys.exit(main())
