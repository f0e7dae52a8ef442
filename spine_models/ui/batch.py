"""A batch at work behind the page: it goes on while the user looks elsewhere, and can be stopped."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

import pandas as pd
import streamlit as st

from spine_models.core.errors import SpineError
from spine_models.service.archive import zipped
from spine_models.ui.work import case_book

MOST_UPLOADS = 200
"""Films that are held in memory at once; more of them are named as a folder."""

UPLOAD_KINDS = ("pdf", "json", "csv", "txt", "svg", "mat")
"""Reports small enough to be held in memory until they are downloaded."""

_SHOWN = ["file", "largest_angle", "upper", "lower", "side", "severity", "curves", "warnings", "error"]


class Stopped(Exception):
    """The user has stopped the batch."""


@dataclass(eq=False)
class Batch:
    """One batch of this session, and what is known of it so far. It is its own progress bar, used as ``tqdm`` is.

    initial: films that an earlier, killed run had done. outcome: the table; files: reports that are handed back, by
    name; refusal: a sentence where it could not go on.
    """

    where: str
    total: int = 0
    done: int = 0
    initial: int = 0
    started: float = field(default_factory=time.monotonic)
    outcome: pd.DataFrame | None = None
    files: dict[str, bytes] = field(default_factory=dict)
    refusal: str = ""
    stop: Event = field(default_factory=Event)
    thread: Thread | None = None

    def start(self, work: Callable[[Batch], pd.DataFrame]) -> Batch:
        """Do the work behind the page."""

        def run() -> None:
            try:
                self.outcome = work(self)
            except Stopped:
                self.refusal = f"Stopped after {self.done} of {self.total} films."
            except SpineError as error:
                self.refusal = str(error)

        self.thread = Thread(target=run, daemon=True)
        self.thread.start()
        return self

    @property
    def running(self) -> bool:
        return self.thread is not None and self.thread.is_alive()

    @property
    def left(self) -> str:
        """Words on the time left, from the films done since the start."""
        fresh = self.done - self.initial
        if not fresh:
            return "the first film takes longest, since every process loads the model"
        seconds = (time.monotonic() - self.started) / fresh * (self.total - self.done)
        return f"about {round(seconds)} s left" if seconds < 90 else f"about {round(seconds / 60)} min left"

    def __call__(self, total: int, initial: int = 0, **_: str) -> Batch:
        self.total, self.done, self.initial, self.started = total, initial, initial, time.monotonic()
        return self

    def __enter__(self) -> Batch:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def update(self) -> None:
        self.done += 1
        if self.stop.is_set() and self.done < self.total:
            raise Stopped


def start_folder(folder: Path, out: Path, model: str, kinds: Sequence[str]) -> Batch:
    """Films of a folder on this machine; goes on where an earlier run with the same choices stopped."""

    def work(batch: Batch) -> pd.DataFrame:
        from spine_models.service.batch import Task, run_batch  # brings torch

        return run_batch(folder, out, Task.of(model, kinds, out), progress=batch)

    return Batch(f"{out}").start(work)


def start_uploads(films: Sequence[tuple[str, bytes]], model: str, kinds: Sequence[str]) -> Batch:
    """Uploaded films, (name, file); nothing of them is written to disk."""
    book = case_book()

    def work(batch: Batch) -> pd.DataFrame:
        from spine_models.service.batch import Task, recorded, table
        from spine_models.service.film_runs import in_processes

        task, rows = Task.of(model, kinds), {}
        with batch(total=len(films)):
            for index, row in recorded(in_processes, book, task)(task, [data for _, data in films]):
                rows[index] = row
                batch.files |= row.pop("files", {})
                batch.update()
        return table([name for name, _ in films], [rows[index] for index in range(len(films))])

    return Batch("").start(work)


def show_batch(batch: Batch) -> None:
    """How far it is, or what came of it."""
    if batch.running:
        share = batch.done / batch.total if batch.total else 0.0
        st.progress(share, text=f"{batch.done} of {batch.total} films, {batch.left}" if batch.total else "Starting…")
        st.button("Stop", on_click=batch.stop.set, disabled=batch.stop.is_set())
        return
    if batch.refusal:
        st.warning(batch.refusal + (" Start it again: it goes on there." if batch.where and batch.done else ""))
    if batch.outcome is not None:
        _show_outcome(batch, batch.outcome)


def _show_outcome(batch: Batch, table: pd.DataFrame) -> None:
    failed = int((~table["ok"]).sum())
    st.markdown(f"**{len(table) - failed} of {len(table)} films measured.** "
                + (f"Table and reports are in `{batch.where}`." if batch.where else ""))
    st.dataframe(table[_SHOWN], hide_index=True, column_config={
        "file": "Film", "largest_angle": st.column_config.NumberColumn("Largest angle", format="%.1f°"),
        "upper": "From", "lower": "To", "side": "Side", "severity": "Severity", "curves": "Curves",
        "warnings": "Doubts", "error": "Not measured because",
    })
    csv = table.to_csv(index=False).encode()
    with st.container(horizontal=True):
        st.download_button("Download table (CSV)", csv, "spine-table.csv", "text/csv", on_click="ignore")
        if batch.files:
            st.download_button("Download table and reports (ZIP)", lambda: zipped({"table.csv": csv, **batch.files}),
                               "spine-batch.zip", "application/zip", on_click="ignore")


def current_batch() -> Batch | None:
    """The batch of this session."""
    return st.session_state.get("batch")


def begin(batch: Batch) -> None:
    """In place of the one before."""
    st.session_state.batch = batch


def check_folders(folder: str, out: str) -> str:
    """A sentence on what is wrong with what was typed, or nothing."""
    if not folder or not Path(folder).expanduser().is_absolute():
        return "Name the folder of the films by its whole path, such as /data/films."
    if not out or not Path(out).expanduser().is_absolute():
        return "Name the folder for table and reports by its whole path, such as /data/reports."
    with suppress(OSError):
        if Path(folder).expanduser().resolve() == Path(out).expanduser().resolve():
            return "The reports need a folder of their own: give another one than that of the films."
    return ""
