"""Lanes: as many as there are, where they run, without being told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from blotflux.blot import Lane
from blotflux.flags import Flag
from blotflux.measure.lanes.complete import complete
from blotflux.measure.lanes.panels import PAGE_SLACK, Panel, find_panels
from blotflux.measure.lanes.search import View, search
from blotflux.measure.lanes.tracks import centers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from blotflux.blot import Blot
    from blotflux.measure.lanes.search import Found
    from blotflux.measure.lanes.tracks import Tracks
    from blotflux.measure.result import LaneHints, Noise

__all__ = ["find_lanes"]

HALVE_ABOVE_PX, THIRD_ABOVE_PX, MOST_PX = 130e3, 1.25e6, 3e5
KNOTS = 9
WELL_SEEN, FEWEST_SEEN = 0.3, 3  # bands that show where a strip lies


def find_lanes(blot: Blot, noise: Noise, *, hints: LaneHints | None = None) -> tuple[Lane, ...]:
    """Return the lanes of all panels of a blot.

    Parameters
    ----------
    blot : Blot
    noise : Noise
        From `estimate_noise`.
    hints : LaneHints, optional
        What is known of the lanes. Lanes are looked for without it, so that a lane too many or too
        few is seen where slots are counted, and never bent into place.

    Returns
    -------
    tuple of Lane
        By panel and number; empty if the picture shows none.
    """
    del hints  # see above
    picture, factor = reduce(blot.signal)
    sigma = float(noise.sigma * np.sqrt(max(1.0, noise.correlation / factor**2)) / factor)
    panels = find_panels(picture, slack=PAGE_SLACK if blot.source.is_coarse else 0.0)
    lanes: list[Lane] = []
    for group in sorted({panel.group for panel in panels}):
        members = [panel for panel in panels if panel.group == group]
        left = min(panel.left for panel in members)
        views = [
            View(picture=panel.crop(picture), left=panel.left - left, top=panel.top)
            for panel in members
        ]
        found = search(views, sigma)
        if found is not None:
            place = Place(factor=factor, left=left, shape=blot.shape)
            numbered = [(panels.index(panel) + 1, panel) for panel in members]
            lanes += make_lanes(found, numbered, place)
    return tuple(sorted(lanes, key=lambda lane: (lane.panel, lane.number)))


def reduce(signal: NDArray[np.float32]) -> tuple[NDArray[np.float32], int]:
    """Return the picture at a size at which lanes are still many pixels wide, and the factor."""
    factor = 1
    if signal.size > HALVE_ABOVE_PX:
        factor = 2
    if signal.size > THIRD_ABOVE_PX:
        factor = max(3, int(np.ceil(np.sqrt(signal.size / MOST_PX))))
    if factor == 1:
        return signal, 1
    rows, columns = (n // factor for n in signal.shape)
    whole = signal[: rows * factor, : columns * factor]
    small = cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32), factor


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """How pixels of a group of panels lie in the blot."""

    factor: int
    left: int
    shape: tuple[int, int]


def make_lanes(found: Found, panels: Sequence[tuple[int, Panel]], place: Place) -> list[Lane]:
    """Return the lanes of numbered panels that share them, in pixels of the blot."""
    done = complete(found, published=len(panels) > 1)
    lanes = []
    for number, panel in panels:
        y_px, x_px = knots(done.tracks, panel, place, alone=len(panels) == 1)
        lanes += [
            Lane(
                number=rank,
                panel=number,
                track_y_px=tuple(y_px.tolist()),
                track_x_px=tuple(x_px[index].tolist()),
                width_px=float(done.tracks.width[index]) * place.factor,
                confidence=done.opinions[index].probability,
                reason=done.opinions[index].reason,
                flags=(Flag.EMPTY_LANE,) if done.empty[index] else (),
            )
            for rank, index in enumerate(np.flatnonzero(done.shown).tolist(), start=1)
        ]
    return lanes


def knots(
    tracks: Tracks, panel: Panel, place: Place, *, alone: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the knots' y and, for each lane, x over the height of a panel, blot pixels."""
    offset = (place.factor - 1) / 2
    first, last = panel.top * place.factor, panel.bottom * place.factor - 1
    if alone and panel.top == 0 and panel.bottom >= place.shape[0] // place.factor:
        last = place.shape[0] - 1
    y_px = np.linspace(first, last, KNOTS)
    shift = 0.0 if alone else strip_shift(tracks, panel)
    x = tracks.at((y_px - offset) / place.factor) + shift + place.left
    return y_px, x * place.factor + offset


def strip_shift(tracks: Tracks, panel: Panel) -> float:
    """Return how far a strip was pasted to the right of the others of its group."""
    pieces = tracks.pieces
    mine = (pieces.y >= panel.top) & (pieces.y < panel.bottom)
    middle, trust = centers(pieces, tracks.width)
    mine &= trust >= WELL_SEEN
    if np.count_nonzero(mine) < FEWEST_SEEN:
        return 0.0
    return float(
        np.median(
            middle[mine]
            + pieces.x[mine]
            - tracks.at(pieces.y[mine])[pieces.lane[mine], np.arange(np.count_nonzero(mine))]
        )
    )
