"""The texts on a blot: number and name above each lane, the target beside each row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from blotflux.blot import LaneRole
from blotflux.report.palette import LADDER, LOW_CONFIDENCE, row_color
from napari_blotflux.marks import is_doubtful

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from blotflux.blot import Lane
    from blotflux.editing import EditSession

__all__ = ["LaneTexts", "names_of", "row_title"]

LANE_COLOR = "#2f6fb0"
"""Readable on the light blot and on napari's dark canvas around it."""

LETTER_SCREEN_PX = 8.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LaneTexts:
    """Texts with their (y, x), shape (n, 2), and colors."""

    places: NDArray[np.float64]
    texts: list[str]
    colors: list[str]


def row_title(session: EditSession, panel: int, row: int) -> str:
    """Return the target of a row; its number where it has none."""
    return session.targets.get((panel, row)) or f"row {row}"


def names_of(session: EditSession, *, zoom: float) -> LaneTexts:
    """Return the texts; a lane's name only where it fits above the lane at this zoom."""
    listed = [*_lanes(session, zoom), *_rows(session, zoom)]
    places = np.array([place for place, _, _ in listed], np.float64).reshape(-1, 2)
    return LaneTexts(
        places=places,
        texts=[text for _, text, _ in listed],
        colors=[color for _, _, color in listed],
    )


def _lanes(session: EditSession, zoom: float) -> Iterator[tuple[tuple[float, float], str, str]]:
    names = session.lane_names
    for lane in session.measurement.lanes:
        top = lane.track_y_px[0]
        place = (top - 9.0 / zoom, float(lane.x_at(top)))
        color = LOW_CONFIDENCE if is_doubtful(lane) else LANE_COLOR
        if lane.role is LaneRole.LADDER:
            color = LADDER
        yield place, _lane_text(lane, names.get((lane.panel, lane.number), ""), zoom), color


def _lane_text(lane: Lane, name: str, zoom: float) -> str:
    number = f"{lane.number}?" if is_doubtful(lane) else str(lane.number)
    text = f"{number} {name}".strip()
    fits = len(text) * LETTER_SCREEN_PX <= lane.width_px * zoom
    return text if fits else number


def _rows(session: EditSession, zoom: float) -> Iterator[tuple[tuple[float, float], str, str]]:
    """Yield each row's title beside it: left and right in turns, neighbors are often close."""
    ladders = {
        (lane.panel, lane.number)
        for lane in session.measurement.lanes
        if lane.role is LaneRole.LADDER
    }
    first: dict[tuple[int, int], float] = {}
    shared: set[tuple[int, int]] = set()
    for band in session.measurement.bands:
        first.setdefault((band.panel, band.row), band.y_px)
        if (band.panel, band.lane) not in ladders:
            shared.add((band.panel, band.row))
    for (panel, row), y in first.items():
        if (panel, row) in shared:
            left, right = _sides(session, panel, y)
            title = row_title(session, panel, row)
            away = (0.5 * LETTER_SCREEN_PX * len(title) + 10.0) / zoom
            x = left - away if row % 2 else right + away
            yield (y, x), title, row_color(row)


def _sides(session: EditSession, panel: int, y: float) -> tuple[float, float]:
    """Return where the lanes of a panel begin and end at a height."""
    lanes = [lane for lane in session.measurement.lanes if lane.panel == panel]
    left = min(float(lane.x_at(y)) - lane.width_px / 2 for lane in lanes)
    return left, max(float(lane.x_at(y)) + lane.width_px / 2 for lane in lanes)
