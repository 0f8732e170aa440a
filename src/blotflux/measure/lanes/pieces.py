"""Pieces: what each ridge contributes to each lane, that is bands and candidates of bands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.lanes.quick import clamp

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from blotflux.measure.lanes.ridges import Ridges
    from blotflux.measure.lanes.slant import Slant

__all__ = ["Pieces", "cut_pieces"]

SIDE = 13  # samples on each side of the center
OUTWARD = 0.85  # how far from the center a band's edge is looked for, in lane widths
CORE = 0.3  # half width of the part that a band must fill, in lane widths
FILLED = 0.6  # share of the core that the ridge must cover
HALF = 0.5  # edges lie where the profile falls to this share of the core's


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pieces:
    """Parts of ridges within lanes; arrays of shape (pieces,), pixels of the reduced picture.

    Attributes
    ----------
    lane, ridge : ndarray of int
        From 0.
    x, y : ndarray
        Where the ridge meets the lane's center line as known so far.
    left, right : ndarray
        Distance of the half-height edges from `x`, both positive; NaN where the profile does not
        fall, as beside a stronger neighbor.
    filled : ndarray
        Share of the core that the ridge covers.
    contrast : ndarray
        Of the ridge in the core.
    signal : ndarray
        Profile in the core over its noise.
    height : ndarray
        Of the ridge.
    """

    lane: NDArray[np.int64]
    ridge: NDArray[np.int64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    left: NDArray[np.float64]
    right: NDArray[np.float64]
    filled: NDArray[np.float64]
    contrast: NDArray[np.float64]
    signal: NDArray[np.float64]
    height: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.lane)


def cut_pieces(
    ridges: Ridges, slant: Slant, center: NDArray[np.float64], width: NDArray[np.float64]
) -> Pieces:
    """Return the pieces of all ridges.

    Parameters
    ----------
    ridges : Ridges
    slant : Slant
    center, width : ndarray, shape (lanes,)
        Straightened x and width of the lanes, pixels.
    """
    ridge, lane = meetings(ridges, slant, center, width)
    x, y = crossing(ridges, slant, ridge, center[lane])
    offset = np.linspace(-OUTWARD, OUTWARD, 2 * SIDE + 1)
    place = x[:, None] + offset[None, :] * width[lane, None]
    core = np.abs(offset) <= CORE
    profile, inside = sample(ridges, ridge, place, ridges.profile)
    contrast, _ = sample(ridges, ridge, place[:, core], ridges.contrast)
    filled = inside[:, core].mean(axis=1)
    level = profile[:, core].mean(axis=1)
    signal = level / np.maximum(ridges.profile_noise[ridges.start[ridge]], 1e-9)
    chosen = (filled >= FILLED) & (signal > 0)
    step = OUTWARD / SIDE * width[lane]
    right = fall(profile[:, SIDE:], level) * step
    left = fall(profile[:, SIDE::-1], level) * step
    return Pieces(
        lane=lane[chosen],
        ridge=ridge[chosen],
        x=x[chosen],
        y=y[chosen],
        left=left[chosen],
        right=right[chosen],
        filled=filled[chosen],
        contrast=contrast.mean(axis=1)[chosen],
        signal=signal[chosen],
        height=ridges.height[ridge[chosen]],
    )


def meetings(
    ridges: Ridges, slant: Slant, center: NDArray[np.float64], width: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return every pair of a ridge and a lane that may overlap."""
    first, last = ridges.start[:-1], ridges.start[1:] - 1
    begin = slant.straighten(ridges.x[first], ridges.y[first])
    end = slant.straighten(ridges.x[last], ridges.y[last])
    near = CORE * width
    overlap = (begin[:, None] < center + near) & (end[:, None] > center - near)
    ridge, lane = np.nonzero(overlap)
    return ridge, lane


def crossing(
    ridges: Ridges, slant: Slant, ridge: NDArray[np.int64], center: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return where ridges cross the center lines."""
    y = ridges.y[ridges.start[ridge]]
    x = center
    for _ in range(2):  # rows are nearly level and lanes nearly upright
        x = center + slant.shift(y)
        y, _ = sample(ridges, ridge, x[:, None], ridges.y, beyond=None)
        y = y[:, 0]
    return x, y


def sample(
    ridges: Ridges,
    ridge: NDArray[np.int64],
    x: NDArray[np.float64],
    values: NDArray[np.float64],
    *,
    beyond: float | None = 0.0,
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return `values` of ridges at `x`, shape (pairs, places), and whether the ridge is there.

    Beyond its ends a ridge has the value `beyond`, or that of its end for None.
    """
    begin = ridges.start[ridge][:, None]
    first = ridges.x[begin]
    length = ridges.start[ridge + 1][:, None] - begin
    along = x - first
    inside = (along >= -0.5) & (along <= length - 0.5)
    along = np.minimum(np.maximum(along, 0), length - 1)
    lower = np.minimum(along.astype(np.int64), np.maximum(length - 2, 0))
    part = along - lower
    lower += begin
    left, right = values[lower], values[np.minimum(lower + 1, len(values) - 1)]
    taken = left + np.where(length > 1, part, 0) * (right - left)
    return (taken if beyond is None else np.where(inside, taken, beyond)), inside


def fall(profile: NDArray[np.float64], level: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return at which sample, from the center outward, the profile crosses half its level.

    NaN where it does not fall that far, or rises by more than half on the way (a neighbor).
    """
    limit = (HALF * level)[:, None]
    below = profile < limit
    step = np.argmax(below, axis=1)
    rows = np.arange(len(profile))
    before = profile[rows, np.maximum(step - 1, 0)]
    at = profile[rows, step]
    part = (before - limit[:, 0]) / np.maximum(before - at, 1e-12)
    place = step - 1 + clamp(part, 0, 1)
    highest = np.maximum.accumulate(profile, axis=1)[rows, step]
    good = below.any(axis=1) & (step > 0) & (highest < 1.5 * level)
    return np.where(good, place, np.nan)
