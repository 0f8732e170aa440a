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
AROUND_PX = 17


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

    Notes
    -----
    A horizontal opening keeps what is wider than `WIDEST` lanes. What it removes is a speck if it
    rises clearly above noise and surroundings; bands are wider and stay untouched to the bit.
    """
    size = max(3, int(WIDEST * lane_width_px) | 1)
    smooth = cv2.blur(signal, (3, 3))
    opened = cv2.morphologyEx(smooth, cv2.MORPH_OPEN, np.ones((1, size), np.uint8))
    above = smooth - opened
    # The crest of a bowed band is narrow too, but never far from the band: measure against that.
    around = cv2.dilate(opened, np.ones((AROUND_PX, 1), np.uint8))
    level = around - float(np.median(opened[::4, ::4]))
    speck = above > np.maximum(CLEAR * sigma, OF_SIGNAL * level)
    if not speck.any():
        return signal
    grown = cv2.dilate(speck.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool)
    cleaned = signal.copy()
    # The opening lies below the mean of noise by about what it removes from clean pixels.
    cleaned[grown] = opened[grown] + float(np.median(above[::4, ::4]))
    return cleaned
