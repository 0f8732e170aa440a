"""Shards on the cores of one machine: long-lived processes, each with one shard in hand.

A process that ends costs the picture that it had in hand: its shard is given to a fresh process,
which begins with that picture and leaves it behind if it ends that one too (`attempts`). Where
the process that started them is killed, the others notice and end by themselves.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import wait
from typing import TYPE_CHECKING

from blotflux.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess

    from blotflux.batch.shard import Done, Job
    from blotflux.batch.sharding import Shard

__all__ = ["require_progress", "run_local"]

ONE_THREAD = (
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"),
    *("VECLIB_MAXIMUM_THREADS", "NUMEXPR_NUM_THREADS"),
)
SPARE_ATTEMPTS = 5
"""How often a shard may end its process beyond twice for each of its pictures."""

SECONDS_TO_END = 5.0


def run_local(
    shards: Iterator[Shard], job: Job, *, workers: int, tell: Callable[[], None]
) -> Iterator[tuple[Shard, Done]]:
    """Yield each shard with what became of it, as they come.

    Parameters
    ----------
    shards : iterator of Shard
        Asked for the next one when a process is free.
    job : Job
    workers : int
        Processes, at least 1.
    tell : callable
        Called after each picture.

    Raises
    ------
    OutputError, OSError
        If a process could not read or write any more, or ends whatever is done.
    """
    crew: list[_Worker] = []
    try:
        for shard in _first(shards, workers):
            crew.append(_Worker.start(job, shard))
        yield from _carry(crew, shards, job, tell)
    finally:
        for worker in crew:
            worker.stop()


def _first(shards: Iterator[Shard], count: int) -> Iterator[Shard]:
    for _ in range(count):
        shard = next(shards, None)
        if shard is None:
            return
        yield shard


def _carry(
    crew: list[_Worker], shards: Iterator[Shard], job: Job, tell: Callable[[], None]
) -> Iterator[tuple[Shard, Done]]:
    failures: Counter[str] = Counter()
    while crew:
        ready = wait([worker.pipe for worker in crew])
        for worker in [worker for worker in crew if worker.pipe in ready]:
            try:
                done = worker.pipe.recv()
            except (EOFError, OSError):  # it was killed, by what it measured or from outside
                worker.stop()
                failures[worker.shard.id] += 1
                require_progress(worker.shard, failures[worker.shard.id])
                crew[crew.index(worker)] = _Worker.start(job, worker.shard)
                continue
            if done is None:
                tell()
                continue
            if isinstance(done, Exception):
                raise done
            yield worker.shard, done
            if not worker.take(next(shards, None)):
                crew.remove(worker)
                worker.stop()


def require_progress(shard: Shard, failures: int) -> None:
    """Check that a shard has not failed more often than its pictures can explain.

    Raises
    ------
    OutputError
        If it has: then it is not a picture that ends the processes.
    """
    if failures > 2 * len(shard.items) + SPARE_ATTEMPTS:
        message = (
            f"{shard.items[0].name} and the {len(shard.items) - 1} pictures after it: their "
            f"process ended {failures} times (out of memory?); free memory or use fewer workers, "
            "and go on with --resume"
        )
        raise OutputError(message)


@dataclass(slots=True)
class _Worker:
    """A process, the pipe to it and the shard that it has in hand."""

    process: SpawnProcess
    pipe: Connection
    shard: Shard

    @classmethod
    def start(cls, job: Job, shard: Shard) -> _Worker:
        context = multiprocessing.get_context("spawn")
        pipe, far_end = context.Pipe()
        process = context.Process(target=_work, args=(far_end, job), daemon=True)
        with _one_thread():
            process.start()
        far_end.close()  # so that the pipe ends when the process does
        worker = cls(process, pipe, shard)
        worker.take(shard)
        return worker

    def take(self, shard: Shard | None) -> bool:
        """Give the process its next shard; return whether there is one."""
        if shard is None:
            return False
        self.shard = shard
        try:
            self.pipe.send(shard)
        except OSError:  # it was killed meanwhile: the pipe's end tells, and another takes over
            return True
        return True

    def stop(self) -> None:
        self.pipe.close()
        if self.process.is_alive():
            self.process.terminate()
        self.process.join(SECONDS_TO_END)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        self.process.close()


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let processes started in the block use one thread each; numpy reads this when imported."""
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _work(pipe: Connection, job: Job) -> None:
    """Measure shards until no more come; runs in a process of its own."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one that started us
    threading.Thread(target=_end_with_parent, daemon=True).start()
    from blotflux.batch.shard import process_shard

    def tell() -> None:
        pipe.send(None)

    while True:
        try:
            shard = pipe.recv()
        except EOFError:
            return
        answer: Done | Exception
        try:
            answer = process_shard(shard, job, tell)
        except Exception as error:  # whatever it is, the one that started us decides
            answer = error
        pipe.send(answer)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
