"""Scores of many blots put together, and printed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from blotflux.accuracy.score import BlotScore

__all__ = ["AccuracyTable", "ConfidenceBin", "KindAccuracy", "calibrate", "render", "summarize"]

T = TypeVar("T")

CONFIDENCE_BINS = ((0.9, 1.0), (0.5, 0.9), (0.0, 0.5))


@dataclass(frozen=True, slots=True, kw_only=True)
class KindAccuracy:
    """How well the blots of one kind were measured; NaN where nothing could be counted.

    Attributes
    ----------
    kind : str
    images, failed : int
        Pictures, and those of them that could not be measured at all (they count as missed).
    lanes_exact_percent : float
        Pictures whose lanes are exactly right.
    band_f1 : float
        Over all bands of all pictures.
    volume_median_percent, volume_p90_percent : float
        Volume error relative to its row.
    doublet_median_percent, doublet_p90_percent : float
        Error of the ratio of two bands 13 to 24 px apart.
    absent_p90_percent : float
        Volume reported where there is no band, of the row's strongest.
    absent_detected_percent : float
        Empty places of a row that were called detected.
    coverage_percent : float
        Share of 95 % intervals that cover the truth.
    polarity_percent : float
        Pictures whose polarity is right.
    volumes, doublets, absent : int
        How many there were.
    seconds : float
        Median time of measuring one picture.
    """

    kind: str
    images: int
    failed: int
    lanes_exact_percent: float
    band_f1: float
    volume_median_percent: float
    volume_p90_percent: float
    doublet_median_percent: float
    doublet_p90_percent: float
    absent_p90_percent: float
    absent_detected_percent: float
    coverage_percent: float
    polarity_percent: float
    volumes: int
    doublets: int
    absent: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfidenceBin:
    """Lanes whose confidence lies from `low` to `high`: how many there are, and are right."""

    low: float
    high: float
    lanes: int
    right: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AccuracyTable:
    """Accuracy of an installation on drawn blots.

    Attributes
    ----------
    kinds : tuple of KindAccuracy
    confidence : tuple of ConfidenceBin
    first_seed : int
    version : str
    """

    kinds: tuple[KindAccuracy, ...]
    confidence: tuple[ConfidenceBin, ...]
    first_seed: int
    version: str


def summarize(
    kind: str,
    scores: Sequence[BlotScore],
    *,
    failed: int = 0,
    seconds: Sequence[float] = (),
) -> KindAccuracy:
    """Return the accuracy of one kind from the scores of its pictures."""
    errors = flatten(score.volumes.errors_percent for score in scores)
    doublets = flatten(score.volumes.doublet_percent for score in scores)
    absent = flatten(score.volumes.absent_percent for score in scores)
    hits = sum(score.bands.hits for score in scores)
    wrong = sum(score.bands.missed + score.bands.invented for score in scores)
    return KindAccuracy(
        kind=kind,
        images=len(scores),
        failed=failed,
        lanes_exact_percent=percent(score.lanes_exact for score in scores),
        band_f1=2 * hits / (2 * hits + wrong) if hits + wrong else math.nan,
        volume_median_percent=quantile(errors, 0.5),
        volume_p90_percent=quantile(errors, 0.9),
        doublet_median_percent=quantile(doublets, 0.5),
        doublet_p90_percent=quantile(doublets, 0.9),
        absent_p90_percent=quantile(absent, 0.9),
        absent_detected_percent=percent(flatten(s.volumes.absent_detected for s in scores)),
        coverage_percent=percent(flatten(score.volumes.covered for score in scores)),
        polarity_percent=percent(score.polarity_right for score in scores),
        volumes=len(errors),
        doublets=len(doublets),
        absent=len(absent),
        seconds=quantile(list(seconds), 0.5),
    )


def calibrate(pairs: Iterable[tuple[float, bool]]) -> tuple[ConfidenceBin, ...]:
    """Return how many lanes of each confidence are right."""
    known = list(pairs)
    bins = []
    for low, high in CONFIDENCE_BINS:
        inside = [right for value, right in known if low <= value < high or value == high == 1]
        bins.append(ConfidenceBin(low=low, high=high, lanes=len(inside), right=sum(inside)))
    return tuple(bins)


def flatten(parts: Iterable[Sequence[T]]) -> list[T]:
    """Return all items of all parts."""
    return list(chain.from_iterable(parts))


def percent(flags: Iterable[bool]) -> float:
    """Return how many flags of a hundred are set; NaN if there are none."""
    known = list(flags)
    return 100 * sum(known) / len(known) if known else math.nan


def quantile(values: Sequence[float], share: float) -> float:
    """Return a quantile; NaN of nothing."""
    return float(np.quantile(values, share)) if values else math.nan


COLUMNS: tuple[tuple[str, Callable[[KindAccuracy], str]], ...] = (
    ("pictures", lambda k: f"{k.images}"),
    ("lanes exactly right, % of pictures", lambda k: f"{k.lanes_exact_percent:.1f}"),
    ("band F1", lambda k: f"{k.band_f1:.4f}"),
    ("volume error relative to its row, median %", lambda k: f"{k.volume_median_percent:.2f}"),
    ("the same, 90th percentile %", lambda k: f"{k.volume_p90_percent:.2f}"),
    ("ratio of two bands 13-24 px apart, median error %", lambda k: show(k.doublet_median_percent)),
    ("the same, 90th percentile %", lambda k: show(k.doublet_p90_percent)),
    (
        "absent band, % of the row's strongest, 90th percentile",
        lambda k: show(k.absent_p90_percent),
    ),
    ("absent bands called detected, %", lambda k: show(k.absent_detected_percent)),
    ("95 % intervals that cover the truth, %", lambda k: f"{k.coverage_percent:.1f}"),
    ("polarity right, %", lambda k: f"{k.polarity_percent:.1f}"),
    ("could not be measured", lambda k: f"{k.failed}"),
    ("median time, ms", lambda k: f"{1000 * k.seconds:.0f}"),
)


def show(value: float) -> str:
    """Return a percentage as text; a dash where nothing could be counted."""
    return "-" if math.isnan(value) else f"{value:.2f}"


def render(table: AccuracyTable, *, markdown: bool = False) -> str:
    """Return a table as text: a line per quantity, a column per kind of blot."""
    rows = [["", *(kind.kind for kind in table.kinds)]]
    rows += [[name, *(text(kind) for kind in table.kinds)] for name, text in COLUMNS]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [grid_line(row, widths, markdown=markdown) for row in rows]
    if markdown:
        lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    lines.append("")
    for entry in table.confidence:
        share = f"{100 * entry.right / entry.lanes:.1f} % right" if entry.lanes else "none"
        lines.append(
            f"Lanes with confidence {entry.low:.1f} to {entry.high:.1f}: {entry.lanes}, {share}."
        )
        if markdown:
            lines.append("")
    lines.append(f"blotflux {table.version}, drawn blots from seed {table.first_seed}.")
    return "\n".join(lines)


def grid_line(row: Sequence[str], widths: Sequence[int], *, markdown: bool) -> str:
    """Return one line of the table, its cells aligned."""
    first = row[0].ljust(widths[0])
    others = [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
    return f"| {' | '.join([first, *others])} |" if markdown else "  ".join([first, *others])
