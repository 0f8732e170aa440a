"""A scheduler and workers in processes of their own, as on machines of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class Process:
    """A command of dask in a process group of its own: a worker's nanny and what it started."""

    def __init__(self, *words: str, cwd: Path) -> None:
        with (cwd / f"{words[0]}.log").open("a") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "dask", *words],
                cwd=cwd,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.pid = self._process.pid

    def send_signal(self, number: int) -> None:
        """Send a signal to the command alone."""
        self._process.send_signal(number)

    def kill(self) -> None:
        """End all at once, as when a machine loses its power."""
        os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()

    def end(self) -> None:
        """End as it should; in any case."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(15)
            except subprocess.TimeoutExpired:
                self.kill()


class Cluster:
    """A scheduler and its workers."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        file = folder / "scheduler.json"
        self.scheduler = Process(
            *("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"),
            *("--scheduler-file", str(file)),
            cwd=folder,
        )
        self.workers: list[Process] = []
        end = time.monotonic() + 180
        while not file.exists():
            assert time.monotonic() < end, (folder / "scheduler.log").read_text()
            time.sleep(0.05)
        self.address = json.loads(file.read_text())["address"]

    def add_worker(self, threads: int = 1) -> Process:
        """Start one more worker; it joins when it is ready."""
        worker = Process(
            *("worker", self.address, "--nthreads", str(threads), "--no-dashboard"),
            *("--host", "127.0.0.1"),
            cwd=self._folder,
        )
        self.workers.append(worker)
        return worker

    def wait_for_workers(self, count: int) -> None:
        """Wait until so many workers take work, and the nannies know that theirs have begun.

        A nanny whose worker is killed before gives up instead of starting another.
        """
        from distributed import Client

        with Client(self.address, timeout=180) as client:
            client.wait_for_workers(count, timeout=180)
            end = time.monotonic() + 180
            while time.monotonic() < end:
                states = client.run(lambda dask_worker: dask_worker.status.name, nanny=True)
                if set(states.values()) == {"running"}:
                    return
                time.sleep(0.05)
        message = f"after 180 s the nannies are {states}"
        raise TimeoutError(message)

    def end(self) -> None:
        """End everything."""
        for process in [*self.workers, self.scheduler]:
            process.end()


@contextmanager
def running(folder: Path, workers: int = 1):
    """Yield a cluster that ends with the block."""
    folder.mkdir()
    cluster = Cluster(folder)
    try:
        for _ in range(workers):
            cluster.add_worker()
        cluster.wait_for_workers(workers)
        yield cluster
    finally:
        cluster.end()
