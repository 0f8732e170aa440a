"""What measuring one blot gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from blotflux.blot import Band, Blot, Box, Lane
    from blotflux.findings import Finding

__all__ = ["LaneCovariance", "LaneHints", "Mark", "Measurement", "Noise"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneHints:
    """What is known of a picture's lanes before looking.

    Attributes
    ----------
    slots : tuple of int
        Slot numbers that the picture shows, from left to right; empty if unknown.
    optional : frozenset of int
        Slots that may be dark (role ladder or blank).
    rows : int or None
        How many rows of bands the targets promise.
    panels_share_lanes : bool or None
        Whether stacked strips show the same lanes; None if unknown.
    ladders : frozenset of int or None
        Slots that hold a ladder, all others then do not; None if unknown.
    whole_lane : bool
        Whether a stain of all proteins is shown: one entry per lane, its whole length.
    """

    slots: tuple[int, ...] = ()
    optional: frozenset[int] = frozenset()
    rows: int | None = None
    panels_share_lanes: bool | None = None
    ladders: frozenset[int] | None = None
    whole_lane: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """Noise of a pixel: variance = ``sigma**2 + gain * max(signal - offset, 0)``.

    Attributes
    ----------
    sigma : float
        Standard deviation of a pixel without band, in units of the signal.
    gain : float
        Signal units per unit of variance; 0 where it cannot be told.
    correlation : float
        Variance of the mean of a 5x5 patch over that of independent pixels; at least 1.
    """

    sigma: float
    gain: float = 0.0
    correlation: float = 1.0
    offset: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LaneCovariance:
    """Covariance of the volumes of one lane's rows, shape (rows, rows), (counts·px)**2."""

    rows: tuple[int, ...]
    matrix: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A place that a finding is about, in blot pixels; those of one finding share its number."""

    box: Box
    code: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measurement:
    """One blot, measured.

    Attributes
    ----------
    blot : Blot
    lanes : tuple of Lane
        Ladders and low-confidence lanes included; ordered by panel and number.
    bands : tuple of Band
        One per lane and row, ordered by panel, lane, row.
    noise : Noise
    background : ndarray of float32, shape (rows, columns)
        The estimated background under the bands.
    covariances : mapping of (panel, lane) to LaneCovariance
        For sums of rows (ERK 44 + 42).
    alternatives : mapping of method name to tuple of float
        Volumes in the order of `bands` under the other background methods; empty until
        ``measure.sensitivity`` filled it.
    findings : tuple of Finding
    marks : tuple of Mark
        Where findings that are about places show on the picture.
    named : mapping of (panel, row) to str, or None
        Targets that a person gave to rows; None: nobody named any.
    """

    blot: Blot
    lanes: tuple[Lane, ...]
    bands: tuple[Band, ...]
    noise: Noise
    background: NDArray[np.float32]
    covariances: Mapping[tuple[int, int], LaneCovariance] = field(default_factory=dict)
    alternatives: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    marks: tuple[Mark, ...] = ()
    named: Mapping[tuple[int, int], str] | None = None
