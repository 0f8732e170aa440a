"""Which lanes of a picture are ladders, and which must be looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blotflux.blot import LaneRole
from blotflux.flags import Flag
from blotflux.report.palette import LADDER, row_color

if TYPE_CHECKING:
    from blotflux.blot import Band, Lane
    from blotflux.report.pictures import Picture

__all__ = ["band_color", "is_doubtful", "is_ladder", "ladders_of"]


def is_doubtful(lane: Lane) -> bool:
    """Whether a lane must stand out: its confidence is low."""
    return Flag.LOW_CONFIDENCE in lane.flags or lane.confidence < 0.5


def is_ladder(picture: Picture, lane: Lane) -> bool:
    """Whether a lane holds a ladder."""
    return picture.role_of(lane) == LaneRole.LADDER


def ladders_of(picture: Picture) -> set[tuple[int, int]]:
    """Return panel and number of the lanes that hold a ladder."""
    return {
        (lane.panel, lane.number) for lane in picture.measurement.lanes if is_ladder(picture, lane)
    }


def band_color(band: Band, ladders: set[tuple[int, int]]) -> str:
    """Return the color of a band: its row's, or that of ladders."""
    return LADDER if (band.panel, band.lane) in ladders else row_color(band.row)
