"""What a person does to one lane."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np

from blotflux.blot.model import LaneRole
from blotflux.editing.actions.action import Action
from blotflux.editing.errors import EditError
from blotflux.measure.correcting import PlannedLane

if TYPE_CHECKING:
    from blotflux.editing.desk import Desk
    from blotflux.study.corrections import PlaneCorrections

__all__ = [
    "BendLane",
    "ExcludeLane",
    "IncludeLane",
    "MoveEdge",
    "MoveKnot",
    "MoveLane",
    "NameLane",
    "RestoreLane",
    "SetRole",
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
