"""Columns that stand off from both sides: scratches, dead columns, frames. They are no seams."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["is_line", "is_stripe"]

LINE_SIGMA = 0.5
LINE_SIDES = 0.25
STRIPE_SIGMA = 3.0
STRIPE_WIDTHS_PX = (1, 2, 3)
STRIPE_ROWS_MIN = 8
OPPOSITE_MAX = 0.6
FLANK_PX = 3
REACH_PX = 8
NEAR_PX = 2


def is_line(signal: NDArray[np.float32], column: int) -> bool:
    """Return whether a column at the place stands off from both its neighbors.

    Second differences of a line are -1/2, 1, -1/2 of its height; those of a step are -1/2, 1/2.
    """
    part = signal[:, max(0, column - 4) : column + 6].astype(np.float64)
    offsets = part[:, 1:-1] - (part[:, :-2] + part[:, 2:]) / 2
    middle = np.median(offsets, axis=0)
    noise = 1.4826 * float(np.median(np.abs(offsets - middle)))
    peak = int(np.argmax(np.abs(middle[1:-1]))) + 1
    height = float(middle[peak])
    beside = -np.sign(height) * middle[[peak - 1, peak + 1]]
    is_high = abs(height) > LINE_SIGMA * max(noise, 1e-12)
    return bool(is_high and (beside > LINE_SIDES * abs(height)).all())


def is_stripe(signal: NDArray[np.float32], rows: NDArray[np.intp], column: int) -> bool:
    """Return whether up to three columns stand off clearly in any third of some rows.

    Parameters
    ----------
    signal : ndarray, shape (rows, columns)
    rows : ndarray of int
        Those to look at, in order.
    column : int
        The last one before the place.
    """
    left, right = column - REACH_PX, column + REACH_PX + 2
    if left < 0 or right > signal.shape[1]:
        return False
    parts = [part for part in np.array_split(rows, 3) if len(part) >= STRIPE_ROWS_MIN]
    return any(
        _stands_off(signal[part, left:right].astype(np.float64), width)
        for part in parts
        for width in STRIPE_WIDTHS_PX
    )


def _stands_off(part: NDArray[np.float64], width: int) -> bool:
    """Return whether columns in the middle are higher, or lower, than those on both sides.

    At a step, one side of it is higher than what surrounds it and the other is lower.
    """
    start = np.arange(FLANK_PX + 1, part.shape[1] - width - FLANK_PX)
    flanks = _means(part, FLANK_PX)
    around = (flanks[:, start - FLANK_PX - 1] + flanks[:, start + width + 1]) / 2
    offsets = _means(part, width)[:, start] - around
    middle = np.median(offsets, axis=0)
    noise = 1.4826 * float(np.median(np.abs(offsets - middle)))
    near = np.abs(start + (width - 1) / 2 - (REACH_PX + 0.5)) <= NEAR_PX
    height = float(middle[near][np.argmax(np.abs(middle[near]))])
    opposite = float((-np.sign(height) * middle).max())
    return abs(height) > STRIPE_SIGMA * max(noise, 1e-12) and opposite < OPPOSITE_MAX * abs(height)


def _means(part: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Return the mean of as many columns from each column on."""
    sums = np.cumsum(np.pad(part, ((0, 0), (1, 0))), axis=1)
    return np.asarray((sums[:, width:] - sums[:, :-width]) / width)
