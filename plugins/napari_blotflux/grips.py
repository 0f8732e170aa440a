"""What lies under the pointer, what a drag of it would look like, and the edit it asks for.

Only what is selected can be dragged, so that moving the view never moves a lane. Positions are in
blot pixels; `reach_px` is how far from an edge the pointer may be. Nothing here needs napari.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from blotflux.editing import actions
from napari_blotflux.marks import box_outline, lane_outline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from blotflux.blot import Band, Lane
    from blotflux.measure.result import Measurement

__all__ = ["KNOTS", "Grip", "Selection", "bent_track", "grip_at", "handles_of", "place_at"]

KNOTS = 3
"""Handles by which a lane is bent: its top, its middle, its bottom."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What the user looks at: a lane, one band of it, or nothing (both None)."""

    panel: int = 1
    lane: int | None = None
    row: int | None = None

    def lane_in(self, measurement: Measurement) -> Lane | None:
        """Return the selected lane."""
        key = (self.panel, self.lane)
        return next((lane for lane in measurement.lanes if (lane.panel, lane.number) == key), None)

    def band_in(self, measurement: Measurement) -> Band | None:
        """Return the selected band."""
        key = (self.panel, self.lane, self.row)
        return next(
            (band for band in measurement.bands if (band.panel, band.lane, band.row) == key), None
        )


# ---------------------------------------------------------------- finding


def place_at(measurement: Measurement, y: float, x: float) -> Selection:
    """Return the lane and the band at a point; the topmost band where several boxes overlap."""
    lane = next((lane for lane in measurement.lanes if _is_in(lane, y, x)), None)
    if lane is None:
        return Selection()
    own = [
        band
        for band in measurement.bands
        if (band.panel, band.lane) == (lane.panel, lane.number)
        and band.box.top - 0.5 <= y < band.box.bottom - 0.5
    ]
    nearest = min(own, key=lambda band: abs(band.y_px - y), default=None)
    row = None if nearest is None else nearest.row
    return Selection(panel=lane.panel, lane=lane.number, row=row)


def _is_in(lane: Lane, y: float, x: float) -> bool:
    top, bottom = lane.track_y_px[0], lane.track_y_px[-1]
    return bool(top - 1 <= y <= bottom + 1 and abs(x - lane.x_at(y)) <= lane.width_px / 2)


def handles_of(lane: Lane) -> tuple[tuple[float, float], ...]:
    """Return the (y, x) of the handles that bend a lane."""
    places = np.linspace(lane.track_y_px[0], lane.track_y_px[-1], KNOTS)
    return tuple((float(y), float(lane.x_at(y))) for y in places)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grip:
    """A part of the selection that the pointer holds.

    Attributes
    ----------
    kind : {"move", "left", "right", "bend", "top", "bottom"}
        Of the lane: its whole, an edge, a handle; of the band: a limit.
    lane : Lane
    band : Band or None
    handle : int
        Which of the lane's handles, from 0 at the top.
    """

    kind: Literal["move", "left", "right", "bend", "top", "bottom"]
    lane: Lane
    band: Band | None = None
    handle: int = 0

    def preview(self, dy: float, dx: float) -> Sequence[NDArray[np.float64]]:
        """Return the lines to draw while the pointer has moved by (dy, dx)."""
        if self.kind in ("top", "bottom"):
            return [self._box(dy)]
        left, right = lane_outline(self.lane)
        shift = np.array([0.0, dx])
        if self.kind == "bend":
            track_y, track_x = bent_track(self.lane, self.handle, dx)
            middle = np.stack([track_y, track_x], axis=1)
            half = np.array([0.0, self.lane.width_px / 2])
            return [middle - half, middle + half]
        moved_left = left + shift if self.kind in ("move", "left") else left
        moved_right = right + shift if self.kind in ("move", "right") else right
        return [moved_left, moved_right]

    def action(self, dy: float, dx: float) -> actions.Action:
        """Return the edit that the pointer asked for by moving by (dy, dx)."""
        panel, lane = self.lane.panel, self.lane.number
        if self.kind == "move":
            return actions.MoveLane(panel=panel, lane=lane, dx_px=dx)
        if self.kind in ("left", "right"):
            return actions.MoveEdge(panel=panel, lane=lane, side=self.kind, dx_px=dx)
        if self.kind == "bend":
            y, x = bent_track(self.lane, self.handle, dx)
            return actions.BendLane(
                panel=panel,
                lane=lane,
                track_x_px=tuple(float(value) for value in x),
                track_y_px=tuple(float(value) for value in y),
            )
        top, bottom = self._limits(dy)
        row = 0 if self.band is None else self.band.row
        return actions.SetLimits(panel=panel, lane=lane, row=row, top_px=top, bottom_px=bottom)

    def _limits(self, dy: float) -> tuple[float, float]:
        if self.band is None:
            message = f"a grip of kind {self.kind!r} needs a band"
            raise ValueError(message)
        top, bottom = float(self.band.box.top), float(self.band.box.bottom)
        if self.kind == "top":
            return min(top + dy, bottom - 1), bottom
        return top, max(bottom + dy, top + 1)

    def _box(self, dy: float) -> NDArray[np.float64]:
        if self.band is None:
            message = f"a grip of kind {self.kind!r} needs a band"
            raise ValueError(message)
        outline = box_outline(self.band)
        top, bottom = self._limits(dy)
        outline[[0, 1, 4], 0] = top - 0.5
        outline[[2, 3], 0] = bottom - 0.5
        return outline


def grip_at(
    measurement: Measurement, selected: Selection, y: float, x: float, *, reach_px: float
) -> Grip | None:
    """Return what of the selection the pointer would hold at a point, or None."""
    lane = selected.lane_in(measurement)
    if lane is None:
        return None
    for number, (handle_y, handle_x) in enumerate(handles_of(lane)):
        if max(abs(y - handle_y), abs(x - handle_x)) <= 1.5 * reach_px:
            return Grip(kind="bend", lane=lane, handle=number)
    band = selected.band_in(measurement)
    if band is not None and band.box.left < x < band.box.right - 1:
        for kind, edge in (("top", band.box.top - 0.5), ("bottom", band.box.bottom - 0.5)):
            if abs(y - edge) <= reach_px:
                return Grip(kind=kind, lane=lane, band=band)  # type: ignore[arg-type]
    return _grip_of_lane(lane, y, x, reach_px)


def _grip_of_lane(lane: Lane, y: float, x: float, reach_px: float) -> Grip | None:
    if not lane.track_y_px[0] - reach_px <= y <= lane.track_y_px[-1] + reach_px:
        return None
    aside = x - float(lane.x_at(y))
    half = lane.width_px / 2
    reach_px = min(reach_px, half / 2)
    if abs(aside + half) <= reach_px:
        return Grip(kind="left", lane=lane)
    if abs(aside - half) <= reach_px:
        return Grip(kind="right", lane=lane)
    return Grip(kind="move", lane=lane) if abs(aside) < half else None


def bent_track(
    lane: Lane, handle: int, dx: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return y and x of a lane's track with one handle moved sideways.

    The shift is full at the handle and falls linearly to nothing at the handles beside it.
    """
    places = np.linspace(lane.track_y_px[0], lane.track_y_px[-1], KNOTS)
    y = np.unique(np.concatenate([np.asarray(lane.track_y_px, np.float64), places]))
    weight = np.interp(y, places, np.eye(KNOTS)[handle])
    return y, np.asarray(lane.x_at(y)) + dx * weight
