"""Steps between neighboring columns, as they are usual around them and in their picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from blotflux.blot import Blot

__all__ = ["Steps", "relative_steps", "standard_scores", "thirds_of"]

LARGEST = 4.0
"""Relative steps count as at most this: a speck is one step, a seam many."""
AROUND_PX, AROUND_ROWS = 21, 5
NEAR_PX, FAR_PX = 2, 9
TEXTURED_MIN = 0.05
"""Share of neighbors that must differ on either side: paper and clipped areas are all alike."""
RIM_PX = 4
COLUMNS_MIN = 30
BLOCK = 8
PER_PLACE_MIN = 6
PIXELS_MAX = 4e6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Steps:
    """How much more than usual the picture changes between columns x and x+1.

    Attributes
    ----------
    sizes : ndarray, shape (rows looked at, columns - 1)
        1 is usual.
    judged : ndarray of bool, shape (rows looked at, columns - 1)
        Where there is something to judge on both sides.
    """

    sizes: NDArray[np.float32]
    judged: NDArray[np.bool_]


def relative_steps(blot: Blot, between: NDArray[np.bool_], smoothed_rows: int) -> Steps:
    """Return the third differences across columns, relative to those around them.

    Parameters
    ----------
    blot : Blot
    between : ndarray of bool, shape (rows, columns)
        What may be judged.
    smoothed_rows : int
        Rows that are averaged first; 1 for none.

    Notes
    -----
    A seam runs through many rows: of pictures of more than 4 megapixels every second is looked at,
    and fewer of larger ones.
    """
    some = np.s_[:: max(1, round(blot.signal.size / PIXELS_MAX))]
    signal = np.ascontiguousarray(blot.signal[some])
    bad = blot.saturated[some] | blot.invalid[some]
    textured = _is_textured_beside(signal)
    # Of what a float32 picture rounds off, nothing is a step.
    least = np.float32(1e-6) * max(1.0, float(np.ptp(signal)))
    if smoothed_rows > 1:
        signal = np.asarray(cv2.blur(signal, (1, smoothed_rows)), dtype=np.float32)
    third = np.abs(signal[:, 3:] - 3 * signal[:, 2:-1] + 3 * signal[:, 1:-2] - signal[:, :-3])
    step = np.pad(third.astype(np.float32), ((0, 0), (1, 1)))
    usual = cv2.blur(step, (AROUND_PX, AROUND_ROWS))
    judged = between[some][:, :-1] & ~(bad[:, 1:] | bad[:, :-1]) & (usual > least)
    judged &= textured
    judged[:, :RIM_PX] = judged[:, -RIM_PX:] = False
    return Steps(sizes=np.minimum(step / np.maximum(usual, least), LARGEST), judged=judged)


def _is_textured_beside(signal: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return between which columns neighbors differ 2 to 9 px away, to the left and the right."""
    changes = (np.diff(signal, axis=1) != 0).astype(np.float32)
    width, away = FAR_PX - NEAR_PX, NEAR_PX + (FAR_PX - NEAR_PX) // 2
    share = cv2.blur(changes, (width, AROUND_ROWS), borderType=cv2.BORDER_CONSTANT)
    padded = np.pad(share, ((0, 0), (away, away)))
    left, right = padded[:, : -2 * away], padded[:, 2 * away :]
    return np.asarray((left > TEXTURED_MIN) & (right > TEXTURED_MIN))


def standard_scores(
    steps: Steps, judged: NDArray[np.bool_], rows_min: float
) -> NDArray[np.float64] | None:
    """Return how far each column's mean step stands out, in robust standard errors.

    Parameters
    ----------
    steps : Steps
    judged : ndarray of bool, shape (rows, columns - 1)
        Which of them count.
    rows_min : float
        Columns with fewer have no score (NaN).

    Returns
    -------
    ndarray of shape (columns - 1,), or None
        None where fewer than 30 columns can be judged.

    Notes
    -----
    A column is compared with all others and with those of the same place in blocks of 8 px, if
    these have larger steps: JPEG's blocks end there.
    """
    count = judged.sum(axis=0)
    usable = count >= rows_min
    if np.count_nonzero(usable) < COLUMNS_MIN:
        return None
    share = np.maximum(count, 1)
    mean = np.where(judged, steps.sizes, 0).sum(axis=0, dtype=np.float64) / share
    apart = np.where(judged, (steps.sizes - 1) ** 2, 0).sum(axis=0, dtype=np.float64) / share
    middle, spread = _usual_by_place(mean, usable)
    error = np.maximum(spread, np.sqrt(float(np.median(apart[usable])) / share))
    return np.where(usable, (mean - middle) / np.maximum(error, 1e-12), np.nan)


def _usual_by_place(
    mean: NDArray[np.float64], usable: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the median of each column's like and its robust standard deviation."""
    middle, spread = (np.full(mean.shape, value) for value in _median_and_spread(mean[usable]))
    for place in range(BLOCK):
        alike = mean[place::BLOCK][usable[place::BLOCK]]
        if alike.size >= PER_PLACE_MIN:
            own_middle, own_spread = _median_and_spread(alike)
            middle[place::BLOCK] = np.maximum(middle[place::BLOCK], own_middle)
            spread[place::BLOCK] = np.maximum(spread[place::BLOCK], own_spread)
    return middle, spread


def _median_and_spread(values: NDArray[np.float64]) -> tuple[float, float]:
    middle = float(np.median(values))
    return middle, 1.4826 * float(np.median(np.abs(values - middle)))


def thirds_of(judged: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], ...]:
    """Return the upper, the middle and the lower third of what is judged in each column."""
    order = np.cumsum(judged, axis=0)
    total = np.maximum(order[-1:], 1)
    third = np.minimum((order - 1) * 3 // total, 2)
    return tuple(judged & (third == number) for number in range(3))
