"""Ridges that can be bands: not scratches, haze, edges of the membrane or writing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from blotflux.measure.ridges import Ridges

__all__ = ["plausible_ridges"]

STEEPEST = 0.22  # a row of bands climbs less than this per pixel
ROUGHEST = 0.6  # mean change of y per pixel along a ridge of bands
TALL = 2.2  # ridges so much taller than the usual are haze or the gap between rows ...
STRONG = 0.5  # ... unless they have this share of the strongest contrast


def plausible_ridges(ridges: Ridges) -> Ridges:
    """Return the ridges that may be bands."""
    if not len(ridges):
        return ridges
    length, strength = ridges.length, ridges.strength
    first, last = ridges.start[:-1], ridges.start[1:] - 1
    climb = np.abs(ridges.y[last] - ridges.y[first]) / length
    change = np.abs(np.diff(ridges.y, append=ridges.y[-1]))
    change[last] = 0
    rough = np.add.reduceat(change, first) / np.maximum(length - 1, 1)
    order = np.argsort(ridges.height, kind="stable")
    weight = np.cumsum((length * strength)[order])
    usual = ridges.height[order][np.searchsorted(weight, weight[-1] / 2)]
    good = (ridges.height < TALL * usual) | (strength > STRONG * strength.max())
    good &= (climb < STEEPEST) & (rough < ROUGHEST)
    return ridges.keep(good) if good.any() else ridges
