"""Ridges that can be bands: not scratches, haze, edges of the membrane or writing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.lanes.writing import is_writing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from blotflux.measure.lanes.ridges import Ridges

__all__ = ["no_specks", "plausible_ridges"]

STEEPEST = 0.22  # a row of bands climbs less than this per pixel
ROUGHEST = 0.6  # mean change of y per pixel along a ridge of bands
TALL = 2.2  # ridges so much taller than the usual are haze or the gap between rows ...
ROUND = 3.0  # heights from which a ridge is no speck
ROW_HEIGHTS, ROW_SLOPE = 0.6, 0.03  # what is on one row
ALIKE = 0.4  # of the logarithm of lengths
COMPANY = 1.5  # lengths of a ridge that its row or ladder must show beside it
WHOLE_WIDTH, FRAME_MARGIN = 0.97, 0.04  # of the picture: a frame's line
STRONG = 0.5  # ... unless they have this share of the strongest contrast


def no_specks(ridges: Ridges) -> Ridges:
    """Return the ridges without specks: round ones on no row and in no ladder.

    A row or a ladder shows at least two more ridges, at about the same y or x.
    """
    first, last = ridges.start[:-1], ridges.start[1:] - 1
    left, right = ridges.x[first], ridges.x[last]
    x, y = (left + right) / 2, ridges.y[(first + last) // 2]
    round_ones = ridges.length < ROUND * ridges.height
    number = np.count_nonzero(round_ones)
    if not number or number == len(ridges):
        return ridges
    mine = np.flatnonzero(round_ones)
    away = np.maximum(np.maximum(left - x[mine, None], x[mine, None] - right), 0)
    slack = ROW_HEIGHTS * ridges.height[mine, None] + ROW_SLOPE * away
    nearest = np.where(x[mine, None] < x, ridges.y[first], ridges.y[last])
    in_row = np.abs(nearest - y[mine, None]) < slack
    alike = np.abs(np.log(ridges.length / ridges.length[mine, None])) < ALIKE
    above = (np.abs(x - x[mine, None]) < ridges.length[mine, None] / 2) & alike
    company = np.maximum(
        (ridges.length * in_row).sum(axis=1) - ridges.length[mine],
        (ridges.length * above).sum(axis=1) - ridges.length[mine],
    )
    lonely = np.zeros(len(ridges), bool)
    lonely[mine] = company < COMPANY * ridges.length[mine]
    return ridges if lonely.all() else ridges.keep(~lonely)


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
    good = (climb < STEEPEST) & (rough < ROUGHEST) & ~written & ~is_frame(ridges, picture.shape)
    if not good.any():
        return ridges
    weight = np.where(good, length * strength, 0)
    order = np.argsort(ridges.height, kind="stable")
    running = np.cumsum(weight[order])
    usual = ridges.height[order][np.searchsorted(running, running[-1] / 2)]
    low = (ridges.height < TALL * usual) | (strength > STRONG * strength[good].max())
    return ridges.keep(good & low)


def is_frame(ridges: Ridges, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Return which ridges run along the upper or lower border from one side to the other."""
    rows, columns = shape
    first, last = ridges.start[:-1], ridges.start[1:] - 1
    across = ridges.length >= WHOLE_WIDTH * columns
    highest = np.minimum(ridges.y[first], ridges.y[last])
    lowest = np.maximum(ridges.y[first], ridges.y[last])
    margin = FRAME_MARGIN * rows
    return np.asarray(across & ((lowest < margin) | (highest > rows - 1 - margin)))
