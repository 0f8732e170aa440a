"""Measure blotflux on drawn blots and write the table into docs/.

python benchmarks/accuracy.py -n 24
"""

from __future__ import annotations

import argparse
import csv
import sys
from dataclasses import asdict
from pathlib import Path

from blotflux.accuracy import HELD_OUT_SEED, AccuracyTable, measure_accuracy, render
from blotflux.accuracy.saturation import SaturationBin, measure_saturation, render_saturation
from blotflux.synthetic import KINDS

DOCS = Path(__file__).resolve().parent.parent / "docs"


def arguments() -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=24, help="blots per kind")
    parser.add_argument("--first-seed", type=int, default=HELD_OUT_SEED)
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--no-saturation", action="store_true")
    parser.add_argument("-o", type=Path, default=DOCS, help="folder for accuracy.md and .csv")
    return parser.parse_args()


def say(text: str) -> None:
    """Print a line of progress."""
    sys.stderr.write(f"\r{text:<40}")
    sys.stderr.flush()


def document(table: AccuracyTable, clipped: tuple[SaturationBin, ...], n: int) -> str:
    """Return the page."""
    parts = [
        "# Accuracy on drawn blots",
        f"`python benchmarks/accuracy.py -n {n} --first-seed {table.first_seed}`: blots of five "
        "kinds, each written to a file and measured without being told anything. How the scoring "
        "works is in `blotflux.accuracy`.",
        render(table, markdown=True),
    ]
    if clipped:
        parts += [
            "## Clipped bands",
            "Blots of the kind `clean`, exposed too long: how the volume of a band follows the "
            "truth as more of its height is clipped. Volumes are compared with the bands of the "
            "row that were not clipped.",
            render_saturation(clipped),
        ]
    return "\n\n".join(parts) + "\n"


def main() -> None:
    """Measure and write."""
    asked = arguments()
    table = measure_accuracy(
        tuple(asked.kinds.split(",")),
        asked.n,
        asked.first_seed,
        progress=lambda kind, done: say(f"{kind} {done}/{asked.n}"),
    )
    clipped = (
        ()
        if asked.no_saturation
        else measure_saturation(
            asked.n, asked.first_seed, progress=lambda done: say(f"clipped {done}/{asked.n}")
        )
    )
    asked.o.mkdir(parents=True, exist_ok=True)
    page = document(table, clipped, asked.n)
    (asked.o / "accuracy.md").write_text(page, encoding="utf-8")
    with (asked.o / "accuracy.csv").open("w", encoding="utf-8", newline="") as file:
        rows = [asdict(kind) for kind in table.kinds]
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    sys.stdout.write("\n" + page)


if __name__ == "__main__":
    main()
