"""Smile: how lanes of one gel run ahead of or behind each other, here and there.

Tilt and bow common to all rows come first, then jumps of single lanes, and last what differs from
the top of the gel to its bottom, which is smooth.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.medians import median

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from blotflux.measure.fitting.peaks import Peaks

__all__ = ["CAP", "Smile", "cheapest_path", "estimate_smile", "unit_position", "with_warp"]

MAX_TILT = 0.10  # fall of a row across the panel, px per px: 5.7 degrees
MAX_BOW = 0.06  # sagitta of a smile over the panel's half width
VOTERS = 4  # peaks per lane that are asked for the curve they share, the strongest
COARSE = 1.7  # of the fine steps
CAP = 60.0  # scores beyond this say no more about where a row is
# Powers of x and of y, both -1 to 1 over the panel, of the warp and how large each may be
# (standard deviations, of half the panel's width).
POWERS = np.array([(1, 0), (2, 0), (3, 0), (4, 0), (1, 1), (2, 1), (3, 1), (1, 2), (2, 2)])
USUAL_WARP = np.array([0.02, 0.02, 0.01, 0.005, 0.03, 0.02, 0.005, 0.01, 0.01])
FEWEST = 3  # bands of a row that say something about it
SCATTER_SIGMAS = 0.4  # by which bands lie off the smooth warp
ROBUST = 2.0  # scatters from which on a band counts less
ROUNDS = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Smile:
    """How much lower every lane runs than the panel's middle.

    Attributes
    ----------
    curve : ndarray, shape (lanes,)
        In all rows, px.
    xi : ndarray, shape (lanes,)
        Where the lanes lie, -1 to 1.
    warp : ndarray, shape (len(POWERS),)
        What differs between rows, px.
    middle_px, half_px : float
        Height at which the second of `POWERS` counts from, and its unit.
    """

    curve: NDArray[np.float64]
    xi: NDArray[np.float64]
    warp: NDArray[np.float64]
    middle_px: float
    half_px: float

    def terms(self, lane: NDArray[np.intp], y: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the terms of the warp at heights of lanes, shape (places, len(POWERS))."""
        t = np.clip((y - self.middle_px) / self.half_px, -1, 1)
        return np.asarray(self.xi[lane][:, None] ** POWERS[:, 0] * t[:, None] ** POWERS[:, 1])

    def shift(self, lane: NDArray[np.intp], y: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how much lower lanes run at heights than the panel's middle does."""
        shift = self.curve[lane]
        return shift + self.terms(lane, y) @ self.warp if self.warp.any() else shift


def estimate_smile(peaks: Peaks, x_px: NDArray[np.float64], sigma: float) -> Smile:
    """Return how much lower every lane runs than the panel's middle, in all rows alike.

    Tilt and bow are found by a Hough vote, jumps of single lanes by dynamic programming over the
    lanes.

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
    low, high = float(peaks.y.min()), float(peaks.y.max())
    return Smile(
        curve=curve,
        xi=unit_position(x_px)[0],
        warp=np.zeros(len(POWERS)),
        middle_px=0.5 * (low + high),
        half_px=max(0.5 * (high - low), 1.0),
    )


def with_warp(
    smile: Smile,
    peaks: Peaks,
    groups: Sequence[NDArray[np.intp]],
    sigma: float,
    half_span_px: float,
) -> Smile:
    """Return the smile with the smooth warp under which the members of each row lie level best.

    Parameters
    ----------
    smile : Smile
        Its curve is kept.
    peaks : Peaks
    groups : sequence of ndarray of int
        Members of each row, or of parts of rows.
    sigma : float
        Typical width of a band, px.
    half_span_px : float
        Half the distance of the outermost lanes.
    """
    rows = [group for group in groups if len(group) >= FEWEST]
    if not rows:
        return smile
    member = np.concatenate(rows)
    number = np.array([len(group) for group in rows])
    owner, start = np.repeat(np.arange(len(rows)), number), np.cumsum(number) - number
    lane, y = peaks.lane[member], peaks.y[member]
    scatter = max(1.0, SCATTER_SIGMAS * sigma)
    prior = np.diag((scatter / (USUAL_WARP * half_span_px)) ** 2)
    terms, level = smile.terms(lane, y), y - smile.curve[lane]
    weight = np.minimum(peaks.score[member], CAP) / CAP
    warp = smile.warp
    for _ in range(ROUNDS):
        left = level - terms @ warp
        off = np.abs(left - of_each(left, weight, start)[owner])
        trust = weight * np.minimum(1, ROBUST * scatter / np.maximum(off, 1e-9))
        inner = terms - of_each(terms, trust, start)[owner]
        aim = level - of_each(level, trust, start)[owner]
        weighted = inner * trust[:, None]
        warp = np.asarray(np.linalg.solve(weighted.T @ inner + prior, weighted.T @ aim), np.float64)
    return replace(smile, warp=warp)


def of_each(
    values: NDArray[np.float64], weight: NDArray[np.float64], start: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Return the weighted means of the stretches of values that begin at `start`."""
    total = np.add.reduceat((values.T * weight).T, start, axis=0)
    return np.asarray((total.T / np.maximum(np.add.reduceat(weight, start), 1e-12)).T)


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
