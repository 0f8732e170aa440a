"""Points at which a box stands out from its neighbors above and below, at every height.

A band is bright, thin along the migration and long across it, whatever its lane does. Its middle
line is found without a threshold on brightness: at every height (extent along the migration) the
mean of a box is compared with the brighter of its two neighbors above and below. Steps (membrane
edges), slopes (haze) and stripes along the migration (smears) score nothing in this comparison.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from blotflux.measure.lanes.quick import clamp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["SKIP_PX", "Points", "mark_points"]

LEVELS = ((1, (3, 5)), (2, (5,)), (4, (5, 9, 17)))  # rows merged, and heights of boxes in these
TALLEST = 0.35  # of the picture's height
SKIP_PX = 2  # columns merged before points are looked for
ACROSS = 3  # width of the boxes in merged columns
SIGNIFICANT = 8.0  # standard deviations of the comparison
TEXTURE = 6.0  # the same, of the comparison's own spread over the picture
TEXTURE_CAP = 0.01  # of the strongest response: texture never hides a band stronger than this
FINER_SUFFICES = 1.5  # a taller box must say this much more than a finer ridge inside it


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Points:
    """Points of ridges: merged column, y in pixels, contrast, height of the box that found it."""

    x: NDArray[np.int64]
    y: NDArray[np.float64]
    contrast: NDArray[np.float64]
    height: NDArray[np.float64]

    def take(self, index: NDArray[np.int64] | NDArray[np.bool_]) -> Points:
        """Return the chosen points."""
        return Points(
            x=self.x[index],
            y=self.y[index],
            contrast=self.contrast[index],
            height=self.height[index],
        )


def mark_points(picture: NDArray[np.float32], sigma: float) -> Points:
    """Return the points at which some box stands out from its neighbors, finest boxes first."""
    found: list[Peaks] = []
    columns = picture.shape[1] // SKIP_PX
    even = picture[:, : columns * SKIP_PX]
    smaller = cv2.resize(even, (columns, len(picture)), interpolation=cv2.INTER_LINEAR)
    small = np.asarray(smaller, dtype=np.float32)
    known, step = np.zeros(small.shape, np.float32), 1
    for rows, boxes in LEVELS:
        while step < rows and small.shape[0] >= 2 * boxes[0]:
            small, known, step = halve(small), pool_pairs(known), 2 * step
        for box in boxes:
            if box * step > max(LEVELS[0][1][0], TALLEST * picture.shape[0]) or step < rows:
                break
            response = compare(small, box)
            floor = significance(response, sigma, box * step)
            index = find_peaks(response, max(5, box), floor)
            if found:
                finer = cv2.dilate(known, np.ones((box, 3), np.uint8)).ravel()
                index = index[response.ravel()[index] > FINER_SUFFICES * finer[index]]
            peaks = Peaks.of(response, index, step, float(box * step))
            known.ravel()[index] = peaks.at
            found.append(peaks)
    return locate(found)


def find_peaks(response: NDArray[np.float32], height: int, floor: float) -> NDArray[np.int64]:
    """Return the flat indices of the highest above `floor` within `height` rows."""
    highest = cv2.dilate(response, np.ones((height, 1), np.uint8))
    peak = response >= highest
    peak &= response > floor
    return np.flatnonzero(peak)


def halve(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return means of pairs of rows."""
    rows = picture.shape[0] // 2 * 2
    return np.asarray(0.5 * (picture[0:rows:2] + picture[1:rows:2]), np.float32)


def pool_pairs(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the larger of pairs of rows."""
    rows = picture.shape[0] // 2 * 2
    return np.asarray(np.maximum(picture[0:rows:2], picture[1:rows:2]), np.float32)


def compare(picture: NDArray[np.float32], box: int) -> NDArray[np.float32]:
    """Return the mean of a box `box` high minus the larger of the two beside it."""
    rows = picture.shape[0]
    away = round(1.2 * box)
    mean = cv2.blur(picture, (ACROSS, box), borderType=cv2.BORDER_REPLICATE)
    tall = cv2.copyMakeBorder(mean, away, away, 0, 0, cv2.BORDER_REPLICATE)
    beside = cv2.max(tall[:rows], tall[2 * away :])
    return np.asarray(cv2.subtract(mean, beside, dst=mean), np.float32)


def significance(response: NDArray[np.float32], sigma: float, height: int) -> float:
    """Return the response above which a point is believed.

    The noise of a difference of two means of as many pixels as a box has, or, where the picture
    has a texture coarser than its noise, the spread of the response itself.
    """
    noise = SIGNIFICANT * sigma * math.sqrt(1.5 / (height * ACROSS * SKIP_PX))
    sample = response[::5, ::13].ravel()
    middle = len(sample) // 2
    sample.partition(middle)
    off = np.abs(sample - sample[middle])
    off.partition(middle)
    spread = TEXTURE * float(off[middle])
    if spread <= noise:
        return noise
    return max(noise, min(spread, TEXTURE_CAP * float(response.max())))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Peaks:
    """Peaks of one response: where, its values there, one row above and below; height of the box.

    The response has one row per `step` pixels.
    """

    row: NDArray[np.int64]
    column: NDArray[np.int64]
    at: NDArray[np.float32]
    above: NDArray[np.float32]
    below: NDArray[np.float32]
    step: int
    height: float

    @classmethod
    def of(
        cls, response: NDArray[np.float32], index: NDArray[np.int64], step: int, height: float
    ) -> Peaks:
        """Return the peaks at flat indices of a response."""
        rows, columns = response.shape
        row, column = np.divmod(index, columns)
        flat = response.ravel()
        return cls(
            row=row,
            column=column,
            at=flat[index],
            above=flat[np.maximum(index - columns, column)],
            below=flat[np.minimum(index + columns, column + (rows - 1) * columns)],
            step=step,
            height=height,
        )


def locate(found: Sequence[Peaks]) -> Points:
    """Return all peaks with their y from the parabola through the response above and below."""
    number = [len(peaks.row) for peaks in found]
    at = np.concatenate([peaks.at for peaks in found]).astype(np.float64)
    above = np.concatenate([peaks.above for peaks in found])
    below = np.concatenate([peaks.below for peaks in found])
    step = np.repeat([peaks.step for peaks in found], number)
    bend = above - 2 * at + below
    bent = bend < 0
    shift = np.where(bent, 0.5 * (above - below) / np.where(bent, bend, 1), 0)
    row = np.concatenate([peaks.row for peaks in found])
    return Points(
        x=np.concatenate([peaks.column for peaks in found]),
        y=(row + clamp(shift, -0.5, 0.5) + 0.5) * step - 0.5,
        contrast=at,
        height=np.repeat([peaks.height for peaks in found], number),
    )
