"""Skirts: the faint signal above and below long rows of touching bands.

Where bands of neighboring lanes have merged, their tails and the lanes' own background beside the
row often have not. A skirt is a ridge's neighborhood on one side, taken as a ridge of its own; it
is evidence of boundaries only, never a band.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.ridges import HALF_HEIGHTS, Ridges, join_ridges

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["add_skirts"]

STRONG = 0.3  # of the strongest ridge
LONG = 6.0  # heights
NEAR, FAR = 1.0, 2.4  # from the ridge's middle line, in half heights of its window
WEIGHT = 0.3  # of the ridge itself
CLEAR = 10.0  # standard deviations from which a skirt has its full weight
BASE_NOISE = 2.0


def add_skirts(picture: NDArray[np.float32], sigma: float, ridges: Ridges) -> Ridges:
    """Return the ridges and the skirts of those that are strong and long.

    Parameters
    ----------
    picture : ndarray of float32, shape (rows, columns)
    sigma : float
        Standard deviation of a pixel without band.
    ridges : Ridges
    """
    chosen = (ridges.strength >= STRONG * ridges.strength.max(initial=0.0)) & (
        ridges.length > LONG * ridges.height
    )
    if not chosen.any():
        return ridges
    rows = ridges.keep(chosen)
    ladder = np.zeros((picture.shape[0] + 1, picture.shape[1]), np.float32)
    np.cumsum(picture - picture.min(), axis=0, out=ladder[1:])
    both = [skirt(ladder, sigma, rows, side) for side in (-1, 1)]
    return join_ridges([ridges, *both])


def skirt(ladder: NDArray[np.float32], sigma: float, rows: Ridges, side: int) -> Ridges:
    """Return the skirts above (side -1) or below (1) rows; `ladder` holds running sums down."""
    half = np.maximum(1.5, HALF_HEIGHTS * rows.height)[rows.ridge]
    y = rows.y + side * half * (NEAR + FAR) / 2
    reach = half * (FAR - NEAR) / 2
    last = len(ladder) - 1
    top = np.clip(np.rint(y + 0.5 - reach), 0, last - 1).astype(np.int64)
    bottom = np.clip(np.rint(y + 0.5 + reach), top + 1, last).astype(np.int64)
    mean = (ladder[bottom, rows.x] - ladder[top, rows.x]).astype(np.float64) / (bottom - top)
    noise = sigma / np.sqrt(bottom - top)
    base = np.minimum.reduceat(mean, rows.start[:-1])[rows.ridge] + BASE_NOISE * noise
    level = mean - base
    usual = np.maximum.reduceat(level, rows.start[:-1])
    clear = np.clip(usual / (CLEAR * noise[rows.start[:-1]]), 0, 1)
    return Ridges(
        start=rows.start,
        ridge=rows.ridge,
        x=rows.x,
        y=rows.y,
        contrast=WEIGHT * rows.contrast * clear[rows.ridge],
        height=rows.height,
        profile=level,
        profile_noise=noise,
    )
