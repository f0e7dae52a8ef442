"""Command line. Its commands are those of ``film_commands``, ``model_commands`` and ``picture_commands``.

Each imports what it needs when it runs.
"""

from __future__ import annotations

import argparse
import os
import sys

from . import film_commands, model_commands, picture_commands
from .core.errors import SpineError
from .film_commands import FAILED

MISUSED = 2


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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m spine_models", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    film_commands.add_commands(commands)
    model_commands.add_commands(commands)
    picture_commands.add_commands(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
