"""What a person does to single bands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from blotflux.editing.actions.action import Action
from blotflux.editing.actions.rows import AddRow
from blotflux.editing.errors import EditError
from blotflux.measure.correcting import PlannedBand

if TYPE_CHECKING:
    from blotflux.editing.desk import Desk
    from blotflux.measure.correcting import PlannedLane, PlannedRow
    from blotflux.study.corrections import PlaneCorrections

__all__ = ["AddBand", "DeleteBand", "MoveBand", "RestoreBand", "SetLimits"]


@dataclass(frozen=True, slots=True)
class OneBand(Action):
    """An action on the band of one lane and row."""

    panel: int
    lane: int
    row: int

    def places(self, desk: Desk) -> tuple[PlannedLane, PlannedRow]:
        """Return the lane and the row.

        Raises
        ------
        EditError
            If the lane is not measured in that row.
        """
        desk.band(self.panel, self.lane, self.row)
        return desk.lane(self.panel, self.lane), desk.row(self.panel, self.row)

    @property
    def name(self) -> str:
        """Which band, in words."""
        return f"band {self.row} of lane {self.lane}"


@dataclass(frozen=True, slots=True)
class SetLimits(OneBand):
    """Drag a band's limits: its volume is what lies between them above the background."""

    top_px: float
    bottom_px: float

    def describe(self) -> str:
        """Return the menu's words for it."""
        return f"Set the limits of {self.name}"

    def apply(self, desk: Desk) -> PlaneCorrections:
        """Return the corrections after the action."""
        lane, row = self.places(desk)
        height = desk.blot.shape[0]
        if not -0.5 <= self.top_px < self.bottom_px <= height or self.bottom_px - self.top_px < 1:
            message = f"limits lie within the picture, 0 to {height}, at least 1 px apart"
            raise EditError(message)
        return desk.with_band(
            PlannedBand(
                lane=lane.id,
                row=row.id,
                top_px=float(self.top_px),
                bottom_px=float(self.bottom_px),
            )
        )


@dataclass(frozen=True, slots=True)
class DeleteBand(OneBand):
    """Say that there is no band here: nothing is measured in this lane and row."""

    reason: str = ""

    def describe(self) -> str:
        """Return the menu's words for it."""
        return f"Delete {self.name}"

    def apply(self, desk: Desk) -> PlaneCorrections:
        """Return the corrections after the action."""
        lane, row = self.places(desk)
        return desk.with_band(
            PlannedBand(lane=lane.id, row=row.id, absent=True, reason=" ".join(self.reason.split()))
        )


@dataclass(frozen=True, slots=True)
class RestoreBand(OneBand):
    """Take back what was said of a band."""

    def describe(self) -> str:
        """Return the menu's words for it."""
        return f"Restore {self.name}"

    def apply(self, desk: Desk) -> PlaneCorrections:
        """Return the corrections after the action."""
        lane, row = self.places(desk)
        if desk.planned_band(lane.id, row.id) is None:
            message = f"nothing was set by hand for {self.name}"
            raise EditError(message)
        return desk.without_band(lane.id, row.id)


@dataclass(frozen=True, slots=True)
class AddBand(Action):
    """Point at a band that was missed: in the row that runs there, or else in a new one."""

    panel: int
    lane: int
    y_px: float
    row: int | None = None

    def describe(self) -> str:
        """Return the menu's words for it."""
        return f"Add a band to lane {self.lane}"

    def apply(self, desk: Desk) -> PlaneCorrections:
        """Return the corrections after the action."""
        lane = desk.lane(self.panel, self.lane)
        if not 0 <= self.y_px < desk.blot.shape[0]:
            message = f"y = {self.y_px:.0f} lies outside the picture"
            raise EditError(message)
        number = self.row if self.row is not None else self._nearest(desk)
        if number is None:
            return AddRow(self.panel, self.y_px, self.lane).apply(desk)
        desk.band(self.panel, self.lane, number)
        row = desk.row(self.panel, number)
        return desk.with_band(PlannedBand(lane=lane.id, row=row.id, y_px=float(self.y_px)))

    def _nearest(self, desk: Desk) -> int | None:
        """Return the row in whose box the place lies, if its band is not elsewhere."""
        own = [
            band
            for band in desk.corrected.measurement.bands
            if (band.panel, band.lane) == (self.panel, self.lane)
            and band.box.top <= self.y_px < band.box.bottom
            and not band.detected
        ]
        if not own:
            return None
        return min(own, key=lambda band: abs(band.y_px - self.y_px)).row


@dataclass(frozen=True, slots=True)
class MoveBand(OneBand):
    """Say that a band belongs to another row."""

    to_row: int

    def describe(self) -> str:
        """Return the menu's words for it."""
        return f"Move {self.name} to row {self.to_row}"

    def apply(self, desk: Desk) -> PlaneCorrections:
        """Return the corrections after the action."""
        if self.to_row == self.row:
            message = f"{self.name} is in row {self.row} already"
            raise EditError(message)
        lane, row = self.places(desk)
        desk.band(self.panel, self.lane, self.to_row)
        other = desk.row(self.panel, self.to_row)
        band = desk.band(self.panel, self.lane, self.row)
        left = self._beside(desk, lane)
        return desk.with_band(
            PlannedBand(lane=lane.id, row=other.id, y_px=band.y_px),
            PlannedBand(lane=lane.id, row=row.id, y_px=left),
        )

    def _beside(self, desk: Desk, lane: PlannedLane) -> float:
        """Return where the row runs in this lane by what the lanes beside it show."""
        others = sorted(
            (band.x_px, band.y_px)
            for band in desk.bands_of_row(self.panel, self.row)
            if band.lane != self.lane
        )
        here = desk.band(self.panel, self.lane, self.row)
        if not others:
            other = desk.band(self.panel, self.lane, self.to_row)
            return 2 * other.y_px - here.y_px
        x_px, y_px = zip(*others, strict=True)
        return float(np.interp(here.x_px, x_px, y_px))
