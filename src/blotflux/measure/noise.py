"""The camera's noise, estimated from the picture itself.

Read noise and background come from differences of pixels a few pixels apart, among the darkest
half of the picture. The shot noise of the light in the bands comes from third differences along
the rows, which vanish inside a band: the share of quiet stretches in bands must be that of the
background once the shot noise is accounted for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.medians import median, quantile
from blotflux.measure.result import Noise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from blotflux.blot import Blot

__all__ = ["estimate_noise"]

LAG_PX = 3  # far enough for the noise of a blurred or resampled picture to be independent
ENOUGH_PX = 4e4  # pixels that are looked at: every so manieth row
BLOCK = (2, 32)
FEWEST_BLOCKS = 8
QUANTIZED = 12**-0.5  # standard deviation of rounding to integers
STRETCH_PX = 12
QUIET = 0.2  # quantile at which bands and background are compared
FEWEST_STRETCHES = 20
BACKGROUND_SD, BAND_SD = 4.0, 8.0  # distance from the background, standard deviations
PATCH_PX = 5


def estimate_noise(blot: Blot) -> Noise:
    """Return the noise of a blot's pixels.

    Parameters
    ----------
    blot : Blot

    Returns
    -------
    Noise
        ``gain`` is 0 where no band is bright enough to tell.

    Notes
    -----
    A difference ``(a - b - c + d) / 2`` of pixels at the corners of a square has the variance of
    one pixel, and no part of a background that is a sum of a function of x and one of y. The
    median of its mean square over blocks of 64 is corrected for the skew of a chi-square.

    Blocks without any variation (a blank page around a published panel) are left out.
    """
    signal = blot.signal
    spread, level = rough_blocks(signal)
    varied, least = spread > 0, smallest_sigma(blot)
    if np.count_nonzero(varied) < FEWEST_BLOCKS:
        return Noise(sigma=least)
    spread, level = spread[varied], level[varied]
    dark = np.argsort(level, kind="stable")[: max(FEWEST_BLOCKS, len(level) // 2)]
    skew = 1 - 2 / (3 * BLOCK[0] * BLOCK[1])
    variance = max(float(median(spread[dark])) / skew, least**2)
    offset = float(median(level[dark]))
    return Noise(
        sigma=float(np.sqrt(variance)),
        gain=estimate_gain(blot, variance, offset),
        correlation=estimate_correlation(signal, variance),
        offset=offset,
    )


def smallest_sigma(blot: Blot) -> float:
    """Return the noise of rounding, the least that a file of integers can have."""
    if "float" in blot.source.dtype or blot.unit != "counts":
        return 1e-6 * max(float(np.ptp(blot.signal)), 1e-6)
    return QUANTIZED


def row_step(signal: NDArray[np.float32]) -> int:
    """Return every how manieth row is enough to tell the noise."""
    return max(1, round(signal.size / ENOUGH_PX))


def rough_blocks(
    signal: NDArray[np.float32],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return variance and mean of blocks of a thinned picture, from differences over `LAG_PX`."""
    step = row_step(signal)
    upper, lower = signal[:-LAG_PX:step], signal[LAG_PX::step]
    count = min(len(upper), len(lower))
    upper, lower = upper[:count], lower[:count]
    across = upper - lower
    corner = across[:, :-LAG_PX] - across[:, LAG_PX:]
    mean = upper[:, :-LAG_PX] + lower[:, LAG_PX:]
    rows, columns = (n // b for n, b in zip(corner.shape, BLOCK, strict=True))
    shape = (rows, BLOCK[0], columns, BLOCK[1])
    corner = corner[: rows * BLOCK[0], : columns * BLOCK[1]].reshape(shape)
    mean = mean[: rows * BLOCK[0], : columns * BLOCK[1]].reshape(shape)
    size = BLOCK[0] * BLOCK[1]
    square = np.einsum("aibj,aibj->ab", corner, corner).ravel() / (4 * size)
    return square.astype(np.float64), np.einsum("aibj->ab", mean).ravel() / (2.0 * size)


def estimate_gain(blot: Blot, variance: float, offset: float) -> float:
    """Return the variance per unit of signal above the background, 0 if it cannot be told."""
    spread, level = fine_stretches(blot)
    above, sigma = level - offset, float(np.sqrt(variance))
    ground = spread[np.abs(above) < BACKGROUND_SD * sigma]
    band = above > BAND_SD * sigma
    if len(ground) < FEWEST_STRETCHES or np.count_nonzero(band) < FEWEST_STRETCHES:
        return 0.0
    band &= above >= median(above[band])
    quiet = quantile(ground, QUIET)
    if quiet <= 0:
        return 0.0
    # Shot noise is right when a fifth of the bands' stretches is as quiet as the background's
    # quietest fifth: spread <= quiet * (1 + gain * above / variance).
    excess = (spread[band] / quiet - 1) * variance / above[band]
    return max(0.0, quantile(excess, QUIET))


def fine_stretches(blot: Blot) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return variance and mean of short stretches along rows, from third differences."""
    step = row_step(blot.signal)
    line = blot.signal[::step]
    third = line[:, 3:] - line[:, :-3] - 3 * (line[:, 2:-1] - line[:, 1:-2])
    count = third.shape[1] // STRETCH_PX
    shape = (len(line), count, STRETCH_PX)
    third = third[:, : count * STRETCH_PX].reshape(shape)
    spread = np.einsum("abi,abi->ab", third, third).ravel() / (20.0 * STRETCH_PX)
    middle = line[:, 1 : 1 + count * STRETCH_PX].reshape(shape)
    level = np.einsum("abi->ab", middle).ravel() / float(STRETCH_PX)
    if blot.saturated.any():
        clipped = blot.saturated[::step, 1 : 1 + count * STRETCH_PX].reshape(shape).any(2)
        spread, level = spread[~clipped.ravel()], level[~clipped.ravel()]
    return spread, level


def estimate_correlation(signal: NDArray[np.float32], variance: float) -> float:
    """Return the variance of means of 5x5 patches over that of independent pixels, at least 1."""
    rows, columns = (size // PATCH_PX for size in signal.shape)
    if min(rows, columns) < 4:
        return 1.0
    patch = patch_means(signal, rows, columns)
    down = patch[:-2] - patch[2:]
    corner = np.abs(down[:, :-2] - down[:, 2:]).ravel()
    level = (patch[:-2, :-2] + patch[2:, 2:]).ravel()
    dark = np.argpartition(level, len(level) // 2)[: len(level) // 2 + 1]
    spread = 1.4826 * 0.5 * float(median(corner[dark]))
    return max(1.0, spread**2 * PATCH_PX**2 / variance)


def patch_means(signal: NDArray[np.float32], rows: int, columns: int) -> NDArray[np.float32]:
    """Return the means of patches; rows are summed first, which reads the picture only once."""
    tall = signal[: rows * PATCH_PX].reshape(rows, PATCH_PX, -1).sum(axis=1)
    total: NDArray[np.float32] = tall[:, : columns * PATCH_PX : PATCH_PX].copy()
    for offset in range(1, PATCH_PX):
        total += tall[:, offset : columns * PATCH_PX : PATCH_PX]
    total *= np.float32(1 / PATCH_PX**2)
    return total
