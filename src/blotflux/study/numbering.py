"""Which slot of the membrane each lane of a picture is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations, groupby
from typing import TYPE_CHECKING

import numpy as np

from blotflux.errors import LaneError
from blotflux.study.slots import ADVICE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from blotflux.blot.model import Blot, Lane
    from blotflux.measure.result import LaneHints

__all__ = ["number_lanes"]

# A lane that is likelier none than one gives way where there are more lanes than slots.
DOUBTFUL = 0.5

# Two neighbors may be this much nearer or further than their slots say, in pitches.
MOST_OFF = 0.6

# Two readings of the gaps are told apart if the worse is off by this much more, pitches squared.
CLEARLY_WORSE = 0.25

# More ways to leave dark lanes out than this are not tried.
MOST_WAYS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """One way to number the lanes from left to right, and how badly it fits their distances."""

    slots: tuple[int, ...]
    misfit: float
    worst: int
    worst_off: float


def number_lanes(
    lanes: Sequence[Lane], blot: Blot, hints: LaneHints, *, looks_like_ladder: Sequence[bool]
) -> tuple[Lane, ...]:
    """Return the lanes with the numbers of their slots, by their order and their distances.

    Only slots in ``hints.optional`` may be missing; which of them are is told by the distances
    between lanes, and at the edges by which lane looks like a ladder.

    Parameters
    ----------
    lanes : sequence of Lane
        As found, of all panels.
    blot : Blot
    hints : LaneHints
        With `slots`; without them the lanes stay as they are.
    looks_like_ladder : sequence of bool
        For each of `lanes`.

    Raises
    ------
    LaneError
        If there are more lanes or fewer than slots, their distances contradict the slots, or a
        lane looks like the ladder that belongs elsewhere.
    """
    if not hints.slots:
        return tuple(lanes)
    numbered: list[Lane] = []
    pairs = list(zip(lanes, looks_like_ladder, strict=True))
    for _, members in groupby(pairs, key=lambda pair: pair[0].panel):
        own = list(members)
        seen = {id(lane) for lane, ladder in own if ladder}
        numbered += _Panel([lane for lane, _ in own], seen, blot, hints).numbered()
    return tuple(numbered)


class _Panel:
    """The lanes of one panel, from left to right."""

    def __init__(
        self, lanes: Sequence[Lane], ladders: set[int], blot: Blot, hints: LaneHints
    ) -> None:
        self.ladders = ladders  # id() of the lanes that look like ladders
        self.blot = blot
        self.hints = hints
        self.middle = (blot.signal.shape[0] - 1) / 2
        self.lanes = sorted(lanes, key=self._x)

    def _x(self, lane: Lane) -> float:
        return float(lane.x_at(self.middle))

    def numbered(self) -> list[Lane]:
        """Return the lanes with their slots.

        Raises
        ------
        LaneError
            If the slots do not fit.
        """
        chosen = self._without_doubtful()
        slots = self._read(chosen)
        self._require_ladders(chosen, slots)
        return [replace(lane, number=slot) for lane, slot in zip(chosen, slots, strict=True)]

    def _require_ladders(self, lanes: Sequence[Lane], slots: Sequence[int]) -> None:
        """Raise if a ladder is seen where none is, and none where one is: all may be shifted."""
        expected = (self.hints.ladders or frozenset()) & set(self.hints.slots)
        seen = {slot for lane, slot in zip(lanes, slots, strict=True) if id(lane) in self.ladders}
        elsewhere = sorted(seen - expected)
        if elsewhere and expected - seen:
            lane = lanes[list(slots).index(elsewhere[0])]
            where = ", ".join(str(slot) for slot in sorted(expected))
            doubt = (
                f"lane {elsewhere[0]} looks like a ladder, which the sheet has in {where}: numbers "
                "may be shifted or the picture mirrored (flip),"
            )
            raise self._error(self._x(lane), doubt)

    def _without_doubtful(self) -> list[Lane]:
        """Return as many lanes as there are slots, doubtful ones left out."""
        excess = len(self.lanes) - len(self.hints.slots)
        if excess <= 0:
            return list(self.lanes)
        doubtful = sorted(
            (lane for lane in self.lanes if lane.confidence < DOUBTFUL),
            key=lambda lane: lane.confidence,
        )
        if len(doubtful) < excess:
            sure = [lane for lane in self.lanes if lane.confidence >= DOUBTFUL]
            raise self._error(self._x(sure[-1]), "a lane too many may be")
        out = doubtful[:excess]
        return [lane for lane in self.lanes if lane not in out]

    def _read(self, lanes: Sequence[Lane]) -> tuple[int, ...]:
        """Return the slots of the lanes."""
        missing = len(self.hints.slots) - len(lanes)
        optional = sorted(self.hints.optional)
        if missing > len(optional):
            raise self._error(self._beyond(lanes), "a lane may be missing")
        x = np.array([self._x(lane) for lane in lanes])
        readings = sorted(
            (self._judge(x, dark) for dark in self._ways(optional, missing)),
            key=lambda reading: (reading.misfit, reading.slots),
        )
        best = readings[0]
        alike = [r for r in readings if r.misfit < best.misfit + CLEARLY_WORSE]
        if len(alike) > 1:
            best = self._tell_apart(alike, lanes)
        if best.worst_off > MOST_OFF:
            raise self._error(float(x[best.worst]), "distances contradict the slots")
        return best.slots

    def _ways(self, optional: Sequence[int], missing: int) -> list[tuple[int, ...]]:
        """Return which slots may be the missing ones."""
        ways = []
        for dark in combinations(optional, missing):
            ways.append(dark)
            if len(ways) == MOST_WAYS:
                break
        return ways

    def _judge(self, x: NDArray[np.float64], dark: tuple[int, ...]) -> _Reading:
        """Return how well the lanes' distances fit, with some slots dark."""
        slots = tuple(slot for slot in self.hints.slots if slot not in dark)
        if len(slots) < 3:
            return _Reading(slots=slots, misfit=0.0, worst=0, worst_off=0.0)
        steps = np.diff(np.array(slots, dtype=float))
        gaps = np.diff(x)
        pitch = float(np.median(gaps / steps))
        off = np.abs(gaps / pitch - steps)
        worst = int(np.argmax(off))
        return _Reading(
            slots=slots,
            misfit=float(off @ off),
            worst=worst,
            worst_off=float(off[worst]),
        )

    def _tell_apart(self, readings: Sequence[_Reading], lanes: Sequence[Lane]) -> _Reading:
        """Return the reading in which lanes that look like ladders are ladders, and no others."""
        ladders = self.hints.ladders or frozenset()
        wrong = [
            sum(
                (slot in ladders) != (id(lane) in self.ladders)
                for slot, lane in zip(reading.slots, lanes, strict=True)
            )
            for reading in readings
        ]
        fewest = [r for r, count in zip(readings, wrong, strict=True) if count == min(wrong)]
        if len(fewest) == 1:
            return fewest[0]
        missing = sorted(
            {slot for reading in readings for slot in self.hints.slots if slot not in reading.slots}
        )
        which = " or ".join(str(slot) for slot in missing)
        raise self._error(self._x(lanes[0]), f"it cannot be told whether slot {which} is missing")

    def _beyond(self, lanes: Sequence[Lane]) -> float:
        """Return the x of the slot after the last lane, or before the first if there is room."""
        x = [self._x(lane) for lane in lanes]
        pitch = float(np.median(np.diff(x))) if len(x) > 1 else lanes[0].width_px
        right = x[-1] + pitch
        return right if right < self.blot.signal.shape[1] else x[0] - pitch

    def _error(self, x_px: float, doubt: str) -> LaneError:
        x_file, _ = self.blot.placement.to_file(x_px, self.middle)
        message = (
            f"{self.blot.source.name}: shows {len(self.lanes)} lanes, {len(self.hints.slots)} are "
            f"expected; {doubt} near x = {x_file:.0f} px; {ADVICE}"
        )
        return LaneError(message)
