"""What is to be measured: one panel of a plan, and one lane of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from blotflux.measure.correcting.limits import limits_px

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from blotflux.blot import Band, Blot, Lane
    from blotflux.measure.correcting.base import GroupBase, PanelBase
    from blotflux.measure.correcting.kept import Kept
    from blotflux.measure.correcting.plan import PlannedBand, PlannedLane
    from blotflux.measure.correcting.rows import Component, RowNow
    from blotflux.measure.correcting.windows import Windows
    from blotflux.measure.fitting.profiles import Profiles
    from blotflux.measure.result import Noise
    from blotflux.parameters import Parameters

__all__ = ["LaneTask", "PanelTask", "limits_of"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PanelTask:
    """One panel of a plan.

    Attributes
    ----------
    blot : Blot
    base : PanelBase
    lanes : tuple of PlannedLane
        By number.
    drawn : tuple of Lane
        The same.
    windows : Windows
    bands : mapping of (lane id, row id) to PlannedBand
    said : (Noise, Parameters)
    before : mapping of lane id to mapping of row id to Band
        The base's.
    kept : Kept
    """

    blot: Blot
    base: PanelBase
    lanes: tuple[PlannedLane, ...]
    drawn: tuple[Lane, ...]
    windows: Windows
    bands: Mapping[tuple[int, int], PlannedBand]
    said: tuple[Noise, Parameters]
    before: Mapping[int, Mapping[int, Band]]
    kept: Kept

    def keep(self, key: Any, compute: Callable[[], Any]) -> Any:
        """Return what was computed for a key, now or before."""
        if key not in self.kept:
            self.kept[key] = compute()
        return self.kept[key]

    def is_still(self, index: int) -> bool:
        """Tell whether the pixels of a lane are those of the base."""
        lane = self.lanes[index]
        if lane.id not in self.base.lane_ids:
            return False
        place = self.base.lane_ids.index(lane.id)
        then = self.base.lanes[place]
        same = (then.track_x_px, then.track_y_px, then.width_px) == lane.course
        return same and self.base.windows.windows[place] == self.windows.windows[index]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LaneTask:
    """One lane that is to be measured: R rows, n profile values.

    Attributes
    ----------
    lane : Lane
    panel : PanelBase
    group : GroupBase or None
    place : int or None
        Of the lane in the group, if its pixels are those of the base; else None.
    profiles : Profiles
        Of this lane alone.
    rows : tuple of RowNow
    y : ndarray, shape (R,)
        Where each row is expected, from the profile's start.
    bands : mapping of row id to PlannedBand
    parts : tuple of Component
    kept : Kept
        For its fits.
    """

    lane: Lane
    panel: PanelBase
    group: GroupBase | None
    place: int | None
    profiles: Profiles
    rows: tuple[RowNow, ...]
    y: NDArray[np.float64]
    bands: Mapping[int, PlannedBand]
    parts: tuple[Component, ...]
    kept: Kept

    @property
    def shot(self) -> float:
        """Variance that each unit of band signal adds."""
        return self.panel.noise.gain * self.panel.noise.correlation

    def is_absent(self, row: int) -> bool:
        """Tell whether a person said that a row has no band here."""
        band = self.bands.get(self.rows[row].planned.id)
        return band is not None and band.absent


def limits_of(task: LaneTask, row: int) -> tuple[int, int] | None:
    """Return first and end value of the profile between which a person wants a band summed."""
    band = task.bands.get(task.rows[row].planned.id)
    if band is None or band.limits is None:
        return None
    return limits_px(band.limits, task.panel.top, task.profiles.center_px.shape[1])
