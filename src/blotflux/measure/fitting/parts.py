"""Parts of lanes' windows: their sums, each shifted so that bands lie level in all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Boxes = tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]

__all__ = ["PARTS", "box_sums", "leveled_parts", "rectangles"]

PARTS = 5  # pieces that a lane's window is cut into, each shifted to level its bands
PART_EDGES = np.linspace(0, 1, PARTS + 1)  # of the window's width
SIDES = (slice(0, 2), slice(3, 5))  # parts that show a lane's left and right ...
MIDDLE = 0.1  # ... and half the part between them, in widths of the window
MOST_FALL_PX = 10  # of a band between them
LEVEL_PX, BETTER = 0.7, 1.03  # of fall, and of likeness without it, up to which bands are level
BROAD_PX = 41  # over which what is not a band is smooth


def leveled_parts(
    signal: NDArray[np.float32],
    center: NDArray[np.intp],
    left: NDArray[np.intp],
    right: NDArray[np.intp],
    slope: NDArray[np.float64],
    y: NDArray[np.intp],
    lane_px: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], Boxes]:
    """Return the parts of lanes' windows with their bands leveled, the slope, and the boxes summed.

    Parameters
    ----------
    signal : ndarray of float32, shape (rows, columns)
    center : ndarray of int, shape (lanes, n)
        Pixels of the tracks at `y`.
    left, right : ndarray of int, shape (lanes,)
        Reach of the windows.
    slope : ndarray, shape (lanes,)
        Fall of the bands as far as it is known.
    y : ndarray of int, shape (n,)
    lane_px : ndarray, shape (lanes,)
        Widths of the lanes.
    """
    rows, columns = signal.shape
    total = rectangles(signal)
    boxes = part_boxes(center, left, right, slope, y, (rows, columns))
    parts = box_sums(total, *boxes)
    more = remaining_slope(parts, left + right + 1, lane_px)
    slanted = np.flatnonzero(more)
    if len(slanted):
        slope = slope + more
        boxes = part_boxes(center, left, right, slope, y, (rows, columns))
        first, end, row = (box[slanted] for box in boxes)
        parts[slanted] = box_sums(total, first, end, row)
    return parts, slope, boxes


def remaining_slope(
    parts: NDArray[np.float64], window_px: NDArray[np.intp], lane_px: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return by how much more the bands of each lane fall than its parts were shifted for.

    Bands lie at right angles to their lane only where the gel ran evenly; where it smiles they
    follow the smile. The left and the right of a lane show the same bands at another height.

    Parameters
    ----------
    parts : ndarray, shape (lanes, PARTS, rows)
    window_px : ndarray of int, shape (lanes,)
        Widths of the windows.
    lane_px : ndarray, shape (lanes,)
        Widths of the lanes, which bands fill.

    Returns
    -------
    ndarray, shape (lanes,)
        Px per px; 0 where the bands are level enough.
    """
    lanes, _, rows = parts.shape
    if rows < 4 * MOST_FALL_PX:
        return np.zeros(lanes)
    sides = np.concatenate([parts[:, SIDES[0]].sum(axis=1), parts[:, SIDES[1]].sum(axis=1)])
    sides = sides.astype(np.float32)
    bands = cv2.blur(sides, (3, 1)) - cv2.blur(sides, (BROAD_PX, 1))
    bands = np.maximum(bands, 0)  # their surroundings are the background's
    left, right = bands[:lanes, MOST_FALL_PX:-MOST_FALL_PX], bands[lanes:]
    lags = np.arange(-MOST_FALL_PX, MOST_FALL_PX + 1)
    shifted = np.lib.stride_tricks.sliding_window_view(right, left.shape[1], axis=1)
    alike = np.einsum("lkn,ln->kl", shifted, left).astype(np.float64)
    best = np.clip(alike.argmax(axis=0), 1, len(lags) - 2)
    lane = np.arange(lanes)
    before, at, after = alike[best - 1, lane], alike[best, lane], alike[best + 1, lane]
    curvature = np.minimum(before - 2 * at + after, -1e-12)
    fall = lags[best] + np.clip(0.5 * (before - after) / curvature, -0.5, 0.5)
    clear = (np.abs(fall) > LEVEL_PX) & (at > BETTER * alike[MOST_FALL_PX])
    apart = MIDDLE * window_px + 0.5 * np.minimum(lane_px, window_px)
    return np.where(clear, fall / apart, 0.0)


def part_boxes(
    center: NDArray[np.intp],
    left: NDArray[np.intp],
    right: NDArray[np.intp],
    slope: NDArray[np.float64],
    y: NDArray[np.intp],
    shape: tuple[int, int],
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Return first column, end column and row of every part; shape (lanes, PARTS, rows) each."""
    rows, columns = shape
    edge = np.rint(PART_EDGES * (left + right + 1)[:, None]).astype(np.intp) - left[:, None]
    middle = 0.5 * (edge[:, :-1] + edge[:, 1:] - 1)
    shift = np.rint(slope[:, None] * middle).astype(np.intp)
    column = center[:, None, :] + edge[:, :, None]
    np.clip(column, 0, columns, out=column)  # each part ends where the next begins
    row = y + shift[:, :, None]
    np.clip(row, 0, rows - 1, out=row)
    return column[:, :-1], column[:, 1:], row


def rectangles(image: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the sums over all rectangles from the first pixel on, as `box_sums` takes them."""
    return np.asarray(cv2.integral(image, sdepth=cv2.CV_64F), np.float64)


def box_sums(
    total: NDArray[np.float64],
    first: NDArray[np.intp],
    end: NDArray[np.intp],
    row: NDArray[np.intp],
) -> NDArray[np.float64]:
    """Return the sums of single-row boxes.

    Parameters
    ----------
    total : ndarray, shape (rows + 1, columns + 1)
        From `rectangles`.
    first, end, row : ndarray of int, any common shape
        First column, end column and row of every box.

    In double precision these differ from the exact sums by far less than a count.
    """
    columns = total.shape[1]
    upper = total.ravel()
    lower = upper[columns:]
    above = row * columns
    right = above + end
    left = np.add(above, first, out=above)
    wide = lower.take(right)
    wide -= upper.take(right)
    wide -= lower.take(left) - upper.take(left)
    return np.asarray(wide)
