"""How well the edges of single bands fit the lanes of a partition."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.pieces import crossing, fall, meetings, sample

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from blotflux.measure.partition import Partition
    from blotflux.measure.ridges import Ridges
    from blotflux.measure.slant import Slant

__all__ = ["FITNESS", "fitness"]

FITNESS = {
    "fitting": 1.897,  # share of band edges at the lane's edges
    "inside": -2.301,  # share inside the lane: it is too wide
    "beyond": -8.745,  # share beyond it: it is too narrow
    "partial": -1.06,  # share of bands that fill only part of a lane
}
SIDE = 12
OUTWARD = 1.0
TOLERANCE = 0.16  # of the lane's width


def fitness(ridges: Ridges, slant: Slant, partition: Partition) -> NDArray[np.float64]:
    """Return the features of `FITNESS`, each a mean over lanes.

    Parameters
    ----------
    ridges : Ridges
    slant : Slant
    partition : Partition
    """
    count = len(partition)
    width = float(np.median(partition.cover))
    wide = np.full(count, width)
    ridge, lane = meetings(ridges, slant, partition.x, wide)
    if not len(ridge):
        return np.zeros(len(FITNESS))
    x, _ = crossing(ridges, slant, ridge, partition.x[lane])
    offset = np.linspace(-OUTWARD, OUTWARD, 2 * SIDE + 1)
    profile, there = sample(ridges, ridge, x[:, None] + offset * width, ridges.profile)
    noise = ridges.profile_noise[ridges.start[ridge]]
    core = np.abs(offset) <= 0.3
    level = np.median(profile[:, core], axis=1)
    trust = np.clip(level / np.maximum(noise, 1e-9) / 10, 0, 1)
    filled = (there & (profile > 0.3 * profile.max(axis=1, keepdims=True)))[:, core].mean(axis=1)
    step = OUTWARD / SIDE
    edge = np.stack([fall(profile[:, SIDE::-1], level), fall(profile[:, SIDE:], level)]) * step
    off = np.nan_to_num(edge, nan=9.0) - 0.5
    whole = filled > 0.6
    share = [
        ((np.abs(off) <= TOLERANCE) & whole).mean(axis=0),
        ((off < -TOLERANCE) & whole).mean(axis=0),
        ((off > TOLERANCE) & (off < 1) & whole).mean(axis=0),
        (~whole & (filled > 0.1)).astype(np.float64),
    ]
    return np.array([by_lane(values * trust, trust, lane, count) for values in share])


def by_lane(
    values: NDArray[np.float64],
    weight: NDArray[np.float64],
    lane: NDArray[np.int64],
    count: int,
) -> float:
    """Return the mean over lanes of the weighted mean within each."""
    total = np.bincount(lane, values, minlength=count)
    trusted = np.bincount(lane, weight, minlength=count)
    has = trusted > 0
    return float(np.mean(total[has] / trusted[has])) if has.any() else 0.0
