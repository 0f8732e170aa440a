"""Shards on a dask.distributed cluster.

Only names go out and counts come back: the parts are written by the workers, so the scheduler's
memory does not grow. The data set's folder and the pictures must have the same paths on every
machine. A task that is repeated finds its part there, or writes it again whole.
"""

from __future__ import annotations

import logging
from concurrent.futures import CancelledError
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from blotflux.batch.extra import require_extra
from blotflux.batch.pool import require_progress
from blotflux.batch.remote import pack, process_packed
from blotflux.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from blotflux.batch.shard import Done, Job
    from blotflux.batch.sharding import Shard

__all__ = ["LOCAL", "run_dask"]

LOCAL = "local"
TASKS_PER_THREAD = 2
SECONDS_TO_CONNECT = 30.0


def run_dask(
    shards: Iterator[Shard], job: Job, *, address: str, workers: int, tell: Callable[[], None]
) -> Iterator[tuple[Shard, Done]]:
    """Yield each shard with what became of it, as they come.

    Parameters
    ----------
    shards : iterator of Shard
        Asked for the next one when fewer than two tasks per thread of the cluster are under way.
    job : Job
    address : str
        Of the scheduler, as ``tcp://10.0.0.1:8786``, or ``local`` for a cluster of its own here.
    workers : int
        Processes of the local cluster.
    tell : callable
        Called for each picture, once its shard is done.

    Raises
    ------
    OutputError, OSError
        If the cluster cannot be reached, or a worker could not read or write any more.
    """
    require_extra("distributed")
    with _client(address, workers) as client:
        for shard, done in _carry(client, shards, job):
            for _ in range(done.images):
                tell()
            yield shard, done


def _carry(client: Any, shards: Iterator[Shard], job: Job) -> Iterator[tuple[Shard, Done]]:
    under_way: dict[Any, tuple[Shard, int]] = {}
    left = True
    while left or under_way:
        while left and len(under_way) < _most(client):
            shard = next(shards, None)
            if shard is None:
                left = False
            else:
                under_way[_submit(client, shard, job, 0)] = (shard, 0)
        if not under_way:
            return
        for future in _distributed().wait(list(under_way), return_when="FIRST_COMPLETED").done:
            shard, tries = under_way.pop(future)
            done = _result(future)
            if done is None:
                require_progress(shard, tries + 1)
                under_way[_submit(client, shard, job, tries + 1)] = (shard, tries + 1)
            else:
                yield shard, done


def _most(client: Any) -> int:
    """Return how many tasks may be under way; workers join and leave."""
    threads: dict[str, int] = client.nthreads()
    return max(1, TASKS_PER_THREAD * sum(threads.values()))


def _submit(client: Any, shard: Shard, job: Job, tries: int) -> Any:
    key = f"blotflux-{shard.id}-{job.recipe.key[:8]}-{tries}"
    return client.submit(process_packed, pack(shard, job), key=key, retries=1, pure=False)


def _result(future: Any) -> Done | None:
    """Return what a task returned; None where its workers ended or it was lost."""
    try:
        done: Done = future.result()
    except (_distributed().KilledWorker, CancelledError):
        return None
    return done


@contextmanager
def _client(address: str, workers: int) -> Iterator[Any]:
    """Yield a client of the cluster; a cluster of our own ends with it."""
    distributed = _distributed()
    logging.getLogger("distributed").setLevel(logging.ERROR)
    if address == LOCAL:
        with (
            distributed.LocalCluster(
                n_workers=workers, threads_per_worker=1, dashboard_address=None
            ) as cluster,
            distributed.Client(cluster) as client,
        ):
            yield client
        return
    try:
        client = distributed.Client(address, timeout=SECONDS_TO_CONNECT)
        client.wait_for_workers(1, timeout=SECONDS_TO_CONNECT)
    except (OSError, ValueError, TimeoutError) as error:
        message = (
            f"--dask {address}: no scheduler with workers answers there ({error}); give its "
            "address as tcp://HOST:8786, or 'local'"
        )
        raise OutputError(" ".join(message.split())) from error
    with client:
        yield client


def _distributed() -> Any:
    """Return the package, which is imported only where it is needed."""
    return import_module("distributed")
