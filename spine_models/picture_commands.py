"""Commands of the picture-making networks: evaluate-gate, synthesize, check-synthesis, check-copies, restyle."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from .data_option import data_folder, data_option


def evaluate_gate(data: Path | None) -> int:
    """How well the gate tells spine films from other pictures; kept in assets/eval/gate."""
    from .service.gate_study import study_gate, summary

    print(json.dumps(summary(study_gate(data_folder(data))), indent=2))
    return 0


def synthesize(count: int, out: Path, seed: int, maker: str) -> int:
    """Films of random spines with their exact corners."""
    from tqdm import tqdm

    from .service.synthesis import random_films, write_films

    write_films(tqdm(random_films(count, seed, maker), total=count, desc="synthesize", unit="film"), out)
    return 0


def check_synthesis(model: str | None, maker: str) -> int:
    """Angle asked against angle measured on random synthetic films; kept in assets/eval/synthesis."""
    from .service.self_check import check_angles, summary
    from .zoo import recommended_model

    print(json.dumps(summary(check_angles(model or recommended_model(), maker)), indent=2))
    return 0


def check_copies(data: Path | None) -> int:
    """Whether synthetic films repeat training films; kept in assets/eval/synthesis."""
    from .service.self_check import check_copies as check

    print(json.dumps(check(data_folder(data)), indent=2))
    return 0


def restyle(out: Path, data: Path | None) -> int:
    """The generated films in the style of real ones, with their labels, as a data folder of its own."""
    from .service.restyle import restyle_set

    print(restyle_set(data_folder(data), out))
    return 0


def add_commands(commands: argparse._SubParsersAction) -> None:
    """Give the command line these commands."""
    data = data_option()
    command = commands.add_parser("evaluate-gate", parents=[data], help="try the gate on films and other pictures")
    command.set_defaults(command=evaluate_gate)

    made = argparse.ArgumentParser(add_help=False)
    made.add_argument("--maker", choices=("learnt", "drawn"), default="drawn", help="by the network or by the phantom")

    command = commands.add_parser("synthesize", parents=[made], help="make films of random spines with exact corners")
    command.add_argument("count", type=int, metavar="N")
    command.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    command.add_argument("--seed", type=int, default=0, help="another seed, other films")
    command.set_defaults(command=synthesize)

    command = commands.add_parser("check-synthesis", parents=[made], help="angles asked against angles measured")
    command.add_argument("--model", help="default: the recommended model")
    command.set_defaults(command=check_synthesis)

    command = commands.add_parser("check-copies", parents=[data], help="compare synthetic films with training films")
    command.set_defaults(command=check_copies)

    command = commands.add_parser("restyle", parents=[data], help="give the generated films the look of real ones")
    command.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    command.set_defaults(command=restyle)
