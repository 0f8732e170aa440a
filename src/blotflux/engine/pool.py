"""Tasks on the cores of one machine: long-lived processes, each with one task in hand.

Where a process ends, its task is given to a fresh one. Where the process that started them is
killed, the others notice and end by themselves.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from blotflux.engine.threads import ONE_THREAD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess

    from blotflux.engine.work import Tell, Work

__all__ = ["run_pool"]

T = TypeVar("T")
R = TypeVar("R")

SECONDS_TO_END = 5.0
SECONDS_BETWEEN_STEPS = 0.1
"""Steps are told together, so that quick ones do not keep the first process busy."""


def run_pool(
    tasks: Iterator[T], work: Work[T, R], *, workers: int, tell: Tell
) -> Iterator[tuple[T, R]]:
    """Yield each task with its answer, as they come; parameters as in `blotflux.engine.work.carry`.

    A process that is free gets its next task before its answer is handed on.
    """
    crew: list[_Worker[T]] = []
    try:
        while len(crew) < workers and (task := next(tasks, None)) is not None:
            crew.append(_Worker.start(work, task))
            crew[-1].send()
        while crew:
            ready = wait([worker.pipe for worker in crew])
            for worker in [worker for worker in crew if worker.pipe in ready]:
                yield from _hear(crew, worker, tasks, work, tell)
    finally:
        for worker in crew:
            worker.process.kill()  # all at once; `stop` waits for each
        for worker in crew:
            worker.stop()


def _hear(
    crew: list[_Worker[T]], worker: _Worker[T], tasks: Iterator[T], work: Work[T, R], tell: Tell
) -> Iterator[tuple[T, R]]:
    """Take what a process says, or that it has ended; yield its answer if that is it."""
    try:
        kind, said = worker.pipe.recv()
    except (EOFError, OSError):  # it was killed, by what it measured or from outside
        kind, said = _replace(crew, worker, work)
        if kind == "nothing":
            return
        worker = crew[-1]
    if kind == "steps":
        tell(said)
        return
    if kind == "error":
        raise said
    done, following = worker.task, next(tasks, None)
    if following is None:
        crew.remove(worker)
        worker.stop()
    else:
        worker.take(following)
    yield done, said


def _replace(crew: list[_Worker[T]], worker: _Worker[T], work: Work[T, R]) -> tuple[str, R | None]:
    """Put a fresh process in the place of one that ended, last in the crew."""
    crew.remove(worker)
    worker.stop()
    deaths = worker.deaths + 1
    answer = work.lost(worker.task, deaths)
    fresh = _Worker.start(work, worker.task, deaths)
    crew.append(fresh)
    if answer is not None:
        return "answer", answer
    fresh.send()
    return "nothing", None


@dataclass(slots=True)
class _Worker(Generic[T]):
    """A process, the pipe to it, the task that it has in hand and how many processes that ended."""

    process: SpawnProcess
    pipe: Connection
    task: T
    deaths: int = 0

    @classmethod
    def start(cls, work: Work[T, Any], task: T, deaths: int = 0) -> _Worker[T]:
        """Return a fresh process that is to be sent a task."""
        context = multiprocessing.get_context("spawn")
        pipe, far_end = context.Pipe()
        process = context.Process(target=_serve, args=(far_end, work.do), daemon=True)
        with _one_thread(), _deaf_to_interrupts():
            process.start()
        far_end.close()  # so that the pipe ends when the process does
        return cls(process, pipe, task, deaths)

    def take(self, task: T) -> None:
        """Give the process its next task."""
        self.task, self.deaths = task, 0
        self.send()

    def send(self) -> None:
        """Send the task to the process."""
        try:
            self.pipe.send(self.task)
        except OSError:  # it was killed meanwhile: the pipe's end tells, and another takes over
            return

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


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Let processes started in the block never see Ctrl-C, which is for the one that started them.

    A terminal sends it to all; one that is still importing would fill the screen.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(pipe: Connection, do: Callable[[Any, Callable[[], None]], Any]) -> None:
    """Do tasks until no more come; runs in a process of its own."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # where it could not be blocked
    threading.Thread(target=_end_with_parent, daemon=True).start()
    steps = _Steps(pipe)
    while True:
        try:
            task = pipe.recv()
        except EOFError:
            return
        try:
            said = "answer", do(task, steps.make)
        except Exception as error:  # whatever it is, the one that started us decides
            said = "error", error
        steps.tell()
        pipe.send(said)


class _Steps:
    """Counts steps and tells of them now and then."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._count = 0
        self._last = time.monotonic()

    def make(self) -> None:
        """Count a step."""
        self._count += 1
        if time.monotonic() - self._last > SECONDS_BETWEEN_STEPS:
            self.tell()

    def tell(self) -> None:
        """Tell of the steps that were not told."""
        if self._count:
            self._pipe.send(("steps", self._count))
        self._count = 0
        self._last = time.monotonic()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
