"""The lanes of one panel that share their rows: which stay, which are fitted alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from blotflux.measure.correcting.company import (
    Company,
    LaneData,
    are_close,
    filled,
    stacked,
)
from blotflux.measure.correcting.lane import Fitted, shared_out
from blotflux.measure.correcting.rows import components, expected_y
from blotflux.measure.correcting.tabulate import Light, MeasuredLane, as_fit, tabulate_lane
from blotflux.measure.correcting.tasks import LaneTask
from blotflux.measure.correcting.windows import profile_of
from blotflux.measure.fitting.crosstalk import (
    estimate_crosstalk,
    leaked_volumes,
    without_crosstalk,
)
from blotflux.measure.fitting.frozen import fit_frozen
from blotflux.measure.fitting.profiles import Profiles, profile_variance

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from blotflux.measure.correcting.base import GroupBase
    from blotflux.measure.correcting.rows import RowNow
    from blotflux.measure.correcting.tasks import PanelTask
    from blotflux.measure.fitting.frozen import FrozenTask

__all__ = ["measure_panel"]


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
    return shared.measured() if rows else {}


@dataclass(slots=True, kw_only=True, eq=False)
class _Shared:
    """Lanes of a panel that share their rows.

    Attributes
    ----------
    task, index, rows, group
        As in `measure_panel`.
    places : mapping of int to int or None
        Each lane's place in the group, if its pixels are those of the base.
    keys : mapping of int to object
        One for everything that the fit of a lane depends on, beside its neighbors.
    """

    task: PanelTask
    index: tuple[int, ...]
    rows: tuple[RowNow, ...]
    group: GroupBase | None
    places: dict[int, int | None] = field(init=False)
    keys: dict[int, object] = field(init=False)

    def __post_init__(self) -> None:
        """Ask once what is asked of every lane many times."""
        self.places = {i: self._place(i) for i in self.index}
        own = tuple(row.key for row in self.rows)
        # What depends on a lane is kept under one small object for all of this.
        self.keys = {
            i: self.task.kept.setdefault(("key", self._everything(i), own), object())
            for i in self.index
        }

    def measured(self) -> dict[int, MeasuredLane]:
        """Return the lanes, measured."""
        keys = {i: self._lane_key(i) for i in self.index}
        self._fit_ahead([i for i, key in keys.items() if key not in self.task.kept])
        return {i: self.task.keep(key, partial(self._measure, i)) for i, key in keys.items()}

    def _lane_key(self, i: int) -> Any:
        near = self._neighbors(i) if self.places[i] is None else (i,)
        return ("lane", self.task.lanes[i].id, tuple(self.keys[j] for j in near))

    def _fit_ahead(self, index: Sequence[int]) -> None:
        """Make the fits that measuring some lanes needs, side by side.

        Lanes that lie elsewhere than in the base and near others are fitted twice: first as if
        they were alone.
        """
        moved = [i for i in index if self.places[i] is None]
        close = [i for i in moved if self._is_close(self._neighbors(i))]
        near = dict.fromkeys(j for i in close for j in self._neighbors(i))
        alone = [j for j in near if self.places[j] is None]
        self._fit_together([self._data(i) for i in dict.fromkeys([*alone, *index])])
        self._fit_together([self._in_company(i).data for i in close])

    def _fit_together(self, wanted: Iterable[LaneData]) -> None:
        kept = self.task.kept
        fits: dict[Any, FrozenTask] = {}
        for data in wanted:
            for stretch in data.stretches:
                fits |= {key: fit for key, fit in stretch.choices.items() if key not in kept}
        if fits:
            kept.update(zip(fits, fit_frozen(list(fits.values())), strict=True))

    def _neighbors(self, i: int) -> tuple[int, ...]:
        return tuple(j for j in self.task.windows.neighbors(i) if j in self.index)

    def _place(self, i: int) -> int | None:
        """Return a lane's place in the group, if its pixels are those of the base."""
        lane = self.task.lanes[i]
        if self.group is None or lane.id not in self.group.lane_ids or not self.task.is_still(i):
            return None
        return self.group.lane_ids.index(lane.id)

    def _everything(self, i: int) -> Any:
        """Return everything that the fit of a lane depends on, beside rows and neighbors."""
        lane, said = self.task.lanes[i], self.task.bands
        keys = [(lane.id, row.planned.id) for row in self.rows]
        bands = tuple(said[key] for key in keys if key in said)
        window = self.task.windows.windows[i]
        return (lane.id, lane.panel, lane.course, lane.edited, window, self.places[i], bands)

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
            place=self.places[i],
            profiles=self._profiles(i),
            rows=self.rows,
            y=y - task.base.top,
            bands=bands,
            parts=components(self.rows, list(y), self.group, bands),
            kept=task.kept,
        )

    def _profiles(self, i: int) -> Profiles:
        """Return the profile of one lane: the base's, if its pixels are those of the base."""
        task, place = self.task, self.places[i]
        if place is not None and self.group is not None:
            return self.group.fit.profiles.take(np.array([place]))
        span = (task.base.top, task.base.bottom)
        window = task.windows.windows[i]
        return profile_of(task.blot, task.base.signal, task.drawn[i], window, span)

    def _measure(self, i: int) -> MeasuredLane:
        """Return one lane, measured, in the light of its neighbors."""
        place = self.places[i]
        if place is not None and self.group is not None:
            data = self._data(i)
            light = Light(leak=self._base_leak(place), lost=float(self.group.fit.lost[place]))
        else:
            company = self._in_company(i)
            data, light = company.data, company.light
        fitted = data.fit()
        before = self.task.before.get(self.task.lanes[i].id, {})
        return tabulate_lane(self.task.blot, data.task, fitted, light, (*self.task.said, before))

    def _data(self, i: int) -> LaneData:
        """Return a lane's profile: without the neighbors' light only if the base knows the lane."""

        def compute() -> LaneData:
            task = self._lane_task(i)
            if task.place is not None and self.group is not None:
                fit, place = self.group.fit, task.place
                return LaneData.of(task, fit.value[place], fit.variance[place])
            value = task.profiles.value[0]
            variance = profile_variance(task.profiles, self.task.base.noise)[0]
            return LaneData.of(task, value, variance)

        made: LaneData = self.task.keep(("data", self.keys[i]), compute)
        return made

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

    def _in_company(self, i: int) -> Company:
        """Return the profile of a lane that lies elsewhere than in the base, and its light."""

        def compute() -> Company:
            near = self._neighbors(i)
            own, data = near.index(i), self._data(i)
            if not self._is_close(near):
                return Company(data=data, light=Light(leak=np.zeros(len(self.rows)), lost=0.0))
            profiles = stacked([self._data(j).task.profiles for j in near])
            width_px = np.array([self.task.drawn[j].width_px for j in near])
            fits = as_fit([self._alone(j) for j in near])
            crosstalk = estimate_crosstalk(self.task.base.signal, profiles, fits, width_px)
            light = Light(
                leak=leaked_volumes(fits.volume, crosstalk)[own],
                lost=float(1 - crosstalk.captured[own]),
            )
            if crosstalk.negligible:
                return Company(data=data, light=light)
            values = np.stack([self._data(j).value for j in near])
            value = without_crosstalk(values, fits, crosstalk, profiles)[own]
            seen = LaneData.of(data.task, value, data.variance / crosstalk.captured[own] ** 2)
            return Company(data=seen, light=light)

        made: Company = self.task.keep(("company", self._lane_key(i)), compute)
        return made

    def _is_close(self, near: Sequence[int]) -> bool:
        """Tell whether the light of any of some lanes can reach another one."""
        middle = self.task.base.middle_px
        x_px = [round(float(self.task.drawn[j].x_at(middle))) for j in near]
        return are_close(x_px, [self.task.drawn[j].width_px for j in near])

    def _alone(self, i: int) -> Fitted:
        """Return the fit of a lane that knows nothing of its neighbors."""

        def compute() -> Fitted:
            data = self._data(i)
            if data.task.place is not None and self.group is not None:
                return self._as_in_base(data.task, self.group, data.task.place)
            return filled(data.fit())

        made: Fitted = self.task.keep(("alone", self.keys[i]), compute)
        return made

    def _as_in_base(self, task: LaneTask, group: GroupBase, place: int) -> Fitted:
        """Return what the joint fit says of a lane; rows that are new count for nothing."""
        rows = len(self.rows)
        fit = group.fit.fit
        fitted = Fitted(
            value=group.fit.value[place],
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
