"""Ridges that can be bands: not scratches, haze, edges of the membrane or writing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from blotflux.measure.lanes.column_sums import ColumnSums
from blotflux.measure.lanes.ridges import HALF_HEIGHTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from blotflux.measure.lanes.ridges import Ridges

__all__ = ["plausible_ridges"]

STEEPEST = 0.22  # a row of bands climbs less than this per pixel
ROUGHEST = 0.6  # mean change of y per pixel along a ridge of bands
TALL = 2.2  # ridges so much taller than the usual are haze or the gap between rows ...
STRONG = 0.5  # ... unless they have this share of the strongest contrast
CLEAR = 25.0  # standard deviations from which a ridge is tested for being writing
RESTLESS = 0.25  # ups and downs along a ridge per height: bands make fewer
STROKES = 0.95  # change along the rows over that down the columns: strokes, not bands


def plausible_ridges(ridges: Ridges, picture: NDArray[np.float32], sigma: float) -> Ridges:
    """Return the ridges that may be bands.

    Parameters
    ----------
    ridges : Ridges
    picture : ndarray of float32, shape (rows, columns)
        From which they come.
    sigma : float
        Standard deviation of a pixel without band.
    """
    if not len(ridges):
        return ridges
    written = is_writing(ridges, picture, sigma)
    length, strength = ridges.length, ridges.strength
    first, last = ridges.start[:-1], ridges.start[1:] - 1
    climb = np.abs(ridges.y[last] - ridges.y[first]) / length
    change = np.abs(np.diff(ridges.y, append=ridges.y[-1]))
    change[last] = 0
    rough = np.add.reduceat(change, first) / np.maximum(length - 1, 1)
    good = (climb < STEEPEST) & (rough < ROUGHEST) & ~written
    if not good.any():
        return ridges
    weight = np.where(good, length * strength, 0)
    order = np.argsort(ridges.height, kind="stable")
    running = np.cumsum(weight[order])
    usual = ridges.height[order][np.searchsorted(running, running[-1] / 2)]
    low = (ridges.height < TALL * usual) | (strength > STRONG * strength[good].max())
    return ridges.keep(good & low)


def is_writing(ridges: Ridges, picture: NDArray[np.float32], sigma: float) -> NDArray[np.bool_]:
    """Return which ridges are lines of letters or pen strokes.

    A band changes down the columns all along its length, and along the rows only at its two ends;
    letters change as much one way as the other.
    """
    suspect = (ridges.strength > CLEAR * sigma) & (restlessness(ridges) > RESTLESS)
    if not suspect.any():
        return suspect
    along = np.zeros_like(picture)
    cv2.absdiff(picture[:, 2:], picture[:, :-2], along[:, 1:-1])
    down = np.zeros_like(picture)
    cv2.absdiff(picture[2:], picture[:-2], down[1:-1])
    half = np.maximum(1.5, HALF_HEIGHTS * ridges.height)[ridges.ridge]
    middle = ridges.y + 0.5

    def total(change: NDArray[np.float32]) -> NDArray[np.float64]:
        column, pixels = ColumnSums(change).between(ridges.x, middle - half, middle + half)
        noise = 2 / np.sqrt(np.pi) * sigma * pixels  # mean of |a - b| of noise alone
        return np.maximum(np.add.reduceat(column - noise, ridges.start[:-1]), 0)

    strokes = total(along) > STROKES * total(down)
    return np.asarray(strokes & suspect)


def restlessness(ridges: Ridges) -> NDArray[np.float64]:
    """Return how much the profile goes up and down along a ridge, beyond once, per height."""
    change = np.abs(np.diff(ridges.profile, append=0.0))
    first, last = ridges.start[:-1], ridges.start[1:] - 1
    change[last] = 0
    highest = np.maximum.reduceat(ridges.profile, first)
    once = 2 * highest - ridges.profile[first] - ridges.profile[last]
    more = np.add.reduceat(change, first) - once
    return np.asarray(more / np.maximum(highest, 1e-9) / ridges.length * ridges.height)
