"""Values for pixels that have none, so that every signal is finite."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["fill_invalid"]

REACH_PX = 8.0
REACHED_MIN = 1e-3


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
    filled = signal.copy()
    window = _around(invalid)
    part, missing = filled[window], invalid[window]
    if missing.all():  # nothing valid within reach of any: the nearest is further off
        part, missing = filled, invalid
    part[missing] = _levels(part, missing)[missing]
    return filled


def _around(invalid: NDArray[np.bool_]) -> tuple[slice, slice]:
    """Return the rectangle that holds all invalid pixels and what is within reach of them."""
    margin = int(4 * REACH_PX) + 1
    rows, columns = np.nonzero(invalid.any(axis=1))[0], np.nonzero(invalid.any(axis=0))[0]
    return (
        slice(max(0, int(rows[0]) - margin), int(rows[-1]) + margin + 1),
        slice(max(0, int(columns[0]) - margin), int(columns[-1]) + margin + 1),
    )


def _levels(signal: NDArray[np.floating], invalid: NDArray[np.bool_]) -> NDArray[np.floating]:
    weight = ndimage.gaussian_filter((~invalid).astype(np.float32), REACH_PX)
    level = np.where(invalid, 0, signal).astype(np.float32)
    offset = np.float32(level.sum(dtype=np.float64) / max(np.count_nonzero(~invalid), 1))
    level -= offset
    level[invalid] = 0
    level = ndimage.gaussian_filter(level, REACH_PX)
    reached = weight > REACHED_MIN
    np.divide(level, weight, out=level, where=reached)
    level += offset
    if not reached[invalid].all():
        nearest = ndimage.distance_transform_edt(
            ~reached, return_distances=False, return_indices=True
        )
        level = level[tuple(nearest)]
    return level
