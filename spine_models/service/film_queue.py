"""Films waiting for the network: first come, first served, and whoever waits can be told how many are before."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Lock, Thread
from typing import TypeVar

from ..core.errors import ModelError

Answer = TypeVar("Answer")

MOST_FILMS = 40
"""Films that may wait at once: some two minutes' work for the slowest model on two cores."""


class FilmQueue:
    """One worker, because several networks at once on the same cores all finish last."""

    def __init__(self, most: int = MOST_FILMS) -> None:
        self._most = most
        self._jobs: SimpleQueue[tuple[Future, Callable]] = SimpleQueue()
        self._line: list[Future] = []
        self._lock = Lock()
        Thread(target=self._work, daemon=True).start()  # a server that is stopped does not measure who waits first

    def add(self, job: Callable[[], Answer]) -> Future[Answer]:
        """Put a film at the end of the line; raises ModelError where the line is too long already."""
        with self._lock:
            self._line = [ticket for ticket in self._line if not ticket.done()]
            if len(self._line) >= self._most:
                raise ModelError(f"{len(self._line)} films are waiting to be measured: try again in a minute.")
            ticket = Future()
            self._line.append(ticket)
            self._jobs.put((ticket, job))
            return ticket

    def before(self, ticket: Future) -> int:
        """How many films are measured before this one; 0 once it is its turn."""
        with self._lock:
            self._line = [other for other in self._line if not other.done()]
            return self._line.index(ticket) if ticket in self._line else 0

    def _work(self) -> None:
        while True:
            ticket, job = self._jobs.get()
            try:
                ticket.set_result(job())
            except BaseException as error:  # handed to whoever waits for this film; the next one has its turn
                ticket.set_exception(error)
            del ticket, job  # the film is not held until the next one comes


def place_in_line(before: int) -> str:
    """Sentence for whoever waits."""
    return f"{before} films are before yours." if before > 1 else "One film is before yours."
