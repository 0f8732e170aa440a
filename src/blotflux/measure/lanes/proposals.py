"""Proposals of how to divide a panel into lanes, for every lane width that it might have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.lanes.boundaries import Block, Boundaries, add_boundaries, pool
from blotflux.measure.lanes.partition import Partition, Task, find_partitions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from blotflux.measure.lanes.levels import Levels
    from blotflux.measure.lanes.slant import Slant

__all__ = ["Proposal", "on_grid", "propose"]

SMOOTH = 1.25  # smoothing across the lanes, steps
GRID_WIDTH = 10  # steps of a grid in the narrowest lane that is looked for on it
NARROWEST_PX, NARROWEST_HEIGHTS = 5.0, 0.7
MOST_LANES = 45
WIDEST = 0.6  # of the panel
STEPS = 4  # lane widths that are tried in an octave
SHORTEST_WIDTHS = 0.4  # ridges shorter than this share of a lane are specks


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Proposal:
    """A partition and the evidence that it was made from."""

    partition: Partition
    boundaries: Boundaries


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Octave:
    """Lane widths within a factor of two, pixels, and the grid on which they are looked for."""

    widths: NDArray[np.float64]
    step: int


def propose(
    grids: dict[int, list[Levels]], slant: Slant, columns: int, height: float
) -> list[Proposal]:
    """Return the best partition of a panel for every lane width.

    Parameters
    ----------
    grids : dict of list of Levels
        What each view of the panel shows, on the grid of pixels (key 1), as `on_grid` takes it.
    slant : Slant
    columns : int
        Width of the panel, pixels.
    height : float
        Typical extent of bands along the migration, pixels; lanes are seldom narrower.
    """
    octaves = plan_octaves(grids[1], columns, height)
    blocks: list[Block] = []
    owner: list[int] = []
    for index, octave in enumerate(octaves):
        step = octave.step
        for levels in on_grid(grids, step):
            long = levels.length * step > SHORTEST_WIDTHS * octave.widths[0]
            if long.any():
                blocks.append(
                    Block(levels=levels.keep(long), step=step, columns=-(-columns // step))
                )
                owner.append(index)
    if not blocks:
        return []
    pooled = pool(blocks, slant, SMOOTH)
    tasks = [
        Task(
            boundaries=add_boundaries([p for p, o in zip(pooled, owner, strict=True) if o == i]),
            widths=octaves[i].widths / octaves[i].step,
        )
        for i in sorted(set(owner))
    ]
    return [Proposal(partition=p, boundaries=b) for p, b in find_partitions(tasks)]


def on_grid(grids: dict[int, list[Levels]], step: int) -> list[Levels]:
    """Return the levels of all views on the grid of `step` pixels; `grids` keeps what is made."""
    if step not in grids:
        grids[step] = [finer.coarsen() for finer in on_grid(grids, step // 2)]
    return grids[step]


def plan_octaves(views: Sequence[Levels], columns: int, height: float) -> list[Octave]:
    """Return the octaves of lane widths that are worth trying, narrow ones first."""
    first = min(int(levels.x.min()) for levels in views)
    last = max(int(levels.x.max()) for levels in views)
    narrowest = max(NARROWEST_PX, NARROWEST_HEIGHTS * height, (last - first) / (2 * MOST_LANES))
    planned, step, octave = [], 1, NARROWEST_PX
    while octave < WIDEST * columns:
        widths = octave * 2.0 ** (np.arange(STEPS) / STEPS)
        widths = widths[(widths >= narrowest) & (widths < WIDEST * columns)]
        if len(widths):
            planned.append(Octave(widths=widths, step=step))
        octave *= 2
        if octave > GRID_WIDTH * step:
            step *= 2
    return planned
