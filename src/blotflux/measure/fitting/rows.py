"""Rows: bands of one species, followed across the lanes of a panel."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.fitting.smile import CAP, Smile, estimate_smile, unit_position, with_warp
from blotflux.measure.medians import median

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from blotflux.measure.fitting.peaks import Peaks

__all__ = ["INSEPARABLE", "Row", "link_rows", "stands_apart"]

WARPED = 0.25  # sigmas of warp from which on rows are grouped anew
MOST_WARPS = 3
MANY = 4  # bands of a row beyond doubt
SHADOW = 0.2  # of its bands: so few other lanes ...
APART = 2.0  # ... this near, in sigmas of the wider, are its own corners or haze
INSEPARABLE = 1.3  # sigmas: closer rows cannot be told apart in any lane
LEAST_FOR_SLOPE = 4  # bands in a row, from which on it has a slope of its own


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Row:
    """One row of a panel.

    Attributes
    ----------
    y : ndarray, shape (lanes,)
        Where the row is, or would be, in every lane; px from the profiles' top.
    sigma : float
        Typical width of its bands, px.
    seen : ndarray of bool, shape (lanes,)
        Lanes in which a peak of its own was found.
    score : float
        Largest score of its peaks.
    promised : bool
        Whether the row is kept because a target was named, not for its own clearness.
    usual : float
        Volume of its usual band as fitted, counts·px; NaN while or where that is not known.
    """

    y: NDArray[np.float64]
    sigma: float
    seen: NDArray[np.bool_]
    score: float
    promised: bool = False
    usual: float = math.nan

    def below(self, other: Row) -> float:
        """Return how far the row usually lies below another, in sigmas of the wider."""
        return float(np.median(self.y - other.y)) / max(self.sigma, other.sigma)


def link_rows(peaks: Peaks, x_px: NDArray[np.float64]) -> tuple[Row, ...]:
    """Return the rows of a panel, from the top; ladder lanes must have been left out.

    Parameters
    ----------
    peaks : Peaks
        Of lanes that share species.
    x_px : ndarray, shape (lanes,)
        Centers of all lanes of the panel.
    """
    if not len(peaks.y):
        return ()
    strong = peaks.score > 0.2 * median(np.sort(peaks.score)[-2 * len(x_px) :])
    sigma = float(median(peaks.sigma[strong]))
    smile = estimate_smile(peaks.take(strong), x_px, sigma)
    weight = np.minimum(peaks.score, CAP)
    level = peaks.y - smile.shift(peaks.lane, peaks.y)
    groups = group_levels(level, weight, peaks.lane, sigma)
    for _ in range(MOST_WARPS):
        warped = with_warp(smile, peaks, groups, sigma, unit_position(x_px)[1])
        moved = peaks.y - warped.shift(peaks.lane, peaks.y)
        if np.abs(moved - level).max() < WARPED * sigma:
            break
        smile, level = warped, moved
        groups = group_levels(level, weight, peaks.lane, sigma)
    return settle_rows(peaks, level, smile, without_shadows(groups, peaks, level))


def group_levels(
    level: NDArray[np.float64], weight: NDArray[np.float64], lane: NDArray[np.intp], sigma: float
) -> list[NDArray[np.intp]]:
    """Return the members of every row: peaks near one maximum of the density of levels.

    One lane gives at most one peak to a row; the others are grouped again without it.
    """
    groups: list[NDArray[np.intp]] = []
    left = np.ones(len(level))
    place = level.copy()  # of what is left; the others are far away
    width, reach = max(1.2, 0.6 * sigma), max(3.0, 1.5 * sigma)
    near = np.exp(-0.5 * ((level[:, None] - level) / width) ** 2) * weight
    while left.any():
        density = np.where(left > 0, near @ left, -1.0)
        away = np.abs(place - level[density.argmax()])
        members = (away < reach).nonzero()[0]
        if len(members) > 1:
            cost = away[members] / sigma - weight[members] / CAP
            members = one_per_lane(members, lane[members], cost)
        groups.append(members)
        left[members], place[members] = 0.0, np.inf
    return groups


def without_shadows(
    groups: list[NDArray[np.intp]], peaks: Peaks, level: NDArray[np.float64]
) -> list[NDArray[np.intp]]:
    """Return the groups but for those of few lanes too near a row of many to be told from it.

    Flat tops have two corners, and haze around a band is wider than it. Where such a row is real,
    the widths of the other's bands say so later.
    """
    many = [group for group in groups if len(group) >= MANY]
    if not many or len(many) == len(groups):
        return groups
    height = np.array([median(level[group]) for group in many])
    usual = np.array([median(peaks.sigma[group]) for group in many])
    most = SHADOW * np.array([len(group) for group in many])
    kept = []
    for group in groups:
        away = np.abs(float(median(level[group])) - height)
        near = away < APART * np.maximum(usual, float(median(peaks.sigma[group])))
        if not (near & (len(group) <= most)).any():
            kept.append(group)
    return kept


def stands_apart(row: Row, others: Sequence[Row]) -> bool:
    """Return whether a row that a fit left over is another than the rows of that fit.

    In few lanes near a row of many it is a corner or haze, as in `without_shadows`.
    """
    for other in others:
        apart = abs(row.below(other))
        many = np.count_nonzero(other.seen)
        few = many >= MANY and np.count_nonzero(row.seen) <= SHADOW * many
        if apart < (APART if few else INSEPARABLE):
            return False
    return True


def one_per_lane(
    candidates: NDArray[np.intp], lane: NDArray[np.intp], cost: NDArray[np.float64]
) -> NDArray[np.intp]:
    """Return the cheapest candidate of every lane."""
    order = np.lexsort((cost, lane))
    lane = lane[order]
    cheapest = np.concatenate(([True], lane[1:] != lane[:-1]))
    return np.asarray(candidates[order[cheapest]])


def settle_rows(
    peaks: Peaks,
    level: NDArray[np.float64],
    smile: Smile,
    groups: Sequence[NDArray[np.intp]],
) -> tuple[Row, ...]:
    """Return the rows, from the top: at their peaks where seen, along the smile elsewhere."""
    members, count = np.concatenate(groups), [len(group) for group in groups]
    # Tables of rows and lanes, flat at first; a lane gives a row one peak at most.
    lanes = len(smile.curve)
    shape = (len(groups), lanes)
    cell = np.repeat(np.arange(0, shape[0] * shape[1], shape[1]), count) + peaks.lane[members]
    weight = table_of(np.minimum(peaks.score[members], CAP), cell, shape, 0.0)
    levels = table_of(level[members], cell, shape, np.inf)
    widths = table_of(peaks.sigma[members], cell, shape, np.inf)
    score = table_of(peaks.score[members], cell, shape, 0.0).max(axis=1).tolist()
    seen = np.isfinite(levels)
    y = smile.curve + weighted_medians(levels, weight)[:, None]
    if smile.warp.any():
        lane = np.tile(np.arange(lanes), len(groups))
        y += (smile.terms(lane, y.ravel()) @ smile.warp).reshape(shape)
    sigma = weighted_medians(widths, weight).tolist()
    found = table_of(peaks.y[members], cell, shape, 0.0)
    own, root, xi = found - y, np.sqrt(weight), smile.xi
    design = np.stack([root, root * xi], axis=2)
    for r, bands in enumerate(count):
        # Rows of one blot differ a little in slope, which matters where there is no peak.
        if LEAST_FOR_SLOPE <= bands < lanes:
            here = seen[r]
            line, *_ = np.linalg.lstsq(design[r, here], (own[r] * root[r])[here], rcond=None)
            y[r] = y[r] + line[0] + line[1] * xi
    y = np.where(seen, found, y)
    from_top = np.argsort(median(y, axis=1), kind="stable").tolist()
    return tuple([Row(y=y[r], sigma=sigma[r], seen=seen[r], score=score[r]) for r in from_top])


def table_of(
    values: NDArray[np.float64], cell: NDArray[np.intp], shape: tuple[int, int], missing: float
) -> NDArray[np.float64]:
    """Return a table of rows and lanes with `values` in some cells, `missing` in the others."""
    table = np.full(shape[0] * shape[1], missing, np.float64)
    table[cell] = values
    return table.reshape(shape)


def weighted_medians(
    value: NDArray[np.float64], weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the value at half the total weight of each row; what is not there weighs nothing."""
    row = np.arange(len(value))
    order = value.argsort(axis=1, kind="stable")
    cumulative = weight[row[:, None], order].cumsum(axis=1)
    middle = (cumulative < 0.5 * cumulative[:, -1:]).sum(axis=1)
    return np.asarray(value[row, order[row, middle]])
