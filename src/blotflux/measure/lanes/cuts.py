"""Cuts: places where a boundary between two lanes may lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from blotflux.measure.lanes.quick import clamp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from blotflux.measure.lanes.boundaries import Boundaries

__all__ = ["FAINTEST", "Cuts", "find_cuts"]

FAINTEST = 0.004  # evidence of a boundary
MOST_CANDIDATES = 44
COVERED = 0.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cuts:
    """Places where a boundary may lie, of all tasks; arrays of shape (tasks, most cuts).

    Behind its last cut the row of a task means nothing.

    Attributes
    ----------
    number : ndarray of int, shape (tasks,)
        Of cuts.
    total : ndarray, shape (tasks,)
        Covered width.
    edge : ndarray
        Evidence, 0 to 1.
    covered : ndarray
        Covered width to the left of it.
    moment : ndarray
        The same, every column times its place.
    begin, end : ndarray of int
        First covered column from there on, and last one before.
    """

    number: NDArray[np.int64]
    total: NDArray[np.float64]
    edge: NDArray[np.float64]
    covered: NDArray[np.float64]
    moment: NDArray[np.float64]
    begin: NDArray[np.int64]
    end: NDArray[np.int64]


def find_cuts(boundaries: Sequence[Boundaries]) -> Cuts:
    """Return the local maxima of the evidence, and both ends."""
    columns = np.array([len(part.edge) for part in boundaries])
    rows, wide = np.arange(len(columns)), int(columns.max())
    edge, cover = np.zeros((2, len(columns), wide), np.float32)
    for row, part in enumerate(boundaries):
        edge[row, : columns[row]] = part.edge
        cover[row, : columns[row]] = part.cover
    is_cut = np.zeros(edge.shape, bool)
    inner = edge[:, 1:-1]
    is_cut[:, 1:-1] = (inner >= edge[:, :-2]) & (inner > edge[:, 2:]) & (inner > FAINTEST)
    is_cut[:, 0] = is_cut[rows, columns - 1] = False
    for row in np.flatnonzero(np.count_nonzero(is_cut, axis=1) > MOST_CANDIDATES).tolist():
        weak = np.argsort(np.where(is_cut[row], -edge[row], 0), kind="stable")[MOST_CANDIDATES:]
        is_cut[row, weak] = False
    edge = clamp(edge, 0, 1)
    for ends in (0, columns - 1):
        is_cut[rows, ends] = True
        edge[rows, ends] = 1

    number = np.count_nonzero(is_cut, axis=1)
    task, place = np.divmod(np.flatnonzero(is_cut), wide)
    column = np.zeros((len(rows), int(number.max())), np.int64)
    column[task, np.arange(len(task)) - (np.cumsum(number) - number)[task]] = place

    def at_cuts(values: NDArray[Any]) -> NDArray[Any]:
        return values[rows[:, None], column]

    covered = np.cumsum(cover, axis=1, dtype=np.float64)
    moment = np.cumsum(cover * np.arange(wide), axis=1, dtype=np.float64)
    full = cover > COVERED
    following = np.where(full, np.arange(wide), columns[:, None])
    following = np.minimum.accumulate(following[:, ::-1], axis=1)[:, ::-1]
    previous = np.maximum.accumulate(np.where(full, np.arange(wide), -1), axis=1)
    return Cuts(
        number=number,
        total=covered[:, -1],
        edge=at_cuts(edge).astype(np.float64),
        covered=at_cuts(before(covered, 0.0)),
        moment=at_cuts(before(moment, 0.0)),
        begin=at_cuts(following),
        end=at_cuts(before(previous, -1)),
    )


def before(running: NDArray[Any], first: float) -> NDArray[Any]:
    """Return what a running value is before each column, `first` before the first."""
    shifted = np.empty_like(running)
    shifted[:, 0] = first
    shifted[:, 1:] = running[:, :-1]
    return shifted
