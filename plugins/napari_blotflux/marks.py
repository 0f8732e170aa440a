"""What is drawn on a blot, as line segments: tracks of lanes, outlines of bands, the selection.

Points are (y, x) in blot pixels, a segment is its start and its direction: the form of napari's
Vectors layer, the cheapest of its layers to change. Nothing here needs napari.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from blotflux.blot import LaneRole
from blotflux.flags import Flag
from blotflux.report.palette import INK, LADDER, LOW_CONFIDENCE, MUTED, ROWS, TRACK, row_color

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from blotflux.blot import Band, Lane

    Key = tuple[int, int]

__all__ = [
    "DASH",
    "DOTS",
    "SOLID",
    "Segments",
    "band_marks",
    "box_outline",
    "dash_of",
    "is_doubtful",
    "lane_marks",
    "lane_outline",
    "rgba",
]

SOLID: tuple[float, float] = (1.0, 0.0)
DASH: tuple[float, float] = (0.018, 0.008)
DOTS: tuple[float, float] = (0.006, 0.006)
"""Stroke and gap, in parts of the picture's width."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Segments:
    """Line segments and their colors.

    Attributes
    ----------
    vectors : ndarray of float32, shape (n, 2, 2)
        Start and direction of each, (y, x).
    colors : ndarray of float32, shape (n, 4)
    """

    vectors: NDArray[np.float32]
    colors: NDArray[np.float32]

    @classmethod
    def join(cls, parts: Iterable[Segments]) -> Segments:
        """Return all segments of several marks."""
        listed = list(parts)
        if not listed:
            return cls(vectors=np.zeros((0, 2, 2), np.float32), colors=np.zeros((0, 4), np.float32))
        return cls(
            vectors=np.concatenate([part.vectors for part in listed]),
            colors=np.concatenate([part.colors for part in listed]),
        )

    @classmethod
    def along(
        cls,
        points: NDArray[np.float64],
        color: str,
        *,
        dash: tuple[float, float] = SOLID,
        width_px: float = 1000.0,
        alpha: float = 1.0,
    ) -> Segments:
        """Return the segments of one line through `points`, shape (k, 2).

        Parameters
        ----------
        dash : (float, float)
            Stroke and gap in parts of `width_px`.
        width_px : float
            The picture's width.
        """
        starts, ends = points[:-1], points[1:]
        if dash[1] > 0:
            starts, ends = _dashed(points, dash[0] * width_px, dash[1] * width_px)
        vectors = np.stack([starts, ends - starts], axis=1).astype(np.float32)
        return cls(vectors=vectors, colors=np.tile(rgba(color, alpha), (len(vectors), 1)))


def rgba(color: str, alpha: float = 1.0) -> NDArray[np.float32]:
    """Return a color written as ``#rrggbb`` as four numbers from 0 to 1."""
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return np.array([*parts, alpha], np.float32)


def _dashed(
    points: NDArray[np.float64], stroke: float, gap: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return starts and ends of strokes along a line; strokes may cut a corner by their length."""
    steps = np.hypot(*np.diff(points, axis=0).T)
    way = np.concatenate([[0.0], np.cumsum(steps)])
    begin = np.arange(0.0, max(way[-1], 1e-9), stroke + gap)
    end = np.minimum(begin + stroke, way[-1])
    places = [
        np.stack([np.interp(at, way, points[:, axis]) for axis in (0, 1)], axis=1)
        for at in (begin, end)
    ]
    return places[0], places[1]


# ---------------------------------------------------------------- lanes


def is_doubtful(lane: Lane) -> bool:
    """Whether a lane must stand out: its confidence is low."""
    return Flag.LOW_CONFIDENCE in lane.flags


def lane_outline(lane: Lane) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the left and the right edge of a lane, each of shape (knots, 2)."""
    y = np.asarray(lane.track_y_px, np.float64)
    x = np.asarray(lane.track_x_px, np.float64)
    if len(y) == 1:
        y, x = np.array([y[0], y[0] + 1.0]), np.repeat(x, 2)
    half = lane.width_px / 2
    return np.stack([y, x - half], axis=1), np.stack([y, x + half], axis=1)


def _lane_color(lane: Lane, *, excluded: bool) -> str:
    if excluded:
        return MUTED
    if is_doubtful(lane):
        return LOW_CONFIDENCE
    return LADDER if lane.role is LaneRole.LADDER else TRACK


def lane_marks(lanes: Iterable[Lane], excluded: Mapping[Key, str], *, width_px: float) -> Segments:
    """Return the edges of lanes: dashed and orange where doubtful, crossed where excluded."""
    parts = []
    for lane in lanes:
        out = (lane.panel, lane.number) in excluded
        color = _lane_color(lane, excluded=out)
        dash = DASH if is_doubtful(lane) else SOLID
        left, right = lane_outline(lane)
        lines = [left, right, np.stack([left[0], right[0]]), np.stack([left[-1], right[-1]])]
        parts += [Segments.along(line, color, dash=dash, width_px=width_px) for line in lines]
        if out:
            crossing = [np.stack([left[0], right[-1]]), np.stack([right[0], left[-1]])]
            parts += [Segments.along(line, color, width_px=width_px) for line in crossing]
    return Segments.join(parts)


# ---------------------------------------------------------------- bands


def dash_of(band: Band) -> tuple[float, float]:
    """Return how a band is outlined: dots where nothing was detected, dashes from row 9 on."""
    if not band.detected:
        return DOTS
    return SOLID if band.row <= len(ROWS) else DASH


def box_outline(band: Band, *, grow_px: float = 0.0) -> NDArray[np.float64]:
    """Return the closed outline of the pixels that a band's `total` sums, shape (5, 2)."""
    box = band.box
    top, bottom = box.top - 0.5 - grow_px, box.bottom - 0.5 + grow_px
    left, right = box.left - 0.5 - grow_px, box.right - 0.5 + grow_px
    return np.array([[top, left], [top, right], [bottom, right], [bottom, left], [top, left]])


def band_marks(bands: Iterable[Band], ladders: set[Key], *, width_px: float) -> Segments:
    """Return the outlines of bands in the colors of their rows; those edited by hand doubled."""
    parts = []
    for band in bands:
        ladder = (band.panel, band.lane) in ladders
        color = LADDER if ladder else row_color(band.row)
        dash = SOLID if ladder and band.detected else dash_of(band)
        parts.append(Segments.along(box_outline(band), color, dash=dash, width_px=width_px))
        if band.edited:
            inner = box_outline(band, grow_px=-0.0035 * width_px)
            parts.append(Segments.along(inner, INK, width_px=width_px, alpha=0.8))
    return Segments.join(parts)
