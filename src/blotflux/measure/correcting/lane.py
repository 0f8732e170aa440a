"""One lane of a plan, measured: taken over where nothing touched it, else fitted alone.

A lane is fitted alone if its own pixels changed, and a group of neighboring rows in it if a person
said something of one of them. Light from the lanes beside it is taken out as in the joint fit,
with the edges of the three lanes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from blotflux.measure.correcting.limits import summed_between
from blotflux.measure.correcting.tasks import limits_of
from blotflux.measure.fitting.frozen import FrozenTask, fit_frozen
from blotflux.measure.fitting.zones import LEAST_PAD_PX, PAD_SIGMAS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from blotflux.measure.correcting.rows import Component
    from blotflux.measure.correcting.tasks import LaneTask
    from blotflux.measure.fitting.frozen import LaneBands

__all__ = ["Fitted", "Stretch", "fit_lane", "shared_out", "stretches_of"]

CURVE_SIGMAS = 6.0  # beyond, a band is nothing
LENGTHS_PX = 4  # lengths of stretches come in steps of this
SMOOTH_PX = 15  # where no band is, the smoothed profile is the background


@dataclass(slots=True, kw_only=True, eq=False)
class Fitted:
    """What the fit of one lane gave: R rows, n profile values.

    Attributes
    ----------
    value, background : ndarray, shape (n,)
        The profile without the neighbors' light, and what lies under the bands.
    volume, position, sigma, height : ndarray, shape (R,)
        NaN for a band that is not there, but for its position.
    covariance : ndarray, shape (R, R)
    curves : ndarray, shape (R, n)
        Each band; of bands taken over, their sum shared out.
    taken_over : ndarray of bool, shape (R,)
    spans : list of (int, int)
        Where it was fitted again.
    """

    value: NDArray[np.float64]
    background: NDArray[np.float64]
    volume: NDArray[np.float64]
    position: NDArray[np.float64]
    sigma: NDArray[np.float64]
    height: NDArray[np.float64]
    covariance: NDArray[np.float64]
    curves: NDArray[np.float64]
    taken_over: NDArray[np.bool_]
    spans: list[tuple[int, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stretch:
    """Rows of a lane that are fitted again together.

    Attributes
    ----------
    members : list of int
        Of the lane's rows.
    span : (int, int)
        The part of the profile that bears on them.
    choices : dict
        The fits to choose from, by everything that they depend on.
    """

    members: list[int]
    span: tuple[int, int]
    choices: dict[Any, FrozenTask]


def stretches_of(
    task: LaneTask, value: NDArray[np.float64], variance: NDArray[np.float64]
) -> tuple[Stretch, ...]:
    """Return what of a lane is to be fitted again.

    Parameters
    ----------
    task : LaneTask
    value, variance : ndarray, shape (n,)
        Its profile without the neighbors' light, and the variance of its values.
    """
    stretches = []
    for part in task.parts:
        members = [r for r in part.members if not task.is_absent(r)]
        taken_over = part.untouched and task.place is not None
        start, end = _span(task, part, len(value))
        if members and not taken_over and end - start > 1:
            choices = _choices(task, members, value[start:end], variance[start:end], start)
            stretches.append(Stretch(members=members, span=(start, end), choices=choices))
    return tuple(stretches)


def fit_lane(
    task: LaneTask,
    value: NDArray[np.float64],
    variance: NDArray[np.float64],
    stretches: Sequence[Stretch],
) -> Fitted:
    """Return the fit of one lane.

    Parameters
    ----------
    task : LaneTask
    value, variance : ndarray, shape (n,)
        As in `stretches_of`.
    stretches : sequence of Stretch
        Lanes that are measured together have the fits of these made side by side, ahead; what is
        in `task.kept` is not made again.
    """
    fitted = _unfitted(task, value)
    if task.place is None:
        fitted.spans.append((0, len(value)))
    else:
        for part in task.parts:
            if part.untouched:
                _take_over(fitted, task, part, task.place)
    for stretch in stretches:
        _fit_again(fitted, task, stretch, variance)
    return fitted


def _unfitted(task: LaneTask, value: NDArray[np.float64]) -> Fitted:
    rows = len(task.rows)
    if task.place is not None and task.group is not None:
        background = task.group.fit.fit.background[task.place].copy()
    else:
        smooth = cv2.blur(np.ascontiguousarray(value[None]), (SMOOTH_PX, 1))
        background = np.array(smooth[0], dtype=np.float64)
    return Fitted(
        value=value,
        background=background,
        volume=np.full(rows, np.nan),
        position=task.y.copy(),
        sigma=np.array([row.model.sigma for row in task.rows]),
        height=np.zeros(rows),
        covariance=np.zeros((rows, rows)),
        curves=np.zeros((rows, len(value))),
        taken_over=np.zeros(rows, bool),
    )


def _take_over(fitted: Fitted, task: LaneTask, part: Component, lane: int) -> None:
    """Take the joint fit's bands as they are."""
    if task.group is None:
        return
    fit = task.group.fit.fit
    members = np.array(part.members)
    places = np.array([task.rows[r].place for r in part.members])
    for name in ("volume", "position", "sigma", "height"):
        getattr(fitted, name)[members] = getattr(fit, name)[lane, places]
    fitted.covariance[np.ix_(members, members)] = fit.covariance[lane][np.ix_(places, places)]
    fitted.taken_over[members] = True
    fitted.curves[members] = shared_out(fit.model[lane], fitted, members)


def shared_out(
    model: NDArray[np.float64], fitted: Fitted, members: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Return the curves of some bands from the sum of all: shared by Gaussians of their size."""
    position, sigma = fitted.position[members, None], fitted.sigma[members, None]
    curves = np.zeros((len(members), len(model)))
    first = max(0, int(np.floor((position - CURVE_SIGMAS * sigma).min())))
    end = max(first, min(len(model), int(np.ceil((position + CURVE_SIGMAS * sigma).max())) + 1))
    u = (np.arange(first, end) - position) / sigma
    weight = np.abs(fitted.volume[members, None]) / sigma * np.exp(-0.5 * u * u) + 1e-12
    curves[:, first:end] = model[first:end] * weight / weight.sum(axis=0)
    return curves


def _span(task: LaneTask, part: Component, n: int) -> tuple[int, int]:
    """Return the stretch of the profile that bears on some rows."""
    pad = max(PAD_SIGMAS * max(task.rows[r].model.sigma for r in part.members), LEAST_PAD_PX)
    y = [float(task.y[r]) for r in part.members]
    for r in part.members:
        y += limits_of(task, r) or ()
    start = math.floor(min(y) - pad)
    # Stretches of one length are fitted side by side: a row that runs aslant has few lengths.
    length = LENGTHS_PX * math.ceil((max(y) - min(y) + 2 * pad + 2) / LENGTHS_PX)
    return max(0, start), max(0, min(n, start + length))


def _fit_again(
    fitted: Fitted, task: LaneTask, stretch: Stretch, variance: NDArray[np.float64]
) -> None:
    """Fit some rows of the lane again."""
    members, span = stretch.members, stretch.span
    inside = slice(*span)
    own = _chosen(task, stretch, fitted.value[inside], variance[inside])
    index = np.array(members)
    fitted.volume[index] = own.volume
    fitted.position[index] = own.position + span[0]
    fitted.sigma[index] = own.sigma
    fitted.height[index] = own.height
    fitted.covariance[index[:, None], index] = own.covariance
    fitted.curves[index, inside] = own.curves
    fitted.background[inside] = own.background
    fitted.spans.append(span)
    for place, r in enumerate(members):
        limits = limits_of(task, r)
        if limits is not None:
            inner = slice(max(0, limits[0] - span[0]), max(0, limits[1] - span[0]))
            noise = variance[inside][inner] + task.shot * np.maximum(own.curves[place, inner], 0)
            volume, factor, extra = summed_between(
                own, place, fitted.value[inside], inner, float(noise.sum())
            )
            fitted.volume[r] = volume
            fitted.covariance[r] *= factor
            fitted.covariance[:, r] *= factor
            fitted.covariance[r, r] += extra


def _chosen(
    task: LaneTask, stretch: Stretch, value: NDArray[np.float64], variance: NDArray[np.float64]
) -> LaneBands:
    """Return the fit of some rows to a stretch of a profile: of the choices, the one that fits."""
    missing = {key: choice for key, choice in stretch.choices.items() if key not in task.kept}
    if missing:
        task.kept.update(zip(missing, fit_frozen(list(missing.values())), strict=True))
    fits: list[LaneBands] = [task.kept[key] for key in stretch.choices]
    if len(fits) == 1:
        return fits[0]
    return min(fits, key=lambda fit: _left_over(fit, value, variance))


def _choices(
    task: LaneTask,
    members: Sequence[int],
    value: NDArray[np.float64],
    variance: NDArray[np.float64],
    start: int,
) -> dict[Any, FrozenTask]:
    """Return the fits to choose from, by everything that they depend on.

    A band between limits may be where its row runs, or in the middle of the limits: whichever
    explains the profile better.
    """
    y = task.y[list(members)] - start
    limits = [limits_of(task, r) for r in members]
    places = [y]
    if any(own is not None for own in limits):
        middles = [
            0.5 * sum(own) - start if own is not None else at
            for own, at in zip(limits, y, strict=True)
        ]
        places.append(np.array(middles))
    rows = tuple(task.rows[r].key for r in members)
    models = [task.rows[r].model for r in members]
    data = (value.tobytes(), variance.tobytes())
    return {
        ("fit", rows, at.tobytes(), *data): FrozenTask(
            value=value, variance=variance, y=at, models=models, shot=task.shot
        )
        for at in places
    }


def _left_over(fit: LaneBands, value: NDArray[np.float64], variance: NDArray[np.float64]) -> float:
    residual = value - fit.background - fit.curves.sum(axis=0)
    return float((residual**2 / variance).sum())
