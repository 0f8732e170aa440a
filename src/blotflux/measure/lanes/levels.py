"""Levels: the logarithm of the signal along ridges, on grids of 1, 2, 4, ... pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from blotflux.measure.lanes.ridges import Ridges

__all__ = ["Levels", "join_levels", "levels_of"]

NOISE_FLOOR = 3.0  # standard deviations of the profile, and
PROFILE_FLOOR = 0.02  # share of the ridge's highest, below which its logarithm stays flat


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Levels:
    """Points of ridges, ridge after ridge from left to right, one per step of a grid.

    Attributes
    ----------
    start, length : ndarray of int, shape (ridges,)
        First point of each ridge and how many it has.
    x : ndarray of int, shape (points,)
        Steps.
    y : ndarray, shape (points,)
        Pixels.
    level, contrast : ndarray of float32, shape (points,)
        Logarithm of the profile over its floor, at least 0; contrast of the ridge.
    """

    start: NDArray[np.int64]
    length: NDArray[np.int64]
    x: NDArray[np.int64]
    y: NDArray[np.float64]
    level: NDArray[np.float32]
    contrast: NDArray[np.float32]

    def coarsen(self) -> Levels:
        """Return the levels on a grid of twice the step: means of pairs, the larger contrast."""
        leads = (self.x & 1) == 0  # the first of a pair; an odd first point stands alone
        leads[self.start] = True
        left = np.flatnonzero(leads)
        right = np.empty_like(left)
        right[:-1] = left[1:] - 1
        right[-1] = len(leads) - 1
        length = (self.length + (self.x[self.start] & 1) + 1) // 2
        return Levels(
            start=np.cumsum(length) - length,
            length=length,
            x=self.x[left] >> 1,
            y=0.5 * (self.y[left] + self.y[right]),
            level=np.float32(0.5) * (self.level[left] + self.level[right]),
            contrast=np.maximum(self.contrast[left], self.contrast[right]),
        )

    def keep(self, chosen: NDArray[np.bool_]) -> Levels:
        """Return the chosen ridges only."""
        if chosen.all():
            return self
        points = np.repeat(chosen, self.length)
        length = self.length[chosen]
        return Levels(
            start=np.cumsum(length) - length,
            length=length,
            x=self.x[points],
            y=self.y[points],
            level=self.level[points],
            contrast=self.contrast[points],
        )


def levels_of(ridges: Ridges) -> Levels:
    """Return the levels of ridges on the grid of pixels."""
    highest = np.maximum.reduceat(ridges.profile, ridges.start[:-1])
    floor = np.maximum(NOISE_FLOOR * ridges.profile_noise, PROFILE_FLOOR * highest[ridges.ridge])
    return Levels(
        start=ridges.start[:-1],
        length=ridges.length,
        x=ridges.x,
        y=ridges.y,
        level=np.log(np.maximum(ridges.profile, floor) / floor).astype(np.float32),
        contrast=ridges.contrast.astype(np.float32),
    )


def join_levels(parts: Sequence[Levels]) -> Levels:
    """Return all levels of several lists, in their order."""
    if len(parts) == 1:
        return parts[0]
    length = np.concatenate([part.length for part in parts])
    return Levels(
        start=np.cumsum(length) - length,
        length=length,
        x=np.concatenate([part.x for part in parts]),
        y=np.concatenate([part.y for part in parts]),
        level=np.concatenate([part.level for part in parts]),
        contrast=np.concatenate([part.contrast for part in parts]),
    )
