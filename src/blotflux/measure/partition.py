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

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from blotflux.measure.boundaries import Boundaries

__all__ = ["Partition", "find_partitions"]

FAINTEST = 0.004  # evidence of a boundary
MOST_CANDIDATES = 110
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
    gain : float
        What the partition scores per boundary.
    x, cover : ndarray
        Center and covered width of each lane, pixels.
    left, right : ndarray
        Its boundaries.
    left_edge, right_edge : ndarray
        Evidence of its boundaries, 0 to 1.
    inner_edge : ndarray
        Strongest evidence of a boundary within the lane.
    """

    width: float
    gain: float
    x: NDArray[np.float64]
    cover: NDArray[np.float64]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
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


def find_partitions(boundaries: Boundaries, widths: NDArray[np.float64]) -> tuple[Partition, ...]:
    """Return the best partition for each lane width, different ones only.

    Parameters
    ----------
    boundaries : Boundaries
    widths : ndarray
        To be tried, pixels.
    """
    cuts = find_cuts(boundaries)
    total = float(boundaries.cover.sum())
    widths = widths[widths <= 1.05 * total]
    if not len(widths):
        return ()
    segment, is_lane = score_segments(cuts, widths)
    reward = score_cuts(cuts, widths, total)
    score, came_from = best_paths(segment, reward)
    found: dict[tuple[int, ...], Partition] = {}
    for index, width in enumerate(widths):
        path = trace(came_from[index])
        lanes = [
            (i, j)
            for i, j in itertools.pairwise(path)
            if is_lane[index, i, j] and cuts.covered[j] - cuts.covered[i] > LEAST_WIDTH * width
        ]
        key = tuple(int(cuts.place[i]) for i, _ in lanes)
        if lanes and key not in found:
            gain = float(score[index]) / len(path)
            found[key] = make_partition(boundaries, cuts, lanes, width=float(width), gain=gain)
    return tuple(found.values())


def find_cuts(boundaries: Boundaries) -> Cuts:
    """Return the local maxima of the evidence, and both ends."""
    edge = boundaries.edge
    near = np.pad(edge, 1, mode="edge")
    place = np.flatnonzero((edge >= near[:-2]) & (edge > near[2:]) & (edge > FAINTEST))
    if len(place) > MOST_CANDIDATES:
        place = np.sort(place[np.argsort(-edge[place], kind="stable")[:MOST_CANDIDATES]])
    last = len(edge) - 1
    place = np.concatenate([[0], place[(place > 0) & (place < last)], [last]])
    strength = np.clip(edge[place].astype(np.float64), 0, 1)
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
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return score and verdict (lane or not) of every segment; shape (widths, cuts, cuts)."""
    covered = cuts.covered[None, :] - cuts.covered[:, None]
    extent = cuts.end[None, :] - cuts.begin[:, None] + 1.0
    wide = np.sqrt(np.maximum(covered, 0) * np.maximum(extent, 0))
    odd = np.log(np.maximum(wide, 1e-3)) - np.log(widths)[:, None, None]
    lane = -np.minimum(0.5 * (odd / WIDTH_SPREAD) ** 2, WIDTH_COST)
    empty = -EMPTY_COST * covered / widths[:, None, None]
    return np.maximum(lane, empty), lane >= empty


def score_cuts(cuts: Cuts, widths: NDArray[np.float64], total: float) -> NDArray[np.float64]:
    """Return what each cut brings, compared with the usual one; shape (widths, cuts)."""
    inner = np.sort(cuts.edge[1:-1])[::-1]
    number = np.clip(np.rint(total / widths).astype(np.int64), 1, max(1, len(inner)))
    usual = np.array([np.median(inner[:n]) if len(inner) else 0.5 for n in number])
    relative = np.maximum(cuts.edge, 1e-3)[None] / (USUAL * usual[:, None])
    reward = np.clip(np.log(relative), -EDGE_COST, EDGE_GAIN)
    reward[:, [0, -1]] = 0
    return np.asarray(reward, np.float64)


def best_paths(
    segment: NDArray[np.float64], reward: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the best score at the last cut and where each cut is best reached from."""
    widths, cuts = reward.shape
    best = np.zeros((widths, cuts))
    came_from = np.zeros((widths, cuts), np.int64)
    rows = np.arange(widths)
    for j in range(1, cuts):
        score = best[:, :j] + segment[:, :j, j]
        i = np.argmax(score, axis=1)
        came_from[:, j] = i
        best[:, j] = score[rows, i] + reward[:, j]
    return best[:, -1], came_from


def trace(came_from: NDArray[np.int64]) -> list[int]:
    """Return the path that ends at the last cut."""
    path = [len(came_from) - 1]
    while path[-1] > 0:
        path.append(int(came_from[path[-1]]))
    return path[::-1]


def make_partition(
    boundaries: Boundaries,
    cuts: Cuts,
    lanes: list[tuple[int, int]],
    *,
    width: float,
    gain: float,
) -> Partition:
    """Return the partition of the segments that are lanes."""
    first, last = np.array(lanes).T
    columns = np.arange(len(boundaries.cover))
    moment = np.concatenate([[0.0], np.cumsum(boundaries.cover * columns, dtype=np.float64)])
    left, right = cuts.place[first], cuts.place[last]
    cover = cuts.covered[last] - cuts.covered[first]
    inner = [cuts.edge[i + 1 : j].max(initial=FAINTEST) for i, j in lanes]
    return Partition(
        width=width,
        gain=gain,
        x=(moment[right] - moment[left]) / cover,
        cover=cover,
        left=left,
        right=right,
        left_edge=cuts.edge[first],
        right_edge=cuts.edge[last],
        inner_edge=np.array(inner),
    )
