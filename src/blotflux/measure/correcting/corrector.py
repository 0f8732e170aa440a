"""A plan measured: the whole of it on one page.

The result is a function of blot, recipe and plan alone. What did not change since the last plan
is not computed again, but would come out the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast

import numpy as np

from blotflux.blot.model import LaneRole
from blotflux.measure.correcting.base import measure_base
from blotflux.measure.correcting.kept import Kept
from blotflux.measure.correcting.ladder import fit_new_ladder
from blotflux.measure.correcting.painted import Painted
from blotflux.measure.correcting.panel import measure_panel
from blotflux.measure.correcting.rows import RowNow, rows_now
from blotflux.measure.correcting.tasks import PanelTask
from blotflux.measure.correcting.windows import windows_of
from blotflux.measure.pipeline import flag_lane
from blotflux.measure.result import LaneCovariance, LaneHints, Measurement
from blotflux.measure.sensitivity import with_background
from blotflux.measure.whole_lane import quantify_whole_lanes
from blotflux.parameters import Parameters

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from blotflux.blot import Band, Blot, Lane
    from blotflux.measure.correcting.base import MeasuredBase, PanelBase
    from blotflux.measure.correcting.plan import Plan, PlannedLane, PlannedRow
    from blotflux.measure.correcting.tabulate import MeasuredLane

__all__ = ["Corrected", "Corrector", "measure_corrected"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Corrected:
    """A plan, measured.

    Attributes
    ----------
    measurement : Measurement
    lanes : mapping of (panel, number) to MeasuredLane
        With the curves behind the numbers; empty for stains of all proteins.
    row_ids : mapping of (panel, row) to int
        The plan's ids of the rows as they are numbered.
    """

    measurement: Measurement
    lanes: Mapping[tuple[int, int], MeasuredLane] = field(default_factory=dict)
    row_ids: Mapping[tuple[int, int], int] = field(default_factory=dict)


def measure_corrected(
    blot: Blot, parameters: Parameters | None, plan: Plan, *, ladders: frozenset[int] | None = None
) -> Measurement:
    """Return a blot measured as a person left it.

    Parameters
    ----------
    blot : Blot
    parameters : Parameters or None
    plan : Plan
    ladders : frozenset of int, optional
        Lanes that hold a ladder by the sheet's word, which counts more than the plan's.
    """
    corrector = Corrector(blot, parameters or Parameters(), plan)
    measured = corrector.measure(plan, ladders=ladders).measurement
    return replace(measured, background=np.asarray(measured.background))


class Corrector:
    """Measures the plans of one blot that start from one base.

    Parameters
    ----------
    blot : Blot
    parameters : Parameters
    plan : Plan
        Its base is measured at once.
    base : MeasuredBase, optional
        The same, where it is at hand.
    """

    def __init__(
        self,
        blot: Blot,
        parameters: Parameters,
        plan: Plan,
        *,
        base: MeasuredBase | None = None,
    ) -> None:
        self.blot = blot
        self.parameters = parameters
        self.base = base or measure_base(blot, parameters, plan.base)
        self._kept = Kept()

    def measure(self, plan: Plan, *, ladders: frozenset[int] | None = None) -> Corrected:
        """Return a plan measured."""
        lanes = tuple(sorted(plan.lanes, key=lambda lane: lane.key))
        if ladders is not None:
            lanes = tuple(_told(lane, ladders) for lane in lanes)
        recipe = self.parameters
        if plan.background is not None:
            recipe = recipe.model_copy(update={"background": plan.background})
        if plan.base.whole_lane:
            return Corrected(measurement=self._whole_lanes(lanes, recipe))
        self._kept.age()
        parts = [
            self._panel(number, [lane for lane in lanes if lane.panel == number], plan)
            for number in sorted({lane.panel for lane in lanes})
        ]
        return self._put_together(parts, plan.rows, recipe)

    def forget(self) -> None:
        """Let go of what is kept for speed."""
        self._kept.clear()

    def _whole_lanes(self, lanes: Sequence[PlannedLane], recipe: Parameters) -> Measurement:
        ladders = frozenset(lane.number for lane in lanes if lane.role is LaneRole.LADDER)
        drawn = [lane.lane() for lane in lanes]
        hints = LaneHints(whole_lane=True, ladders=ladders)
        return quantify_whole_lanes(self.blot, recipe, hints=hints, lanes=drawn)

    def _panel(self, number: int, lanes: list[PlannedLane], plan: Plan) -> _Panel:
        base = self.base.panels[number]
        drawn = [lane.lane() for lane in lanes]
        samples = [i for i, lane in enumerate(lanes) if lane.role is not LaneRole.LADDER]
        task = PanelTask(
            blot=self.blot,
            base=base,
            lanes=tuple(lanes),
            drawn=tuple(drawn),
            windows=windows_of(drawn, base.top, base.bottom),
            bands={(band.lane, band.row): band for band in plan.bands},
            said=(self.base.noise, self.parameters),
            before=self.base.bands,
            kept=self._kept,
        )
        rows = rows_now(plan.rows, base.samples, number, None)
        panel = _Panel(base=base, lanes=drawn)
        panel.add(rows, measure_panel(task, samples, rows, base.samples))
        for i, lane in enumerate(lanes):
            if lane.role is LaneRole.LADDER:
                self._add_ladder(panel, task, i, plan)
        return panel

    def _add_ladder(self, panel: _Panel, task: PanelTask, index: int, plan: Plan) -> None:
        lane = task.lanes[index]
        group = task.base.ladders.get(lane.id)
        rows = rows_now(plan.rows, group, lane.panel, lane.id)
        if group is not None or rows:
            panel.add(rows, measure_panel(task, [index], rows, group))
            return
        key = ("ladder", lane.id, lane.course, task.windows.windows[index])
        if key not in self._kept:
            self._kept[key] = fit_new_ladder(task, index)
        if (found := self._kept[key]) is not None:
            panel.add((), {index: found})

    def _put_together(
        self, parts: Sequence[_Panel], rows: Sequence[PlannedRow], recipe: Parameters
    ) -> Corrected:
        bands: list[Band] = []
        lanes: list[Lane] = []
        measured: dict[tuple[int, int], MeasuredLane] = {}
        row_ids: dict[tuple[int, int], int] = {}
        covariances: dict[tuple[int, int], LaneCovariance] = {}
        again: list[MeasuredLane] = []
        for part in parts:
            lanes += part.lanes
            for key, (first, own) in part.measured.items():
                numbers = tuple(range(first, first + len(own.bands)))
                bands += [
                    _numbered(band, (*key, number))
                    for band, number in zip(own.bands, numbers, strict=True)
                ]
                covariances[key] = LaneCovariance(rows=numbers, matrix=own.covariance)
                measured[key] = own
                row_ids |= {
                    (key[0], number): row_id
                    for number, row_id in zip(numbers, own.row_ids, strict=False)
                }
                if not own.kept:
                    again.append(own)
        bands.sort(key=lambda band: (band.panel, band.lane, band.row))
        of_lane: dict[tuple[int, int], list[Band]] = {}
        for band in bands:
            of_lane.setdefault((band.panel, band.lane), []).append(band)
        before = self.base.measurement.background
        background = Painted(before, again) if again else before
        joint = Measurement(
            blot=self.blot,
            lanes=tuple(
                flag_lane(lane, of_lane.get((lane.panel, lane.number), []), recipe)
                for lane in lanes
            ),
            named=_names(rows, row_ids),
            bands=tuple(bands),
            noise=self.base.noise,
            background=cast("NDArray[np.float32]", background),
            covariances=covariances,
        )
        return Corrected(
            measurement=_with_background(joint, recipe), lanes=measured, row_ids=row_ids
        )


@dataclass(slots=True, kw_only=True, eq=False)
class _Panel:
    """What is measured of one panel; by (panel, lane): number of the first row, and the lane."""

    base: PanelBase
    lanes: list[Lane]
    measured: dict[tuple[int, int], tuple[int, MeasuredLane]] = field(default_factory=dict)
    next_row: int = 1

    def add(self, rows: Sequence[RowNow], lanes: Mapping[int, MeasuredLane]) -> None:
        """Add lanes; their rows are numbered on after those that are there."""
        for index, own in lanes.items():
            lane = self.lanes[index]
            if own.bands:
                self.measured[lane.panel, lane.number] = (self.next_row, own)
        self.next_row += max([len(rows), *(len(own.bands) for own in lanes.values())], default=0)


def _told(lane: PlannedLane, ladders: frozenset[int]) -> PlannedLane:
    """Return the lane as what the sheet says it is: a ladder, or none."""
    if (lane.number in ladders) == (lane.role is LaneRole.LADDER):
        return lane
    role = LaneRole.LADDER if lane.number in ladders else LaneRole.SAMPLE
    return lane.model_copy(update={"role": role})


def _numbered(band: Band, key: tuple[int, int, int]) -> Band:
    """Return a band under its panel, lane and row; itself where it has them."""
    if (band.panel, band.lane, band.row) == key:
        return band
    return replace(band, panel=key[0], lane=key[1], row=key[2])


def _with_background(measurement: Measurement, recipe: Parameters) -> Measurement:
    """Return the measurement under the method in use; what is not measured stays so."""
    changed = with_background(measurement, recipe.background)
    if changed is measurement:
        return measurement
    bands = tuple(
        old if np.isnan(old.volume) else new
        for old, new in zip(measurement.bands, changed.bands, strict=True)
    )
    return replace(changed, bands=bands)


def _names(
    rows: Sequence[PlannedRow], row_ids: Mapping[tuple[int, int], int]
) -> dict[tuple[int, int], str] | None:
    """Return the targets that a person named, by panel and row; None if they named none."""
    named = {row.id: row.target for row in rows if row.target is not None}
    if not named:
        return None
    return {key: named[row_id] for key, row_id in sorted(row_ids.items()) if row_id in named}
