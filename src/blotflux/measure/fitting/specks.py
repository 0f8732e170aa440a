"""Specks: what is too narrow to be a band is taken out before anything is summed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from blotflux.measure.medians import median

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["without_specks"]

WIDEST = 0.35  # a speck is narrower than this share of a lane
CLEAR = 7.0  # in standard deviations of the noise
OF_SIGNAL = 0.3  # and this share of the strongest signal above or below it
PIXELS_ACROSS = 22  # of a lane at the size at which specks are looked for
AROUND_PX = 17  # how far above and below


def without_specks(
    signal: NDArray[np.float32], lane_width_px: float, sigma: float
) -> NDArray[np.float32]:
    """Return the signal with dust, specks and steep scratches replaced by what is beside them.

    Parameters
    ----------
    signal : ndarray of float32, shape (rows, columns)
    lane_width_px : float
        Width of the narrowest lane.
    sigma : float
        Standard deviation of a pixel.

    Returns
    -------
    ndarray of float32, shape (rows, columns)
        `signal` itself where there is nothing to take out.

    Notes
    -----
    A horizontal opening of the picture, at a half to a quarter of its size, keeps what is wider
    than `WIDEST` lanes. What it removes is a speck if it rises clearly above noise and
    surroundings; bands are wider and stay untouched to the bit.
    """
    rows, columns = signal.shape
    if min(rows, columns) < 16:
        return signal
    factor = int(min(max(lane_width_px / PIXELS_ACROSS, 2), 4))
    small = shrunk(signal, factor)
    size = max(3, int(WIDEST * lane_width_px / factor) | 1)
    opened = cv2.morphologyEx(small, cv2.MORPH_OPEN, np.ones((1, size), np.uint8))
    above = small - opened
    clear = above > CLEAR * sigma / factor
    if not clear.any():
        return signal
    # The crest of a bowed band is narrow too, but never far from the band: measure against that.
    around = cv2.dilate(opened, np.ones((AROUND_PX // factor, 1), np.uint8))
    ground = float(median(opened[::5, ::5]))
    speck = clear & (above > OF_SIGNAL * (around - ground))
    if not speck.any():
        return signal
    grown = cv2.dilate(speck.view(np.uint8), np.ones((3, 3), np.uint8)).view(np.bool_)
    y, x = np.divmod(np.flatnonzero(grown), grown.shape[1])
    # The opening lies below the mean of noise by about what it removes from clean pixels.
    filling = opened[y, x] + float(median(above[::5, ::5]))
    cleaned = signal.copy()
    columns, block = signal.shape[1], np.arange(factor)
    first = factor * (y * columns + x)
    of_block = (block[:, None] * columns + block).ravel()
    cleaned.reshape(-1)[first[:, None] + of_block] = filling[:, None]
    return cleaned


def shrunk(signal: NDArray[np.float32], factor: int) -> NDArray[np.float32]:
    """Return the means of blocks of `factor` times `factor` pixels."""
    if factor % 2 == 0 and factor > 2:  # halving twice is faster than quartering
        return shrunk(shrunk(signal, factor // 2), 2)
    rows, columns = (size // factor for size in signal.shape)
    whole = signal[: rows * factor, : columns * factor]
    return np.asarray(cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA))
