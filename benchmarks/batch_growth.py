"""How a batch grows: images per second, share of overhead, memory, by number of images and workers.

``python benchmarks/batch_growth.py`` runs 100 and 1 000 small different pictures with one and two
workers; ``--sizes 10000,100000`` runs more, ``--dask`` adds two dask workers. One line is printed
per run; sizes of the pictures are those of a small strip, drawn anew for each.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import tifffile

from blotflux.batch.recipe import Recipe
from blotflux.batch.run import BatchRequest, run_batch

ROWS_PX, COLUMNS_PX = 60, 100


def draw(folder: Path, count: int) -> None:
    """Write pictures of three lanes and two rows, all different, a thousand a folder."""
    y, x = np.mgrid[:ROWS_PX, :COLUMNS_PX]
    shapes = [
        np.exp(-(((y - row) / 2.5) ** 2) / 2) * (abs(x - center) < 9)
        for center in (20, 50, 80)
        for row in (20, 42)
    ]
    for number in range(count):
        rng = np.random.default_rng(number)
        image = 400 + rng.normal(0, 5, (ROWS_PX, COLUMNS_PX))
        image += sum(rng.uniform(1000, 5000) * shape for shape in shapes)
        place = folder / f"{number // 1000:04}" / f"{number:07}.tif"
        place.parent.mkdir(exist_ok=True)
        tifffile.imwrite(place, image.astype(np.uint16))


def measure_one(source: Path, workers: int, dask: str) -> dict[str, float]:
    """Return the figures of one batch; called in a process of its own, for its memory."""
    with tempfile.TemporaryDirectory(dir=source.parent) as folder:
        directory = Path(folder, "out")
        started = time.perf_counter()
        outcome = run_batch(
            BatchRequest(
                sources=(str(source),),
                directory=directory,
                recipe=Recipe(),
                workers=workers,
                dask=dask,
            )
        )
        seconds = time.perf_counter() - started
        files = sum(path.is_file() for path in directory.rglob("*"))
    tally = outcome.tally
    return {
        "images": outcome.summary.images,
        "bad": outcome.summary.bad,
        "workers": workers,
        "dask": dask,
        "seconds": seconds,
        "images_per_s": outcome.summary.images / seconds,
        "shards": tally.shards,
        "files": files,
        "measuring_ms_per_image": 1000 * tally.measuring / max(tally.measured, 1),
        "overhead_percent": 100 * (tally.working / tally.measuring - 1),
        "parent_peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "load_before": os.getloadavg()[0],
    }


def main() -> None:
    """Draw the pictures and run each size and number of workers in a fresh process."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="100,1000")
    parser.add_argument("--workers", default="1,2")
    parser.add_argument("--dask", action="store_true")
    parser.add_argument("--one", nargs=3, metavar=("SOURCE", "WORKERS", "DASK"))
    chosen = parser.parse_args()
    if chosen.one:
        source, workers, dask = chosen.one
        print(json.dumps(measure_one(Path(source), int(workers), dask)))
        return
    for size in map(int, chosen.sizes.split(",")):
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder, "pictures")
            source.mkdir()
            draw(source, size)
            runs = [(workers, "") for workers in chosen.workers.split(",")]
            for workers, dask in [*runs, *([("2", "local")] if chosen.dask else [])]:
                words = [sys.executable, __file__, "--one", str(source), workers, dask]
                done = subprocess.run(words, check=True, capture_output=True, text=True)
                print(done.stdout.strip(), flush=True)


if __name__ == "__main__":
    main()
