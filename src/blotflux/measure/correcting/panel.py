"""The lanes of one panel that share their rows: which stay, which are fitted alone."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - read by dataclass users at run time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from blotflux.measure.correcting.lane import Fitted, LaneTask, fit_lane, shared_out
from blotflux.measure.correcting.rows import components, expected_y
from blotflux.measure.correcting.tabulate import Light, MeasuredLane, as_fit, tabulate_lane
from blotflux.measure.correcting.windows import profile_of
from blotflux.measure.fitting.crosstalk import (
    estimate_crosstalk,
    leaked_profiles,
    leaked_volumes,
)
from blotflux.measure.fitting.profiles import Profiles, profile_variance

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from blotflux.blot import Band, Blot, Lane
    from blotflux.measure.correcting.base import GroupBase, PanelBase
    from blotflux.measure.correcting.plan import PlannedBand, PlannedLane
    from blotflux.measure.correcting.rows import RowNow
    from blotflux.measure.correcting.windows import Windows
    from blotflux.measure.result import Noise
    from blotflux.parameters import Parameters

__all__ = ["PanelTask", "measure_panel"]


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
    kept : dict
        Results by everything that they depend on.
    """

    blot: Blot
    base: PanelBase
    lanes: tuple[PlannedLane, ...]
    drawn: tuple[Lane, ...]
    windows: Windows
    bands: Mapping[tuple[int, int], PlannedBand]
    said: tuple[Noise, Parameters]
    before: Mapping[int, Mapping[int, Band]]
    kept: dict[Any, Any]

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


def measure_panel(
    task: PanelTask, index: Sequence[int], rows: tuple[RowNow, ...], group: GroupBase | None
) -> dict[int, MeasuredLane]:
    """Return the lanes that share some rows, measured.

    Parameters
    ----------
    task : PanelTask
    index : sequence of int
        Which of the panel's lanes.
    rows : tuple of RowNow
    group : GroupBase or None
        What the base knows of these lanes and rows.
    """
    shared = _Shared(task=task, index=tuple(index), rows=rows, group=group)
    return {i: shared.measured(i) for i in index} if rows else {}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Shared:
    """Lanes of a panel that share their rows."""

    task: PanelTask
    index: tuple[int, ...]
    rows: tuple[RowNow, ...]
    group: GroupBase | None

    def measured(self, i: int) -> MeasuredLane:
        """Return one lane, measured."""
        near = self._neighbors(i) if self._place(i) is None else (i,)
        key = ("lane", self.task.lanes[i].id, tuple(self._key(j) for j in near))
        made: MeasuredLane = self.task.keep(key, lambda: self._measure(i))
        return made

    def _neighbors(self, i: int) -> tuple[int, ...]:
        return tuple(j for j in self.task.windows.neighbors(i) if j in self.index)

    def _place(self, i: int) -> int | None:
        """Return a lane's place in the group, if its pixels are those of the base."""
        lane = self.task.lanes[i]
        if self.group is None or lane.id not in self.group.lane_ids or not self.task.is_still(i):
            return None
        return self.group.lane_ids.index(lane.id)

    def _key(self, i: int) -> Any:
        """Return everything that the fit of a lane depends on, beside its neighbors."""
        lane = self.task.lanes[i]
        bands = tuple(self.task.bands.get((lane.id, row.planned.id)) for row in self.rows)
        window = self.task.windows.windows[i]
        own = tuple(row.key for row in self.rows)
        return (lane.id, lane.panel, lane.course, lane.edited, window, self._place(i), own, bands)

    def _lane_task(self, i: int) -> LaneTask:
        task, lane = self.task, self.task.lanes[i]
        bands = {
            row.planned.id: band
            for row in self.rows
            if (band := task.bands.get((lane.id, row.planned.id))) is not None
        }
        x_px = float(task.drawn[i].x_at(task.base.middle_px))
        y = np.array(
            [
                expected_y(row, lane, self.group, x_px, bands.get(row.planned.id))
                for row in self.rows
            ]
        )
        return LaneTask(
            lane=task.drawn[i],
            panel=task.base,
            group=self.group,
            place=self._place(i),
            profiles=self._profiles(i),
            rows=self.rows,
            y=y - task.base.top,
            bands=bands,
            parts=components(self.rows, list(y), self.group, bands),
            kept=task.kept,
        )

    def _profiles(self, i: int) -> Profiles:
        """Return the profile of one lane: the base's, if its pixels are those of the base."""
        task, place = self.task, self._place(i)
        if place is not None and self.group is not None:
            return self.group.fit.profiles.take(np.array([place]))
        span = (task.base.top, task.base.bottom)
        window = task.windows.windows[i]
        return profile_of(task.blot, task.base.signal, task.drawn[i], window, span)

    def _measure(self, i: int) -> MeasuredLane:
        """Return one lane, measured, in the light of its neighbors."""
        lane_task = self._lane_task(i)
        variance = profile_variance(lane_task.profiles, self.task.base.noise)[0]
        place = lane_task.place
        if place is not None and self.group is not None:
            fitted = fit_lane(lane_task, self.group.value[place], variance)
            light = Light(leak=self._base_leak(place), lost=float(self.group.fit.lost[place]))
        else:
            fitted, light = self._moved(i, lane_task, variance)
        before = self.task.before.get(self.task.lanes[i].id, {})
        return tabulate_lane(self.task.blot, lane_task, fitted, light, (*self.task.said, before))

    def _base_leak(self, place: int) -> NDArray[np.float64]:
        """Return what the neighbors had added to each band; nothing is known of new rows."""
        if self.group is None:
            return np.zeros(len(self.rows))
        leak = self.group.fit.leak[place]
        return np.array(
            [
                float(leak[row.place]) if row.intact and row.place is not None else 0.0
                for row in self.rows
            ]
        )

    def _moved(
        self, i: int, lane_task: LaneTask, variance: NDArray[np.float64]
    ) -> tuple[Fitted, Light]:
        """Return the fit of a lane that lies elsewhere than in the base."""
        near = self._neighbors(i)
        own = near.index(i)
        alone = [self._alone(j) for j in near]
        first = alone[own][1]
        profiles = _stacked([task.profiles for task, _ in alone])
        width_px = np.array([self.task.drawn[j].width_px for j in near])
        fits = as_fit([_filled(fitted) for _, fitted in alone])
        crosstalk = estimate_crosstalk(self.task.base.signal, profiles, fits, width_px)
        volume = np.nan_to_num(fits.volume)
        light = Light(
            leak=leaked_volumes(volume, crosstalk)[own],
            lost=float((crosstalk.to_left + crosstalk.to_right)[own]),
        )
        if crosstalk.negligible:
            return first, light
        value = first.value - leaked_profiles(fits, crosstalk, profiles)[own]
        captured = 1 - light.lost
        return fit_lane(lane_task, value / captured, variance / captured**2), light

    def _alone(self, i: int) -> tuple[LaneTask, Fitted]:
        """Return the fit of a lane that knows nothing of its neighbors."""

        def compute() -> tuple[LaneTask, Fitted]:
            task = self._lane_task(i)
            if task.place is not None and self.group is not None:
                return task, self._as_in_base(task, self.group, task.place)
            variance = profile_variance(task.profiles, self.task.base.noise)[0]
            return task, fit_lane(task, task.profiles.value[0], variance)

        made: tuple[LaneTask, Fitted] = self.task.keep(("alone", self._key(i)), compute)
        return made

    def _as_in_base(self, task: LaneTask, group: GroupBase, place: int) -> Fitted:
        """Return what the joint fit says of a lane; rows that are new count for nothing."""
        rows = len(self.rows)
        fit = group.fit.fit
        fitted = Fitted(
            value=group.value[place],
            background=fit.background[place],
            volume=np.zeros(rows),
            position=task.y.copy(),
            sigma=np.array([row.model.sigma for row in self.rows]),
            height=np.zeros(rows),
            covariance=np.zeros((rows, rows)),
            curves=np.zeros((rows, fit.model.shape[1])),
            taken_over=np.zeros(rows, bool),
        )
        known = [r for r, row in enumerate(self.rows) if row.intact and row.place is not None]
        places = [row.place for row in self.rows if row.intact and row.place is not None]
        for name in ("volume", "position", "sigma"):
            getattr(fitted, name)[known] = getattr(fit, name)[place, places]
        members = np.array(known, dtype=np.intp)
        if len(members):
            fitted.curves[members] = shared_out(fit.model[place], fitted, members)
        return fitted


def _filled(fitted: Fitted) -> Fitted:
    """Return a fit in which bands that are not there have no volume."""
    return replace(fitted, volume=np.nan_to_num(fitted.volume))


def _stacked(profiles: Sequence[Profiles]) -> Profiles:
    """Return the profiles of single lanes as those of some lanes side by side."""
    return Profiles(
        parts=np.concatenate([own.parts for own in profiles]),
        clipped=np.concatenate([own.clipped for own in profiles]),
        left_px=np.concatenate([own.left_px for own in profiles]),
        right_px=np.concatenate([own.right_px for own in profiles]),
        center_px=np.concatenate([own.center_px for own in profiles]),
        slope=np.concatenate([own.slope for own in profiles]),
        top=profiles[0].top,
    )
