"""How well the edges of single bands fit the lanes of a partition."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.lanes.crossings import plainness
from blotflux.measure.lanes.pieces import Along, crossing, falls, mean_of_rows, meetings
from blotflux.measure.lanes.quick import clamp, middle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from blotflux.measure.lanes.partition import Partition
    from blotflux.measure.lanes.ridges import Ridges
    from blotflux.measure.lanes.slant import Slant

__all__ = ["FITNESS", "fitness"]

FITNESS = {
    "fitting": 3.069,  # share of band edges at the lane's edges
    "inside": -4.383,  # share inside the lane: it is too wide
    "beyond": -4.998,  # share beyond it: it is too narrow
    "partial": -0.153,  # share of bands that fill only part of a lane
    "plain": -6.33,  # share of bands that run across boundaries of touching lanes unchanged
}
SIDE = 12  # samples on each side of the center
OUTWARD = 1.0  # lane widths
CORE = 0.3
TOLERANCE = 0.16  # of the lane's width
CLEAR = 10.0  # standard deviations from which a band counts fully
OFFSET = np.linspace(-OUTWARD, OUTWARD, 2 * SIDE + 1)
INNER = slice(SIDE - int(CORE * SIDE), SIDE + int(CORE * SIDE) + 1)  # the core
WHOLE, PART = 0.6, 0.1  # share of the core that a band fills


def fitness(ridges: Ridges, slant: Slant, partitions: Sequence[Partition]) -> NDArray[np.float64]:
    """Return the features of `FITNESS` of each partition, means over its lanes.

    Parameters
    ----------
    ridges : Ridges
    slant : Slant
    partitions : sequence of Partition

    Returns
    -------
    ndarray, shape (partitions, features)
    """
    count = [len(partition) for partition in partitions]
    owner = np.repeat(np.arange(len(count)), count)
    center = np.concatenate([partition.x for partition in partitions])
    width = np.array([middle(partition.cover) for partition in partitions])[owner]
    ridge, lane = meetings(ridges, slant, center, width)
    if not len(ridge):
        return np.zeros((len(count), len(FITNESS)))
    shares, trust = judge_bands(ridges, slant, ridge, center[lane], width[lane])
    lanes = len(center)
    trusted = np.bincount(lane, trust, minlength=lanes)
    has = np.bincount(owner, trusted > 0, minlength=len(count))
    result = np.empty((len(count), len(FITNESS)))
    for column, share in enumerate(shares):
        total = np.bincount(lane, share * trust, minlength=lanes)
        mean = total / np.where(trusted > 0, trusted, 1)
        result[:, column] = np.bincount(owner, mean, minlength=len(count)) / np.maximum(has, 1)
    result[:, -1] = plainness(ridges, slant, partitions)
    return result


def judge_bands(
    ridges: Ridges,
    slant: Slant,
    ridge: NDArray[np.int64],
    center: NDArray[np.float64],
    width: NDArray[np.float64],
) -> tuple[list[NDArray[np.float64]], NDArray[np.float64]]:
    """Return the features of every meeting of a ridge and a lane, and how clear it is."""
    along = Along(ridges, ridge)
    x, _ = crossing(along, slant, center)
    places = along.places(x[:, None] + OFFSET * width[:, None])
    profile = places.take(ridges.profile)
    level = mean_of_rows(profile[:, INNER])
    noise = ridges.profile_noise[along.begin]
    trust = clamp(level / np.maximum(noise, 1e-9) / CLEAR, 0, 1)
    high = profile.max(axis=1, keepdims=True)
    filled = mean_of_rows((places.inside & (profile > CORE * high))[:, INNER])
    edge = falls(profile, level)
    off = np.where(np.isfinite(edge), edge * (OUTWARD / SIDE), 9.0) - 0.5
    whole = filled > WHOLE
    fitting = ((np.abs(off) <= TOLERANCE) & whole).mean(axis=0)
    inside = ((off < -TOLERANCE) & whole).mean(axis=0)
    beyond = ((off > TOLERANCE) & (off < 1) & whole).mean(axis=0)
    partial = (~whole & (filled > PART)).astype(np.float64)
    return [fitting, inside, beyond, partial], trust
