"""Two pictures of one membrane, laid over each other by what both show.

A visible-light picture shows the prestained ladder and the membrane's outline, a chemiluminescent
one the bands and often a trace of both. Edges are compared, because they are where they are
whatever is bright; each is set against its surroundings, so that strong bands do not drown the
rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from scipy import fft

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from blotflux.blot import Blot

__all__ = ["Registration", "register"]

WORKING_PX = 480
"""Longer side at which pictures are compared; finer detail is noise."""

FARTHEST = 0.2
"""Shift that is looked for, as a share of each side."""

CLEAR_PEAK = 7.0
"""Height of the correlation's peak over its surroundings, in their standard deviations, from which
on a shift is believed: two unrelated pictures reach 5.5 at most in a thousand tries."""

STRIPS = 4
"""Independent parts of the picture whose shifts are compared for the error."""

NEAR_PX = 6
"""Working pixels around the common shift in which a part's own shift is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """Where a point of the other picture lies: ``scale * point + (dx_px, dy_px)``.

    Attributes
    ----------
    scale : float
        Pixels of the first picture per pixel of the other.
    dx_px, dy_px : float
    error_px : float
        Standard error of `dy_px`, in pixels of the first picture.
    clarity : float
        Height of the correlation's peak in standard deviations of its surroundings.
    """

    scale: float
    dx_px: float
    dy_px: float
    error_px: float
    clarity: float

    def x(self, x_px: float) -> float:
        """Return the x in the first picture of an x in the other."""
        return self.scale * x_px + self.dx_px

    def y(self, y_px: float) -> float:
        """Return the y in the first picture of a y in the other."""
        return self.scale * y_px + self.dy_px


def register(first: Blot, other: Blot) -> Registration | None:
    """Return how another picture of a membrane lies on the first; None if nothing tells.

    Shift, and scale where the sizes differ; instruments do not turn a membrane between pictures.
    """
    found = [at_scale(first, other, scale) for scale in scales(first.shape, other.shape)]
    best = max(found, key=lambda item: item.clarity)
    return best if best.clarity >= CLEAR_PEAK else None


def scales(first: tuple[int, int], other: tuple[int, int]) -> tuple[float, ...]:
    """Return the scales that two sizes allow: binned (one shape), or cropped from one size."""
    if first == other:
        return (1.0,)
    rows, columns = first[0] / other[0], first[1] / other[1]
    binned = ((rows * columns) ** 0.5,) if abs(rows / columns - 1) < 0.05 else (rows, columns)
    return tuple(dict.fromkeys((1.0, *binned)))


def at_scale(first: Blot, other: Blot, scale: float) -> Registration:
    """Return the best shift at one scale."""
    down = min(1.0, WORKING_PX / max(first.shape))
    one = edges(first.signal, down)
    two = edges(other.signal, down * scale)
    rows = fft.next_fast_len(one.shape[0] + two.shape[0])
    columns = fft.next_fast_len(one.shape[1] + two.shape[1])
    reach = (int(FARTHEST * one.shape[0]) + 1, int(FARTHEST * one.shape[1]) + 1)
    window = correlation(one, two, (rows, columns), reach)
    peak = np.unravel_index(int(np.argmax(window)), window.shape)
    rest = window.copy()
    y, x = int(peak[0]), int(peak[1])
    rest[max(0, y - NEAR_PX) : y + NEAR_PX + 1, max(0, x - NEAR_PX) : x + NEAR_PX + 1] = np.nan
    clarity = float((window[peak] - np.nanmean(rest)) / max(float(np.nanstd(rest)), 1e-12))
    shift = (y - reach[0], x - reach[1])
    # Half a pixel: coordinates count from the center of the first pixel in either picture.
    center = (scale - 1) / 2
    return Registration(
        scale=scale,
        dx_px=shift[1] / down + center,
        dy_px=shift[0] / down + center,
        error_px=shift_error(one, two, (rows, columns), reach, shift) / down,
        clarity=clarity,
    )


def edges(signal: NDArray[np.float32], down: float) -> NDArray[np.float32]:
    """Return the strength of edges over that of their surroundings, mean taken out."""
    size = (max(8, round(signal.shape[1] * down)), max(8, round(signal.shape[0] * down)))
    shrink = cv2.INTER_AREA if down < 1 else cv2.INTER_LINEAR
    small = cv2.GaussianBlur(cv2.resize(signal, size, interpolation=shrink), (0, 0), 1.5)
    across, along = np.gradient(small)
    strength = np.hypot(across, along).astype(np.float32)
    around = cv2.GaussianBlur(strength, (0, 0), max(size) / 20)
    relative = strength / (around + np.float32(1e-3 * float(strength.max()) + 1e-12))
    return np.asarray(relative - relative.mean(), dtype=np.float32)


def correlation(
    one: NDArray[np.float32],
    two: NDArray[np.float32],
    size: tuple[int, int],
    reach: tuple[int, int],
) -> NDArray[np.float64]:
    """Return the correlation at shifts of `two` up to `reach` rows and columns either way."""
    spectrum = fft.rfft2(one, size) * np.conj(fft.rfft2(two, size))
    whole = fft.irfft2(spectrum, size)
    shifted = np.roll(whole, reach, axis=(0, 1))
    return np.asarray(shifted[: 2 * reach[0] + 1, : 2 * reach[1] + 1], dtype=np.float64)


def shift_error(
    one: NDArray[np.float32],
    two: NDArray[np.float32],
    size: tuple[int, int],
    reach: tuple[int, int],
    shift: tuple[int, int],
) -> float:
    """Return the standard error of the vertical shift, working pixels.

    From the shifts that interleaved strips of columns of one picture find by themselves near the
    common one; at least the rounding to whole pixels.
    """
    found = []
    width = max(2, two.shape[1] // (4 * STRIPS))
    strip = (np.arange(two.shape[1]) // width) % STRIPS
    row, column = shift[0] + reach[0], shift[1] + reach[1]
    for part in range(STRIPS):
        own = correlation(one, np.where(strip == part, two, np.float32(0)), size, reach)
        top, left = max(0, row - NEAR_PX), max(0, column - NEAR_PX)
        near = own[top : row + NEAR_PX + 1, left : column + NEAR_PX + 1]
        place = np.unravel_index(int(np.argmax(near)), near.shape)
        found.append(top + int(place[0]) - row)
    return float(np.hypot(np.std(found, ddof=1) / np.sqrt(STRIPS), 1 / np.sqrt(12)))
