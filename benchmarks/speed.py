"""Time of measuring a blot, over the time of reading its file and blurring it once.

python benchmarks/speed.py

The floor is ``tifffile.imread`` and ``cv2.GaussianBlur`` (sigma 2, float32), both on one thread.
Every time is the shortest of several runs in the same process, in seconds of the processor, so that
other work on the machine disturbs it less; start-up times are by the clock.
"""

from __future__ import annotations

import argparse
import cProfile
import os
import pstats
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import tifffile

from blotflux.blot.read import read
from blotflux.measure.pipeline import quantify
from blotflux.measure.result import Measurement
from blotflux.measure.sensitivity import with_alternatives
from blotflux.parameters import Parameters
from blotflux.report import write_quantify
from blotflux.synthetic import KINDS, SyntheticBlot, draw_blot
from blotflux.synthetic.limits import Kind
from blotflux.synthetic.random_scene import compose

CASES = (  # columns, rows, lanes: 0.3 to 2 megapixels
    (700, 430, 4),
    (700, 430, 10),
    (860, 430, 20),
    (900, 560, 10),
    (1150, 870, 10),
    (1200, 840, 20),
    (1650, 1220, 10),
    (1650, 1220, 20),
)


def draw_case(columns: int, rows: int, lanes: int, seed: int) -> SyntheticBlot:
    """Return a typical blot of about this size."""
    typical = KINDS["typical"]
    pitch = columns / (lanes + 2)
    limits = Kind(
        **{field: getattr(typical, field) for field in Kind.__slots__}
        | {
            "columns_px": (columns, columns),
            "rows_px": (rows, rows),
            "lanes": (lanes, lanes),
            "pitch_px": (pitch, pitch),
            "rows": (4, 6),
        }
    )
    return draw_blot(compose(limits, np.random.default_rng(seed)), seed)


def shortest(
    task: Callable[[], object], runs: int, clock: Callable[[], float] = time.process_time
) -> float:
    """Return the shortest of `runs` times of a task, seconds."""
    times = []
    for _ in range(runs):
        started = clock()
        task()
        times.append(clock() - started)
    return min(times)


def floor(path: Path) -> None:
    """Read the file and blur it once."""
    image = tifffile.imread(path).astype(np.float32)
    cv2.GaussianBlur(image, (0, 0), 2.0)


def report(measured: Measurement) -> None:
    """Write everything that `blotflux quantify` writes."""
    with tempfile.TemporaryDirectory() as folder:
        write_quantify([measured], Path(folder) / "results")


def start_up(code: str) -> float:
    """Return the shortest time of a new interpreter that runs `code`, seconds."""
    task = [sys.executable, "-c", code]
    return shortest(
        lambda: subprocess.run(task, check=True, stdout=subprocess.DEVNULL), 5, time.perf_counter
    )


def run_case(case: tuple[int, int, int], runs: int, seed: int) -> str:
    """Return one line of the table."""
    drawn = draw_case(*case, seed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "blot.tif"
        tifffile.imwrite(path, np.asarray(drawn.image), photometric="minisblack")
        low = shortest(lambda: floor(path), 5 * runs)
        reading = shortest(lambda: read(path), runs)
        blot = read(path)
    measured = quantify(blot)
    measuring = shortest(lambda: quantify(blot), runs)
    others = shortest(lambda: with_alternatives(measured, Parameters()), max(1, runs // 3))
    reporting = shortest(lambda: report(measured), max(1, runs // 3))
    size = blot.signal.size / 1e6
    return (
        f"| {size:.2f} | {case[2]} | {len(measured.lanes)} | {len(measured.bands)} "
        f"| {1e3 * low:.2f} | {1e3 * reading:.1f} | {1e3 * measuring:.1f} "
        f"| **{measuring / low:.1f}** | {1e3 * others:.1f} | {1e3 * reporting:.0f} |"
    )


def require_one_thread() -> None:
    """Start again with one thread for the numerical libraries, which read this when loaded."""
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    if any(os.environ.get(name) != value for name, value in one.items()):
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | one)
    cv2.setNumThreads(1)


def main() -> None:
    """Time every case and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--profile", action="store_true", help="profile the last case instead")
    asked = parser.parse_args()
    require_one_thread()
    if asked.profile:
        blot = draw_case(*CASES[3], asked.seed).to_blot()
        quantify(blot)
        with cProfile.Profile() as profile:
            for _ in range(asked.runs):
                quantify(blot)
        pstats.Stats(profile).sort_stats("cumulative").print_stats(45)
        return
    print(
        "| megapixels | lanes | lanes found | bands | floor, ms | read, ms | quantify, ms "
        "| quantify / floor | other backgrounds, ms | tables, overlay and report, ms |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    for case in CASES:
        print(run_case(case, asked.runs, asked.seed), flush=True)
    plain = start_up("import numpy, scipy")
    ours = start_up("import blotflux")
    helping = start_up(
        "import sys; sys.argv[1:] = ['--help']; from blotflux.cli import main; main()"
    )
    print(
        f"\nimport numpy, scipy: {1e3 * plain:.0f} ms; import blotflux: {1e3 * ours:.0f} ms "
        f"({ours / plain:.2f} times); blotflux --help: {1e3 * helping:.0f} ms"
    )


if __name__ == "__main__":
    main()
