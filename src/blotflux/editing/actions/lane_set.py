"""What a person does to the lanes of a picture: add, delete, number, and all of them at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from blotflux.blot.model import Lane, LaneRole
from blotflux.editing.actions.action import Action
from blotflux.editing.actions.lanes import BY_HAND, NARROWEST_PX, moved, shifted
from blotflux.editing.errors import EditError
from blotflux.measure.correcting import PlannedLane
from blotflux.measure.correcting.spread import spread_lanes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from blotflux.editing.desk import Desk
    from blotflux.study.corrections import PlaneCorrections

__all__ = ["AddLane", "DeleteLane", "NumberLane", "SetLaneCount", "SetLanes", "ShiftLanes"]


# ---------------------------------------------------------------- their number


def renumbered(lanes: Sequence[PlannedLane], inserted: PlannedLane) -> list[PlannedLane]:
    """Return lanes with one more; those to its right move up as far as they must."""
    made = [inserted]
    taken = inserted.number
    for lane in sorted(lanes, key=lambda lane: lane.number):
        if lane.number < inserted.number or lane.number > taken:
            made.append(lane)
        else:
            taken = lane.number + 1
            made.append(lane.model_copy(update={"number": taken}))
    return made


@dataclass(frozen=True, slots=True)
class AddLane(Action):
    """Draw a lane that was missed."""

    panel: int
    x_px: float
    width_px: float | None = None
    role: str = "sample"

    def describe(self) -> str:
        """Return the menu's words for it."""
        return f"Add a lane at x = {self.x_px:.0f}"

    def apply(self, desk: Desk) -> PlaneCorrections:
        """Return the corrections after the action."""
        rows, columns = desk.blot.shape
        if not 0 <= self.x_px < columns:
            message = f"x = {self.x_px:.0f} lies outside the picture"
            raise EditError(message)
        there = desk.lanes_of(self.panel)
        if not there:
            return self._first(desk, rows, columns)
        lane = self._beside(there, desk.next_lane_id())
        others = [own for own in desk.plan.lanes if own.panel != self.panel]
        return desk.with_lanes([*others, *renumbered(there, lane)])

    def _first(self, desk: Desk, rows: int, columns: int) -> PlaneCorrections:
        """Return the corrections with the first lane of a panel: its rows are found."""
        drawn = Lane(
            number=1,
            panel=self.panel,
            track_x_px=(float(self.x_px), float(self.x_px)),
            track_y_px=(0.0, float(rows - 1)),
            width_px=self.width_px or max(NARROWEST_PX, columns / 15),
            role=LaneRole(self.role),
            reason=BY_HAND,
            edited=True,
        )
        return desk.started([*(lane.lane() for lane in desk.plan.lanes), drawn])

    def _beside(self, there: Sequence[PlannedLane], lane_id: int) -> PlannedLane:
        """Return a lane that runs as its nearest neighbor does."""
        middle = np.array([_middle_x(lane) for lane in there])
        nearest = there[int(np.argmin(np.abs(middle - self.x_px)))]
        dx_px = self.x_px - _middle_x(nearest)
        to_left = [lane.number for lane, x in zip(there, middle, strict=True) if x < self.x_px]
        number = max(to_left) + 1 if to_left else min(lane.number for lane in there)
        if not to_left and number > 1:
            number -= 1
        widths = [lane.width_px for lane in there]
        return PlannedLane(
            id=lane_id,
            panel=self.panel,
            number=number,
            track_x_px=tuple(x + dx_px for x in nearest.track_x_px),
            track_y_px=nearest.track_y_px,
            width_px=self.width_px or float(np.median(widths)),
            role=LaneRole(self.role),
            reason=BY_HAND,
            edited=True,
        )


def _middle_x(lane: PlannedLane) -> float:
    return float(lane.lane().x_at((lane.track_y_px[0] + lane.track_y_px[-1]) / 2))


@dataclass(frozen=True, slots=True)
class DeleteLane(Action):
    """Take a lane away that is none; the lanes to its right move down by one."""

    panel: int
    lane: int

    def describe(self) -> str:
        """Return the menu's words for it."""
        return f"Delete lane {self.lane}"

    def apply(self, desk: Desk) -> PlaneCorrections:
        """Return the corrections after the action."""
        gone = desk.lane(self.panel, self.lane)
        kept = [
            lane.model_copy(update={"number": lane.number - 1})
            if lane.panel == self.panel and lane.number > self.lane
            else lane
            for lane in desk.plan.lanes
            if lane.id != gone.id
        ]
        return desk.with_lanes(kept)


@dataclass(frozen=True, slots=True)
class NumberLane(Action):
    """Give a lane another number; the lanes to its right follow."""

    panel: int
    lane: int
    number: int

    def describe(self) -> str:
        """Return the menu's words for it."""
        return f"Number lane {self.lane} as {self.number}"

    def apply(self, desk: Desk) -> PlaneCorrections:
        """Return the corrections after the action."""
        own = desk.lane(self.panel, self.lane)
        before = [one.number for one in desk.lanes_of(self.panel) if one.number < own.number]
        if self.number <= max(before, default=0):
            message = (
                f"numbers rise from left to right: lane {self.lane} cannot become {self.number}"
            )
            raise EditError(message)
        step = self.number - self.lane
        return desk.with_lanes(
            [
                lane.model_copy(update={"number": lane.number + step})
                if lane.panel == self.panel and lane.number >= self.lane
                else lane
                for lane in desk.plan.lanes
            ]
        )


# ---------------------------------------------------------------- all of them


@dataclass(frozen=True, slots=True)
class ShiftLanes(Action):
    """Move all lanes of a panel, or of the picture, to the side."""

    dx_px: float
    panel: int | None = None

    def describe(self) -> str:
        """Return the menu's words for it."""
        return "Shift all lanes"

    def apply(self, desk: Desk) -> PlaneCorrections:
        """Return the corrections after the action."""
        return desk.with_lanes(
            [
                shifted(lane, self.dx_px) if self.panel in (None, lane.panel) else lane
                for lane in desk.plan.lanes
            ]
        )


@dataclass(frozen=True, slots=True)
class SetLaneCount(Action):
    """Say how many lanes a panel has; they are laid out evenly, and rows and bands found anew."""

    count: int
    panel: int = 1

    def describe(self) -> str:
        """Return the menu's words for it."""
        return f"Set {self.count} lanes"

    def apply(self, desk: Desk) -> PlaneCorrections:
        """Return the corrections after the action."""
        columns = desk.blot.shape[1]
        if not 1 <= self.count <= columns // 4:
            message = f"a picture {columns} px wide shows 1 to {columns // 4} lanes"
            raise EditError(message)
        there = desk.lanes_of(self.panel)
        span = (0.0, float(desk.blot.shape[0] - 1))
        if there:
            span = (there[0].track_y_px[0], there[0].track_y_px[-1])
        drawn = spread_lanes(desk.blot, self.count, span, panel=self.panel)
        others = [lane.lane() for lane in desk.plan.lanes if lane.panel != self.panel]
        everything = sorted([*others, *drawn], key=lambda lane: (lane.panel, lane.number))
        return desk.started(everything)


@dataclass(frozen=True, slots=True)
class SetLanes(Action):
    """Put all lanes somewhere at once, as on another picture of the membrane."""

    lanes: tuple[Lane, ...]

    def describe(self) -> str:
        """Return the menu's words for it."""
        return "Apply lanes"

    def apply(self, desk: Desk) -> PlaneCorrections:
        """Return the corrections after the action."""
        if not self.lanes:
            message = "there are no lanes to apply"
            raise EditError(message)
        known = {lane.key: lane for lane in desk.plan.lanes}
        panels = {lane.panel for lane in desk.plan.base.lanes}
        if not {lane.panel for lane in self.lanes} <= panels:
            return desk.started(self.lanes)
        first = desk.next_lane_id()
        made = []
        for offset, lane in enumerate(self.lanes):
            own = known.get((lane.panel, lane.number)) or PlannedLane.of(lane, first + offset)
            made.append(
                moved(
                    own,
                    track_x_px=lane.track_x_px,
                    track_y_px=lane.track_y_px,
                    width_px=lane.width_px,
                    role=lane.role,
                )
            )
        return desk.with_lanes(made)
