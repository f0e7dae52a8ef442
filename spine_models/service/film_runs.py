"""Run one piece of work per film over many films: on all cores or a cluster, with what is done kept if it is killed.

A runner takes a function and its items and yields (index, result) in the order they are done. ``in_processes`` uses a
process of one thread per core: of 16 films through the cascade on two busy cores that took a third of the time of one
process with two threads, and a sixth of its processor time, since threads that share one film wait for each other.
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import cv2
from loky import ProcessPoolExecutor
from tqdm import tqdm

from ..core.errors import DataError
from .provenance import REPOSITORY

Work = Callable[[Any], dict]
Runner = Callable[[Work, Sequence[Any]], Iterator[tuple[int, dict]]]

SCRATCH = REPOSITORY / "runs" / "evaluate"
"""Results of films of unfinished runs, ignored by git."""

ORPHANED = 15.0
"""Seconds without work after which a process ends by itself: nobody else ends it where its parent was killed."""


def in_processes(work: Work, items: Sequence[Any]) -> Iterator[tuple[int, dict]]:
    """One process per core, each with one thread. An exception of ``work`` ends the run; what is done stays done.

    Processes of loky do not run the main module again, which in the app is a page.
    """
    cores = max(1, min(os.cpu_count() or 1, len(items)))
    with ProcessPoolExecutor(
        cores, timeout=ORPHANED, initializer=cv2.setNumThreads, initargs=(1,), env={"OMP_NUM_THREADS": "1"}
    ) as pool:
        waiting = {pool.submit(work, item): index for index, item in enumerate(items)}
        try:
            for done in as_completed(waiting):
                yield waiting[done], done.result()
        except BrokenProcessPool as error:
            raise DataError("A process of this run was killed, perhaps for want of memory: start it again, it goes on "
                            "where it stopped.") from error
        finally:
            for future in waiting:
                future.cancel()


def run_resumably(work: Work, films: Sequence[Path], scratch: Path, runner: Runner, title: str,
                  progress: Callable = tqdm) -> list[dict]:
    """Results of ``work`` for every film, in order; those an earlier, killed run left in ``scratch`` are not repeated.

    work: from a film's path to a dict that JSON can hold. progress: shows how far it is and the time left. The scratch
    folder goes when all films are done.
    """
    places = [scratch / f"{_fingerprint(film)}.json" for film in films]
    scratch.mkdir(parents=True, exist_ok=True)
    todo = [index for index, place in enumerate(places) if not place.is_file()]
    with progress(total=len(films), initial=len(films) - len(todo), desc=title, unit="film") as shown:
        for index, result in runner(work, [films[index] for index in todo]):
            place = places[todo[index]]
            place.with_suffix(".writing").write_text(json.dumps(result), encoding="utf-8")
            place.with_suffix(".writing").replace(place)
            shown.update()
    results = [json.loads(place.read_text(encoding="utf-8")) for place in places]
    shutil.rmtree(scratch)
    return results


def peak_memory_mb() -> float:
    """Most memory this process has held at once, megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)


def _fingerprint(film: Path) -> str:
    """The film by path, size and time of change: a film that was replaced is measured again."""
    state = film.stat() if film.is_file() else None
    identity = f"{film.resolve()}\n{state and (state.st_size, state.st_mtime_ns)}"
    return hashlib.sha256(identity.encode()).hexdigest()[:24]
