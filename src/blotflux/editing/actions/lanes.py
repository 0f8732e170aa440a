"""What a person does to lanes."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np

from blotflux.blot.model import Lane, LaneRole
from blotflux.editing.actions.action import Action
from blotflux.editing.errors import EditError
from blotflux.measure.correcting import PlannedLane
from blotflux.measure.correcting.spread import spread_lanes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from blotflux.editing.desk import Desk
    from blotflux.study.corrections import PlaneCorrections

__all__ = [
    "AddLane",
    "BendLane",
    "DeleteLane",
    "ExcludeLane",
    "IncludeLane",
    "MoveEdge",
    "MoveKnot",
    "MoveLane",
    "NameLane",
    "NumberLane",
    "RestoreLane",
    "SetLaneCount",
    "SetLanes",
    "SetRole",
    "ShiftLanes",
]

NARROWEST_PX = 3.0
BY_HAND = "set by hand"


def moved(lane: PlannedLane, **update: object) -> PlannedLane:
    """Return a lane that a person put where it is."""
    course = {"edited": True, "confidence": 1.0, "reason": BY_HAND, **update}
    return PlannedLane.model_validate({**dict(lane), **course})


def shifted(lane: PlannedLane, dx_px: float) -> PlannedLane:
    """Return a lane further to the right."""
    return moved(lane, track_x_px=tuple(x + dx_px for x in lane.track_x_px))


@dataclass(frozen=True, slots=True)
class OneLane(Action):
    """An action on one lane."""

    panel: int
    lane: int

    @abstractmethod
    def changed(self, lane: PlannedLane) -> PlannedLane:
        """Return the lane after the action."""

    def apply(self, desk: Desk) -> PlaneCorrections:
        """Return the corrections after the action."""
        return desk.with_lane(self.changed(desk.lane(self.panel, self.lane)))


@dataclass(frozen=True, slots=True)
class MoveLane(OneLane):
    """Drag a lane's track to the side."""

    dx_px: float

    def describe(self) -> str:
        """Return the menu's words for it."""
        return f"Move lane {self.lane}"

    def changed(self, lane: PlannedLane) -> PlannedLane:
        """Return the lane after the action."""
        return shifted(lane, self.dx_px)


@dataclass(frozen=True, slots=True)
class MoveEdge(OneLane):
    """Drag one edge of a lane; the other stays where it is."""

    side: Literal["left", "right"]
    dx_px: float

    def describe(self) -> str:
        """Return the menu's words for it."""
        return f"Move the {self.side} edge of lane {self.lane}"

    def changed(self, lane: PlannedLane) -> PlannedLane:
        """Return the lane after the action."""
        width = lane.width_px + (self.dx_px if self.side == "right" else -self.dx_px)
        if width < NARROWEST_PX:
            message = f"a lane is at least {NARROWEST_PX:.0f} px wide"
            raise EditError(message)
        x_px = tuple(x + self.dx_px / 2 for x in lane.track_x_px)
        return moved(lane, track_x_px=x_px, width_px=width)


@dataclass(frozen=True, slots=True)
class BendLane(OneLane):
    """Give a lane another course."""

    track_x_px: tuple[float, ...]
    track_y_px: tuple[float, ...]

    def describe(self) -> str:
        """Return the menu's words for it."""
        return f"Bend lane {self.lane}"

    def changed(self, lane: PlannedLane) -> PlannedLane:
        """Return the lane after the action."""
        x_px, y_px = tuple(map(float, self.track_x_px)), tuple(map(float, self.track_y_px))
        if len(x_px) != len(y_px) or not x_px or not np.isfinite([*x_px, *y_px]).all():
            message = "a track needs an x and a y for each of its knots"
            raise EditError(message)
        if any(b <= a for a, b in pairwise(y_px)):
            message = "the knots of a track must lie below each other"
            raise EditError(message)
        return moved(lane, track_x_px=x_px, track_y_px=y_px)


@dataclass(frozen=True, slots=True)
class MoveKnot(OneLane):
    """Drag one knot of a lane's track to the side."""

    knot: int
    dx_px: float

    def describe(self) -> str:
        """Return the menu's words for it."""
        return f"Bend lane {self.lane}"

    def changed(self, lane: PlannedLane) -> PlannedLane:
        """Return the lane after the action."""
        if not 0 <= self.knot < len(lane.track_x_px):
            message = f"lane {self.lane} has {len(lane.track_x_px)} knots, counted from 0"
            raise EditError(message)
        x_px = list(lane.track_x_px)
        x_px[self.knot] += self.dx_px
        return moved(lane, track_x_px=tuple(x_px))


@dataclass(frozen=True, slots=True)
class NameLane(OneLane):
    """Give a lane a name; an empty one takes it away."""

    name: str

    def describe(self) -> str:
        """Return the menu's words for it."""
        return f"Name lane {self.lane}"

    def changed(self, lane: PlannedLane) -> PlannedLane:
        """Return the lane after the action."""
        return lane.model_copy(update={"name": " ".join(self.name.split())})


@dataclass(frozen=True, slots=True)
class SetRole(OneLane):
    """Say what a lane holds."""

    role: str

    def describe(self) -> str:
        """Return the menu's words for it."""
        return f"Mark lane {self.lane} as {self.role}"

    def changed(self, lane: PlannedLane) -> PlannedLane:
        """Return the lane after the action."""
        known = [str(role) for role in LaneRole]
        if self.role not in known:
            message = f"'{self.role}' is no role; a lane is one of {', '.join(known)}"
            raise EditError(message)
        return lane.model_copy(update={"role": LaneRole(self.role)})


@dataclass(frozen=True, slots=True)
class ExcludeLane(OneLane):
    """Leave a lane out of inference; it is shown and measured all the same."""

    reason: str

    def describe(self) -> str:
        """Return the menu's words for it."""
        return f"Exclude lane {self.lane}"

    def changed(self, lane: PlannedLane) -> PlannedLane:
        """Return the lane after the action."""
        reason = " ".join(self.reason.split())
        if not reason:
            message = "a lane is excluded for a reason; say which, for the report"
            raise EditError(message)
        return lane.model_copy(update={"exclude": reason})


@dataclass(frozen=True, slots=True)
class IncludeLane(OneLane):
    """Take an excluded lane back."""

    def describe(self) -> str:
        """Return the menu's words for it."""
        return f"Include lane {self.lane}"

    def changed(self, lane: PlannedLane) -> PlannedLane:
        """Return the lane after the action."""
        return lane.model_copy(update={"exclude": ""})


@dataclass(frozen=True, slots=True)
class RestoreLane(Action):
    """Put a lane back to where it was found, with what was found in it."""

    panel: int
    lane: int

    def describe(self) -> str:
        """Return the menu's words for it."""
        return f"Restore lane {self.lane}"

    def apply(self, desk: Desk) -> PlaneCorrections:
        """Return the corrections after the action."""
        lane = desk.lane(self.panel, self.lane)
        base = next((own for own in desk.plan.base.lanes if own.id == lane.id), None)
        if base is None:
            message = f"lane {self.lane} was not found but drawn; delete it instead"
            raise EditError(message)
        back = base.model_copy(update={"number": lane.number, "name": lane.name})
        lanes = [back if own.id == lane.id else own for own in desk.plan.lanes]
        bands = tuple(band for band in desk.plan.bands if band.lane != lane.id)
        return desk.with_plan(lanes=tuple(lanes), bands=bands)


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
