"""Values for pixels that have none, so that every signal is finite."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["fill_invalid"]

REACH_PX = 8.0


def fill_invalid(signal: NDArray[np.floating], invalid: NDArray[np.bool_]) -> NDArray[np.floating]:
    """Return the signal with invalid pixels set to the level around them.

    Parameters
    ----------
    signal : ndarray, shape (rows, columns)
    invalid : ndarray of bool, shape (rows, columns)

    Notes
    -----
    The level is a Gaussian mean (8 px) of the valid pixels around; where none is within reach, that
    of the nearest place that has one.
    """
    if not invalid.any():
        return signal
    if invalid.all():
        return np.zeros_like(signal)
    valid = (~invalid).astype(np.float64)
    weight = ndimage.gaussian_filter(valid, REACH_PX)
    mean = ndimage.gaussian_filter(np.where(invalid, 0.0, signal), REACH_PX)
    reached = weight > 1e-3
    mean[reached] /= weight[reached]
    if not reached[invalid].all():
        nearest = ndimage.distance_transform_edt(
            ~reached, return_distances=False, return_indices=True
        )
        mean = mean[tuple(nearest)]
    filled = signal.copy()
    filled[invalid] = mean[invalid]
    return filled
