"""Lanes: as many as there are, where they run, without being told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from blotflux.blot import Lane
from blotflux.flags import Flag
from blotflux.measure.confidence import judge_lanes
from blotflux.measure.gaps import fill_gaps
from blotflux.measure.result import LaneHints
from blotflux.measure.search import search
from blotflux.measure.tracks import refine_tracks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from blotflux.blot import Blot
    from blotflux.measure.result import Noise
    from blotflux.measure.search import Found

__all__ = ["find_lanes"]

HALVE_ABOVE_PX, THIRD_ABOVE_PX, MOST_PX = 130e3, 1.25e6, 3e5
KNOTS = 9
DOUBTFUL = 0.35  # lanes below are not reported


def find_lanes(blot: Blot, noise: Noise, *, hints: LaneHints | None = None) -> tuple[Lane, ...]:
    """Return the lanes of all panels of a blot.

    Parameters
    ----------
    blot : Blot
    noise : Noise
        From `estimate_noise`.
    hints : LaneHints, optional
        What is known before looking.

    Returns
    -------
    tuple of Lane
        By panel and number; empty if the picture shows none.

    Raises
    ------
    LaneError
        The picture contradicts `hints`.
    """
    hints = hints or LaneHints()
    picture, factor = reduce(blot.signal)
    sigma = noise.sigma * np.sqrt(max(1.0, noise.correlation / factor**2)) / factor
    found = search(picture, float(sigma))
    if found is None:
        return ()
    return make_lanes(found, factor, blot.shape)


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


def make_lanes(found: Found, factor: int, shape: tuple[int, int]) -> tuple[Lane, ...]:
    """Return lanes in pixels of the blot."""
    x, added = fill_gaps(found.x)
    tracks = refine_tracks(found.ridges, found.slant, x, np.full(len(x), found.width))
    opinions = judge_lanes(tracks, found)
    y = np.linspace(0, shape[0] - 1, KNOTS)
    offset = (factor - 1) / 2
    track = tracks.at((y - offset) / factor) * factor + offset
    lanes: list[Lane] = []
    for index, opinion in enumerate(opinions):
        empty = added[index] and opinion.probability < DOUBTFUL
        if opinion.probability < DOUBTFUL and not empty:
            continue
        lanes.append(
            Lane(
                number=len(lanes) + 1,
                track_y_px=tuple(float(value) for value in y),
                track_x_px=tuple(float(value) for value in track[index]),
                width_px=float(tracks.width[index]) * factor,
                confidence=opinion.probability,
                reason=opinion.reason,
                flags=(Flag.EMPTY_LANE,) if empty else (),
            )
        )
    return tuple(lanes)
