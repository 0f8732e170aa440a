"""Ridges: the lines along which bands, single or touching, run across the lanes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from blotflux.measure.lanes.column_sums import ColumnSums
from blotflux.measure.lanes.quick import clamp
from blotflux.measure.lanes.ridge_points import SKIP_PX, Points, mark_points

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["HALF_HEIGHTS", "Ridges", "find_ridges", "join_ridges"]

SHORTEST_PX = 5
HALF_HEIGHTS = 1.3  # half height of the window whose signal is summed, in box heights
FLANK = 2.5  # end of the windows beside it, in the same unit


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ridges:
    """Ridges of one picture, point after point, ridge after ridge, from left to right.

    Attributes
    ----------
    start : ndarray of int, shape (ridges + 1,)
        First point of each ridge; the last entry is the number of points.
    ridge : ndarray of int, shape (points,)
    x, y : ndarray, shape (points,)
        Every column from a ridge's left to its right end; pixels of the (reduced) picture.
    contrast : ndarray, shape (points,)
        Mean over the box above the brighter neighbor, units of the signal.
    height : ndarray, shape (ridges,)
        Typical extent along the migration, pixels.
    profile, profile_noise : ndarray, shape (points,)
        Signal summed along the migration over the local background, and its standard deviation.
    """

    start: NDArray[np.int64]
    ridge: NDArray[np.int64]
    x: NDArray[np.int64]
    y: NDArray[np.float64]
    contrast: NDArray[np.float64]
    height: NDArray[np.float64]
    profile: NDArray[np.float64]
    profile_noise: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.height)

    @property
    def length(self) -> NDArray[np.int64]:
        """Columns of each ridge."""
        return self.start[1:] - self.start[:-1]

    @property
    def strength(self) -> NDArray[np.float64]:
        """Highest contrast of each ridge."""
        return np.maximum.reduceat(self.contrast, self.start[:-1])

    def move(self, right: int, down: int, scale: float = 1.0) -> Ridges:
        """Return the ridges moved, their contrasts multiplied by `scale`."""
        if right == down == 0 and scale == 1:
            return self
        return replace(self, x=self.x + right, y=self.y + down, contrast=self.contrast * scale)

    def cut(self, after: NDArray[np.bool_]) -> Ridges:
        """Return the ridges cut in two after each of the points that are true in `after`."""
        inner = np.flatnonzero(after[:-1]) + 1
        start = np.union1d(self.start, inner)
        parent = self.ridge[start[:-1]]
        return replace(
            self,
            start=start,
            ridge=np.repeat(np.arange(len(parent)), np.diff(start)),
            height=self.height[parent],
        )

    def keep(self, chosen: NDArray[np.bool_]) -> Ridges:
        """Return the chosen ridges only."""
        if chosen.all():
            return self
        points = np.repeat(chosen, self.length)
        length = self.length[chosen]
        return Ridges(
            start=running_total(length),
            ridge=np.repeat(np.arange(len(length)), length),
            x=self.x[points],
            y=self.y[points],
            contrast=self.contrast[points],
            height=self.height[chosen],
            profile=self.profile[points],
            profile_noise=self.profile_noise[points],
        )


def running_total(length: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return 0 and the sums of the first, the first two, ... lengths."""
    start = np.zeros(len(length) + 1, np.int64)
    np.cumsum(length, out=start[1:])
    return start


def find_ridges(
    picture: NDArray[np.float32], sigma: float, sums: ColumnSums | None = None
) -> Ridges:
    """Return the ridges of a picture.

    Parameters
    ----------
    picture : ndarray of float32, shape (rows, columns)
        Signal; larger means more protein.
    sigma : float
        Standard deviation of a pixel of `picture` without band.
    sums : ColumnSums, optional
        Of `picture`, if known.

    Returns
    -------
    Ridges
        Empty if nothing stands out.
    """
    points, label = link_points(mark_points(picture, sigma), picture.shape)
    if not len(label):
        return no_ridges()
    return follow(points, label, sums or ColumnSums(picture), sigma)


def join_ridges(parts: Sequence[Ridges]) -> Ridges:
    """Return all ridges of several lists, in their order."""
    if len(parts) == 1:
        return parts[0]
    points = np.cumsum([0] + [len(part.x) for part in parts])
    number = np.cumsum([0] + [len(part) for part in parts])
    starts = [part.start[:-1] + points[i] for i, part in enumerate(parts)]
    return Ridges(
        start=np.concatenate([*starts, points[-1:]]),
        ridge=np.concatenate([part.ridge + number[i] for i, part in enumerate(parts)]),
        x=np.concatenate([part.x for part in parts]),
        y=np.concatenate([part.y for part in parts]),
        contrast=np.concatenate([part.contrast for part in parts]),
        height=np.concatenate([part.height for part in parts]),
        profile=np.concatenate([part.profile for part in parts]),
        profile_noise=np.concatenate([part.profile_noise for part in parts]),
    )


def no_ridges() -> Ridges:
    """Return no ridge at all."""
    none = np.zeros(0)
    whole = np.zeros(0, np.int64)
    return Ridges(
        start=np.zeros(1, np.int64),
        ridge=whole,
        x=whole,
        y=none,
        contrast=none,
        height=none,
        profile=none,
        profile_noise=none,
    )


def link_points(points: Points, shape: tuple[int, int]) -> tuple[Points, NDArray[np.int64]]:
    """Return the points that form long enough lines, line by line, and their line's number."""
    mask = np.zeros((shape[0], shape[1] // SKIP_PX), np.uint8)
    row = clamp(np.rint(points.y), 0, shape[0] - 1).astype(np.int64)
    mask[row, points.x] = 1
    wide = cv2.dilate(mask, np.ones((3, 3), np.uint8))
    count, labels = cv2.connectedComponents(wide, connectivity=8, ltype=cv2.CV_32S)
    label = labels[row, points.x].astype(np.int64)
    first, last = np.full(count, mask.shape[1]), np.full(count, -1)
    np.minimum.at(first, label, points.x)
    np.maximum.at(last, label, points.x)
    long = (last - first + 1) * SKIP_PX >= SHORTEST_PX
    rank = np.cumsum(long) - 1
    chosen = np.flatnonzero(long[label])
    chosen = chosen[np.lexsort((-points.contrast[chosen], points.x[chosen], label[chosen]))]
    label, x = rank[label[chosen]], points.x[chosen]
    best = np.ones(len(label), bool)  # of several points in one column the clearest
    best[1:] = (label[1:] != label[:-1]) | (x[1:] != x[:-1])
    return points.take(chosen[best]), label[best]


def follow(points: Points, label: NDArray[np.int64], sums: ColumnSums, sigma: float) -> Ridges:
    """Return the ridges with one point per column and the signal across them."""
    begin = np.flatnonzero(np.append(True, label[1:] != label[:-1]))
    end = np.append(begin[1:], len(label)) - 1
    total = np.add.reduceat(points.contrast, begin)
    height = np.exp(np.add.reduceat(points.contrast * np.log(points.height), begin) / total)
    length = (points.x[end] - points.x[begin] + 1) * SKIP_PX
    start = running_total(length)
    ridge = np.repeat(np.arange(len(begin)), length)
    x = np.arange(start[-1]) + (points.x[begin] * SKIP_PX - start[:-1])[ridge]
    far = len(sums.table[0]) + 10  # keys of different ridges never mix
    key, known = ridge * far + x, label * far + (points.x + 0.5) * SKIP_PX - 0.5
    y = np.interp(key, known, points.y)
    half = np.maximum(1.5, HALF_HEIGHTS * height)[ridge]
    profile, pixels = sum_across(sums, x, y, half)
    return Ridges(
        start=start,
        ridge=ridge,
        x=x,
        y=y,
        contrast=np.interp(key, known, points.contrast),
        height=height,
        profile=profile,
        profile_noise=sigma * np.sqrt(1.5 * pixels),
    )


def sum_across(
    sums: ColumnSums,
    x: NDArray[np.int64],
    y: NDArray[np.float64],
    half: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the signal within `half` of each point over the darker side, and the pixel count."""
    middle = y + 0.5
    end = np.stack([middle - FLANK * half, middle - half, middle + half, middle + FLANK * half])
    total, pixels = sums.between(x, end[:-1], end[1:])
    above, below = total[::2] / pixels[::2]
    return total[1] - pixels[1] * np.minimum(above, below), pixels[1]
