"""The plan that corrections start from: everything as it was found."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from blotflux.measure.correcting.base import measure_base
from blotflux.measure.correcting.plan import Base, Plan, PlannedLane, PlannedRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from blotflux.blot import Blot, Lane
    from blotflux.measure.correcting.base import MeasuredBase
    from blotflux.measure.result import LaneHints
    from blotflux.parameters import Parameters

__all__ = ["start", "start_plan"]


def start_plan(blot: Blot, parameters: Parameters, lanes: Sequence[Lane], hints: LaneHints) -> Plan:
    """Return the plan of lanes as they were found, and of the rows that they show.

    Parameters
    ----------
    blot : Blot
    parameters : Parameters
    lanes : sequence of Lane
        As measured: what is a ladder is told by their roles.
    hints : LaneHints
        Under which they were found.
    """
    return start(blot, parameters, lanes, hints)[0]


def start(
    blot: Blot, parameters: Parameters, lanes: Sequence[Lane], hints: LaneHints
) -> tuple[Plan, MeasuredBase | None]:
    """Return the same with its measured base; None for a stain of all proteins."""
    base = Base(
        lanes=tuple(PlannedLane.of(lane, lane_id) for lane_id, lane in enumerate(lanes)),
        promised=hints.rows,
        whole_lane=hints.whole_lane,
    )
    if base.whole_lane:
        return Plan(base=base, lanes=base.lanes), None
    measured = measure_base(blot, parameters, base)
    base = base.model_copy(update={"rows": measured.rows})
    rows = tuple(
        PlannedRow(id=row.id, panel=row.panel, lane=row.lane, like=row.id) for row in base.rows
    )
    plan = Plan(base=base, lanes=base.lanes, rows=rows)
    return plan, replace(measured, base=base)
