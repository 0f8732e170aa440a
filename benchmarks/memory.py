"""Peak memory of reading, quantifying and screening pictures of 1, 12 and 50 megapixels.

python benchmarks/memory.py

Each picture (16-bit TIFF, a ten-lane blot of that size) is read, quantified and screened by a
process of its own. Its peak resident memory less that of an interpreter that has only loaded
blotflux is held against 12 times the picture as float32 + 150 MB; that of an interpreter that did
nothing is printed beside it. Needs Linux.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import tifffile

CHILD = """
import re, sys, time
lanes = seconds = screening = 0
if len(sys.argv) > 1:
    import blotflux
    from blotflux.measure import pipeline
    from blotflux.blot import read
    from blotflux.integrity import screen
    started = time.process_time()
    if sys.argv[1]:
        measured = blotflux.quantify(blotflux.read(sys.argv[1])).measurement
        lanes = len(measured.lanes)
    seconds = time.process_time() - started
    if sys.argv[1]:
        screen(measured)
        screening = time.process_time() - started - seconds
# Linux; what getrusage tells would hold the memory of the parent, too.
peak = re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())
print(lanes, seconds, screening, int(peak[1]) / 1024)
"""

FACTOR, BASE_MB = 12, 150


def draw(megapixels: float) -> np.ndarray:
    """Return a blot of ten lanes and three rows; drawn row by row, in little memory."""
    rows = int((megapixels * 1e6 / 1.25) ** 0.5)
    columns = int(1.25 * rows)
    chance = np.random.default_rng(0)
    x = (np.arange(columns) / columns * 10) % 1 - 0.5
    across = np.exp(-((x / 0.36) ** 8))
    heights = np.repeat(chance.uniform(2000, 20000, 10), -(-columns // 10))[:columns]
    out = np.empty((rows, columns), np.uint16)
    for y in range(rows):
        along = sum(np.exp(-0.5 * ((y / rows - at) / 0.012) ** 2) for at in (0.3, 0.5, 0.7))
        values = 300 + heights * across * along
        out[y] = values + chance.normal(0, 20, columns)
    return out


def peak(*arguments: str) -> list[float]:
    """Return lanes, seconds of measuring and of screening, and peak memory in MB.

    Without an argument, of a bare interpreter.
    """
    command = [sys.executable, "-c", CHILD, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [float(word) for word in done.stdout.split()]


def main() -> None:
    """Measure each size and print a line for it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megapixels", type=float, nargs="+", default=[1, 12, 50])
    options = parser.parse_args()
    bare, loaded = peak()[-1], peak("")[-1]
    print(f"interpreter: {bare:.0f} MB; with blotflux loaded: {loaded:.0f} MB")
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        for megapixels in options.megapixels:
            path = Path(folder) / "blot.tif"
            tifffile.imwrite(path, draw(megapixels))
            lanes, seconds, screening, resident = peak(str(path))
            used, allowed = resident - loaded, FACTOR * 4 * megapixels + BASE_MB
            failed |= used > allowed
            print(
                f"{megapixels:g} MP: {used:.0f} MB ({resident - bare:.0f} over the bare one), "
                f"allowed {allowed:.0f} MB; {lanes:.0f} lanes, measured in "
                f"{seconds:.1f} s, screened in {screening:.2f} s",
                flush=True,
            )
    sys.exit(failed)


if __name__ == "__main__":
    main()
