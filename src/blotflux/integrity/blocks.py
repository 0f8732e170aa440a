"""Blocks of 8 px that JPEG leaves, and where they do not go on.

A picture that was saved as JPEG once has steps every 8 columns. Where parts of such pictures meet,
these columns are out of step, even where nothing else tells one part from the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from blotflux.integrity.steps import Steps

__all__ = ["BREAK_Z", "find_block_break"]

BREAK_Z = 3.2
"""Gain of two grids over one, in robust standard errors of a sum over a grid (project default)."""
BLOCK = 8
ROWS_MIN = 20
COLUMNS_MIN = 64
PART_PX_MIN = 24
LOWEST, HIGHEST = -3.0, 6.0


def find_block_break(steps: Steps) -> tuple[int, float] | None:
    """Return the column at which blocks fall out of step, and how clearly; None if nowhere.

    Parameters
    ----------
    steps : Steps
        Of unsmoothed rows.

    Notes
    -----
    A column's mean step counts in robust standard deviations of all columns. Two grids, one on
    either side of a column, must gather more of it than one grid over both, and each of the two
    must gather more on its side than the mean of all eight grids there, by 3.2 standard errors.
    """
    count = steps.judged.sum(axis=0)
    usable = count >= ROWS_MIN
    if np.count_nonzero(usable) < COLUMNS_MIN:
        return None
    left, right = _gathered(_mean_steps(steps, count, usable))
    one = float((left + right).max(axis=0)[0])
    places = np.arange(PART_PX_MIN, left.shape[1] - PART_PX_MIN)
    pairs = left[:, None, places] + right[None, :, places]
    pairs[np.arange(BLOCK), np.arange(BLOCK)] = -np.inf
    grids, where = np.unravel_index(np.argmax(pairs.reshape(BLOCK**2, -1)), (BLOCK**2, len(places)))
    before, after = divmod(int(grids), BLOCK)
    column = int(places[where])
    blocks = [max(1.0, part.sum() / BLOCK) for part in (usable, usable[:column], usable[column:])]
    gains = (
        float(pairs[before, after, where]) - one,
        float(left[before, column]),
        float(right[after, column]),
    )
    score = min(gain / number**0.5 for gain, number in zip(gains, blocks, strict=True))
    return (column, score) if score > BREAK_Z else None


def _mean_steps(
    steps: Steps, count: NDArray[np.intp], usable: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return each column's mean step in robust standard deviations; 0 where there is none."""
    total = np.where(steps.judged, steps.sizes, 0).sum(axis=0, dtype=np.float64)
    mean = total / np.maximum(count, 1)
    middle = float(np.median(mean[usable]))
    spread = 1.4826 * float(np.median(np.abs(mean[usable] - middle)))
    scaled = np.clip((mean - middle) / max(spread, 1e-9), LOWEST, HIGHEST)
    return np.where(usable, scaled, 0.0)


def _gathered(scaled: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what each grid gathers before and from each column on, less the mean of all grids."""
    by_grid = np.where(np.arange(scaled.size) % BLOCK == np.arange(BLOCK)[:, None], scaled, 0)
    before = np.pad(np.cumsum(by_grid, axis=1), ((0, 0), (1, 0)))
    after = before[:, -1:] - before
    return before - before.mean(axis=0), after - after.mean(axis=0)
