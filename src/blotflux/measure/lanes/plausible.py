"""Ridges that can be bands: not scratches, haze, edges of the membrane or writing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.lanes.quick import changes, clamp
from blotflux.measure.lanes.writing import is_writing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from blotflux.measure.lanes.ridges import Ridges

__all__ = ["no_specks", "plausible_ridges"]

STEEPEST = 0.22  # a row of bands climbs less than this per pixel ...
SLANTED_HEIGHTS = 2.5  # ... but a single band may lie slanted, by so many times its height, ...
SLANTED_STRENGTH = 0.3  # ... if it has this share of the strongest contrast
ROUGHEST = 0.6  # mean change of y per pixel along a ridge of bands
JUMP, LEAST_JUMP_PX = 0.25, 2.0  # heights by which a band's y does not change from column to column
BORDER_HEIGHTS = 20.0  # length from which a ridge may be the border of a membrane
FAR = np.array([3.0, 5.0, 7.0])  # heights above and below at which the levels are compared ...
STEP = 2.0  # ... and by how many contrasts they differ at all of these
PIECE = 2.0  # heights that a piece between two jumps is long at least
MOST_WRITTEN = 0.5  # share of all ridges: one that has more is no writing ...
BESIDE = 0.3  # ... if others, of at least this share of its contrast, are none either
TALL = 2.2  # ridges so much taller than the usual are haze or the gap between rows ...
ROUND = 3.0  # heights from which a ridge is no speck
SMALL_PX = 15.0  # length from which thin ones are none
ROW_HEIGHTS, ROW_SLOPE = 0.6, 0.03  # what is on one row
ALIKE = 0.4  # of the logarithm of lengths
COMPANY = 1.5  # lengths of a ridge that its row or ladder must show beside it
WHOLE_WIDTH, FRAME_MARGIN = 0.97, 0.04  # of the picture: a frame's line
STRONG = 0.5  # ... unless they have this share of the strongest contrast,
CLEAR, TALLER, LONGISH = 0.1, 5.0, 0.7  # or this one, are not that tall, no blobs, and ...
STEADY = 1.5  # ... y changes the less, the weaker they are


def no_specks(ridges: Ridges) -> Ridges:
    """Return the ridges without specks: round or small ones on no row and in no ladder.

    A row or a ladder shows at least two more ridges, at about the same y or x.
    """
    first, last = ridges.start[:-1], ridges.start[1:] - 1
    left, right = ridges.x[first], ridges.x[last]
    x, y = (left + right) / 2, ridges.y[(first + last) // 2]
    round_ones = (ridges.length < ROUND * ridges.height) | (ridges.length < SMALL_PX)
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
    ridges = cut_at_jumps(without_writing(ridges, picture, sigma))
    length, strength = ridges.length, ridges.strength
    climb, rough = unevenness(ridges)
    slanted = (climb * length < SLANTED_HEIGHTS * ridges.height) & (
        strength > SLANTED_STRENGTH * strength.max()
    )
    steep = (climb >= STEEPEST) & ~slanted
    good = ~steep & (rough < ROUGHEST)
    good &= ~is_frame(ridges, picture.shape) & ~is_border(ridges, picture)
    if not good.any():
        return ridges
    weight = np.where(good, length * strength, 0)
    order = np.argsort(ridges.height, kind="stable")
    running = np.cumsum(weight[order])
    usual = ridges.height[order][np.searchsorted(running, running[-1] / 2)]
    share = strength / strength[good].max()
    clear = (share > CLEAR) & (rough < STEADY * share)
    clear &= (ridges.height < TALLER * usual) & (length > LONGISH * ridges.height)
    low = (ridges.height < TALL * usual) | (share > STRONG) | clear
    return ridges.keep(good & low)


def without_writing(ridges: Ridges, picture: NDArray[np.float32], sigma: float) -> Ridges:
    """Return the ridges that are no writing; all of them if nothing else is there."""
    written = is_writing(ridges, picture, sigma)
    mass = ridges.length * ridges.strength
    most = written & (mass > MOST_WRITTEN * mass.sum())
    written &= ~most | (BESIDE * ridges.strength > ridges.strength[~written].max(initial=0.0))
    return ridges if written.all() else ridges.keep(~written)


def unevenness(ridges: Ridges) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how much y changes per pixel from end to end, and from column to column."""
    first, last = ridges.start[:-1], ridges.start[1:] - 1
    climb = np.abs(ridges.y[last] - ridges.y[first]) / ridges.length
    change = changes(ridges.y)
    change[last] = 0
    return climb, np.add.reduceat(change, first) / np.maximum(ridges.length - 1, 1)


def cut_at_jumps(ridges: Ridges) -> Ridges:
    """Return the ridges, those too rough for a row of bands cut where they leap to another one."""
    _, rough = unevenness(ridges)
    if not (rough >= ROUGHEST).any():
        return ridges
    high = ridges.height[ridges.ridge]
    leap = changes(ridges.y) > np.maximum(LEAST_JUMP_PX, JUMP * high)
    leap &= (rough >= ROUGHEST)[ridges.ridge]
    pieces = ridges.cut(leap)
    whole = (rough < ROUGHEST)[ridges.ridge[pieces.start[:-1]]]
    kept = whole | (pieces.length > PIECE * pieces.height)
    return pieces.keep(kept) if kept.any() else ridges


def is_frame(ridges: Ridges, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Return which ridges run along the upper or lower border from one side to the other."""
    rows, columns = shape
    first, last = ridges.start[:-1], ridges.start[1:] - 1
    across = ridges.length >= WHOLE_WIDTH * columns
    highest = np.minimum(ridges.y[first], ridges.y[last])
    lowest = np.maximum(ridges.y[first], ridges.y[last])
    margin = FRAME_MARGIN * rows
    return np.asarray(across & ((lowest < margin) | (highest > rows - 1 - margin)))


def is_border(ridges: Ridges, picture: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return which ridges are the dark rim of a membrane: lighter far above than far below."""
    border = ridges.length >= BORDER_HEIGHTS * ridges.height
    if not border.any():
        return border
    rows = ridges.keep(border)
    away = FAR[:, None] * rows.height[rows.ridge]
    above, below = (
        picture[clamp(np.rint(rows.y + side * away), 0, len(picture) - 1).astype(np.int64), rows.x]
        for side in (-1, 1)
    )
    rise = np.add.reduceat(below.astype(np.float64) - above, rows.start[:-1], axis=1)
    limit = STEP * np.add.reduceat(rows.contrast, rows.start[:-1])
    border[border] = (rise > limit).all(axis=0) | (rise < -limit).all(axis=0)
    return border
