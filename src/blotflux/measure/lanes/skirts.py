"""Skirts: the faint signal above and below long rows of touching bands.

Where bands of neighboring lanes have merged, their tails and the lanes' own background beside the
row often have not. A skirt is a ridge's neighborhood on one side, taken as a ridge of its own; it
is evidence of boundaries only, never a band.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.lanes.quick import clamp
from blotflux.measure.lanes.ridges import HALF_HEIGHTS, Ridges, join_ridges

if TYPE_CHECKING:
    from blotflux.measure.lanes.column_sums import ColumnSums

__all__ = ["add_skirts"]

STRONG = 0.3  # of the strongest ridge
LONG = 15.0  # heights
NEAR, FAR = 1.0, 2.4  # from the ridge's middle line, in half heights of its window
WEIGHT = 0.3  # of the ridge itself
CLEAR = 10.0  # standard deviations from which a skirt has its full weight
BASE_NOISE = 2.0


def add_skirts(sums: ColumnSums, sigma: float, ridges: Ridges) -> Ridges:
    """Return the ridges and the skirts of those that are strong and long.

    Parameters
    ----------
    sums : ColumnSums
        Of the picture.
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
    return join_ridges([ridges, *skirts(sums, sigma, rows)])


def skirts(sums: ColumnSums, sigma: float, rows: Ridges) -> list[Ridges]:
    """Return the skirts above and below rows."""
    first = rows.start[:-1]
    half = np.maximum(1.5, HALF_HEIGHTS * rows.height)[rows.ridge]
    y = rows.y + np.array([[-1.0], [1.0]]) * half * (NEAR + FAR) / 2
    reach = half * (FAR - NEAR) / 2
    total, pixels = sums.between(rows.x, y + 0.5 - reach, y + 0.5 + reach)
    mean, noise = total / pixels, sigma / np.sqrt(pixels)
    base = np.minimum.reduceat(mean, first, axis=1)[:, rows.ridge] + BASE_NOISE * noise
    level = mean - base
    usual = np.maximum.reduceat(level, first, axis=1)
    clear = clamp(usual / (CLEAR * noise[:, first]), 0, 1)
    contrast = WEIGHT * rows.contrast * clear[:, rows.ridge]
    return [
        replace(
            rows,
            contrast=contrast[side],
            profile=level[side],
            profile_noise=noise[side],
        )
        for side in (0, 1)
    ]
