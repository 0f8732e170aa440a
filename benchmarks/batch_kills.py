"""Batches killed at random moments and resumed: the data set must be that of one left alone.

``python benchmarks/batch_kills.py`` kills 120 runs, 40 in each of three ways, with SIGKILL:

- ``parent``: the run itself, and waits until its processes have ended,
- ``at once``: the run itself, and resumes while its processes may still be ending,
- ``worker``: one of the processes that measure; the run must go on by itself.

Each is then resumed (``worker``: only looked at), and all rows of all tables but the times are
compared with those of an undisturbed run. Processes are forked from one that has imported all, so
that the kills fall on the work and not on the imports; Linux only.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import multiprocessing
import os
import random
import shutil
import signal
import tempfile
import time
from collections import Counter
from importlib import import_module
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
from batch_growth import draw

from blotflux.batch.layout import PARTS
from blotflux.batch.lock import LOCK
from blotflux.batch.recipe import Recipe
from blotflux.batch.run import BatchRequest, run_batch
from blotflux.errors import BlotError
from blotflux.measure.pipeline import quantify

PICTURES = 24
ENDED = os.WEXITED | os.WNOHANG | os.WNOWAIT
for room in ("contact", "index", "shard", "summary"):
    import_module(f"blotflux.batch.{room}")  # so that no forked process has to

WAYS = ("parent", "at once", "worker")


def start(source: Path, directory: Path, *, resume: bool) -> int:
    """Start a run in a forked process, with two forked workers; return its number."""
    pid = os.fork()
    if pid:
        return pid
    fork = multiprocessing.get_context("fork")
    multiprocessing.get_context = lambda method=None: fork  # type: ignore[assignment]
    request = BatchRequest(
        sources=(str(source),),
        directory=directory,
        recipe=Recipe(quantifier=quantify),
        workers=2,
        resume=resume,
    )
    os.register_at_fork(after_in_child=close_lock)
    try:
        run_batch(request)
    except BlotError as error:
        print(error, flush=True)
        os._exit(1)
    os._exit(0)


def close_lock() -> None:
    """Close the lock in a worker: one that is spawned, as they are in earnest, does not have it."""
    for number in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            if number.readlink().name == LOCK:
                os.close(int(number.name))


def below(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        text = "".join(path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children"))
        return [int(word) for word in text.split()]
    return []


def wait_until_gone(pids: list[int]) -> None:
    """Wait for processes that are not ours."""
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        time.sleep(0.002)


def rows_of(directory: Path) -> dict[str, pd.DataFrame]:
    """Return all tables, sorted, without times."""
    tables = {}
    for name, table in PARTS.items():
        data = pq.read_table(directory / name).to_pandas().drop(columns="seconds", errors="ignore")
        tables[name] = data.sort_values(list(table.key)).reset_index(drop=True)
    return tables


def stage(directory: Path) -> str:
    """Return how far a killed run had come."""
    if not (directory / "run.json").exists():
        return "before its record"
    if json.loads((directory / "run.json").read_text())["complete"]:
        return "complete"
    if list(directory.rglob("*.parquet.*.tmp")):
        return "writing a part"
    parts = [len(list(directory.glob(f"{name}/part-*"))) for name in PARTS]
    if len(set(parts)) > 1:
        return "between the tables of a part"
    return "measuring" if list(directory.glob(".working/*.note")) else "between shards, at the end"


def require(holds: bool, message: str) -> None:
    """End with a message where something does not hold."""
    if not holds:
        raise SystemExit(message)


def kill_one(way: str, source: Path, directory: Path, after: float) -> str:
    """Kill one run after a time, resume it, and return how far it had come."""
    pid = start(source, directory, resume=False)
    while way == "worker" and not below(pid) and not os.waitid(os.P_PID, pid, ENDED):
        time.sleep(0.005)
    time.sleep(after)
    workers = below(pid)
    victims = [pid] if way != "worker" else random.sample(workers, min(1, len(workers)))
    for victim in victims:
        with contextlib.suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)
    came = stage(directory) if directory.exists() else "before its folder"
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if way == "worker":
        require(status == 0, f"a run whose worker was killed ended with {status}")
        return came if victims else "no worker yet, or no more"
    if way == "parent":
        wait_until_gone(workers)
    again = start(source, directory, resume=True)
    status = os.waitstatus_to_exitcode(os.waitpid(again, 0)[1])
    require(status == 0, f"a resumed run ended with {status}; it was killed {came}")
    return came


def main() -> None:
    """Kill runs and say how far they had come; stop at the first data set that differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--each", type=int, default=40, help="kills in each way")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    random.seed(chosen.seed)
    seen: Counter[tuple[str, str]] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "pictures")
        source.mkdir()
        draw(source, PICTURES, quick=True)
        os.waitpid(start(source, Path(folder, "warm"), resume=False), 0)
        began = time.monotonic()
        os.waitpid(start(source, Path(folder, "undisturbed"), resume=False), 0)
        lasted = time.monotonic() - began
        wanted = rows_of(Path(folder, "undisturbed"))
        for number in range(chosen.each * len(WAYS)):
            way, directory = WAYS[number % len(WAYS)], Path(folder, f"run{number}")
            came = kill_one(
                way, source, directory, random.uniform(0, lasted * (0.6 if way == "worker" else 1))
            )
            seen[way, came] += 1
            for name, data in rows_of(directory).items():
                pd.testing.assert_frame_equal(data, wanted[name])
            left = [*directory.rglob("*.tmp"), *directory.glob(".working")]
            require(not left, f"left behind: {left}")
            shutil.rmtree(directory)
    for (way, came), count in sorted(seen.items()):
        print(f"| {way} | {came} | {count} |")
    print(f"{seen.total()} kills, {len(wanted['bands'])} bands in each data set, all the same")


if __name__ == "__main__":
    main()
