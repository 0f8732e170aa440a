"""How a batch grows: pictures per second, overhead, memory, by number of pictures and workers.

``python benchmarks/batch_growth.py`` runs 100 and 1 000 small pictures with one and two workers and
with two workers of a dask cluster (a scheduler and two workers in processes of their own);
``--sizes 10000,100000`` runs more, ``--engines`` chooses. One line is printed per run, and
``--table`` makes the table of ``docs/batch.md`` of such lines.

Two hundred strips of four lanes and two rows are drawn; a picture is one of them with its number
written into the file, so that all files differ by content. With ``--quick`` the strips are smaller
(two lanes, one row), nine of ten are blank, and the other background methods are left out, so that
100 000 take minutes: that is for the growth of memory and files, not for the share of overhead.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import tifffile

STRIPS = 200
PLACEHOLDER = "number 0000000"
HASHED = 1000


def draw_strip(seed: int, *, quick: bool, blank: bool = False) -> bytes:
    """Return a TIFF file of four lanes and two rows; quick: of two lanes and one row."""
    rng = np.random.default_rng(seed)
    shape, centers, rows, reach = (80, 160), (25, 60, 95, 130), (26, 56), 10
    if quick:
        shape, centers, rows, reach = (24, 50), () if blank else (12, 36), (12,), 7
    y, x = np.mgrid[: shape[0], : shape[1]]
    image = 400 + rng.normal(0, 5, shape)
    for center in centers:
        for row in rows:
            band = np.exp(-(((y - row) / 2.5) ** 2) / 2) / (1 + np.exp(abs(x - center) - reach))
            image += rng.uniform(1000, 5000) * band
    file = io.BytesIO()
    tifffile.imwrite(file, image.astype(np.uint16), description=PLACEHOLDER, metadata=None)
    return file.getvalue()


def draw(folder: Path, count: int, *, quick: bool, blanks: bool = False) -> None:
    """Write pictures that all differ by content, a thousand a folder; blanks: nine of ten blank."""
    strips = [
        draw_strip(seed, quick=quick, blank=blanks and seed % 10 > 0)
        for seed in range(min(STRIPS, count))
    ]
    for number in range(count):
        place = folder / f"{number // 1000:04}" / f"{number:07}.tif"
        place.parent.mkdir(exist_ok=True)
        told = f"number {number:07}".encode()
        place.write_bytes(strips[number % len(strips)].replace(PLACEHOLDER.encode(), told))


def measure_one(source: Path, workers: int, address: str, *, quick: bool) -> dict[str, object]:
    """Return the figures of one batch; called in a process of its own, for its memory."""
    from blotflux.batch.recipe import Recipe
    from blotflux.batch.run import BatchRequest, run_batch
    from blotflux.measure.pipeline import quantify

    with tempfile.TemporaryDirectory(dir=source.parent) as folder:
        directory = Path(folder, "out")
        request = BatchRequest(
            sources=(str(source),),
            directory=directory,
            recipe=Recipe(quantifier=quantify) if quick else Recipe(),
            workers=workers,
            dask=address,
        )
        started = time.perf_counter()
        outcome = run_batch(request)
        seconds = time.perf_counter() - started
        # Now: what follows lists all pictures at once.
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        parent_cpu = cpu_of(resource.RUSAGE_SELF)
        all_cpu = parent_cpu + cpu_of(resource.RUSAGE_CHILDREN)
        files = sum(path.is_file() for path in directory.rglob("*"))
    tally, images = outcome.tally, outcome.summary.images
    hashing = seconds_of_hashing(source) * images
    measuring = tally.measuring_cpu - hashing
    return {
        "images": images,
        "bad": outcome.summary.bad,
        "seconds": seconds,
        "images_per_s": images / seconds,
        "measuring_cpu_ms": 1000 * measuring / images,
        "workers_overhead_percent": 100 * (tally.working_cpu / measuring - 1),
        "parent_cpu_ms": 1000 * parent_cpu / images,
        "all_cpu_ms": 1000 * all_cpu / images,
        "parent_peak_mb": peak_mb,
        "shards": tally.shards,
        "files": files,
        "load": os.getloadavg()[0],
    }


def cpu_of(who: int) -> float:
    """Return the core-seconds of this process, or of those it has started."""
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def seconds_of_hashing(source: Path) -> float:
    """Return the core-seconds that the SHA-256 of one picture takes."""
    contents = [path.read_bytes() for path in sorted(source.rglob("*.tif"))[:HASHED]]
    started = time.process_time()
    for content in contents:
        hashlib.sha256(content).hexdigest()
    return (time.process_time() - started) / len(contents)


@contextmanager
def dask_cluster(folder: Path, workers: int):
    """Yield the address and the process of a scheduler with some workers."""
    file = folder / "scheduler.json"
    log = (folder / "dask.log").open("w")
    with ExitStack() as stack:
        stack.enter_context(log)

        def start(*words: str) -> subprocess.Popen[bytes]:
            words = (sys.executable, "-m", "dask", *words, "--no-dashboard", "--host", "127.0.0.1")
            process = subprocess.Popen(words, stdout=log, stderr=log)
            stack.callback(process.wait)
            stack.callback(process.send_signal, signal.SIGINT)
            return process

        scheduler = start("scheduler", "--port", "0", "--scheduler-file", str(file))
        while not file.exists():
            time.sleep(0.1)
        for _ in range(workers):
            start("worker", "--scheduler-file", str(file), "--nthreads", "1")
        yield json.loads(file.read_text())["address"], scheduler


def peak_mb(pid: int) -> float:
    """Return the greatest memory that a process had."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(float(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def run_one(source: Path, engine: str, scratch: Path, *, quick: bool) -> dict[str, object]:
    """Return the figures of one batch, measured in a fresh process, by the name of its engine."""
    workers = engine.removeprefix("dask")
    with ExitStack() as stack:
        address, scheduler = "", None
        if engine.startswith("dask"):
            place = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=scratch)))
            address, scheduler = stack.enter_context(dask_cluster(place, int(workers)))
        words = [sys.executable, __file__, "--one", str(source), workers, address]
        words += ["--quick"] if quick else []
        done = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True)
        told = {"engine": engine, "quick": quick, **json.loads(done.stdout)}
        if scheduler is not None:
            told["scheduler_peak_mb"] = peak_mb(scheduler.pid)
    return told


def table(lines: list[str]) -> None:
    """Print lines of earlier runs as a table."""
    print(
        "| pictures | engine | s in all | pictures/s | measuring, CPU ms each "
        "| overhead in workers | client, CPU ms each | client's peak, MB | scheduler's peak, MB "
        "| files | load |"
    )
    print("|---" * 11 + "|")
    for told in sorted(map(json.loads, lines), key=lambda told: (told["images"], told["engine"])):
        scheduler = f"{told['scheduler_peak_mb']:.0f}" if "scheduler_peak_mb" in told else ""
        print(
            f"| {told['images']:,} | {told['engine']} | {told['seconds']:.0f} "
            f"| {told['images_per_s']:.1f} | {told['measuring_cpu_ms']:.1f} "
            f"| {told['workers_overhead_percent']:.1f} % | {told['parent_cpu_ms']:.2f} "
            f"| {told['parent_peak_mb']:.0f} | {scheduler} | {told['files']:,} "
            f"| {told['load']:.1f} |".replace(",", " ")
        )


def main() -> None:
    """Draw the pictures and run each size and engine in a fresh process."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="100,1000")
    parser.add_argument("--engines", default="1,2,dask2", help="processes; dask2: two dask workers")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--table", type=Path, metavar="LINES")
    parser.add_argument("--one", nargs=3, metavar=("SOURCE", "WORKERS", "ADDRESS"))
    chosen = parser.parse_args()
    if chosen.one:
        source, workers, address = chosen.one
        print(json.dumps(measure_one(Path(source), int(workers), address, quick=chosen.quick)))
        return
    if chosen.table:
        table(chosen.table.read_text().splitlines())
        return
    for size in map(int, chosen.sizes.split(",")):
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder, "pictures")
            source.mkdir()
            draw(source, size, quick=chosen.quick, blanks=chosen.quick)
            for engine in chosen.engines.split(","):
                print(
                    json.dumps(run_one(source, engine, Path(folder), quick=chosen.quick)),
                    flush=True,
                )


if __name__ == "__main__":
    main()
