"""Pieces: what each ridge contributes to each lane, that is bands and candidates of bands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from blotflux.measure.lanes.quick import clamp

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from blotflux.measure.lanes.ridges import Ridges
    from blotflux.measure.lanes.slant import Slant

__all__ = ["Along", "Pieces", "crossing", "cut_pieces", "falls", "mean_of_rows", "meetings"]

SIDE = 13  # samples on each side of the center
OUTWARD = 0.85  # how far from the center a band's edge is looked for, in lane widths
CORE = 0.3  # half width of the part that a band must fill, in lane widths
FILLED = 0.6  # share of the core that the ridge must cover
HALF = 0.5  # edges lie where the profile falls to this share of the core's
OFFSET = np.linspace(-OUTWARD, OUTWARD, 2 * SIDE + 1)
INNER = slice(SIDE - int(CORE / OUTWARD * SIDE), SIDE + int(CORE / OUTWARD * SIDE) + 1)  # the core


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
    along = Along(ridges, ridge)
    x, y = crossing(along, slant, center[lane])
    places = along.places(x[:, None] + OFFSET * width[lane, None])
    core = places.part_of(INNER)
    profile = places.take(ridges.profile)
    filled = mean_of_rows(core.inside)
    level = mean_of_rows(profile[:, INNER])
    signal = level / np.maximum(ridges.profile_noise[along.begin], 1e-9)
    chosen = (filled >= FILLED) & (signal > 0)
    step = OUTWARD / SIDE * width[lane]
    left, right = falls(profile, level) * step
    return Pieces(
        lane=lane[chosen],
        ridge=ridge[chosen],
        x=x[chosen],
        y=y[chosen],
        left=left[chosen],
        right=right[chosen],
        filled=filled[chosen],
        contrast=mean_of_rows(core.take(ridges.contrast))[chosen],
        signal=signal[chosen],
        height=ridges.height[ridge[chosen]],
    )


def meetings(
    ridges: Ridges, slant: Slant, center: NDArray[np.float64], width: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return every pair of a ridge and a lane that may overlap."""
    ends = np.stack([ridges.start[:-1], ridges.start[1:] - 1])
    begin, end = slant.straighten(ridges.x[ends], ridges.y[ends])
    near = CORE * width
    overlap = (begin[:, None] < center + near) & (end[:, None] > center - near)
    ridge, lane = np.divmod(np.flatnonzero(overlap), len(center))
    return ridge, lane


def crossing(
    along: Along, slant: Slant, center: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return where ridges cross the center lines."""
    y = along.ridges.y[along.begin]
    x = center
    for _ in range(2):  # rows are nearly level and lanes nearly upright
        x = center + slant.shift(y)
        y = along.places(x[:, None]).nearest(along.ridges.y)[:, 0]
    return x, y


class Along:
    """Places along ridges, for many pairs of a ridge and something that crosses it.

    Parameters
    ----------
    ridges : Ridges
    ridge : ndarray of int, shape (pairs,)
    """

    def __init__(self, ridges: Ridges, ridge: NDArray[np.int64]) -> None:
        self.ridges = ridges
        self.begin, self.end = ridges.start[ridge], ridges.start[ridge + 1] - 1

    def places(self, x: NDArray[np.float64]) -> Places:
        """Return where `x`, shape (pairs, places), lies among the points of the ridges."""
        first = self.ridges.x[self.begin][:, None]
        begin, end = self.begin[:, None], self.end[:, None]
        along, longest = x - first, end - begin
        inside = (along >= -0.5) & (along <= longest + 0.5)
        along = np.minimum(np.maximum(along, 0), longest)
        lower = along.astype(np.int64)
        along -= lower
        lower += begin
        return Places(lower=lower, upper=np.minimum(lower + 1, end), part=along, inside=inside)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Places:
    """Places between two points of a ridge each; arrays of shape (pairs, places).

    Attributes
    ----------
    lower, upper : ndarray of int
        Points to the left and right, the last of the ridge beyond its end.
    part : ndarray
        Way from the one to the other, from 0 to 1.
    inside : ndarray of bool
        Whether the ridge is there.
    """

    lower: NDArray[np.int64]
    upper: NDArray[np.int64]
    part: NDArray[np.float64]
    inside: NDArray[np.bool_]

    def part_of(self, places: slice) -> Places:
        """Return some of the places of each pair."""
        return Places(
            lower=self.lower[:, places],
            upper=self.upper[:, places],
            part=self.part[:, places],
            inside=self.inside[:, places],
        )

    def nearest(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return values of points there, or at the end of the ridge beyond it."""
        left = values[self.lower]
        return left + self.part * (values[self.upper] - left)

    def take(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return values of points there, 0 where the ridge is not."""
        return self.nearest(values) * self.inside


def mean_of_rows(values: NDArray[Any]) -> NDArray[np.float64]:
    """Return the mean along the last axis."""
    return np.asarray(np.add.reduce(values, axis=-1, dtype=np.float64) / values.shape[-1])


def falls(profile: NDArray[np.float64], level: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return at which sample to the left and right of the center the profile falls; (2, pairs).

    Half its level is what it must fall to. NaN where it does not fall that far, or rises by more
    than half on the way (a neighbor).
    """
    side = profile.shape[1] // 2
    outward = np.concatenate([profile[:, side::-1], profile[:, side:]])
    level = np.concatenate([level, level])
    limit = HALF * level
    step = np.argmax(outward < limit[:, None], axis=1)  # 0 where it does not fall
    rows = np.arange(len(outward))
    before, at = outward[rows, np.maximum(step - 1, 0)], outward[rows, step]
    place = step - 1 + clamp((before - limit) / np.maximum(before - at, 1e-12), 0, 1)
    highest = np.maximum.accumulate(outward, axis=1)[rows, step]
    good = (step > 0) & (highest < 1.5 * level)
    return np.where(good, place, np.nan).reshape(2, -1)
