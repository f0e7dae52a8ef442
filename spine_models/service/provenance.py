"""Where a result came from: code, libraries, machine and day."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from .. import __version__

REPOSITORY = Path(__file__).parents[2]
LIBRARIES = ("numpy", "torch", "opencv-python-headless")


def provenance() -> dict:
    """Git sha (None outside a repository), whether files differed from it, versions, kind of machine, UTC date."""
    return {
        "git": _git("rev-parse", "HEAD"),
        "modified": bool(_git("status", "--porcelain", "--untracked-files=no")),
        "versions": {"spine_models": __version__, "python": platform.python_version()}
        | {name: version(name) for name in LIBRARIES},
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(("git", *arguments), cwd=REPOSITORY, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()
