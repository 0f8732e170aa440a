"""Lanes that the rows of bands do not show but the pitch does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["fill_gaps"]

MOST_MISSING = 2  # lanes in one gap; wider gaps are meant
TOLERANCE = 0.18  # pitches by which a gap may differ from a whole number
NEIGHBORS = 3  # gaps on either side that say what the pitch is


def fill_gaps(x: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the lanes with those that gaps of two or three pitches hide, and which those are.

    Parameters
    ----------
    x : ndarray, shape (lanes,)
        Centers, ascending.
    """
    if len(x) < 4:
        return x, np.zeros(len(x), bool)
    gap = np.diff(x).tolist()
    centers, added = [float(x[0])], [False]
    for index, width in enumerate(gap):
        near = sorted(gap[max(0, index - NEIGHBORS) : index + NEIGHBORS + 1])
        pitch = near[len(near) // 4]  # gaps are the larger ones
        number = round(width / pitch)
        missing = number - 1 if abs(width / pitch - number) <= TOLERANCE else 0
        if 0 < missing <= MOST_MISSING:
            step = width / number
            centers += [float(x[index]) + step * (i + 1) for i in range(missing)]
            added += [True] * missing
        centers.append(float(x[index + 1]))
        added.append(False)
    return np.array(centers), np.array(added)
