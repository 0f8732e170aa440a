"""What is done with every task, and by how many processes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from blotflux.engine.extra import require_extra

__all__ = ["Engine", "Tell", "Work", "carry"]

T = TypeVar("T")
R = TypeVar("R")
Tell = Callable[[int], None]
"""Called with how many steps of a task were made since it was called last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work(Generic[T, R]):
    """What is done with every task.

    Attributes
    ----------
    do : callable
        ``do(task, step)`` returns the answer and may call ``step()`` on the way; a function of a
        module or a `functools.partial` of one, so that other processes can find it.
    lost : callable
        ``lost(task, times)`` is asked each time that a task's process ended before it answered:
        it returns None to have the task done again, an answer in its place, or raises.
    """

    do: Callable[[T, Callable[[], None]], R]
    lost: Callable[[T, int], R | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """Where the work is done.

    Attributes
    ----------
    workers : int
        Processes on this machine; 0: one for each core that this process may use.
    dask : str
        Address of a dask scheduler, as ``tcp://10.0.0.1:8786``, or ``local`` for a cluster of its
        own on this machine; empty: no dask.
    go_on : str
        What to do once a cluster that was lost is there again; ends a message.
    """

    workers: int = 0
    dask: str = ""
    go_on: str = "run the same command again"

    @property
    def processes(self) -> int:
        """Processes on this machine, at least 1."""
        return self.workers or _usable_cores()


def _usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):  # what a cluster's queue gave us, not what there is
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def carry(
    tasks: Iterator[T], work: Work[T, R], engine: Engine, tell: Tell
) -> Iterator[tuple[T, R]]:
    """Yield each task with its answer, as they come.

    Parameters
    ----------
    tasks : iterator
        Asked for the next one when a process is free, so that they are never all in memory.
    work : Work
    engine : Engine
    tell : callable
        Called with the steps that were made; on a cluster it is not.

    Raises
    ------
    OutputError
        If the cluster cannot be reached or has no worker any more.
    Exception
        Whatever `Work.do` or `Work.lost` raised.
    """
    if engine.dask:
        require_extra("distributed")
        from blotflux.engine.cluster import run_cluster

        yield from run_cluster(tasks, work, engine)
    else:
        from blotflux.engine.pool import run_pool

        yield from run_pool(tasks, work, workers=engine.processes, tell=tell)
