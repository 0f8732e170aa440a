"""What an action sees of the blot that it changes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from blotflux.blot.model import LaneRole
from blotflux.editing.errors import EditError
from blotflux.measure.correcting import start_plan
from blotflux.measure.correcting.rows import expected_y, rows_now
from blotflux.measure.result import LaneHints

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from blotflux.blot import Band, Blot, Lane
    from blotflux.measure.correcting import (
        Corrected,
        Corrector,
        Plan,
        PlannedBand,
        PlannedLane,
        PlannedRow,
    )
    from blotflux.measure.correcting.base import GroupBase
    from blotflux.measure.correcting.rows import RowNow
    from blotflux.parameters import Parameters
    from blotflux.study.corrections import PlaneCorrections

__all__ = ["Desk"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Desk:
    """One blot as it is corrected: its pixels, the plan so far, and what the plan gave.

    Attributes
    ----------
    blot : Blot
    parameters : Parameters
    hints : LaneHints
    plane : PlaneCorrections
        With a plan.
    first : PlaneCorrections
        Without anything set by hand.
    corrector : Corrector
    corrected : Corrected
    targets : mapping of (panel, row) to str
    """

    blot: Blot
    parameters: Parameters
    hints: LaneHints
    plane: PlaneCorrections
    first: PlaneCorrections
    corrector: Corrector
    corrected: Corrected
    targets: Mapping[tuple[int, int], str] = field(default_factory=dict)

    @property
    def plan(self) -> Plan:
        """The plan so far."""
        if self.plane.plan is None:
            message = "nothing has been measured yet"
            raise EditError(message)
        return self.plane.plan

    # ------------------------------------------------------------ finding things

    def lane(self, panel: int, number: int) -> PlannedLane:
        """Return a lane by its number.

        Raises
        ------
        EditError
            If there is none.
        """
        for lane in self.plan.lanes:
            if lane.key == (panel, number):
                return lane
        message = f"there is no lane {number} in panel {panel}"
        raise EditError(message)

    def lanes_of(self, panel: int) -> list[PlannedLane]:
        """Return the lanes of a panel by number."""
        return sorted((lane for lane in self.plan.lanes if lane.panel == panel), key=_by_number)

    def row(self, panel: int, number: int) -> PlannedRow:
        """Return a row by its number.

        Raises
        ------
        EditError
            If there is none, or it is one of a ladder that was found after the rows.
        """
        row_id = self.corrected.row_ids.get((panel, number))
        found = None if row_id is None else self.plan.row(row_id)
        if found is None:
            message = (
                f"row {number} of panel {panel} cannot be changed: it is not there, or of a lane "
                "that became a ladder; find the rows again first"
            )
            raise EditError(message)
        return found

    def band(self, panel: int, lane: int, row: int) -> Band:
        """Return a measured band.

        Raises
        ------
        EditError
            If there is none.
        """
        for band in self.corrected.measurement.bands:
            if (band.panel, band.lane, band.row) == (panel, lane, row):
                return band
        message = f"lane {lane} has no row {row} in panel {panel}"
        raise EditError(message)

    def bands_of_row(self, panel: int, row: int) -> list[Band]:
        """Return the measured bands of a row."""
        bands = self.corrected.measurement.bands
        return [band for band in bands if (band.panel, band.row) == (panel, row)]

    def planned_band(self, lane_id: int, row_id: int) -> PlannedBand | None:
        """Return what a person said of a band."""
        same = (band for band in self.plan.bands if (band.lane, band.row) == (lane_id, row_id))
        return next(same, None)

    def group_of(self, lane: PlannedLane) -> GroupBase | None:
        """Return what the base knows of the rows of a lane."""
        panel = self.corrector.base.panels[lane.panel]
        if lane.role is LaneRole.LADDER:
            return panel.ladders.get(lane.id)
        return panel.samples

    def rows_of(self, lane: PlannedLane) -> tuple[RowNow, ...]:
        """Return the rows that a lane is measured in."""
        ladder = lane.id if lane.role is LaneRole.LADDER else None
        return rows_now(self.plan.rows, self.group_of(lane), lane.panel, ladder)

    def expected(self, row: RowNow, lane: PlannedLane) -> float:
        """Return where a row is expected in a lane, blot px."""
        middle = self.corrector.base.panels[lane.panel].middle_px
        x_px = float(lane.lane().x_at(middle))
        return expected_y(row, lane, self.group_of(lane), x_px)

    # ------------------------------------------------------------ making plans

    def with_plan(self, **update: Any) -> PlaneCorrections:
        """Return the corrections with another plan."""
        plan = self.plan
        parts = {name: getattr(plan, name) for name in type(plan).model_fields} | update
        return self.plane.model_copy(update={"plan": type(plan)(**parts), "signed_off": None})

    def with_lanes(self, lanes: Sequence[PlannedLane]) -> PlaneCorrections:
        """Return the corrections with other lanes; what was said of bands of lost ones goes."""
        there = {lane.id for lane in lanes}
        bands = tuple(band for band in self.plan.bands if band.lane in there)
        return self.with_plan(lanes=tuple(sorted(lanes, key=lambda lane: lane.key)), bands=bands)

    def with_lane(self, lane: PlannedLane) -> PlaneCorrections:
        """Return the corrections with one lane changed."""
        return self.with_lanes([lane if own.id == lane.id else own for own in self.plan.lanes])

    def with_band(self, *bands: PlannedBand) -> PlaneCorrections:
        """Return the corrections with something said of some bands."""
        said = {(band.lane, band.row) for band in bands}
        others = [band for band in self.plan.bands if (band.lane, band.row) not in said]
        return self.with_plan(bands=_sorted([*others, *bands]))

    def without_band(self, lane_id: int, row_id: int) -> PlaneCorrections:
        """Return the corrections with nothing said of a band."""
        kept = [band for band in self.plan.bands if (band.lane, band.row) != (lane_id, row_id)]
        return self.with_plan(bands=tuple(kept))

    def with_rows(
        self, rows: Sequence[PlannedRow], bands: Sequence[PlannedBand] | None = None
    ) -> PlaneCorrections:
        """Return the corrections with other rows; what was said of bands of lost ones goes."""
        there = {row.id for row in rows}
        said = self.plan.bands if bands is None else bands
        return self.with_plan(
            rows=tuple(rows), bands=_sorted([band for band in said if band.row in there])
        )

    def next_lane_id(self) -> int:
        """Return an id that no lane has."""
        lanes = (*self.plan.base.lanes, *self.plan.lanes)
        return max((lane.id for lane in lanes), default=-1) + 1

    def next_row_id(self) -> int:
        """Return an id that no row has."""
        ids = [*(row.id for row in self.plan.base.rows), *(row.id for row in self.plan.rows)]
        return max(ids, default=-1) + 1

    def started(self, lanes: Sequence[Lane]) -> PlaneCorrections:
        """Return the corrections with rows and bands found anew on some lanes.

        Lanes that a person excluded or named stay so.
        """
        hints = replace(LaneHints(), rows=self.hints.rows, whole_lane=self.plan.base.whole_lane)
        plan = start_plan(self.blot, self.parameters, lanes, hints)
        said = {lane.key: lane for lane in self.plan.lanes}
        kept = tuple(
            lane.model_copy(update={"exclude": said[lane.key].exclude, "name": said[lane.key].name})
            if lane.key in said
            else lane
            for lane in plan.lanes
        )
        plan = plan.model_copy(update={"lanes": kept, "background": self.plan.background})
        return self.plane.model_copy(update={"plan": plan, "signed_off": None})


def _by_number(lane: PlannedLane) -> int:
    return lane.number


def _sorted(bands: Sequence[PlannedBand]) -> tuple[PlannedBand, ...]:
    # In one order whatever came first: the plan is a state, not a history.
    return tuple(sorted(bands, key=lambda band: (band.lane, band.row)))
