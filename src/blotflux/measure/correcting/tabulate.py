"""The bands of one lane of a plan, as the tables show them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import numpy as np

from blotflux.blot.model import Band
from blotflux.flags import Flag
from blotflux.measure.correcting.tasks import LaneTask, limits_of
from blotflux.measure.densitometry import (
    count_saturated,
    measured_band,
    place_box,
)
from blotflux.measure.doubts import covariance_of_lane
from blotflux.measure.fitting.groups import GroupFit
from blotflux.measure.fitting.profiles import Profiles, profile_variance
from blotflux.measure.fitting.rows import Row

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from blotflux.blot import Blot, Box
    from blotflux.measure.correcting.lane import Fitted
    from blotflux.measure.correcting.rows import RowNow
    from blotflux.measure.fitting.lane_fit import LaneFit
    from blotflux.measure.result import Noise
    from blotflux.parameters import Parameters

__all__ = ["Light", "MeasuredLane", "as_fit", "tabulate_lane"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MeasuredLane:
    """One lane of a plan, measured.

    Attributes
    ----------
    row_ids : tuple of int
        From the top.
    bands : tuple of Band
        One for each row; their numbers are still to be given.
    covariance : ndarray, shape (R, R)
    fitted : Fitted
    profiles : Profiles
    kept : bool
        Whether all is as in the base.
    """

    row_ids: tuple[int, ...]
    bands: tuple[Band, ...]
    covariance: NDArray[np.float64]
    fitted: Fitted
    profiles: Profiles
    kept: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Light:
    """What the neighbors add to a lane, and what it loses; see `GroupFit`."""

    leak: NDArray[np.float64]
    lost: float


def tabulate_lane(
    blot: Blot,
    task: LaneTask,
    fitted: Fitted,
    light: Light,
    said: tuple[Noise, Parameters, Mapping[int, Band]],
) -> MeasuredLane:
    """Return the bands of one lane.

    Parameters
    ----------
    blot : Blot
    task : LaneTask
    fitted : Fitted
    light : Light
    said : (Noise, Parameters, mapping of row id to Band)
        The picture's noise, the recipe, and the lane's bands in the base.
    """
    noise, parameters, before = said
    group = _as_group(task, fitted, light)
    covariance = covariance_of_lane(blot, group, 0)
    missing = np.isnan(fitted.volume)
    covariance[missing], covariance[:, missing] = 0.0, 0.0
    error = np.sqrt(np.maximum(np.diagonal(covariance), 0.0))
    seen = _without(group, missing)
    bands = []
    for r, row in enumerate(task.rows):
        row_id = row.planned.id
        if fitted.taken_over[r]:
            bands.append(before[row_id])
            continue
        limits = limits_of(task, r)
        box = place_box(blot, group, 0, r, row.height)
        if limits is not None:
            top = task.panel.top
            box = replace(box, top=limits[0] + top, bottom=limits[1] + top)
        if missing[r]:
            bands.append(_unmeasured(blot, task, r, box))
            continue
        which = (0, r - int(np.count_nonzero(missing[:r])))
        band = measured_band(
            blot, seen, which, box, noise, parameters, row=row_id + 1, error=float(error[r])
        )
        edited = row_id in task.bands or not row.intact or task.lane.edited
        bands.append(replace(band, edited=edited))
    return MeasuredLane(
        row_ids=tuple(row.planned.id for row in task.rows),
        bands=tuple(bands),
        covariance=covariance,
        fitted=fitted,
        profiles=task.profiles,
        kept=bool(fitted.taken_over.all()),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _OneLane:
    """A fit of one lane, with the names that `LaneFit` gives its parts."""

    volume: NDArray[np.float64]
    position: NDArray[np.float64]
    sigma: NDArray[np.float64]
    height: NDArray[np.float64]
    covariance: NDArray[np.float64]
    model: NDArray[np.float64]
    background: NDArray[np.float64]


def as_fit(fitted: Sequence[Fitted]) -> LaneFit:
    """Return the fits of some lanes as one."""
    fit = _OneLane(
        volume=np.stack([own.volume for own in fitted]),
        position=np.stack([own.position for own in fitted]),
        sigma=np.stack([own.sigma for own in fitted]),
        height=np.stack([own.height for own in fitted]),
        covariance=np.stack([own.covariance for own in fitted]),
        model=np.stack([own.curves.sum(axis=0) for own in fitted]),
        background=np.stack([own.background for own in fitted]),
    )
    return cast("LaneFit", fit)


def _as_group(task: LaneTask, fitted: Fitted, light: Light) -> GroupFit:
    rows = tuple(
        Row(
            y=np.array([y]),
            sigma=row.model.sigma,
            seen=np.array([_had_peak(task, row)]),
            score=0.0,
            promised=row.promised,
            usual=row.model.usual,
        )
        for row, y in zip(task.rows, task.y, strict=True)
    )
    return GroupFit(
        lanes=(task.lane,),
        rows=rows,
        fit=as_fit([fitted]),
        profiles=task.profiles,
        value=fitted.value[None],
        variance=profile_variance(task.profiles, task.panel.noise),
        leak=light.leak[None],
        lost=np.array([light.lost]),
    )


def _had_peak(task: LaneTask, row: RowNow) -> bool:
    """Tell whether the row's own peak was found in the lane when both were as they are."""
    if task.group is None or task.place is None or row.place is None or not row.intact:
        return False
    return bool(task.group.fit.rows[row.place].seen[task.place])


def _without(group: GroupFit, missing: NDArray[np.bool_]) -> GroupFit:
    """Return the fit without the bands that are not there: nothing overlaps them."""
    if not missing.any():
        return group
    kept = ~missing
    fit = cast("_OneLane", group.fit)
    return replace(
        group,
        rows=tuple(row for row, keep in zip(group.rows, kept, strict=True) if keep),
        fit=cast(
            "LaneFit",
            replace(
                fit,
                volume=fit.volume[:, kept],
                position=fit.position[:, kept],
                sigma=fit.sigma[:, kept],
                height=fit.height[:, kept],
            ),
        ),
    )


def _unmeasured(blot: Blot, task: LaneTask, row: int, box: Box) -> Band:
    """Return the entry of a band that is not there."""
    y = task.profiles.top + float(task.y[row])
    pixels = blot.signal[box.top : box.bottom, box.left : box.right]
    saturated, share, _ = count_saturated(blot, box)
    return Band(
        panel=task.lane.panel,
        lane=task.lane.number,
        row=1,
        x_px=float(task.lane.x_at(y)),
        y_px=y,
        box=box,
        total=float(pixels.sum(dtype=np.float64)),
        background=float("nan"),
        volume=float("nan"),
        volume_se=float("nan"),
        snr=float("nan"),
        saturated_px=saturated,
        saturated_fraction=share,
        detected=False,
        edited=True,
        flags=(str(Flag.NOT_MEASURED),),
    )
