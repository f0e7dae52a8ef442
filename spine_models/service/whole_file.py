"""Files that a reader finds old or new, never half written, whenever the writer is killed."""

from __future__ import annotations

from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Write or replace one file; its folder is made where it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".writing")
    fresh.write_bytes(content)
    fresh.replace(path)
