"""What measured volumes are worth against the true ones."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from blotflux.blot import Band
    from blotflux.synthetic import TrueBand, Truth

__all__ = ["DOUBLET_PX", "MEASURABLE", "Entry", "VolumeScore", "row_factor", "score_volumes"]

MEASURABLE = 12.0  # a volume counts where the band's peak is this many times the noise
DOUBLET_PX = (13.0, 24.0)  # two bands of a lane this far apart are a doublet
LOST_PERCENT = 100.0  # error of a band that has no positive volume
NORMAL_95 = 1.959964


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One lane's place in one row: what is there, and what was measured there (None: nothing)."""

    true: TrueBand
    measured: Band | None

    @property
    def volume(self) -> float:
        """The measured volume; NaN if there is none."""
        return math.nan if self.measured is None else self.measured.volume

    @property
    def counts(self) -> bool:
        """Whether the volume counts."""
        return self.true.present and self.true.peak_over_noise >= MEASURABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeScore:
    """Errors of the volumes of one picture.

    Attributes
    ----------
    errors_percent : tuple of float
        ``100 |ratio - 1|`` of every volume that counts, where ratio is measured over true after
        one common factor per row (the median of its ratios); rows with fewer than two are left
        out. Without a positive volume: 100.
    doublet_percent : tuple of float
        The same of the ratio of two bands of a lane 13 to 24 px apart.
    absent_percent : tuple of float
        |volume| where there is no band, as a share of the row's strongest.
    covered : tuple of bool
        Whether ``volume ± 1.96 volume_se`` covers the truth times the row's factor.
    absent_detected : tuple of bool
        Whether an empty place of a row was called detected.
    """

    errors_percent: tuple[float, ...] = ()
    doublet_percent: tuple[float, ...] = ()
    absent_percent: tuple[float, ...] = ()
    covered: tuple[bool, ...] = ()
    absent_detected: tuple[bool, ...] = ()


def score_volumes(truth: Truth, entries: Sequence[Entry]) -> VolumeScore:
    """Return the errors of measured volumes."""
    errors: list[float] = []
    absent: list[float] = []
    covered: list[bool] = []
    detected: list[bool] = []
    for row in range(1, len(truth.rows) + 1):
        of_row = [entry for entry in entries if entry.true.row == row]
        counting = [entry for entry in of_row if entry.counts]
        factor = row_factor(counting)
        errors += row_errors(counting, factor)
        covered += row_coverage(counting, factor)
        absent += row_absent(of_row, counting)
        detected += [
            entry.measured.detected
            for entry in of_row
            if not entry.true.present and entry.measured is not None
        ]
    return VolumeScore(
        errors_percent=tuple(errors),
        doublet_percent=tuple(doublet_errors(entries)),
        absent_percent=tuple(absent),
        covered=tuple(covered),
        absent_detected=tuple(detected),
    )


def row_factor(counting: Sequence[Entry]) -> float:
    """Return the median of measured over true of a row; NaN without a positive volume."""
    ratios = [entry.volume / entry.true.volume for entry in counting if entry.volume > 0]
    return float(np.median(ratios)) if ratios else math.nan


def row_errors(counting: Sequence[Entry], factor: float) -> list[float]:
    """Return the relative errors of one row, percent."""
    if len(counting) < 2:
        return []
    return [
        100 * abs(entry.volume / (factor * entry.true.volume) - 1)
        if entry.volume > 0
        else LOST_PERCENT
        for entry in counting
    ]


def row_coverage(counting: Sequence[Entry], factor: float) -> list[bool]:
    """Return which intervals cover the truth; a row of one covers by definition: left out."""
    if len(counting) < 2 or math.isnan(factor):
        return []
    return [
        abs(entry.volume - factor * entry.true.volume) <= NORMAL_95 * entry.measured.volume_se
        for entry in counting
        if entry.measured is not None and math.isfinite(entry.volume)
    ]


def row_absent(of_row: Sequence[Entry], counting: Sequence[Entry]) -> list[float]:
    """Return the volumes where there is no band, percent of the row's strongest."""
    strongest = max((entry.volume for entry in counting if entry.volume > 0), default=0.0)
    if strongest <= 0:
        return []
    return [
        100 * abs(entry.volume) / strongest
        for entry in of_row
        if not entry.true.present and math.isfinite(entry.volume)
    ]


def doublet_errors(entries: Sequence[Entry]) -> list[float]:
    """Return the errors of the ratios of neighboring bands of a lane, percent."""
    errors = []
    counting = [entry for entry in entries if entry.counts]
    for upper in counting:
        for lower in counting:
            apart = lower.true.y_px - upper.true.y_px
            if lower.true.lane != upper.true.lane or not is_doublet(apart):
                continue
            if not (upper.volume > 0 and lower.volume > 0):
                errors.append(LOST_PERCENT)
                continue
            true = lower.true.volume / upper.true.volume
            errors.append(100 * abs(lower.volume / upper.volume / true - 1))
    return errors


def is_doublet(apart_px: float) -> bool:
    """Return whether two bands this far apart are a doublet (jitter of a pixel allowed)."""
    return DOUBLET_PX[0] - 1 <= apart_px <= DOUBLET_PX[1] + 1
