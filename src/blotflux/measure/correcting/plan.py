"""What a person wants measured: the automatic lanes that they started from, and what they left.

A plan is a state, not a history: whoever arrives at it, on whatever way, gets the same numbers.
Lanes and rows are known by their `id`, which stays while their numbers change. Positions are in
the pixels of the blot.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from blotflux import __version__
from blotflux.blot.model import Lane, LaneRole
from blotflux.flags import Flag
from blotflux.parameters import Background  # noqa: TC001 - read by pydantic at run time

__all__ = ["Base", "BaseRow", "Plan", "PlannedBand", "PlannedLane", "PlannedRow", "Px"]

Px = Annotated[float, Field(allow_inf_nan=False)]


class Record(BaseModel):
    """A part of the plan: cannot be changed and knows all its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class PlannedLane(Record):
    """One lane; `edited` tells whether a person moved, added or renamed it."""

    id: int = Field(ge=0)
    panel: int = Field(1, ge=1)
    number: int = Field(ge=1)
    track_x_px: tuple[Px, ...] = Field(min_length=1)
    track_y_px: tuple[Px, ...] = Field(min_length=1)
    width_px: Px = Field(gt=0)
    role: LaneRole = LaneRole.SAMPLE
    confidence: float = Field(1.0, ge=0, le=1)
    reason: str = ""
    name: str = ""
    exclude: str = Field("", description="Why the lane is left out of inference; empty: it is not.")
    edited: bool = False

    @model_validator(mode="after")
    def require_track(self) -> PlannedLane:
        """Refuse a track that is none."""
        if len(self.track_x_px) != len(self.track_y_px):
            message = "track_x_px and track_y_px must be of one length"
            raise ValueError(message)
        if any(b <= a for a, b in zip(self.track_y_px, self.track_y_px[1:], strict=False)):
            message = "track_y_px must rise from knot to knot"
            raise ValueError(message)
        return self

    @classmethod
    def of(cls, lane: Lane, lane_id: int) -> PlannedLane:
        """Return a lane as it was found."""
        return cls(
            id=lane_id,
            panel=lane.panel,
            number=lane.number,
            track_x_px=lane.track_x_px,
            track_y_px=lane.track_y_px,
            width_px=lane.width_px,
            role=lane.role,
            confidence=lane.confidence,
            reason=lane.reason,
            edited=lane.edited,
        )

    @property
    def key(self) -> tuple[int, int]:
        """Panel and number."""
        return self.panel, self.number

    @property
    def course(self) -> tuple[object, ...]:
        """What decides which pixels are looked at."""
        return self.track_x_px, self.track_y_px, self.width_px

    def lane(self) -> Lane:
        """Return the lane as measuring takes it."""
        return Lane(
            number=self.number,
            panel=self.panel,
            track_x_px=self.track_x_px,
            track_y_px=self.track_y_px,
            width_px=self.width_px,
            role=self.role,
            confidence=self.confidence,
            reason=self.reason,
            edited=self.edited,
            flags=tuple(
                str(flag)
                for flag, raised in (
                    (Flag.LADDER, self.role is LaneRole.LADDER),
                    (Flag.EXCLUDED, bool(self.exclude)),
                )
                if raised
            ),
        )


class BaseRow(Record):
    """A row that the automatic measurement found: by its place it is known again."""

    id: int = Field(ge=0)
    panel: int = Field(ge=1)
    lane: int | None = Field(None, description="The ladder that it is a band of, by its id.")
    y_px: Px


class Base(Record):
    """The automatic measurement that the corrections started from.

    The lanes are recorded as they were found, and not found anew, so that the numbers do not
    depend on which command opens the picture, or on a later version's eyes.
    """

    program: str = __version__
    lanes: tuple[PlannedLane, ...] = ()
    rows: tuple[BaseRow, ...] = ()
    promised: int | None = Field(None, ge=0, description="Rows that the targets promise.")
    whole_lane: bool = Field(
        False, description="A stain of all proteins: a lane's whole length is one entry."
    )


class PlannedRow(Record):
    """One row of bands, from lane to lane as the row `like` of the base runs."""

    id: int = Field(ge=0)
    panel: int = Field(1, ge=1)
    lane: int | None = Field(None, description="The ladder that it is a band of, by its id.")
    like: int | None = Field(None, description="The row of the base that it follows.")
    offset_px: Px = Field(0.0, description="How much lower it lies than that.")
    y_px: Px | None = Field(None, description="Its height where the base has no row at all.")
    sigma_px: Annotated[Px, Field(gt=0)] | None = Field(
        None, description="Its bands' standard deviation where a person decided it."
    )
    target: str | None = Field(None, description='Its name; "-": nobody wants it.')

    @model_validator(mode="after")
    def require_place(self) -> PlannedRow:
        """Refuse a row of which nobody knows where it is."""
        if (self.like is None) == (self.y_px is None):
            message = "a row has either a row that it is like, or its own y_px"
            raise ValueError(message)
        return self


class PlannedBand(Record):
    """What a person set for the band of one lane and row."""

    lane: int = Field(ge=0)
    row: int = Field(ge=0)
    y_px: Px | None = Field(None, description="Where it is, if not where its row is expected.")
    top_px: Px | None = None
    bottom_px: Px | None = None
    absent: bool = Field(False, description="There is no band here; nothing is measured.")
    reason: str = ""

    @model_validator(mode="after")
    def require_limits(self) -> PlannedBand:
        """Refuse limits that enclose nothing."""
        if (self.top_px is None) != (self.bottom_px is None):
            message = "top_px and bottom_px belong together"
            raise ValueError(message)
        if self.top_px is not None and self.bottom_px is not None and self.bottom_px <= self.top_px:
            message = "bottom_px must lie below top_px"
            raise ValueError(message)
        return self

    @property
    def limits(self) -> tuple[float, float] | None:
        """Top and bottom, where they were set."""
        if self.top_px is None or self.bottom_px is None:
            return None
        return self.top_px, self.bottom_px


class Plan(Record):
    """All that decides the numbers of one blot, beside its pixels and the recipe."""

    kind: Literal["plan"] = "plan"
    base: Base
    lanes: tuple[PlannedLane, ...] = ()
    rows: tuple[PlannedRow, ...] = ()
    bands: tuple[PlannedBand, ...] = ()
    background: Background | None = Field(None, description="None: the recipe's.")

    @model_validator(mode="after")
    def require_unique(self) -> Plan:
        """Refuse two lanes, rows or bands of one name."""
        _require_unique("lanes", [lane.id for lane in self.lanes])
        _require_unique("lane numbers", [lane.key for lane in self.lanes])
        _require_unique("rows", [row.id for row in self.rows])
        _require_unique("bands", [(band.lane, band.row) for band in self.bands])
        _require_unique("lanes of the base", [lane.id for lane in self.base.lanes])
        if not {lane.panel for lane in self.lanes} <= {lane.panel for lane in self.base.lanes}:
            message = "a lane lies in a panel in which nothing was measured"
            raise ValueError(message)
        return self

    def lane(self, lane_id: int) -> PlannedLane | None:
        """Return a lane by its id."""
        return next((lane for lane in self.lanes if lane.id == lane_id), None)

    def row(self, row_id: int) -> PlannedRow | None:
        """Return a row by its id."""
        return next((row for row in self.rows if row.id == row_id), None)


def _require_unique(what: str, keys: list[object]) -> None:
    if len(keys) != len(set(keys)):
        message = f"two {what} are the same"
        raise ValueError(message)
