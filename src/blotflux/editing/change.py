"""What an edit changed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from blotflux.blot import Band, Lane
    from blotflux.measure.result import Measurement

__all__ = ["Change", "compare"]

Key = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is not as it was before.

    Attributes
    ----------
    text : str
        What was done.
    lanes, rows : frozenset of (panel, number)
        Of which a place, a number or a flag changed.
    image : bool
        Whether the picture itself is another: polarity, turn, flip.
    structure : bool
        Whether lanes or rows came, went or are numbered anew.
    cpu_s : float
        Time of the processor that it took.
    """

    text: str
    lanes: frozenset[Key] = frozenset()
    rows: frozenset[Key] = frozenset()
    image: bool = False
    structure: bool = False
    cpu_s: float = 0.0


def compare(before: Measurement, after: Measurement) -> tuple[frozenset[Key], frozenset[Key], bool]:
    """Return the lanes and rows that changed, and whether lanes or rows came or went."""
    old_bands, new_bands = _bands(before), _bands(after)
    old_lanes, new_lanes = _lanes(before), _lanes(after)
    bands = [
        key
        for key in old_bands.keys() | new_bands.keys()
        if not _same(old_bands.get(key), new_bands.get(key))
    ]
    lanes = {
        key
        for key in old_lanes.keys() | new_lanes.keys()
        if old_lanes.get(key) != new_lanes.get(key)
    }
    return (
        frozenset(lanes | {key[:2] for key in bands}),
        frozenset((panel, row) for panel, _, row in bands),
        old_bands.keys() != new_bands.keys() or old_lanes.keys() != new_lanes.keys(),
    )


def _same(old: Band | None, new: Band | None) -> bool:
    # By identity first: most bands are the very same. NaN is not equal to itself, but looks so.
    if old is new or old == new:
        return True
    if old is None or new is None or not (math.isnan(new.volume) or math.isnan(new.snr)):
        return False
    return repr(old) == repr(new)


def _bands(measurement: Measurement) -> dict[tuple[int, int, int], Band]:
    return {(band.panel, band.lane, band.row): band for band in measurement.bands}


def _lanes(measurement: Measurement) -> dict[Key, Lane]:
    return {(lane.panel, lane.number): lane for lane in measurement.lanes}
