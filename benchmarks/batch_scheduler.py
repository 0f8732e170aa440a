"""What a dask scheduler needs for shards that cost nothing: its time and memory by their number.

``python benchmarks/batch_scheduler.py`` carries 500, 5 000 and 500 shards of 200 names of 100 bytes
over a scheduler and two workers in processes of their own: as many as 100 000 and a million
pictures have. Only the shards' way is measured; nothing is read.
"""

from __future__ import annotations

import operator
import tempfile
import time
from pathlib import Path

from batch_growth import dask_cluster

from blotflux.batch.sharding import Shard
from blotflux.batch.sources import Item
from blotflux.engine.work import Engine, Work, carry


def shard_of(number: int) -> Shard:
    """Return a shard of 200 pictures with long names."""
    names = [f"{'folder/' * 12}{number:08}-{place:04}.tif" for place in range(200)]
    return Shard(items=tuple(Item(name, Path(name)) for name in names))


def memory_mb(pid: int) -> float:
    """Return the memory that a process has now."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(float(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


def main() -> None:
    """Print a line for each number of shards."""
    with (
        tempfile.TemporaryDirectory() as folder,
        dask_cluster(Path(folder), 2) as (address, scheduler),
    ):
        engine = Engine(dask=address)
        # The workers know nothing of this file; that a shard is no step costs nothing to say.
        work = Work(do=operator.is_not, lost=lambda task, times: None)
        for shards in (500, 5000, 500):
            started = time.perf_counter()
            tasks = map(shard_of, range(shards))
            answers = sum(1 for _ in carry(tasks, work, engine, tell=lambda steps: None))
            took = time.perf_counter() - started
            memory = memory_mb(scheduler.pid)
            print(
                f"{answers} shards, {200 * answers} pictures: {took:.1f} s, "
                f"{1000 * took / answers:.1f} ms a shard, scheduler {memory:.0f} MB",
                flush=True,
            )


if __name__ == "__main__":
    main()
