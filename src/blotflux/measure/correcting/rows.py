"""Where the rows of a plan run, and which of them are measured together."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.fitting.frozen import RowModel
from blotflux.measure.fitting.shapes import SHAPE_TERMS, per_term
from blotflux.measure.fitting.zones import LEAST_PAD_PX, PAD_SIGMAS, TOUCH_SIGMAS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from blotflux.measure.correcting.base import GroupBase
    from blotflux.measure.correcting.plan import PlannedBand, PlannedLane, PlannedRow

__all__ = ["Component", "RowNow", "components", "expected_y", "rows_now"]

USUAL_SIGMA_PX = 3.0  # of a row that is the first of its blot
LONE_SPREAD = per_term(0.05, 0.03, 0.003)  # as the joint fit starts from
LONE_HAZE = 1.0  # what the background's prior expects
STILL = 0.5  # a lane that moved by less than this share of its width has its own rows' heights


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RowNow:
    """One row of a plan, ready to be measured.

    Attributes
    ----------
    planned : PlannedRow
    place : int or None
        Of the row that it is like, in the group's fit.
    model : RowModel
    promised : bool
    intact : bool
        Whether the row is as the base found it.
    height : int
        Of its boxes.
    """

    planned: PlannedRow
    place: int | None
    model: RowModel
    promised: bool
    intact: bool
    height: int

    @property
    def key(self) -> tuple[object, ...]:
        """Everything that its measuring depends on."""
        own = self.planned
        return own.id, own.lane, own.like, own.offset_px, own.y_px, own.sigma_px


def rows_now(
    planned: Sequence[PlannedRow], group: GroupBase | None, panel: int, lane: int | None
) -> tuple[RowNow, ...]:
    """Return the rows of a panel's samples, or of one of its ladders, from the top."""
    own = [row for row in planned if (row.panel, row.lane) == (panel, lane)]
    rows = [_row_now(row, group) for row in own]
    usual = _usual_heights(group)
    return tuple(sorted(rows, key=lambda row: (_rank(row, group, usual), row.planned.id)))


def _row_now(row: PlannedRow, group: GroupBase | None) -> RowNow:
    place = None
    if group is not None and row.like in group.row_ids:
        place = group.row_ids.index(row.like)
    if group is None or place is None:
        model, promised = _lone_model(row), False
    else:
        model, promised = group.models[place], group.fit.rows[place].promised
    if row.sigma_px is not None:
        model = model.widened(row.sigma_px)
    intact = place is not None and row.like == row.id and not row.offset_px and not row.sigma_px
    if not intact:  # parts of a row, or another stretch of it, have volumes of their own
        model = replace(model, usual=math.nan)
    if group is not None and place is not None and row.sigma_px is None:
        height = group.heights[group.row_ids[place]]
    else:
        height = max(3, 2 * int(np.ceil(3 * model.sigma)) + 1)
    return RowNow(
        planned=row,
        place=place,
        model=model,
        promised=promised and intact,
        intact=intact,
        height=height,
    )


def _lone_model(row: PlannedRow) -> RowModel:
    return RowModel(
        log_sigma=float(np.log(row.sigma_px or USUAL_SIGMA_PX)),
        shape=np.zeros(SHAPE_TERMS),
        spread=LONE_SPREAD,
        haze=LONE_HAZE,
    )


def _usual_heights(group: GroupBase | None) -> NDArray[np.float64]:
    """Return a height for each of the base's rows by which they stay in their order."""
    if group is None:
        return np.zeros(0)
    heights = np.median(group.heights_px, axis=1) - group.fit.profiles.top
    return np.asarray(np.maximum.accumulate(heights))


def _rank(row: RowNow, group: GroupBase | None, usual: NDArray[np.float64]) -> float:
    """Return what orders rows from the top."""
    if group is None or row.place is None:
        return float(row.planned.y_px or 0.0) - (group.fit.profiles.top if group else 0)
    return float(usual[row.place]) + row.planned.offset_px


def expected_y(
    row: RowNow,
    lane: PlannedLane,
    group: GroupBase | None,
    x_px: float,
    band: PlannedBand | None = None,
) -> float:
    """Return where a row is expected in a lane, blot px.

    Parameters
    ----------
    row : RowNow
    lane : PlannedLane
    group : GroupBase or None
        Whose lanes tell how the row runs.
    x_px : float
        Where the lane is at the height at which lanes are compared.
    band : PlannedBand, optional
        What a person said of this band.
    """
    if band is not None and band.y_px is not None:
        return band.y_px
    if group is None or row.place is None:
        return float(row.planned.y_px or 0.0)
    heights = group.heights_px[row.place]
    if lane.id in group.lane_ids:
        own = group.lane_ids.index(lane.id)
        if abs(x_px - group.x_px[own]) < STILL * group.fit.lanes[own].width_px:
            return float(heights[own]) + row.planned.offset_px
    order = np.argsort(group.x_px, kind="stable")
    return float(np.interp(x_px, group.x_px[order], heights[order])) + row.planned.offset_px


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """Rows of one lane that are measured together, by their place among the lane's rows.

    Attributes
    ----------
    members : tuple of int
    untouched : bool
        Whether they are what the joint fit measured together, unchanged.
    """

    members: tuple[int, ...]
    untouched: bool


def components(
    rows: Sequence[RowNow],
    y: Sequence[float],
    group: GroupBase | None,
    bands: Mapping[int, PlannedBand],
) -> tuple[Component, ...]:
    """Return which rows of a lane are measured together: those that the base did, and neighbors.

    Parameters
    ----------
    rows : sequence of RowNow
    y : sequence of float
        Where each is expected in the lane.
    group : GroupBase or None
    bands : mapping of row id to PlannedBand
        What a person said of the lane's bands.
    """
    zones = group.zones if group is not None else ()
    zone_of = {row_id: zone for zone in zones for row_id in zone}
    order = sorted(range(len(rows)), key=lambda i: (y[i], i))
    label = list(range(len(rows)))
    for i in range(len(rows)):
        for j in range(i):
            if _of_one_zone(rows[i], rows[j], zone_of):
                _join(label, i, j)
    for i, j in pairwise(order):
        reach = max(rows[i].model.sigma, rows[j].model.sigma)
        touching = y[j] - y[i] < max(PAD_SIGMAS * reach, LEAST_PAD_PX) + TOUCH_SIGMAS * reach
        if touching and not (rows[i].intact and rows[j].intact):
            _join(label, i, j)
    members = [tuple(i for i in order if label[i] == name) for name in dict.fromkeys(label)]
    return tuple(
        Component(members=own, untouched=_is_untouched([rows[i] for i in own], zone_of, bands))
        for own in members
    )


def _of_one_zone(a: RowNow, b: RowNow, zone_of: Mapping[int, frozenset[int]]) -> bool:
    zone = zone_of.get(a.planned.id)
    return zone is not None and b.planned.id in zone


def _join(label: list[int], i: int, j: int) -> None:
    old, new = label[i], label[j]
    for k, name in enumerate(label):
        if name == old:
            label[k] = new


def _is_untouched(
    rows: Sequence[RowNow],
    zone_of: Mapping[int, frozenset[int]],
    bands: Mapping[int, PlannedBand],
) -> bool:
    ids = frozenset(row.planned.id for row in rows)
    same = all(row.intact for row in rows) and zone_of.get(rows[0].planned.id) == ids
    return same and not any(row_id in bands for row_id in ids)
