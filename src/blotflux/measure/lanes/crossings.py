"""Boundaries that bands run across as if they were not there.

Between two lanes that touch, a band dips, ends, or goes on at another level: samples are seldom
alike to a few percent, and never in row after row. Where all that is seen of a boundary is the
texture of one long band, there is none: a wide lane was divided.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.lanes.pieces import Along, crossing, mean_of_rows, meetings
from blotflux.measure.lanes.quick import clamp, middle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from blotflux.measure.lanes.partition import Partition
    from blotflux.measure.lanes.ridges import Ridges
    from blotflux.measure.lanes.slant import Slant

__all__ = ["plainness"]

TOUCHING = 1.45  # usual distances up to which neighbors touch
OFFSET = np.linspace(-0.65, 0.65, 27)  # distances between the lanes, from the boundary
LEFT, RIGHT = slice(1, 8), slice(19, 26)  # the two sides: 0.3 to 0.6 ...
GAP = slice(9, 18)  # ... and the boundary, up to 0.2
DIP, STEP = 0.08, 0.35  # depth, and logarithm of the levels' ratio, of a boundary that is clear
CLEAR = 15.0  # standard deviations from which a band counts fully
FAINTEST_SIDE = 0.02  # of the other side
FEWEST = 0.5  # of a clear band from which a boundary can be judged


def plainness(ridges: Ridges, slant: Slant, partitions: Sequence[Partition]) -> NDArray[np.float64]:
    """Return the mean share of bands that run plainly across the boundaries of touching lanes.

    Parameters
    ----------
    ridges : Ridges
    slant : Slant
    partitions : sequence of Partition

    Returns
    -------
    ndarray, shape (partitions,)
        0 to 1; 0 where no lanes touch.
    """
    place, width, owner = boundaries_of(partitions)
    ridge, boundary = meetings(ridges, slant, place, width)
    if not len(ridge):
        return np.zeros(len(partitions))
    along = Along(ridges, ridge)
    x, _ = crossing(along, slant, place[boundary])
    profile = along.places(x[:, None] + OFFSET * width[boundary, None]).take(ridges.profile)
    sides = np.stack([mean_of_rows(profile[:, LEFT]), mean_of_rows(profile[:, RIGHT])])
    low, high = np.maximum(sides.min(axis=0), 1e-9), np.maximum(sides.max(axis=0), 1e-9)
    gap = profile[:, GAP]
    lowest = ((gap[:, :-2] + gap[:, 1:-1] + gap[:, 2:]) / 3).min(axis=1)
    dip = clamp(1 - lowest / low, 0, 1)
    step = np.log(high / np.maximum(low, FAINTEST_SIDE * high))
    plain = np.maximum(0, 1 - np.maximum(dip / DIP, step / STEP))
    trust = clamp(high / np.maximum(ridges.profile_noise[along.begin], 1e-9) / CLEAR, 0, 1)
    total = np.bincount(boundary, trust, minlength=len(place))
    share = np.bincount(boundary, trust * plain, minlength=len(place)) / np.maximum(total, FEWEST)
    share *= total > FEWEST
    number = np.bincount(owner, minlength=len(partitions))
    return np.bincount(owner, share, minlength=len(partitions)) / np.maximum(number, 1)


def boundaries_of(
    partitions: Sequence[Partition],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Return x between lanes that touch, their distance, and whose they are."""
    place, width, owner = [], [], []
    for index, partition in enumerate(partitions):
        gap = np.diff(partition.x)
        if not len(gap):
            continue
        touching = gap < TOUCHING * middle(gap)
        place.append((partition.x[:-1] + gap / 2)[touching])
        width.append(gap[touching])
        owner.append(np.full(np.count_nonzero(touching), index))
    if not place:
        return np.zeros(0), np.zeros(0), np.zeros(0, np.int64)
    return np.concatenate(place), np.concatenate(width), np.concatenate(owner)
