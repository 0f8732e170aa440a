"""Lanes and bands found on real, annotated blots; overlays of the worst.

BLOTFLUX_REAL_BLOTS=folder python benchmarks/real_blots.py -o overlays --worst 5
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import numpy as np

from blotflux.accuracy.real import Annotation, RealScore, read_annotations, score_real
from blotflux.blot.read import read
from blotflux.errors import BlotError
from blotflux.measure.pipeline import quantify
from blotflux.measure.result import Measurement

mpl.use("Agg")
from matplotlib import pyplot as plt


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One picture's score, or why there is none."""

    annotation: Annotation
    score: RealScore | None
    measured: Measurement | None
    seconds: float
    error: str = ""

    @property
    def badness(self) -> float:
        """What to sort by, the worst first."""
        if self.score is None:
            return 100.0
        lanes = self.score.lanes_missed + self.score.lanes_surplus
        return lanes + (1 - self.score.bands_found / max(1, self.score.bands)) * self.score.lanes


def try_picture(folder: Path, annotation: Annotation) -> Outcome:
    """Return one picture, read and measured without being told anything."""
    started = time.perf_counter()
    try:
        blot = read(folder / annotation.name)
        started = time.perf_counter()
        measured = quantify(blot)
    except BlotError as error:
        return Outcome(
            annotation=annotation, score=None, measured=None, seconds=0.0, error=str(error)
        )
    seconds = time.perf_counter() - started
    return Outcome(
        annotation=annotation,
        score=score_real(annotation, measured),
        measured=measured,
        seconds=seconds,
    )


def line_of(outcome: Outcome) -> str:
    """Return one line of the table."""
    name = outcome.annotation.name
    if outcome.score is None:
        return f"| {name} | - | - | - | - | {outcome.error} |"
    score = outcome.score
    exact = "yes" if score.lanes_exact else f"-{score.lanes_missed} +{score.lanes_surplus}"
    polarity = "" if score.polarity_right else "polarity wrong"
    return (
        f"| {name} | {score.lanes} | {exact} | {score.bands_found}/{score.bands} "
        f"| {1e3 * outcome.seconds:.0f} | {polarity} |"
    )


def draw_overlay(outcome: Outcome, path: Path) -> None:
    """Write a picture with the annotation (red) and what was found (green; gray: not detected)."""
    measured = outcome.measured
    if measured is None:
        return
    signal = measured.blot.signal
    low, high = np.quantile(signal, [0.01, 0.998])
    shown = np.clip((signal - low) / max(high - low, 1e-9), 0, 1) ** 0.5
    figure, axes = plt.subplots(figsize=(12, max(3.0, 12 * signal.shape[0] / signal.shape[1])))
    axes.imshow(-shown, cmap="gray")
    for lane in measured.lanes:
        axes.plot(lane.track_x_px, lane.track_y_px, "g-", lw=1.0)
        axes.text(lane.track_x_px[0], lane.track_y_px[0], f"{lane.number} {lane.confidence:.2f}")
    for band in measured.bands:
        axes.plot(band.x_px, band.y_px, "g+" if band.detected else "kx", ms=9)
    for marked in outcome.annotation.lanes:
        axes.plot([marked.x_px] * len(marked.y_px), marked.y_px, "ro", mfc="none", ms=12)
    axes.set_title(line_of(outcome), fontsize=8)
    figure.savefig(path, dpi=90, bbox_inches="tight")
    plt.close(figure)


def main() -> None:
    """Measure every annotated picture and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", type=Path, help="folder for overlays")
    parser.add_argument("--worst", type=int, default=5, help="how many overlays; 0: all")
    asked = parser.parse_args()
    name = os.environ.get("BLOTFLUX_REAL_BLOTS", "")
    if not name:
        sys.exit("BLOTFLUX_REAL_BLOTS is not set: it names a folder of annotated real blots")
    folder = Path(name)
    outcomes = [try_picture(folder, annotation) for annotation in read_annotations(folder)]
    print("| picture | lanes | exact | bands found | ms | |\n|---|---|---|---|---|---|")
    for outcome in outcomes:
        print(line_of(outcome))
    scores = [outcome.score for outcome in outcomes if outcome.score is not None]
    exact = sum(score.lanes_exact for score in scores)
    bands = sum(len(lane.y_px) for outcome in outcomes for lane in outcome.annotation.lanes)
    found = sum(score.bands_found for score in scores)
    print(
        f"\nLanes exactly right: {exact} of {len(outcomes)} ({100 * exact / len(outcomes):.0f} %); "
        f"bands found: {found} of {bands} ({100 * found / bands:.1f} %)"
    )
    if asked.o:
        asked.o.mkdir(parents=True, exist_ok=True)
        ranked = sorted(outcomes, key=lambda outcome: -outcome.badness)
        for outcome in ranked[: asked.worst or None]:
            draw_overlay(outcome, asked.o / f"{Path(outcome.annotation.name).stem}.png")


if __name__ == "__main__":
    main()
