"""Commands on models and data sets: models, train, calibrate, evaluate, robustness, rescore, reader-study,
consensus-study, gan-study, reference-ranges, orientation, audit-data.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from .core.errors import ModelError
from .data_option import data_folder, data_option
from .film_commands import FAILED, cluster_or_cores


def models(as_json: bool) -> int:
    """Every model with its card and status."""
    from .zoo import list_models

    entries = list_models()
    if as_json:
        print(json.dumps([_card_row(entry) for entry in entries], indent=2))
        return 0
    for entry in entries:
        mark = "*" if entry.recommended else " "
        print(f"{mark} {entry.name:<26}{entry.family or '?':<10}{entry.status:<11}{entry.error or entry.card.summary}")
    print("* used by predict when no --model is given")
    return 0


def train(name: str, data: Path | None, **schedule: int) -> int:
    """Train a network, or fit a baseline, and write its weights and measured facts beside its zoo file."""
    from .training.baseline import fit_baseline
    from .training.run import FINDER
    from .training.run import train as train_network
    from .zoo.registry import import_model

    folder = data_folder(data)
    if name != FINDER and hasattr(import_model(name), "fit"):
        fit_baseline(name, folder)
    else:
        train_network(name, folder, **schedule)
    return 0


def calibrate(names: list[str], data: Path | None) -> int:
    """Learn how sure each model is from the validation films, keep it beside its weights, print what to expect."""
    from .service import calibration

    for name in names:
        found = calibration.calibrate(name, data_folder(data))
        print(f"\n{name}\n{calibration.calibration_table(found)}")
    return 0


def evaluate(names: list[str], every: bool, stale: bool, data: Path | None, split: str, scheduler: str | None) -> int:
    """Measure every film of a split or of the user's own, keep the result in the store, print its summary."""
    from .service.evaluation import evaluate_model
    from .service.store import read_cases
    from .service.summary import summary_table

    folder, failed = data_folder(data), False
    for name in _wanted(names, every, stale, folder, split):
        result = evaluate_model(name, folder, split, **cluster_or_cores(scheduler))
        cases = read_cases(result)
        failed |= not cases["ok"].all()
        print(f"\n{name}, {result.parent.name} ({result})\n{summary_table(cases)}")
    return FAILED if failed else 0


def robustness(names: list[str], every: bool, data: Path | None, split: str, scheduler: str | None) -> int:
    """Measure films that were turned, blurred, compressed and so on; keep the errors and print their means.

    Without a model: which change harms each of those measured so far most.
    """
    from .service.freshness import known_models, latest
    from .service.robustness import read_robustness, robustness_table, worst_changes
    from .service.robustness_run import run_robustness
    from .service.store import Run, read_runs

    if not names and not every:
        kept = worst_changes([run for run in latest(read_runs(), known_models()) if run.split == split])
        print("No model has been tried on these films yet." if kept.empty else kept.round(3).to_string(index=False))
        return 0
    folder = data_folder(data)
    for name in _wanted(names, every, False, folder, split):
        result = run_robustness(name, folder, split, **cluster_or_cores(scheduler))
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

    path = study(name, data_folder(data), split, films)
    print(f"\n{name}, {split} ({path})\n{study_table(read_study(path))}")
    return 0


def consensus_study() -> int:
    """What the consensus of the models Compare shows at first scores, from the store; keep and print it."""
    from .service.consensus_study import consensus_table, keep_consensus_study

    print(consensus_table(keep_consensus_study()))
    return 0


def gan_study(wanted: list[str], data: Path | None, test: bool, full_size: bool) -> int:
    """Train the small runs that compare with and without critic, with and without synthetic films; keep the results."""
    from .service.gan_study_run import run_study
    from .training.study_plan import FULL_SIZE, SETTING

    for line in run_study(data_folder(data), wanted, test, setting=FULL_SIZE if full_size else SETTING):
        print(line, flush=True)
    return 0


def reference_ranges(data: Path | None) -> int:
    """Learn from the training films what is usual for a vertebra of its level; print how it holds on others."""
    from .training.reference_ranges import learn_ranges

    found = learn_ranges(data_folder(data))
    inside = ", ".join(f"{measure} {share:.1%}" for measure, share in found.inside.items())
    print(f"{found.films} films; inside on {found.held_out_films} others: {inside}")
    return 0


def orientation(data: Path | None) -> int:
    """Learn from the training films how one that lies wrong is recognised; print how often that fails on others."""
    from .training.orientation import learn_orientation

    found = learn_orientation(data_folder(data))
    turned = ", ".join(f"{name} {missed}" for name, missed in zip(
        ("a quarter turn clockwise", "upside down", "a quarter turn anticlockwise"), found.missed))
    print(f"{found.films} films held out: {found.alarms} upright ones called wrong; missed of those turned: {turned}")
    return 0


def audit_data(data: Path | None) -> int:
    """Print every label that is repaired or masked, and why."""
    from .training.audit import print_audit

    print_audit(data_folder(data))
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


def _card_row(entry) -> dict:
    card = entry.card.model_dump(mode="json") if entry.card else {}
    own = {"name": entry.name, "family": entry.family, "status": entry.status, "recommended": entry.recommended,
           "error": entry.error}
    return card | own


def add_commands(commands: argparse._SubParsersAction) -> None:
    """Give the command line these commands."""
    data = data_option()
    command = commands.add_parser("models", help="list the models")
    command.add_argument("--json", action="store_true", dest="as_json")
    command.set_defaults(command=models)

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

    command = commands.add_parser("consensus-study", help="is the consensus of models better than one of them?")
    command.set_defaults(command=consensus_study)

    command = commands.add_parser("gan-study", parents=[data], help="is a critic, or are synthetic films, worth it?")
    command.add_argument("wanted", nargs="*", metavar="RUN", help="beginnings of names of runs; default: all missing")
    command.add_argument("--full-size", action="store_true", help="the best pair once more, as trained for the app")
    command.add_argument("--test", action="store_true", help="measure the finished runs on the official test films")
    command.set_defaults(command=gan_study)

    command = commands.add_parser("reference-ranges", parents=[data], help="learn what is usual for each vertebra")
    command.set_defaults(command=reference_ranges)

    command = commands.add_parser("orientation", parents=[data], help="learn how a film that lies wrong is recognised")
    command.set_defaults(command=orientation)

    command = commands.add_parser("audit-data", parents=[data], help="list the label defects and their repair")
    command.set_defaults(command=audit_data)
