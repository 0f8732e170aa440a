"""Cutting the width of a panel into lanes, for every lane width that it might have.

Boundaries are chosen among the local maxima of the evidence by dynamic programming: lanes are to
be about equally wide, boundaries strong, and covered places lanes. This is done for all lane
widths at once, each yielding its best partition; `choice` decides between them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.lanes.cuts import FAINTEST, Cuts, find_cuts
from blotflux.measure.lanes.quick import clamp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from blotflux.measure.lanes.boundaries import Boundaries

__all__ = ["Partition", "Task", "find_partitions"]

MOST_LANES = 45
WIDTH_SPREAD = 0.22  # standard deviation of the logarithm of lane widths
WIDTH_COST = 8.0  # highest cost of an odd width
EMPTY_COST = 4.0  # of calling a lane's width of band no lane
USUAL = 0.4  # a boundary this share of the usual is neither for nor against
EDGE_COST, EDGE_GAIN = 2.0, 1.2  # limits of what one boundary costs or brings
LEAST_WIDTH = 0.3  # of the usual


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Partition:
    """Lanes under the assumption of one lane width; arrays of shape (lanes,), from the left.

    Attributes
    ----------
    width : float
        The assumption, pixels.
    x, cover : ndarray
        Center and covered width of each lane, pixels.
    left_edge, right_edge : ndarray
        Evidence of its boundaries, 0 to 1.
    inner_edge : ndarray
        Strongest evidence of a boundary within the lane.
    """

    width: float
    x: NDArray[np.float64]
    cover: NDArray[np.float64]
    left_edge: NDArray[np.float64]
    right_edge: NDArray[np.float64]
    inner_edge: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.x)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Task:
    """Evidence to be cut at, and the lane widths to be tried, both in steps of the evidence."""

    boundaries: Boundaries
    widths: NDArray[np.float64]


def find_partitions(tasks: Sequence[Task]) -> list[tuple[Partition, Boundaries]]:
    """Return the best partition for each lane width of each task, different ones only.

    All tasks run through one dynamic programming at the same time.

    Parameters
    ----------
    tasks : sequence of Task

    Returns
    -------
    list of (Partition, Boundaries)
        With the boundaries of the task.
    """
    cuts = find_cuts([task.boundaries for task in tasks])
    widths = np.concatenate([task.widths for task in tasks])
    owner = np.repeat(np.arange(len(tasks)), [len(task.widths) for task in tasks])
    total = cuts.total[owner]
    tried = (widths <= 1.05 * total) & (widths >= total / MOST_LANES)
    if not tried.any():
        return []
    widths, owner = widths[tried], owner[tried]
    arriving, is_lane = score_segments(cuts, widths, owner)
    came_from = best_paths(arriving, score_cuts(cuts, widths, owner))
    lanes = read_paths(cuts, came_from, owner, is_lane, LEAST_WIDTH * widths)
    return make_partitions(tasks, cuts, owner, lanes, widths)


def score_segments(
    cuts: Cuts, widths: NDArray[np.float64], owner: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return score and verdict (lane or not) of every segment; shape (cuts, widths, cuts).

    The first axis is the cut at the right end of the segment, the last one that at its left.
    """
    covered = np.maximum(cuts.covered.T[:, :, None] - cuts.covered, 0)
    extent = np.maximum(cuts.end.T[:, :, None] - cuts.begin + 1.0, 0)
    wide = (0.5 * np.log(np.maximum(covered * extent, 1e-6))).astype(np.float32)
    lane = wide[:, owner] - np.log(widths).astype(np.float32)[:, None]
    lane /= np.float32(WIDTH_SPREAD)
    lane *= lane
    lane *= np.float32(-0.5)
    np.maximum(lane, np.float32(-WIDTH_COST), out=lane)
    empty = covered.astype(np.float32)[:, owner]
    empty *= (-EMPTY_COST / widths).astype(np.float32)[:, None]
    is_lane = lane >= empty
    return np.maximum(lane, empty, out=lane), is_lane


def score_cuts(
    cuts: Cuts, widths: NDArray[np.float64], owner: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Return what each cut brings, compared with the usual one; shape (widths, cuts)."""
    inside = np.arange(cuts.edge.shape[1]) < cuts.number[:, None] - 1
    inside[:, 0] = False
    inner = -np.sort(np.where(inside, -cuts.edge, 0.0), axis=1)  # strongest first
    candidates = cuts.number[owner] - 2
    number = np.rint(cuts.total[owner] / widths).astype(np.int64)
    number = np.maximum(np.minimum(number, candidates), 1)
    usual = np.where(candidates > 0, inner[owner, (number - 1) // 2], 0.5)
    relative = np.maximum(cuts.edge, 1e-3)[owner] / (USUAL * usual[:, None])
    reward = clamp(np.log(relative), -EDGE_COST, EDGE_GAIN).astype(np.float32)
    reward[~inside[owner]] = 0
    return reward


def best_paths(arriving: NDArray[np.float32], reward: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return from where every cut is best reached, shape (cuts, widths)."""
    number, cuts = reward.shape
    best = np.zeros((number, cuts), np.float32)
    came_from = np.zeros((cuts, number), np.int64)
    rows = np.arange(number)
    for j in range(1, cuts):
        score = best[:, :j] + arriving[j, :, :j]
        i = score.argmax(axis=1)
        came_from[j] = i
        best[:, j] = score[rows, i] + reward[:, j]
    return came_from


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Segments:
    """Lanes of all paths, path after path from the left: the width tried, and both cuts."""

    width: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]


def read_paths(
    cuts: Cuts,
    came_from: NDArray[np.int64],
    owner: NDArray[np.int64],
    is_lane: NDArray[np.bool_],
    narrowest: NDArray[np.float64],
) -> Segments:
    """Return the segments of the best paths that are lanes, at least as wide as `narrowest`."""
    rows = np.arange(len(owner))
    place = cuts.number[owner] - 1
    path = [place]
    while place.any():
        place = came_from[place, rows]
        path.append(place)
    cut = np.array(path[::-1]).T  # a path that is shorter than others begins with many zeros
    width, step = np.nonzero(cut[:, 1:] > 0)
    first, last, task = cut[width, step], cut[width, step + 1], owner[width]
    wide = cuts.covered[task, last] - cuts.covered[task, first] > narrowest[width]
    chosen = wide & is_lane[last, width, first]
    return Segments(width=width[chosen], first=first[chosen], last=last[chosen])


def make_partitions(
    tasks: Sequence[Task],
    cuts: Cuts,
    owner: NDArray[np.int64],
    lanes: Segments,
    widths: NDArray[np.float64],
) -> list[tuple[Partition, Boundaries]]:
    """Return the partitions that the lanes make, those of one task that are the same only once."""
    task, first, last = owner[lanes.width], lanes.first, lanes.last
    step = np.array([task.boundaries.step for task in tasks])[task]
    cover = cuts.covered[task, last] - cuts.covered[task, first]
    x = (cuts.moment[task, last] - cuts.moment[task, first]) / cover
    left, right = cuts.edge[task, first], cuts.edge[task, last]
    inside = task * cuts.edge.shape[1] + np.stack([first + 1, last])
    inner = np.maximum.reduceat(cuts.edge.ravel(), inside.T.ravel())[::2]
    inner = np.where(last - first > 1, inner, FAINTEST)
    x, cover = (x + 0.5) * step - 0.5, cover * step

    number = np.bincount(lanes.width, minlength=len(widths))
    end = np.cumsum(number)
    found: dict[tuple[int, bytes], tuple[Partition, Boundaries]] = {}
    for index in np.flatnonzero(number).tolist():
        mine = slice(end[index] - number[index], end[index])
        key = (int(owner[index]), first[mine].tobytes())
        if key not in found:
            boundaries = tasks[key[0]].boundaries
            partition = Partition(
                width=float(widths[index]) * boundaries.step,
                x=x[mine],
                cover=cover[mine],
                left_edge=left[mine],
                right_edge=right[mine],
                inner_edge=inner[mine],
            )
            found[key] = partition, boundaries
    return list(found.values())
