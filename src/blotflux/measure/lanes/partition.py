"""Cutting the width of a panel into lanes, for every lane width that it might have.

Boundaries are chosen among the local maxima of the evidence by dynamic programming: lanes are to
be about equally wide, boundaries strong, and covered places lanes. This is done for all lane
widths at once, each yielding its best partition; `choice` decides between them.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.lanes.quick import clamp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from blotflux.measure.lanes.boundaries import Boundaries

__all__ = ["Partition", "Task", "find_partitions"]

FAINTEST = 0.004  # evidence of a boundary
MOST_CANDIDATES = 44
MOST_LANES = 45
WIDTH_SPREAD = 0.22  # standard deviation of the logarithm of lane widths
WIDTH_COST = 8.0  # highest cost of an odd width
EMPTY_COST = 4.0  # of calling a lane's width of band no lane
USUAL = 0.4  # a boundary this share of the usual is neither for nor against
EDGE_COST, EDGE_GAIN = 2.0, 1.2  # limits of what one boundary costs or brings
LEAST_WIDTH = 0.3  # of the usual
COVERED = 0.5


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
class Cuts:
    """Places where a boundary may lie; arrays of shape (cuts,).

    Attributes
    ----------
    place : ndarray of int
        Column.
    edge : ndarray
        Evidence, 0 to 1.
    covered : ndarray
        Covered width to the left of it.
    begin, end : ndarray of int
        First covered column from there on, and last one before.
    """

    place: NDArray[np.int64]
    edge: NDArray[np.float64]
    covered: NDArray[np.float64]
    begin: NDArray[np.int64]
    end: NDArray[np.int64]


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
    jobs = [job for job in map(prepare, tasks) if len(job.widths)]
    if not jobs:
        return []
    most = max(len(job.cuts.place) for job in jobs)
    number = sum(len(job.widths) for job in jobs)
    segment = np.zeros((number, most, most), np.float32)
    reward = np.zeros((number, most), np.float32)
    row = 0
    for job in jobs:
        size, end = len(job.cuts.place), row + len(job.widths)
        segment[row:end, :size, :size] = job.segment
        reward[row:end, :size] = job.reward
        row = end
    score, came_from = best_paths(segment, reward)
    found: list[tuple[Partition, Boundaries]] = []
    row = 0
    for job in jobs:
        end = row + len(job.widths)
        partitions = read_paths(job, score[row:end], came_from[row:end])
        found += [(partition, job.boundaries) for partition in partitions]
        row = end
    return found


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Job:
    """A task with the scores of its segments and cuts."""

    boundaries: Boundaries
    widths: NDArray[np.float64]
    cuts: Cuts
    segment: NDArray[np.float32]
    is_lane: NDArray[np.bool_]
    reward: NDArray[np.float64]


def prepare(task: Task) -> Job:
    """Return what the dynamic programming needs of a task."""
    cuts = find_cuts(task.boundaries)
    total = float(task.boundaries.cover.sum())
    widths = task.widths
    widths = widths[(widths <= 1.05 * total) & (widths >= total / MOST_LANES)]
    segment, is_lane = score_segments(cuts, widths)
    return Job(
        boundaries=task.boundaries,
        widths=widths,
        cuts=cuts,
        segment=segment,
        is_lane=is_lane,
        reward=score_cuts(cuts, widths, total),
    )


def read_paths(
    job: Job, score: NDArray[np.float32], came_from: NDArray[np.int64]
) -> list[Partition]:
    """Return the partitions that the paths of a job describe, different ones only."""
    cuts, last = job.cuts, len(job.cuts.place) - 1
    cover = job.boundaries.cover
    moment = np.concatenate([[0.0], np.cumsum(cover * np.arange(len(cover)), dtype=np.float64)])
    moment, covered = moment[cuts.place], cuts.covered.tolist()
    found: dict[tuple[int, ...], Partition] = {}
    for index, width in enumerate(job.widths.tolist()):
        path = trace(came_from[index].tolist(), last)
        lanes = [
            (i, j)
            for i, j in itertools.pairwise(path)
            if job.is_lane[index, i, j] and covered[j] - covered[i] > LEAST_WIDTH * width
        ]
        key = tuple(i for i, _ in lanes)
        if lanes and key not in found:
            found[key] = make_partition(job, lanes, moment, width)
    return list(found.values())


def find_cuts(boundaries: Boundaries) -> Cuts:
    """Return the local maxima of the evidence, and both ends."""
    edge = boundaries.edge
    inner = edge[1:-1]
    place = 1 + np.flatnonzero((inner >= edge[:-2]) & (inner > edge[2:]) & (inner > FAINTEST))
    if len(place) > MOST_CANDIDATES:
        place = np.sort(place[np.argsort(-edge[place], kind="stable")[:MOST_CANDIDATES]])
    last = len(edge) - 1
    place = np.concatenate([[0], place, [last]])
    strength = clamp(edge[place].astype(np.float64), 0, 1)
    strength[[0, -1]] = 1
    covered = np.concatenate([[0.0], np.cumsum(boundaries.cover, dtype=np.float64)])[place]
    full = np.flatnonzero(boundaries.cover > COVERED)
    padded = np.concatenate([[-1], full, [last + 1]])
    index = np.searchsorted(full, place)
    return Cuts(
        place=place, edge=strength, covered=covered, begin=padded[index + 1], end=padded[index]
    )


def score_segments(
    cuts: Cuts, widths: NDArray[np.float64]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return score and verdict (lane or not) of every segment; shape (widths, cuts, cuts)."""
    covered = np.maximum(cuts.covered[None, :] - cuts.covered[:, None], 0)
    extent = np.maximum(cuts.end[None, :] - cuts.begin[:, None] + 1.0, 0)
    wide = (0.5 * np.log(np.maximum(covered * extent, 1e-6))).astype(np.float32)
    odd = (wide - np.log(widths).astype(np.float32)[:, None, None]) / np.float32(WIDTH_SPREAD)
    lane = -np.minimum(0.5 * odd * odd, np.float32(WIDTH_COST))
    empty = covered.astype(np.float32) * (-EMPTY_COST / widths).astype(np.float32)[:, None, None]
    return np.maximum(lane, empty), lane >= empty


def score_cuts(cuts: Cuts, widths: NDArray[np.float64], total: float) -> NDArray[np.float64]:
    """Return what each cut brings, compared with the usual one; shape (widths, cuts)."""
    inner = np.sort(cuts.edge[1:-1])[::-1]
    number = clamp(np.rint(total / widths).astype(np.int64), 1, max(1, len(inner)))
    usual = inner[(number - 1) // 2] if len(inner) else np.full(len(widths), 0.5)
    relative = np.maximum(cuts.edge, 1e-3)[None] / (USUAL * usual[:, None])
    reward = clamp(np.log(relative), -EDGE_COST, EDGE_GAIN)
    reward[:, [0, -1]] = 0
    return np.asarray(reward, np.float64)


def best_paths(
    segment: NDArray[np.float32], reward: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return the best score at every cut and where each is best reached from."""
    number, cuts = reward.shape
    best = np.zeros((number, cuts), np.float32)
    came_from = np.zeros((number, cuts), np.int64)
    rows = np.arange(number)
    arriving = np.ascontiguousarray(segment.transpose(2, 0, 1))
    for j in range(1, cuts):
        score = best[:, :j] + arriving[j, :, :j]
        i = score.argmax(axis=1)
        came_from[:, j] = i
        best[:, j] = score[rows, i] + reward[:, j]
    return best, came_from


def trace(came_from: Sequence[int], last: int) -> list[int]:
    """Return the path that ends at the cut `last`."""
    path = [last]
    while path[-1] > 0:
        path.append(came_from[path[-1]])
    return path[::-1]


def make_partition(
    job: Job, lanes: list[tuple[int, int]], moment: NDArray[np.float64], width: float
) -> Partition:
    """Return the partition of the segments that are lanes; `moment` sums cover times place."""
    cuts, step = job.cuts, job.boundaries.step
    first, last = np.array(lanes).T
    cover = cuts.covered[last] - cuts.covered[first]
    edge = cuts.edge.tolist()
    inner = [max(edge[i + 1 : j], default=FAINTEST) for i, j in lanes]
    return Partition(
        width=width * step,
        x=((moment[last] - moment[first]) / cover + 0.5) * step - 0.5,
        cover=cover * step,
        left_edge=cuts.edge[first],
        right_edge=cuts.edge[last],
        inner_edge=np.array(inner),
    )
