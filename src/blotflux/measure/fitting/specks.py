"""Specks: what is too narrow to be a band is taken out before anything is summed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

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
    factor = int(np.clip(lane_width_px / PIXELS_ACROSS, 2, 4))
    shape = (columns // factor, rows // factor)
    small = cv2.resize(
        signal[: shape[1] * factor, : shape[0] * factor], shape, interpolation=cv2.INTER_AREA
    )
    size = max(3, int(WIDEST * lane_width_px / factor) | 1)
    opened = cv2.morphologyEx(small, cv2.MORPH_OPEN, np.ones((1, size), np.uint8))
    above = small - opened
    # The crest of a bowed band is narrow too, but never far from the band: measure against that.
    around = cv2.dilate(opened, np.ones((AROUND_PX // factor, 1), np.uint8))
    ground = float(np.median(opened[::5, ::5]))
    speck = (above > CLEAR * sigma / factor) & (above > OF_SIGNAL * (around - ground))
    if not speck.any():
        return signal
    grown = cv2.dilate(speck.astype(np.uint8), np.ones((3, 3), np.uint8))
    y, x = np.nonzero(grown)
    # The opening lies below the mean of noise by about what it removes from clean pixels.
    filling = opened[y, x] + float(np.median(above[::5, ::5]))
    cleaned = signal.copy()
    for dy in range(factor):
        for dx in range(factor):
            cleaned[factor * y + dy, factor * x + dx] = filling
    return cleaned
