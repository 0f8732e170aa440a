"""Lanes and bands of real, annotated blots once more, each picture changed in ways that happen.

A stand-in for pictures that nobody has seen: mirrored, inverted, of other sizes, cropped, saved as
JPEG, of other contrast, noisier. Lanes that are right only in the picture as it is were right by
luck.

BLOTFLUX_REAL_BLOTS=folder python benchmarks/real_varied.py
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from blotflux.accuracy.real import Annotation, MarkedLane, read_annotations, score_real
from blotflux.blot import Polarity
from blotflux.blot.read import read
from blotflux.errors import BlotError
from blotflux.measure.pipeline import quantify

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from blotflux.accuracy.real import RealScore

CROPPED = 0.07  # of the picture's width or height ...
KEPT_PITCHES = 0.6  # ... but no lane is cut: so much stays beside its center
KEPT_ROWS = 0.1  # of the height that stays beside a band
LANES_OFF = 2  # lanes that are cropped away whole
NOISE_TIMES = 3.0  # of the darkest pixels' own differences
FEWEST_LANES = 6  # of which some may be cropped away
RIVAL = {"dark_on_light": "light_on_dark", "light_on_dark": "dark_on_light"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Picture:
    """Values from 0 to 1 as a viewer shows them, how many bits they had, and the annotation."""

    values: NDArray[np.float64]
    bits: int
    truth: Annotation
    quality: int = 0  # of JPEG; 0: stored without loss

    @property
    def dark(self) -> bool:
        """Whether bands are dark."""
        return "dark_on_light" in self.truth.polarities


def place(
    truth: Annotation,
    x: Callable[[float], float],
    y: Callable[[float], float],
    *,
    width: float = 1.0,
) -> Annotation:
    """Return an annotation with all points moved."""
    lanes = tuple(
        MarkedLane(
            x_px=x(lane.x_px),
            y_px=tuple(y(band) for band in lane.y_px),
            width_px=lane.width_px * width,
        )
        for lane in truth.lanes
    )
    return replace(
        truth, lanes=lanes, ladders_x_px=tuple(x(ladder) for ladder in truth.ladders_x_px)
    )


def mirrored(picture: Picture) -> Picture:
    """Left is right."""
    last = picture.values.shape[1] - 1
    truth = place(picture.truth, lambda x: last - x, lambda y: y)
    return replace(picture, values=picture.values[:, ::-1], truth=truth)


def upside_down(picture: Picture) -> Picture:
    """Top is bottom."""
    last = picture.values.shape[0] - 1
    truth = place(picture.truth, lambda x: x, lambda y: last - y)
    return replace(picture, values=picture.values[::-1], truth=truth)


def inverted(picture: Picture) -> Picture:
    """Light bands instead of dark ones, or the other way round."""
    turned = frozenset({RIVAL["dark_on_light" if picture.dark else "light_on_dark"]})
    return replace(
        picture, values=1 - picture.values, truth=replace(picture.truth, polarities=turned)
    )


def resized(picture: Picture, factor: float) -> Picture:
    """Another resolution."""
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    values = np.clip(
        cv2.resize(picture.values, None, fx=factor, fy=factor, interpolation=how), 0, 1
    )

    def scaled(value: float) -> float:
        return (value + 0.5) * factor - 0.5

    truth = place(picture.truth, scaled, scaled, width=factor)
    return replace(picture, values=np.asarray(values, np.float64), truth=truth)


def cut(picture: Picture, left: int, top: int, right: int, bottom: int) -> Picture:
    """Part of the picture: columns `left` to `right`, rows `top` to `bottom`."""
    inside = [lane for lane in picture.truth.lanes if left <= lane.x_px < right]
    ladders = tuple(x for x in picture.truth.ladders_x_px if left <= x < right)
    truth = replace(picture.truth, lanes=tuple(inside), ladders_x_px=ladders)
    return replace(
        picture,
        values=picture.values[top:bottom, left:right],
        truth=place(truth, lambda x: x - left, lambda y: y - top),
    )


def cropped(picture: Picture, side: str) -> Picture:
    """Less margin at one side, no lane and no band cut."""
    rows, columns = picture.values.shape
    x = [lane.x_px for lane in picture.truth.lanes]
    y = [band for lane in picture.truth.lanes for band in lane.y_px]
    beside, above = KEPT_PITCHES * picture.truth.pitch_px, KEPT_ROWS * rows
    wide, high = CROPPED * columns, CROPPED * rows
    edge = {
        "left": max(0, int(min(wide, min(x) - beside))),
        "top": max(0, int(min(high, min(y) - above))),
        "right": min(columns, int(max(columns - wide, max(x) + beside))),
        "bottom": min(rows, int(max(rows - high, max(y) + above))),
    }
    whole = {"left": 0, "top": 0, "right": columns, "bottom": rows}
    return cut(picture, **{**whole, side: edge[side]})


def fewer(picture: Picture, side: str) -> Picture | None:
    """Cropped between two lanes, so that some are gone."""
    x = sorted(lane.x_px for lane in picture.truth.lanes)
    if len(x) < FEWEST_LANES:
        return None
    rows, columns = picture.values.shape
    if side == "left":
        return cut(picture, int(np.mean(x[LANES_OFF - 1 : LANES_OFF + 1])), 0, columns, rows)
    return cut(picture, 0, 0, int(np.mean(x[-LANES_OFF - 1 : len(x) - LANES_OFF + 1])), rows)


def bent(picture: Picture, gamma: float) -> Picture:
    """Another gamma."""
    return replace(picture, values=picture.values**gamma)


def flat(picture: Picture) -> Picture:
    """Half the contrast, eight bits."""
    return replace(picture, values=0.25 + 0.5 * picture.values, bits=8)


def stretched(picture: Picture) -> Picture:
    """Contrast as a viewer sets it by itself: the ends are clipped."""
    low, high = np.quantile(picture.values, [0.01, 0.998])
    values = np.clip((picture.values - low) / max(high - low, 1e-9), 0, 1)
    return replace(picture, values=values, bits=8)


def noisier(picture: Picture) -> Picture:
    """Noise added, several times what the picture has."""
    step = np.abs(picture.values[:, 3:] - picture.values[:, :-3])
    own = max(float(np.median(step)) / 0.954, 0.7 / (2**picture.bits - 1))
    noise = np.random.default_rng(7).normal(0, NOISE_TIMES * own, picture.values.shape)
    return replace(picture, values=np.clip(picture.values + noise, 0, 1))


def as_jpeg(picture: Picture) -> Picture:
    """JPEG of quality 60."""
    return replace(picture, bits=8, quality=60)


VARIANTS: dict[str, Callable[[Picture], Picture | None]] = {
    "as it is": lambda picture: picture,
    "mirrored": mirrored,
    "upside down": upside_down,
    "inverted": inverted,
    "0.7 times the size": lambda picture: resized(picture, 0.7),
    "1.4 times the size": lambda picture: resized(picture, 1.4),
    "less margin left": lambda picture: cropped(picture, "left"),
    "less margin right": lambda picture: cropped(picture, "right"),
    "less margin above": lambda picture: cropped(picture, "top"),
    "less margin below": lambda picture: cropped(picture, "bottom"),
    "without the first two lanes": lambda picture: fewer(picture, "left"),
    "without the last two lanes": lambda picture: fewer(picture, "right"),
    "JPEG of quality 60": as_jpeg,
    "gamma 0.7": lambda picture: bent(picture, 0.7),
    "gamma 1.4": lambda picture: bent(picture, 1.4),
    "half the contrast in 8 bits": flat,
    "contrast stretched in 8 bits": stretched,
    "noise added": noisier,
}


def load(folder: Path, truth: Annotation) -> Picture:
    """Return a picture as a viewer shows it."""
    blot = read(folder / truth.name)
    low, high = float(blot.signal.min()), float(blot.signal.max())
    values = (blot.signal.astype(np.float64) - low) / max(high - low, 1e-9)
    if blot.polarity is Polarity.DARK_ON_LIGHT:
        values = 1 - values
    shown = replace(truth, polarities=frozenset({str(blot.polarity)}))
    return Picture(values=values, bits=8 if blot.source.bit_depth <= 8 else 16, truth=shown)


def write(picture: Picture, folder: Path) -> Path:
    """Write a picture to a file and return its path."""
    top = 2**picture.bits - 1
    values = np.rint(picture.values * top).astype(np.uint8 if picture.bits == 8 else np.uint16)
    path = folder / ("picture.jpg" if picture.quality else "picture.png")
    options = [cv2.IMWRITE_JPEG_QUALITY, picture.quality] if picture.quality else []
    cv2.imwrite(str(path), np.ascontiguousarray(values), options)
    return path


def try_variant(picture: Picture, folder: Path) -> RealScore | None:
    """Return the score of a picture that is told nothing; None if it could not be measured."""
    try:
        measured = quantify(read(write(picture, folder)))
    except BlotError:
        return None
    return score_real(picture.truth, measured)


@dataclass(slots=True)
class Tally:
    """Counts of one variant."""

    pictures: int = 0
    exact: int = 0
    polarity: int = 0
    bands: int = 0
    found: int = 0

    def add(self, picture: Picture, score: RealScore | None) -> None:
        """Count one picture."""
        self.pictures += 1
        self.bands += sum(len(lane.y_px) for lane in picture.truth.lanes)
        if score is not None:
            self.exact += score.lanes_exact
            self.polarity += score.polarity_right
            self.found += score.bands_found

    @property
    def line(self) -> str:
        """Cells of the table."""
        return (
            f"| {self.exact} of {self.pictures} ({100 * self.exact / self.pictures:.0f} %) "
            f"| {100 * self.found / self.bands:.1f} % | {self.polarity} of {self.pictures} |"
        )


def main() -> None:
    """Measure every variant of every annotated picture and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--variants", default=",".join(VARIANTS))
    parser.add_argument("-v", action="store_true", help="print every picture that is not right")
    asked = parser.parse_args()
    name = os.environ.get("BLOTFLUX_REAL_BLOTS", "")
    if not name:
        sys.exit("BLOTFLUX_REAL_BLOTS is not set: it names a folder of annotated real blots")
    tallies: dict[str, Tally] = defaultdict(Tally)
    with tempfile.TemporaryDirectory() as scratch:
        for truth in read_annotations(Path(name)):
            original = load(Path(name), truth)
            for variant in asked.variants.split(","):
                picture = VARIANTS[variant](original)
                if picture is None:
                    continue
                score = try_variant(picture, Path(scratch))
                tallies[variant].add(picture, score)
                if asked.v and not (score and score.lanes_exact):
                    wrong = f"-{score.lanes_missed} +{score.lanes_surplus}" if score else "-"
                    sys.stdout.write(f"  {truth.name}, {variant}: {wrong}\n")
    total = Tally()
    sys.stdout.write("| variant | lanes exactly right | bands found | polarity right |\n")
    sys.stdout.write("|---|---|---|---|\n")
    for variant, tally in tallies.items():
        sys.stdout.write(f"| {variant} {tally.line}\n")
        for field in ("pictures", "exact", "polarity", "bands", "found"):
            setattr(total, field, getattr(total, field) + getattr(tally, field))
    sys.stdout.write(f"| all {total.line}\n")


if __name__ == "__main__":
    main()
