"""Rows: bands of one species, followed across the lanes of a panel."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.medians import median

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from blotflux.measure.fitting.peaks import Peaks

__all__ = ["Row", "link_rows", "mobility"]

MAX_TILT = 0.10  # fall of a row across the panel, px per px: 5.7 degrees
MAX_BOW = 0.06  # sagitta of a smile over the panel's half width
VOTERS = 4  # peaks per lane that are asked for the curve they share, the strongest
COARSE = 1.7  # of the fine steps
LEAST_FOR_SLOPE = 4  # bands in a row, from which on it has a slope of its own
CAP = 60.0  # scores beyond this say no more about where a row is


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


def mobility(peaks: Peaks, x_px: NDArray[np.float64], sigma: float) -> NDArray[np.float64]:
    """Return how much lower every lane runs than the panel's middle, px.

    Tilt and smile common to all rows are found by a Hough vote, jumps of single lanes by dynamic
    programming over the lanes.

    Parameters
    ----------
    peaks : Peaks
    x_px : ndarray, shape (lanes,)
        Centers of the lanes.
    sigma : float
        Typical width of a band, px.
    """
    curve = vote_for_curve(peaks, x_px, sigma)
    for _ in range(2):
        jumps = follow_jumps(peaks, curve, sigma)
        if not jumps.any():  # and would not be the second time either
            break
        curve = curve + jumps
    return curve


def unit_position(x_px: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Return x scaled to -1..1 over the lanes and half their span in px."""
    half_span = max(0.5 * float(x_px[-1] - x_px[0]), 1.0)
    return (x_px - 0.5 * (x_px[-1] + x_px[0])) / half_span, half_span


def vote_for_curve(peaks: Peaks, x_px: NDArray[np.float64], sigma: float) -> NDArray[np.float64]:
    """Return the parabola across the lanes that brings most peaks onto common heights.

    The strongest peaks vote, for coarse steps of tilt and bow first, then for fine ones around
    the best of these.
    """
    if len(x_px) < 2 or len(peaks.y) < 2:
        return np.zeros(len(x_px))
    if len(peaks.y) > VOTERS * len(x_px):
        order = np.argsort(-peaks.score, kind="stable")
        peaks = peaks.take(order[: VOTERS * len(x_px)])
    xi, half_span = unit_position(x_px)
    most = np.array([MAX_TILT * half_span, MAX_BOW * half_span + 2.0 if len(x_px) > 2 else 0.0])
    step = max(0.8, 0.5 * sigma)
    best = np.zeros(2)
    for width, reach in ((COARSE * step, most), (step, np.minimum(most, 2 * COARSE * step))):
        tilts = best[0] + symmetric_grid(reach[0], 1.5 * width)
        bows = best[1] + symmetric_grid(reach[1], 1.5 * width)
        grid = np.empty((len(tilts), len(bows), 2))
        grid[..., 0], grid[..., 1] = tilts[:, None], bows
        curves = grid.reshape(-1, 2)
        score = count_votes(peaks, xi, curves, 2 * width)
        # Among curves that explain the peaks equally well the straightest is the most probable.
        score *= 1 - 0.02 * (np.abs(curves) / np.maximum(most, 1.0)).sum(axis=1)
        best = curves[score.argmax()]
    return np.asarray(best[0] * xi + best[1] * xi**2)


def count_votes(
    peaks: Peaks, xi: NDArray[np.float64], curves: NDArray[np.float64], bin_px: float
) -> NDArray[np.float64]:
    """Return how well curves, shape (curves, 2), bring the peaks together in bins of height.

    Bins are counted twice, half a bin apart, so that no row is split by the edge of one.
    """
    x = xi[peaks.lane]
    powers = np.array([x, x**2], np.float32)
    level = peaks.y.astype(np.float32) - curves.astype(np.float32) @ powers
    level -= level.min()
    level /= np.float32(bin_px)
    width = int(level.max()) + 2
    start = (width * np.arange(len(curves)))[:, None]
    weight = np.minimum(peaks.score, CAP)[None].repeat(len(curves), axis=0).ravel()
    score = np.zeros(len(curves))
    for offset in (0.0, 0.5):
        index = (level + np.float32(offset)).astype(np.intp)
        index += start
        votes = np.bincount(index.ravel(), weight, minlength=width * len(curves))
        votes = votes.reshape(len(curves), width)
        score += np.einsum("cw,cw->c", votes, votes)
    return score


def symmetric_grid(limit: float, step: float) -> NDArray[np.float64]:
    """Return a grid from -limit to limit that contains 0."""
    half = np.arange(0.0, limit + step, step)
    return np.concatenate([-half[:0:-1], half])


def follow_jumps(peaks: Peaks, curve: NDArray[np.float64], sigma: float) -> NDArray[np.float64]:
    """Return each lane's own offset from `curve`, by dynamic programming over the lanes.

    A lane's offset is rewarded for the peaks that it brings onto the levels of the other lanes
    and pays for the difference to the lane before.
    """
    lanes = len(curve)
    if lanes < 2 or len(peaks.y) < 2:
        return np.zeros(lanes)
    reach = max(8.0, 3.0 * sigma)
    offsets = np.arange(-reach, reach + 0.5, 1.0)
    level = peaks.y - curve[peaks.lane]
    weight = np.minimum(peaks.score, CAP)
    # Only pairs of peaks in different lanes that an offset within reach can bring together.
    near = np.abs(level[:, None] - level) < reach + 2 * sigma
    near &= peaks.lane[:, None] != peaks.lane
    mine, theirs = np.divmod(near.ravel().nonzero()[0], len(level))
    distance = np.abs(peaks.lane[mine] - peaks.lane[theirs])
    vote = np.minimum(weight[mine], weight[theirs]) / (1 + distance)
    away = (level[mine] - level[theirs])[:, None] - offsets
    vote = vote[:, None] * np.exp(-0.5 * (away / (0.7 * sigma)) ** 2)
    belongs = (peaks.lane[mine] == np.arange(lanes)[:, None]).astype(np.float64)
    reward = belongs @ vote
    reward /= max(reward.max(), 1e-9)
    step_cost = 0.15 * (np.abs(offsets[:, None] - offsets[None, :]) / sigma)
    chosen = offsets[cheapest_path(reward - 0.02 * np.abs(offsets) / sigma, step_cost)]
    return np.asarray(chosen - median(chosen))


def cheapest_path(reward: NDArray[np.float64], step_cost: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the state of every lane that maximizes reward minus the cost of the steps."""
    lanes, states = reward.shape
    total = reward[0]
    came_from = np.empty((lanes, states), np.intp)
    to_from = np.ascontiguousarray(step_cost.T)
    first = states * np.arange(states)
    for lane in range(1, lanes):
        candidate = total - to_from
        best = candidate.argmax(axis=1, out=came_from[lane])
        total = candidate.ravel().take(first + best) + reward[lane]
    path = [int(total.argmax())]
    for back in came_from[:0:-1].tolist():
        path.append(back[path[-1]])
    return np.array(path[::-1], np.intp)


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
    curve = mobility(peaks.take(strong), x_px, sigma)
    level = peaks.y - curve[peaks.lane]
    groups = group_levels(level, np.minimum(peaks.score, CAP), peaks.lane, sigma)
    return settle_rows(peaks, level, curve, groups, x_px)


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
    curve: NDArray[np.float64],
    groups: Sequence[NDArray[np.intp]],
    x_px: NDArray[np.float64],
) -> tuple[Row, ...]:
    """Return the rows, from the top: at their peaks where seen, on the common curve elsewhere."""
    members, count = np.concatenate(groups), [len(group) for group in groups]
    # Tables of rows and lanes, flat at first; a lane gives a row one peak at most.
    shape = (len(groups), len(x_px))
    cell = np.repeat(np.arange(0, shape[0] * shape[1], shape[1]), count) + peaks.lane[members]
    weight = table_of(np.minimum(peaks.score[members], CAP), cell, shape, 0.0)
    levels = table_of(level[members], cell, shape, np.inf)
    widths = table_of(peaks.sigma[members], cell, shape, np.inf)
    score = table_of(peaks.score[members], cell, shape, 0.0).max(axis=1).tolist()
    seen = np.isfinite(levels)
    y = curve + weighted_medians(levels, weight)[:, None]
    sigma = weighted_medians(widths, weight).tolist()
    found = table_of(peaks.y[members], cell, shape, 0.0)
    own, root, xi = found - y, np.sqrt(weight), unit_position(x_px)[0]
    design = np.stack([root, root * xi], axis=2)
    for r, bands in enumerate(count):
        # Rows of one blot differ a little in slope, which matters where there is no peak.
        if LEAST_FOR_SLOPE <= bands < len(x_px):
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
