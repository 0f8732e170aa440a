"""What a lane is fitted to: its profile, alone and in the light of the lanes beside it."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.correcting.lane import Fitted, Stretch, fit_lane, stretches_of
from blotflux.measure.fitting.crosstalk import CLOSE
from blotflux.measure.fitting.profiles import Profiles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from blotflux.measure.correcting.tabulate import Light
    from blotflux.measure.correcting.tasks import LaneTask

__all__ = ["Company", "LaneData", "are_close", "filled", "stacked"]


def are_close(x_px: Sequence[float], width_px: Sequence[float]) -> bool:
    """Tell whether the light of any of some lanes can reach the next one.

    Parameters
    ----------
    x_px, width_px : sequence of float
        Where the lanes are and how wide, from left to right.
    """
    least = CLOSE * statistics.median(width_px)
    return any(
        right - left - 0.5 * (wide + width) < least
        for (left, wide), (right, width) in pairwise(zip(x_px, width_px, strict=True))
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LaneData:
    """What a lane is fitted to: its profile and the variance of its values, shape (n,)."""

    task: LaneTask
    value: NDArray[np.float64]
    variance: NDArray[np.float64]
    stretches: tuple[Stretch, ...]

    @classmethod
    def of(
        cls, task: LaneTask, value: NDArray[np.float64], variance: NDArray[np.float64]
    ) -> LaneData:
        """Return a profile with what of it is to be fitted."""
        stretches = stretches_of(task, value, variance)
        return cls(task=task, value=value, variance=variance, stretches=stretches)

    def fit(self) -> Fitted:
        """Return the lane's fit."""
        return fit_lane(self.task, self.value, self.variance, self.stretches)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Company:
    """What a lane is fitted to when the lanes beside it are known, and their light."""

    data: LaneData
    light: Light


def filled(fitted: Fitted) -> Fitted:
    """Return a fit in which bands that are not there have no volume."""
    return replace(fitted, volume=np.nan_to_num(fitted.volume))


def stacked(profiles: Sequence[Profiles]) -> Profiles:
    """Return the profiles of single lanes as those of some lanes side by side."""
    return Profiles(
        parts=np.concatenate([own.parts for own in profiles]),
        clipped=np.concatenate([own.clipped for own in profiles]),
        left_px=np.concatenate([own.left_px for own in profiles]),
        right_px=np.concatenate([own.right_px for own in profiles]),
        center_px=np.concatenate([own.center_px for own in profiles]),
        slope=np.concatenate([own.slope for own in profiles]),
        sag=np.concatenate([own.sag for own in profiles]),
        top=profiles[0].top,
    )
