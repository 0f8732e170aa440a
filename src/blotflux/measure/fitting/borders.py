"""Borders: dark frames of films and scans, which run along the picture's edge and are no bands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.medians import median, quantile

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["inner_rows"]

WIDEST = 0.12  # a border takes at most this share of the height on either side
SHARE_OF_WIDTH = 0.2  # quantile of a row's pixels: a border covers gaps and margins as well
CLEAR = 6.0  # in standard deviations of the noise
OF_RANGE = 0.05  # and this share of the picture's range
LEAST_INNER = 0.7  # of the height, which is left between two borders
STEEP_PX, OF_HEIGHT = 5, 0.4  # rows within which a border falls by this share of its height


def inner_rows(signal: NDArray[np.float32], sigma: float) -> tuple[int, int]:
    """Return first and end row of the picture without a border at its top and bottom.

    Parameters
    ----------
    signal : ndarray of float32, shape (rows, columns)
    sigma : float
        Standard deviation of a pixel.

    Notes
    -----
    A row of bands leaves gaps and margins; a border is high in at least four fifths of a row and
    starts at the edge itself. It ends within a few rows; haze that rises toward the edge does not.
    """
    rows = len(signal)
    sample = signal[:, ::8]
    rank = int(SHARE_OF_WIDTH * sample.shape[1])
    low = np.sort(sample, axis=1)[:, rank].astype(np.float64)
    level = float(median(low))
    range_ = quantile(sample[::8], 0.995) - level
    high = low > level + max(CLEAR * sigma, OF_RANGE * range_)
    top = edge_run(high, low, level + 3 * sigma)
    bottom = rows - edge_run(high[::-1], low[::-1], level + 3 * sigma)
    if bottom - top < LEAST_INNER * rows:  # so few rows that nothing tells a border from a band
        return 0, rows
    return top, bottom


def edge_run(high: NDArray[np.bool_], low: NDArray[np.float64], floor: float) -> int:
    """Return how many rows from the start belong to a border; 0 if there is none."""
    limit = int(WIDEST * len(high))
    if not high[:3].any() or high[: limit + 1].all():
        return 0
    end = int(np.argmin(high[3:])) + 3
    inward = low[STEEP_PX : end + STEEP_PX]
    steepest = float((low[: len(inward)] - inward).max(initial=0.0))
    if steepest < OF_HEIGHT * (float(median(low[:end])) - floor):
        return 0
    while end < limit and low[end] > floor:
        end += 1
    return end + 2
