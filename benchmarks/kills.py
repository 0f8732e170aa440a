"""Kill `blotflux run` at random moments, again and again: nothing half-written, the same bytes.

python benchmarks/kills.py --kills 200

A small study is copied and run once. Then it is run into one folder over and over, and killed
(SIGKILL), half of the time at any moment, half while the result is being written. After each kill
the folder must be absent or a whole result with the bytes of the first run, the study must be as it
was. After every few kills a run is let through: it must give the same bytes and leave nothing else.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import tifffile

BLOTFLUX = [sys.executable, "-m", "blotflux"]

STUDY = """blotflux = 1
[lanes]
file = "lanes.csv"
[[images]]
file = "a.tif"
membrane = "rep1"
targets = ["p-ERK"]
[[images]]
file = "b.tif"
membrane = "rep1"
targets = ["ERK"]
[[analyses]]
kind = "expression"
target = "p-ERK"
loading = "ERK"
control = "vehicle"
"""


def make_study(folder: Path) -> None:
    """Write a study of two small pictures, four lanes each."""
    folder.mkdir()
    y, x = np.mgrid[:80, :240]
    for name, seed in (("a.tif", 1), ("b.tif", 2)):
        chance = np.random.default_rng(seed)
        signal = np.full(y.shape, 400.0) + chance.normal(0, 15, y.shape)
        for lane in range(4):
            across = np.exp(-(((x - 30 - 60 * lane) / 22) ** 8))
            signal += chance.uniform(3000, 9000) * across * np.exp(-0.5 * ((y - 40) / 4) ** 2)
        tifffile.imwrite(folder / name, signal.astype(np.uint16))
    lanes = [f"rep1,{k},{'vehicle' if k % 2 else 'drug'},{(k + 1) // 2}" for k in (1, 2, 3, 4)]
    (folder / "lanes.csv").write_text("\n".join(["membrane,lane,treatment,replicate", *lanes]))
    (folder / "study.toml").write_text(STUDY)


def bytes_of(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file in a folder, by its path in it.

    `run.json` also tells how long the run took; that part is left out.
    """
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            if path.name == "run.json":
                record = json.loads(content)
                record.pop("timings")
                content = json.dumps(record).encode()
            found[path.relative_to(folder).as_posix()] = hashlib.sha256(content).hexdigest()
    return found


class Trial:
    """One study, run and killed over and over."""

    def __init__(self, scratch: Path, seed: int) -> None:
        self.scratch = scratch
        self.chance = random.Random(seed)
        self.study, self.place = scratch / "study", scratch / "results" / "out"
        make_study(self.study)
        self.before = bytes_of(self.study)
        self.command = [*BLOTFLUX, "run", str(self.study / "study.toml"), "-o"]
        started = time.monotonic()
        self.run_through(scratch / "first")
        self.seconds = time.monotonic() - started
        self.expected = bytes_of(scratch / "first")
        self.complaints: list[str] = []
        self.counts = {"any moment": 0, "while writing": 0, "ended before": 0, "left a folder": 0}

    def run_through(self, place: Path) -> None:
        """Run to the end."""
        command = [*self.command, str(place), "--force"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode not in (0, 1):
            sys.exit(f"run failed with {done.returncode}: {done.stderr}")

    def kill_one(self) -> None:
        """Start a run, kill it, and look at what is there."""
        writing = self.chance.random() < 0.5
        with subprocess.Popen(
            [*self.command, str(self.place), "--force"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as run:
            if writing:
                self.wait_for_writing(run)
                time.sleep(self.chance.uniform(0, 0.35 * self.seconds))
            else:
                time.sleep(self.chance.uniform(0, self.seconds))
            ended = run.poll() is not None
            run.send_signal(signal.SIGKILL)
        key = "ended before" if ended else "while writing" if writing else "any moment"
        self.counts[key] += 1
        self.look(f"after a kill {key}")

    def wait_for_writing(self, run: subprocess.Popen[bytes]) -> None:
        """Wait until the folder that is being written is there."""
        known = set(self.partials())
        while run.poll() is None and not set(self.partials()) - known:
            time.sleep(0.01)

    def partials(self) -> list[str]:
        """Return the names beside the result."""
        parent = self.place.parent
        there = parent.iterdir() if parent.is_dir() else ()
        return [path.name for path in there if path.name != self.place.name]

    def look(self, when: str) -> None:
        """Note whatever is not as it must be."""
        if bytes_of(self.study) != self.before:
            self.complaints.append(f"{when}: the study was changed")
        # A result that was just being replaced is put back by the next run, or is there.
        there = bytes_of(self.place) if self.place.exists() else self.expected
        if there != self.expected:
            other = {*self.expected.items()} ^ {*there.items()}
            names = ", ".join(sorted({name for name, _ in other}))
            self.complaints.append(f"{when}: not the same bytes: {names}")
        self.counts["left a folder"] += any(name.endswith("l") for name in self.partials())

    def let_through(self) -> None:
        """Run to the end and compare."""
        self.run_through(self.place)
        self.look("after a run")
        if not self.place.exists():
            self.complaints.append("after a run: no result")
        if self.partials():
            self.complaints.append(f"after a run: {self.partials()} is left")


def main() -> None:
    """Kill, and print what was seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--every", type=int, default=5, help="kills between runs let through")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    scratch = Path(tempfile.mkdtemp(prefix="blotflux-kills-"))
    trial = Trial(scratch, options.seed)
    print(f"one run takes {trial.seconds:.1f} s and writes {len(trial.expected)} files", flush=True)
    throughs = 0
    for number in range(1, options.kills + 1):
        trial.kill_one()
        if number % options.every == 0 or number == options.kills:
            trial.let_through()
            throughs += 1
            print(
                f"{number} kills, {throughs} runs, {len(trial.complaints)} complaints", flush=True
            )
    print(", ".join(f"{key}: {count}" for key, count in trial.counts.items()))
    print("\n".join(trial.complaints) or "nothing half-written; every run gave the same bytes")
    shutil.rmtree(scratch)
    sys.exit(bool(trial.complaints))


if __name__ == "__main__":
    main()
