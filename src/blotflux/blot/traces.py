"""Traces that processing leaves in pixels: levels left out, blocks, interpolation, cropping."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "measure_block_grid",
    "measure_comb",
    "measure_interpolation",
    "measure_rim_signal",
]

BLOCK = 8
SIDE_MIN = 64
SIDE_MAX = 1024
LEVELS_MIN = 32
PIXELS_PER_LEVEL_MIN = 10.0


def measure_comb(values: NDArray[Any]) -> float:
    """Return the share of levels that no pixel has, between levels that many pixels have.

    Parameters
    ----------
    values : ndarray of integers, shape (rows, columns)

    Returns
    -------
    float
        0 to 1; 0 where there are too few pixels per level to tell.

    Notes
    -----
    Only levels are counted around which ten pixels a level or more lie: there, an unstretched
    picture leaves a level out with a probability of exp(-10).
    """
    low, high = int(values.min()), int(values.max())
    if high - low < LEVELS_MIN or high - low > 70_000:
        return 0.0
    counts = np.bincount((values.ravel().astype(np.int64) - low), minlength=high - low + 1)
    # A picture stretched from 8 to 16 bits leaves out 255 of 256 levels: bins grow until they fill.
    window = max(9, (high - low) // 64 | 1)
    kernel = np.ones(window) / window
    around = np.convolve(counts, kernel, mode="same")
    busy = around >= PIXELS_PER_LEVEL_MIN
    busy[: window // 2], busy[-(window // 2) :] = False, False
    if busy.sum() < LEVELS_MIN:
        return 0.0
    return float(np.count_nonzero((counts == 0) & busy) / np.count_nonzero(busy))


def measure_block_grid(values: NDArray[Any]) -> float:
    """Return how much steeper steps are at multiples of 8 pixels, in parts of the usual step.

    Both axes must show it at one and the same kind of offset; the weaker counts.
    """
    image = _centered(values)
    if min(image.shape) < SIDE_MIN:
        return 0.0
    return min(_grid_excess(np.abs(_second_difference(image, axis))) for axis in (0, 1))


def _grid_excess(steps: NDArray[np.float64]) -> float:
    means = np.array([float(np.median(steps[k::BLOCK])) for k in range(BLOCK)])
    order = np.argsort(means)
    usual = float(np.median(means[order[:-2]]))
    # A step at a block's edge shows in the two second differences that span it.
    best = max((means[k] + means[(k + 1) % BLOCK]) / 2 for k in range(BLOCK))
    return best / usual - 1.0 if usual > 0 else 0.0


def _second_difference(image: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    """Return the mean absolute second difference across an axis, one value per position."""
    difference = np.abs(np.diff(image, n=2, axis=axis))
    return np.asarray(np.minimum(difference, np.percentile(difference, 95)).mean(axis=1 - axis))


def measure_interpolation(values: NDArray[Any]) -> tuple[float, float]:
    """Return how periodic the noise of the second difference is, 0 to 1, and the period in px.

    Interpolation makes the size of second differences periodic across the picture; sensors do not.
    The less periodic axis counts. Periods that divide 8 are JPEG's and are left out, and with them
    enlargements by exactly 2 and 4.
    """
    image = _centered(values)
    if min(image.shape) < SIDE_MIN:
        return 0.0, 0.0
    return min(_strongest_period(_second_difference(image, axis)) for axis in (0, 1))


def _strongest_period(steps: NDArray[np.float64]) -> tuple[float, float]:
    smooth = np.convolve(steps, np.ones(15) / 15, mode="same")
    usable = smooth[8:-8] > 0
    if usable.sum() < SIDE_MIN // 2:
        return 0.0, 0.0
    relative = np.where(usable, steps[8:-8] / np.maximum(smooth[8:-8], 1e-12) - 1.0, 0.0)
    relative = relative - relative.mean()
    power = np.abs(np.fft.rfft(relative * np.hanning(relative.size))) ** 2
    frequency = np.fft.rfftfreq(relative.size)
    allowed = frequency > 0.08
    for k in range(1, 5):
        allowed &= np.abs(frequency - k / BLOCK) > 2.5 / relative.size
    total = float(power[frequency > 0.08].sum())
    if total <= 0 or not allowed.any():
        return 0.0, 0.0
    peak = int(np.argmax(np.where(allowed, power, 0)))
    share = float(power[max(0, peak - 2) : peak + 3].sum() / total)
    return share, 1.0 / float(frequency[peak])


def measure_rim_signal(signal: NDArray[np.floating]) -> float:
    """Return the median signal at the upper and lower edges over that of the bands, 0 to 1."""
    low, high = np.percentile(signal, [1, 99])
    if high <= low or signal.shape[0] < 4:
        return 0.0
    rim = np.median(np.concatenate([signal[0], signal[-1]]))
    return float(np.clip((rim - low) / (high - low), 0, 1))


def _centered(values: NDArray[Any]) -> NDArray[np.float64]:
    """Return the middle of a picture as floats, at most 1024 pixels a side."""
    rows, columns = values.shape
    top, left = max(0, (rows - SIDE_MAX) // 2), max(0, (columns - SIDE_MAX) // 2)
    part = values[top : top + SIDE_MAX, left : left + SIDE_MAX]
    return np.nan_to_num(np.asarray(part, dtype=np.float64), posinf=0.0, neginf=0.0)
