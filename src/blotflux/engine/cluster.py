"""Tasks on a dask.distributed cluster.

The scheduler holds at most two tasks per thread, each as packed bytes, so its memory does not grow
with their number. Folders must have the same paths on every machine.
"""

from __future__ import annotations

import logging
import time
import uuid
from concurrent.futures import CancelledError
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from blotflux.engine.remote import do_packed, pack
from blotflux.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blotflux.engine.work import Engine, Work

__all__ = ["LOCAL", "run_cluster"]

T = TypeVar("T")
R = TypeVar("R")

LOCAL = "local"
TASKS_PER_THREAD = 2
SECONDS_TO_CONNECT = 30.0
SECONDS_BETWEEN_LOOKS = 5.0
SECONDS_WITHOUT_WORKERS = 300.0
"""Workers may join and leave; after this long without any that takes work, a run stops."""


def run_cluster(tasks: Iterator[T], work: Work[T, R], engine: Engine) -> Iterator[tuple[T, R]]:
    """Yield each task with its answer, as they come.

    Parameters
    ----------
    tasks : iterator
        Asked for the next one when fewer than two tasks per thread of the cluster are under way.
    work : Work
    engine : Engine
        Its `workers` are those of a local cluster.

    Raises
    ------
    OutputError
        If the cluster cannot be reached, does not answer any more, or has no workers any more.
    """
    with _client(engine.dask, engine.processes) as client:
        cluster = _Cluster(client, engine)
        under_way: dict[Any, tuple[T, int]] = {}
        left = True
        while left or under_way:
            room = cluster.room()
            while left and len(under_way) < room:
                task = next(tasks, None)
                if task is None:
                    left = False
                else:
                    under_way[cluster.submit(work, task)] = (task, 0)
            for future in cluster.finished(list(under_way)):
                task, deaths = under_way.pop(future)
                answer = cluster.answer_of(future)
                if answer is None:
                    answer = work.lost(task, deaths + 1)
                if answer is None:
                    under_way[cluster.submit(work, task)] = (task, deaths + 1)
                else:
                    yield task, answer


class _Cluster:
    """A scheduler that may go, with workers that join and leave."""

    def __init__(self, client: Any, engine: Engine) -> None:
        self._client = client
        self._address = engine.dask
        self._go_on = engine.go_on
        self._last_seen = time.monotonic()

    def room(self) -> int:
        """Return how many tasks may be under way; at least one, as some clusters grow on demand."""
        with self._there():
            workers = self._client.scheduler_info()["workers"].values()
        threads: int = sum(each["nthreads"] for each in workers if each["status"] == "running")
        if threads:
            self._last_seen = time.monotonic()
        elif time.monotonic() - self._last_seen > SECONDS_WITHOUT_WORKERS:
            message = (
                f"--dask {self._address}: no worker has taken work for "
                f"{SECONDS_WITHOUT_WORKERS:.0f} s (none is left, or their memory is full); start "
                f"workers and {self._go_on}"
            )
            raise OutputError(message)
        return max(1, TASKS_PER_THREAD * threads)

    def submit(self, work: Work[Any, Any], task: object) -> Any:
        """Hand out a task; one that fails is tried once more, perhaps by another machine."""
        key = f"blotflux-{uuid.uuid4().hex}"
        with self._there():
            return self._client.submit(
                do_packed, pack(work.do, task), key=key, retries=1, pure=False
            )

    def finished(self, futures: list[Any]) -> list[Any]:
        """Return the tasks that came to an end; none if that takes more than some seconds."""
        if not futures:
            return []
        with self._there():
            try:
                ended = _distributed().wait(
                    futures, timeout=SECONDS_BETWEEN_LOOKS, return_when="FIRST_COMPLETED"
                )
            except TimeoutError:  # of this wait, not of the network: what matters is who is there
                return []
            except CancelledError:  # the scheduler lost them all, or is lost itself
                return [future for future in futures if future.done()]
        return list(ended.done)

    def answer_of(self, future: Any) -> Any:
        """Return what a task returned; None where its workers ended or it was lost."""
        with self._there():
            try:
                return future.result()
            except (_distributed().KilledWorker, CancelledError):
                return None

    @contextmanager
    def _there(self) -> Iterator[None]:
        """Turn the silence of a scheduler into one line that says how to go on."""
        distributed = _distributed()
        try:
            yield
        except (distributed.comm.core.CommClosedError, ConnectionError, TimeoutError) as error:
            raise self._gone(error) from error
        if self._client.status not in ("running", "connecting"):
            raise self._gone(None)

    def _gone(self, error: Exception | None) -> OutputError:
        why = " ".join(str(error).split()) if error else "it has closed the connection"
        return OutputError(
            f"--dask {self._address}: the scheduler does not answer any more ({why}); start it "
            f"and its workers again, and {self._go_on}"
        )


@contextmanager
def _client(address: str, workers: int) -> Iterator[Any]:
    """Yield a client of the cluster; a cluster of our own ends with it."""
    distributed = _distributed()
    for name in ("distributed", "distributed.client"):  # what matters is raised
        logging.getLogger(name).setLevel(logging.CRITICAL)
    if address == LOCAL:
        with (
            distributed.LocalCluster(
                n_workers=workers, threads_per_worker=1, dashboard_address="127.0.0.1:0"
            ) as cluster,
            distributed.Client(cluster) as client,
        ):
            yield client
        return
    try:
        client = distributed.Client(address, timeout=SECONDS_TO_CONNECT)
    except (OSError, ValueError, TimeoutError) as error:
        message = (
            f"--dask {address}: no scheduler answers there ({error}); give its address as "
            "tcp://HOST:8786, or 'local'"
        )
        raise OutputError(" ".join(message.split())) from error
    with client:
        yield client


def _distributed() -> Any:
    """Return the package, which is imported only where it is needed."""
    return import_module("distributed")
