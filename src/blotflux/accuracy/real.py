"""Scoring against real blots that a person annotated.

A folder of pictures with ``annotations.json``: ``{file: {polarity, lanes, author_lanes, ...}}``.
``lanes`` is complete: ``x`` at mid height and ``bands_y`` of every clearly visible band (lanes
without one are listed with no band). ``author_lanes`` are boxes that authors measured from; they
may leave lanes out, so a found lane outside their span, or in a gap where one fits, is no mistake.
``marker_lanes_x`` are ladders, which may be found or not.
"""

from __future__ import annotations

import itertools
import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from blotflux.accuracy.matching import BAND_LANE_WIDTHS, LANE_PITCHES, match_points, y_tolerance_px

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from blotflux.blot import Band, Lane
    from blotflux.measure.result import Measurement

__all__ = ["Annotation", "MarkedLane", "RealScore", "read_annotations", "score_real"]

TYPICAL_FILL = 0.75  # lane width over pitch where the annotation does not say
GAP_PITCHES = 1.6  # a gap in an author's list at least this wide has room for a lane


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedLane:
    """One annotated lane: x and y of its bands, px; its width, NaN if not annotated."""

    x_px: float
    y_px: tuple[float, ...]
    width_px: float = math.nan


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """What is known of one real blot.

    Attributes
    ----------
    name : str
        File name.
    polarities : frozenset of str
        Those that are right (a file's tag may turn what a viewer shows).
    lanes : tuple of MarkedLane
    complete : bool
        Whether every lane is listed.
    ladders_x_px : tuple of float
    """

    name: str
    polarities: frozenset[str]
    lanes: tuple[MarkedLane, ...]
    complete: bool
    ladders_x_px: tuple[float, ...] = ()

    @property
    def pitch_px(self) -> float:
        """Usual distance of neighboring lanes."""
        x = sorted(lane.x_px for lane in self.lanes)
        return float(np.median(np.diff(x))) if len(x) > 1 else 2 * self.lanes[0].width_px


@dataclass(frozen=True, slots=True, kw_only=True)
class RealScore:
    """Score of one real blot."""

    name: str
    lanes: int
    lanes_missed: int
    lanes_surplus: int
    bands: int
    bands_found: int
    polarity_right: bool

    @property
    def lanes_exact(self) -> bool:
        """Whether no lane is missed, doubled or invented."""
        return not self.lanes_missed and not self.lanes_surplus


def read_annotations(folder: Path) -> tuple[Annotation, ...]:
    """Return the annotations of a folder, by file name."""
    entries = json.loads((folder / "annotations.json").read_text(encoding="utf-8"))
    return tuple(annotation_of(name, entry) for name, entry in sorted(entries.items()))


def annotation_of(name: str, entry: Mapping[str, Any]) -> Annotation:
    """Return one annotation; a complete list is preferred to an author's."""
    complete = "lanes" in entry
    lanes = tuple(
        MarkedLane(
            x_px=float(lane["x"]),
            y_px=tuple(float(y) for y in lane["bands_y"]),
            width_px=float(lane["box"][2] - lane["box"][0] + 1) if "box" in lane else math.nan,
        )
        for lane in entry["lanes" if complete else "author_lanes"]
    )
    names = (entry["polarity"], entry.get("polarity_if_photometric_tag_honoured"))
    return Annotation(
        name=name,
        polarities=frozenset(str(value) for value in names if value),
        lanes=lanes,
        complete=complete,
        ladders_x_px=tuple(float(x) for x in entry.get("marker_lanes_x", ())),
    )


def score_real(annotation: Annotation, measured: Measurement) -> RealScore:
    """Return the score of a measured real blot.

    Panels are judged one by one: stacked strips show the same lanes, and each may report them. A
    lane is missed if no panel has it.
    """
    middle = (measured.blot.shape[0] - 1) / 2
    found: set[int] = set()
    surplus = 0
    for panel in sorted({lane.panel for lane in measured.lanes}):
        lanes = [lane for lane in measured.lanes if lane.panel == panel]
        pairs = match_lanes(annotation, lanes, middle)
        found |= set(pairs)
        taken = set(pairs.values())
        surplus += sum(
            j not in taken and not is_free(annotation, lane, middle) for j, lane in enumerate(lanes)
        )
    with_bands = {i for i, lane in enumerate(annotation.lanes) if lane.y_px}
    return RealScore(
        name=annotation.name,
        lanes=len(with_bands),
        lanes_missed=len(with_bands - found),
        lanes_surplus=surplus,
        bands=sum(len(lane.y_px) for lane in annotation.lanes),
        bands_found=count_found(annotation, measured.bands),
        polarity_right=str(measured.blot.polarity) in annotation.polarities,
    )


def lane_x(lane: Lane, marked: MarkedLane, middle_y_px: float, *, complete: bool) -> float:
    """Return where a found lane is compared: an author's boxes lie at the band, others mid high."""
    y = middle_y_px if complete or not marked.y_px else marked.y_px[0]
    return float(lane.x_at(y))


def match_lanes(annotation: Annotation, lanes: list[Lane], middle: float) -> dict[int, int]:
    """Return which annotated lane is which found lane of one panel."""
    cost = np.array(
        [
            [abs(lane_x(b, m, middle, complete=annotation.complete) - m.x_px) for b in lanes]
            for m in annotation.lanes
        ]
    )
    return dict(match_points(cost, cost <= LANE_PITCHES * annotation.pitch_px))


def is_free(annotation: Annotation, lane: Lane, middle_y_px: float) -> bool:
    """Return whether a found lane that is not annotated may be there all the same."""
    x, pitch = float(lane.x_at(middle_y_px)), annotation.pitch_px
    if any(abs(x - ladder) <= 0.5 * pitch for ladder in annotation.ladders_x_px):
        return True
    if annotation.complete:
        return False
    marked = sorted(known.x_px for known in annotation.lanes)
    if x < marked[0] - 0.5 * pitch or x > marked[-1] + 0.5 * pitch:
        return True
    return any(
        right - left >= GAP_PITCHES * pitch and left + 0.5 * pitch < x < right - 0.5 * pitch
        for left, right in itertools.pairwise(marked)
    )


def count_found(annotation: Annotation, bands: tuple[Band, ...]) -> int:
    """Return how many annotated bands were detected."""
    found = [band for band in bands if band.detected]
    marks = [(lane, y) for lane in annotation.lanes for y in lane.y_px]
    cost = np.zeros((len(marks), len(found)))
    allowed = np.zeros(cost.shape, bool)
    for i, (lane, y) in enumerate(marks):
        known = math.isfinite(lane.width_px)
        width = lane.width_px if known else TYPICAL_FILL * annotation.pitch_px
        for j, band in enumerate(found):
            sigma = band.sigma_y_px if math.isfinite(band.sigma_y_px) else 0.0
            off_x = abs(band.x_px - lane.x_px) / (BAND_LANE_WIDTHS * width)
            off_y = abs(band.y_px - y) / y_tolerance_px(sigma)
            cost[i, j] = off_x + off_y
            allowed[i, j] = off_x <= 1 and off_y <= 1
    return len(match_points(cost, allowed))
