"""Ridges: the lines along which bands, single or touching, run across the lanes.

A band is bright, thin along the migration and long across it, whatever its lane does. Its middle
line is found without a threshold on brightness: at every height (extent along the migration) the
mean of a box is compared with the brighter of its two neighbors above and below. Steps (membrane
edges), slopes (haze) and stripes along the migration (smears) score nothing in this comparison.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["HALF_HEIGHTS", "Ridges", "find_ridges", "join_ridges"]

HEIGHTS_PX = (3, 5, 9, 15, 25, 41, 67)  # of the boxes; a factor of 1.7 apart
TALLEST = 0.35  # of the picture's height
ACROSS_PX = 5  # width of the boxes
SIGNIFICANT = 8.0  # standard deviations of the comparison
TEXTURE = 6.0  # the same, of the comparison's own spread over the picture
TEXTURE_CAP = 0.01  # of the strongest response: texture never hides a band stronger than this
FINER_SUFFICES = 1.5  # a taller box must say this much more than a finer ridge inside it
SHORTEST_PX = 5
HALF_HEIGHTS = 1.3  # half height of the window whose signal is summed, in box heights
FLANK = 2.5  # end of the windows beside it, in the same unit


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ridges:
    """Ridges of one picture, point after point, ridge after ridge, from left to right.

    Attributes
    ----------
    start : ndarray of int, shape (ridges + 1,)
        First point of each ridge; the last entry is the number of points.
    ridge : ndarray of int, shape (points,)
    x, y : ndarray, shape (points,)
        Every column from a ridge's left to its right end; pixels of the (reduced) picture.
    contrast : ndarray, shape (points,)
        Mean over the box above the brighter neighbor, units of the signal.
    height : ndarray, shape (ridges,)
        Typical extent along the migration, pixels.
    profile, profile_noise : ndarray, shape (points,)
        Signal summed along the migration over the local background, and its standard deviation.
    """

    start: NDArray[np.int64]
    ridge: NDArray[np.int64]
    x: NDArray[np.int64]
    y: NDArray[np.float64]
    contrast: NDArray[np.float64]
    height: NDArray[np.float64]
    profile: NDArray[np.float64]
    profile_noise: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.height)

    @property
    def length(self) -> NDArray[np.int64]:
        """Columns of each ridge."""
        return np.diff(self.start)

    @property
    def strength(self) -> NDArray[np.float64]:
        """Highest contrast of each ridge."""
        return np.maximum.reduceat(self.contrast, self.start[:-1])

    def move(self, right: int, down: int, scale: float = 1.0) -> Ridges:
        """Return the ridges moved, their contrasts multiplied by `scale`."""
        return replace(self, x=self.x + right, y=self.y + down, contrast=self.contrast * scale)

    def keep(self, chosen: NDArray[np.bool_]) -> Ridges:
        """Return the chosen ridges only."""
        points = chosen[self.ridge]
        return Ridges(
            start=np.concatenate([[0], np.cumsum(self.length[chosen])]),
            ridge=(np.cumsum(chosen) - 1)[self.ridge[points]],
            x=self.x[points],
            y=self.y[points],
            contrast=self.contrast[points],
            height=self.height[chosen],
            profile=self.profile[points],
            profile_noise=self.profile_noise[points],
        )


def find_ridges(picture: NDArray[np.float32], sigma: float) -> Ridges:
    """Return the ridges of a picture.

    Parameters
    ----------
    picture : ndarray of float32, shape (rows, columns)
        Signal; larger means more protein.
    sigma : float
        Standard deviation of a pixel of `picture` without band.

    Returns
    -------
    Ridges
        Empty if nothing stands out.
    """
    contrast, height = mark_points(picture, sigma)
    rows, columns, label, count = link_points(contrast)
    if count == 0:
        return no_ridges()
    return follow(picture, sigma, (rows, columns, label), (contrast, height))


def join_ridges(parts: Sequence[Ridges]) -> Ridges:
    """Return all ridges of several lists, in their order."""
    points = np.cumsum([0] + [len(part.x) for part in parts])
    number = np.cumsum([0] + [len(part) for part in parts])
    starts = [part.start[:-1] + points[i] for i, part in enumerate(parts)]
    return Ridges(
        start=np.concatenate([*starts, points[-1:]]),
        ridge=np.concatenate([part.ridge + number[i] for i, part in enumerate(parts)]),
        x=np.concatenate([part.x for part in parts]),
        y=np.concatenate([part.y for part in parts]),
        contrast=np.concatenate([part.contrast for part in parts]),
        height=np.concatenate([part.height for part in parts]),
        profile=np.concatenate([part.profile for part in parts]),
        profile_noise=np.concatenate([part.profile_noise for part in parts]),
    )


def no_ridges() -> Ridges:
    """Return no ridge at all."""
    none = np.zeros(0)
    whole = np.zeros(0, np.int64)
    return Ridges(
        start=np.zeros(1, np.int64),
        ridge=whole,
        x=whole,
        y=none,
        contrast=none,
        height=none,
        profile=none,
        profile_noise=none,
    )


def mark_points(
    picture: NDArray[np.float32], sigma: float
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Return the contrast at every point of a ridge (0 elsewhere), and the box height there."""
    contrast = np.zeros(picture.shape, np.float32)
    height = np.zeros(picture.shape, np.uint8)
    for box in HEIGHTS_PX:
        if box > max(HEIGHTS_PX[0], TALLEST * picture.shape[0]):
            break
        response = compare(picture, box)
        floor = significance(response, sigma, box)
        highest = cv2.dilate(response, np.ones((max(5, box), 1), np.uint8))
        finer = cv2.dilate(contrast, np.ones((box, 3), np.uint8))
        found = (response >= highest) & (response > np.maximum(FINER_SUFFICES * finer, floor))
        contrast[found] = response[found]
        height[found] = box
    return contrast, height


def compare(picture: NDArray[np.float32], box: int) -> NDArray[np.float32]:
    """Return the mean of a box `box` high minus the larger of the two beside it."""
    rows = picture.shape[0]
    away = round(1.2 * box)
    mean = cv2.blur(picture, (ACROSS_PX, box), borderType=cv2.BORDER_REPLICATE)
    tall = cv2.copyMakeBorder(mean, away, away, 0, 0, cv2.BORDER_REPLICATE)
    return np.asarray(mean - np.maximum(tall[:rows], tall[2 * away :]), np.float32)


def significance(response: NDArray[np.float32], sigma: float, box: int) -> float:
    """Return the response above which a point is believed.

    The noise of a difference of two means of ``box * ACROSS_PX`` pixels, or, where the picture
    has a texture coarser than its noise, the spread of the response itself.
    """
    noise = SIGNIFICANT * sigma * np.sqrt(1.5 / (box * ACROSS_PX))
    sample = response[::3, ::5]
    spread = TEXTURE * float(np.median(np.abs(sample - np.median(sample))))
    return max(noise, min(spread, TEXTURE_CAP * float(response.max())))


def link_points(
    contrast: NDArray[np.float32],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], int]:
    """Return rows, columns and labels of the points that form long enough lines, and how many."""
    points = contrast > 0
    wide = cv2.dilate(points.astype(np.uint8), np.ones((3, 3), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(wide, connectivity=8)
    long = stats[:, cv2.CC_STAT_WIDTH] - 2 >= SHORTEST_PX
    long[0] = False
    rank = np.cumsum(long) - 1
    flat = np.flatnonzero(points)
    label = labels.ravel()[flat]
    flat = flat[long[label]]
    label = rank[label[long[label]]]
    rows, columns = np.divmod(flat, contrast.shape[1])
    return rows, columns, label, int(long.sum()) if count else 0


def follow(
    picture: NDArray[np.float32],
    sigma: float,
    places: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]],
    maps: tuple[NDArray[np.float32], NDArray[np.uint8]],
) -> Ridges:
    """Return the ridges with one point per column and the signal across them."""
    rows, columns, label = places
    contrast, box = maps[0][rows, columns].astype(np.float64), maps[1][rows, columns]
    order = np.lexsort((-contrast, columns, label))
    rows, columns, label, contrast, box = (a[order] for a in (rows, columns, label, contrast, box))
    first = np.ones(len(label), bool)
    first[1:] = (label[1:] != label[:-1]) | (columns[1:] != columns[:-1])
    rows, columns, label, contrast, box = (a[first] for a in (rows, columns, label, contrast, box))
    begin = np.flatnonzero(np.diff(label, prepend=-1))
    end = np.append(begin[1:], len(label)) - 1
    height = np.exp(
        np.add.reduceat(contrast * np.log(box), begin) / np.add.reduceat(contrast, begin)
    )
    length = columns[end] - columns[begin] + 1
    start = np.concatenate([[0], np.cumsum(length)])
    ridge = np.repeat(np.arange(len(begin)), length)
    x = np.arange(start[-1]) - start[ridge] + columns[begin][ridge]
    far = picture.shape[1] + 10  # keys of different ridges never mix
    key, known = ridge * far + x, label * far + columns
    y = np.interp(key, known, rows)
    half = np.maximum(1.5, HALF_HEIGHTS * height)[ridge]
    profile, pixels = sum_across(picture, x, y, half)
    return Ridges(
        start=start,
        ridge=ridge,
        x=x,
        y=y,
        contrast=np.interp(key, known, contrast),
        height=height,
        profile=profile,
        profile_noise=sigma * np.sqrt(1.5 * pixels),
    )


def sum_across(
    picture: NDArray[np.float32],
    x: NDArray[np.int64],
    y: NDArray[np.float64],
    half: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the signal within `half` of each point over the darker side, and the pixel count."""
    rows = picture.shape[0]
    ladder = np.zeros((rows + 1, picture.shape[1]), np.float32)
    np.cumsum(picture - picture.min(), axis=0, out=ladder[1:])

    def add_up(
        top: NDArray[np.float64], bottom: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        first = np.clip(np.rint(top), 0, rows - 1).astype(np.int64)
        last = np.maximum(np.clip(np.rint(bottom), 1, rows).astype(np.int64), first + 1)
        return (ladder[last, x] - ladder[first, x]).astype(np.float64), last - first

    middle = y + 0.5
    inside, pixels = add_up(middle - half, middle + half)
    above, above_px = add_up(middle - FLANK * half, middle - half)
    below, below_px = add_up(middle + half, middle + FLANK * half)
    ground = np.minimum(above / above_px, below / below_px)
    return inside - pixels * ground, pixels
