"""The same work as ``film_runs.in_processes``, on a Dask cluster: for archives too big for one machine.

The workers need this program, the package ``distributed`` and the films under the same paths (a shared folder). Work a
worker was doing when it died is given to another one. Rocklin M. Dask: parallel computation with blocked algorithms and
task scheduling. SciPy 2015.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from ..core.errors import DataError
from .film_runs import Runner, Work

CONNECT = "15s"
"""How long to wait for the scheduler."""


def on_cluster(address: str) -> Runner:
    """A runner on the Dask cluster whose scheduler listens at ``address``, such as tcp://host:8786.

    The runner raises DataError when ``distributed`` is not installed, or the scheduler does not answer or has no
    workers.
    """
    return partial(_run, address)


def _run(address: str, work: Work, items: Sequence[Any]) -> Iterator[tuple[int, dict]]:
    try:
        from distributed import Client, as_completed
    except ImportError as error:
        raise DataError("A cluster needs the package distributed: run `pip install distributed` first.") from error
    try:
        client = Client(address, timeout=CONNECT, set_as_default=False)
    except (OSError, ValueError) as error:
        raise DataError(f"No Dask scheduler answers at {address}: start one with `dask scheduler`.") from error
    with client:
        if not client.scheduler_info()["workers"]:
            raise DataError(f"The Dask scheduler at {address} has no workers: start some with `dask worker {address}`.")
        waiting = {client.submit(work, item, pure=False): index for index, item in enumerate(items)}
        for done, result in as_completed(list(waiting), loop=client.loop, with_results=True):
            yield waiting[done], result
