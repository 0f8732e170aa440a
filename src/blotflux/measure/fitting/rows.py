"""Rows: bands of one species, followed across the lanes of a panel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from blotflux.measure.fitting.peaks import Peaks

__all__ = ["Row", "link_rows", "mobility"]

MAX_TILT = 0.10  # fall of a row across the panel, px per px: 5.7 degrees
MAX_BOW = 0.06  # sagitta of a smile over the panel's half width
VOTERS = 4  # peaks per lane that are asked for the curve they share, the strongest
COARSE = 1.7  # of the fine steps
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
    """

    y: NDArray[np.float64]
    sigma: float
    seen: NDArray[np.bool_]
    score: float
    promised: bool = False


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
        curve = curve + follow_jumps(peaks, curve, sigma)
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
        curves = np.stack(np.meshgrid(tilts, bows, indexing="ij"), axis=-1).reshape(-1, 2)
        score = count_votes(peaks, xi, curves, 2 * width)
        # Among curves that explain the peaks equally well the straightest is the most probable.
        score *= 1 - 0.02 * (np.abs(curves) / np.maximum(most, 1.0)).sum(axis=1)
        best = curves[int(np.argmax(score))]
    return np.asarray(best[0] * xi + best[1] * xi**2)


def count_votes(
    peaks: Peaks, xi: NDArray[np.float64], curves: NDArray[np.float64], bin_px: float
) -> NDArray[np.float64]:
    """Return how well curves, shape (curves, 2), bring the peaks together in bins of height.

    Bins are counted twice, half a bin apart, so that no row is split by the edge of one.
    """
    powers = np.stack([xi[peaks.lane], xi[peaks.lane] ** 2]).astype(np.float32)
    level = peaks.y.astype(np.float32) - curves.astype(np.float32) @ powers
    level -= level.min()
    level /= np.float32(bin_px)
    width = int(level.max()) + 2
    start = (width * np.arange(len(curves)))[:, None]
    weight = np.broadcast_to(np.minimum(peaks.score, CAP), level.shape).ravel()
    score = np.zeros(len(curves))
    for offset in (0.0, 0.5):
        index = (level + np.float32(offset)).astype(np.intp) + start
        votes = np.bincount(index.ravel(), weight, minlength=width * len(curves))
        score += (votes.reshape(len(curves), width) ** 2).sum(axis=1)
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
    mine, theirs = np.nonzero(
        (peaks.lane[:, None] != peaks.lane) & (np.abs(level[:, None] - level) < reach + 2 * sigma)
    )
    distance = np.abs(peaks.lane[mine] - peaks.lane[theirs])
    vote = np.minimum(weight[mine], weight[theirs]) / (1 + distance)
    away = (level[mine] - level[theirs])[:, None] - offsets
    vote = vote[:, None] * np.exp(-0.5 * (away / (0.7 * sigma)) ** 2)
    belongs = peaks.lane[mine] == np.arange(lanes)[:, None]
    reward = belongs.astype(np.float64) @ vote
    reward /= max(reward.max(), 1e-9)
    step_cost = 0.15 * (np.abs(offsets[:, None] - offsets[None, :]) / sigma)
    best = cheapest_path(reward - 0.02 * np.abs(offsets) / sigma, step_cost)
    chosen = offsets[best]
    return np.asarray(chosen - np.median(chosen))


def cheapest_path(reward: NDArray[np.float64], step_cost: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the state of every lane that maximizes reward minus the cost of the steps."""
    lanes, states = reward.shape
    total = reward[0].copy()
    came_from = np.zeros((lanes, states), np.intp)
    for lane in range(1, lanes):
        candidate = total[:, None] - step_cost
        came_from[lane] = np.argmax(candidate, axis=0)
        total = candidate[came_from[lane], np.arange(states)] + reward[lane]
    path = np.empty(lanes, np.intp)
    path[-1] = int(np.argmax(total))
    for lane in range(lanes - 1, 0, -1):
        path[lane - 1] = came_from[lane, path[lane]]
    return path


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
    strong = peaks.score > 0.2 * np.median(np.sort(peaks.score)[-2 * len(x_px) :])
    sigma = float(np.median(peaks.sigma[strong]))
    curve = mobility(peaks.take(strong), x_px, sigma)
    level = peaks.y - curve[peaks.lane]
    groups = group_levels(level, np.minimum(peaks.score, CAP), peaks.lane, sigma)
    rows = [settle_row(peaks, level, curve, members, x_px) for members in groups]
    return tuple(sorted(rows, key=lambda row: float(np.median(row.y))))


def group_levels(
    level: NDArray[np.float64],
    weight: NDArray[np.float64],
    lane: NDArray[np.intp],
    sigma: float,
) -> list[NDArray[np.intp]]:
    """Return the members of every row: peaks near one maximum of the density of levels.

    One lane gives at most one peak to a row; the others are grouped again without it.
    """
    groups: list[NDArray[np.intp]] = []
    left = np.ones(len(level), bool)
    width = max(1.2, 0.6 * sigma)
    near = np.exp(-0.5 * ((level[:, None] - level) / width) ** 2) * weight
    while left.any():
        density = np.where(left, near @ left, -1.0)
        center = level[int(np.argmax(density))]
        inside = np.flatnonzero(left & (np.abs(level - center) < max(3.0, 1.5 * sigma)))
        members = one_per_lane(inside, lane, np.abs(level - center) / sigma - weight / CAP)
        groups.append(members)
        left[members] = False
    return groups


def one_per_lane(
    candidates: NDArray[np.intp], lane: NDArray[np.intp], cost: NDArray[np.float64]
) -> NDArray[np.intp]:
    """Return the cheapest candidate of every lane."""
    order = candidates[np.argsort(cost[candidates], kind="stable")]
    _, first = np.unique(lane[order], return_index=True)
    return np.asarray(order[first])


def settle_row(
    peaks: Peaks,
    level: NDArray[np.float64],
    curve: NDArray[np.float64],
    members: NDArray[np.intp],
    x_px: NDArray[np.float64],
) -> Row:
    """Return the row of `members`: at their peaks where seen, on the common curve elsewhere."""
    weight = np.minimum(peaks.score[members], CAP)
    middle = weighted_median(level[members], weight)
    y = curve + middle
    own = peaks.y[members] - y[peaks.lane[members]]
    xi, _ = unit_position(x_px)
    if len(members) >= 4:  # rows of one blot differ a little in slope
        design = np.stack([np.ones(len(members)), xi[peaks.lane[members]]], axis=1)
        root = np.sqrt(weight)
        coefficients, *_ = np.linalg.lstsq(design * root[:, None], own * root, rcond=None)
        y = y + coefficients[0] + coefficients[1] * xi
    seen = np.zeros(len(x_px), bool)
    seen[peaks.lane[members]] = True
    y[peaks.lane[members]] = peaks.y[members]
    return Row(
        y=y,
        sigma=weighted_median(peaks.sigma[members], weight),
        seen=seen,
        score=float(peaks.score[members].max()),
    )


def weighted_median(value: NDArray[np.float64], weight: NDArray[np.float64]) -> float:
    """Return the value at half the total weight."""
    order = np.argsort(value, kind="stable")
    cumulative = np.cumsum(weight[order])
    return float(value[order][np.searchsorted(cumulative, 0.5 * cumulative[-1])])
