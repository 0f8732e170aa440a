"""Measure the same drawn blots with ImageJ, told every box, and with blotflux, told nothing.

python benchmarks/imagej/side_by_side.py -n 12
"""

from __future__ import annotations

import argparse
import csv
import shlex
import statistics
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tifffile

from blotflux.accuracy import HELD_OUT_SEED, try_blot
from blotflux.accuracy.volumes import Entry, VolumeScore, score_volumes
from blotflux.blot import Band, Box
from blotflux.synthetic import SyntheticBlot, TrueBand, draw_kind

MACRO = Path(__file__).with_name("measure.ijm")
DEBIAN = "xvfb-run -a imagej -b {macro} {folder}"
KINDS = ("clean", "typical", "hard", "strip")
COLUMNS = ("image", "lane", "row", "left", "top", "width", "height", "from", "middle", "to")
WAYS = ("rolling", "valley")
ABOUT = (
    "`python benchmarks/imagej/side_by_side.py -n {asked.n} --first-seed {asked.first_seed}`: the "
    "same drawn blots, ImageJ told the polarity and the box of every band, blotflux told nothing. "
    "`benchmarks/imagej/README.md` says how.\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """Volume scores of one kind by one program, and how long a picture took."""

    volumes: list[VolumeScore]
    seconds: list[float]


def boxes_of(name: str, drawn: SyntheticBlot) -> list[dict[str, object]]:
    """Return the boxes that ImageJ is told, one per lane and row."""
    rows_px, columns_px = drawn.image.shape
    lines: list[dict[str, object]] = []
    for band in drawn.truth.bands:
        if not band.row:
            continue
        above, below = neighbors(drawn, band)
        top = max(round(band.y_px - 3 * band.sigma_px), round((above + band.y_px) / 2), 0)
        bottom = min(
            round(band.y_px + 3 * band.sigma_px), round((below + band.y_px) / 2), rows_px - 1
        )
        left = max(0, round(band.x_px - band.width_px / 2))
        right = min(columns_px, round(band.x_px + band.width_px / 2))
        first = max(0, round(above), round(band.y_px - 5 * band.sigma_px))
        last = min(rows_px - 1, round(below), round(band.y_px + 5 * band.sigma_px))
        numbers = (left, top, right - left, bottom - top + 1, first, round(band.y_px), last)
        lines.append(dict(zip(COLUMNS, (name, band.lane, band.row, *numbers), strict=True)))
    return lines


def neighbors(drawn: SyntheticBlot, band: TrueBand) -> tuple[float, float]:
    """Return the y of the bands above and below in the same lane; the picture's edges if none."""
    others = [
        b.y_px for b in drawn.truth.bands if b.lane == band.lane and b.row not in (0, band.row)
    ]
    above = max((y for y in others if y < band.y_px), default=0.0)
    below = min((y for y in others if y > band.y_px), default=float(drawn.image.shape[0] - 1))
    return above, below


def run_imagej(blots: dict[str, SyntheticBlot], command: str) -> dict[str, dict[str, str]]:
    """Return what ImageJ wrote, by ``image/lane/row``, and its times by ``image``."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lines: list[dict[str, object]] = []
        for file, drawn in blots.items():
            signal = drawn.image if drawn.light_on_dark else drawn.ceiling - drawn.image
            tifffile.imwrite(folder / file, np.ascontiguousarray(signal), photometric="minisblack")
            lines += boxes_of(file, drawn)
        with (folder / "boxes.csv").open("w", newline="", encoding="utf-8") as out:
            writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(lines)
        arguments = shlex.split(command.format(macro=MACRO, folder=f"{folder}/"))
        # Debian's launcher ends with 1 whatever happened: the files it wrote are the proof.
        subprocess.run(arguments, check=False, stdout=subprocess.DEVNULL, timeout=1800)
        result = {}
        with (folder / "volumes.csv").open(encoding="utf-8") as file_in:
            for line in csv.DictReader(file_in):
                result[f"{line['image']}/{line['lane']}/{line['row']}"] = line
        with (folder / "times.csv").open(encoding="utf-8") as file_in:
            for line in csv.DictReader(file_in):
                result[line["image"]] = line
    return result


def entry_of(band: TrueBand, volume: float) -> Entry:
    """Return a true band with a volume from elsewhere."""
    measured = Band(
        lane=band.lane,
        row=band.row,
        x_px=band.x_px,
        y_px=band.y_px,
        box=Box(left=0, top=0, right=1, bottom=1),
        total=volume,
        background=0.0,
        volume=volume,
        volume_se=float("nan"),
        snr=float("nan"),
    )
    return Entry(true=band, measured=measured)


def score_imagej(
    blots: dict[str, SyntheticBlot], told: dict[str, dict[str, str]], way: str
) -> Scores:
    """Return the scores of one of ImageJ's ways."""
    volumes = []
    for name, drawn in blots.items():
        entries = [
            entry_of(band, float(told[f"{name}/{band.lane}/{band.row}"][way]))
            for band in drawn.truth.bands
            if band.row
        ]
        volumes.append(score_volumes(drawn.truth, entries))
    return Scores(volumes=volumes, seconds=[float(told[name]["ms"]) / 1000 for name in blots])


def score_blotflux(blots: dict[str, SyntheticBlot]) -> Scores:
    """Return the scores of blotflux."""
    trials = [try_blot(drawn) for drawn in blots.values()]
    return Scores(
        volumes=[trial.score.volumes for trial in trials],
        seconds=[trial.seconds for trial in trials],
    )


def cells_of(scores: Scores) -> str:
    """Return the cells of one line of the table."""

    def quantiles(name: str) -> str:
        values = [value for score in scores.volumes for value in getattr(score, name)]
        return " / ".join(f"{np.quantile(values, q):.2f}" if values else "-" for q in (0.5, 0.9))

    absent = [value for score in scores.volumes for value in score.absent_percent]
    return (
        f"{quantiles('errors_percent')} | {quantiles('doublet_percent')} "
        f"| {f'{np.quantile(absent, 0.9):.1f}' if absent else '-'} "
        f"| {1e3 * statistics.median(scores.seconds):.0f}"
    )


def main() -> None:
    """Draw, measure with both, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=12, help="blots per kind")
    parser.add_argument("--first-seed", type=int, default=HELD_OUT_SEED)
    parser.add_argument("--imagej", default=DEBIAN, help="command; {macro} and {folder} are filled")
    parser.add_argument("-o", type=Path, help="Markdown file to write the table to, as well")
    asked = parser.parse_args()
    lines = [
        "| kind | program | volume error, median / 90th % | doublet ratio error, median / 90th % "
        "| absent, 90th % | ms |\n|---|---|---|---|---|---|"
    ]
    for kind in KINDS:
        seeds = range(asked.first_seed, asked.first_seed + asked.n)
        blots = {f"{kind}_{seed}.tif": draw_kind(kind, seed) for seed in seeds}
        told = run_imagej(blots, asked.imagej)
        for way in WAYS:
            cells = cells_of(score_imagej(blots, told, way))
            lines.append(f"| {kind} | ImageJ, {way} (told every box) | {cells} |")
        cells = cells_of(score_blotflux(blots))
        lines.append(f"| {kind} | **blotflux** (told nothing) | {cells} |")
    table = "\n".join(lines) + "\n"
    print(table)
    if asked.o:
        asked.o.write_text(f"# Beside ImageJ\n\n{ABOUT.format(asked=asked)}\n{table}", "utf-8")


if __name__ == "__main__":
    main()
