"""Parts of lanes' windows: their sums, each shifted so that bands lie level in all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from blotflux.measure.fitting.bends import find_bends

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["PARTS", "Leveled", "leveled_parts"]

PARTS = 5  # pieces that a lane's window is cut into ...
SLICES = 3 * PARTS  # ... and finer ones, each shifted to level its bands
SLICE_EDGES = np.linspace(0, 1, SLICES + 1)  # of the window's width
SIDES = (slice(0, 2), slice(3, 5))  # parts that show a lane's left and right ...
MIDDLE = 0.1  # ... and half the part between them, in widths of the window
MOST_FALL_PX = 10  # of a band between them
LEVEL_PX, BETTER = 0.7, 1.03  # of fall, and of likeness without it, up to which bands are level
BROAD_PX = 41  # over which what is not a band is smooth


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Leveled:
    """Windows of lanes with their bands leveled.

    Attributes
    ----------
    parts : ndarray, shape (lanes, PARTS, n)
    slope, sag : ndarray, shape (lanes, n)
        By how much bands fall with the offset from the track, and with its square.
    edge : ndarray of int, shape (lanes, SLICES + 1)
        Of the slices, px from the track.
    shift : ndarray, shape (lanes, SLICES, n)
        By how much lower each slice was read, px.
    """

    parts: NDArray[np.float64]
    slope: NDArray[np.float64]
    sag: NDArray[np.float64]
    edge: NDArray[np.intp]
    shift: NDArray[np.float64]

    def hits(
        self, mask: NDArray[np.bool_], center: NDArray[np.intp], top: int
    ) -> NDArray[np.bool_]:
        """Return which values of the lanes' profiles hold a pixel of a mask, shape (lanes, n)."""
        if not mask.any():
            return np.zeros(center.shape, bool)
        count = slice_sums(mask.astype(np.float32), center, self.edge, top)
        return np.asarray((shifted(count, self.shift) > 0).any(axis=1))


def leveled_parts(
    signal: NDArray[np.float32],
    center: NDArray[np.intp],
    left: NDArray[np.intp],
    right: NDArray[np.intp],
    slope: NDArray[np.float64],
    top: int,
    lane_px: NDArray[np.float64],
) -> Leveled:
    """Return the parts of lanes' windows with their bands leveled.

    Parameters
    ----------
    signal : ndarray of float32, shape (rows, columns)
    center : ndarray of int, shape (lanes, n)
        Pixels of the tracks, from row `top` on.
    left, right : ndarray of int, shape (lanes,)
        Reach of the windows.
    slope : ndarray, shape (lanes,)
        Fall of the bands as far as it is known.
    top : int
    lane_px : ndarray, shape (lanes,)
        Widths of the lanes.
    """
    edge = np.rint(SLICE_EDGES * (left + right + 1)[:, None]).astype(np.intp) - left[:, None]
    middle = 0.5 * (edge[:, :-1] + edge[:, 1:] - 1)
    slices = slice_sums(signal, center, edge, top)
    # One slant for the whole lane first, as it may be steep; then what single bands differ by.
    as_known = shifted(slices, (slope[:, None] * middle)[..., None])
    usual = slope + remaining_slope(in_parts(as_known), left + right + 1, lane_px)
    as_usual = shifted(slices, (usual[:, None] * middle)[..., None])
    own, sag = find_bends(as_usual, middle, lane_px)
    own += usual[:, None]
    shift = own[:, None] * middle[..., None] + sag[:, None] * (middle**2)[..., None]
    return Leveled(
        parts=in_parts(shifted(slices, shift)), slope=own, sag=sag, edge=edge, shift=shift
    )


def slice_sums(
    image: NDArray[np.float32], center: NDArray[np.intp], edge: NDArray[np.intp], top: int
) -> NDArray[np.float64]:
    """Return the sums of an image over the slices of lanes, shape (lanes, SLICES, n)."""
    column = center[:, None, :] + edge[:, :, None]
    np.clip(column, 0, image.shape[1], out=column)  # each slice ends where the next begins
    total = cv2.integral(image[top : top + center.shape[1]], sdepth=cv2.CV_64F)
    # In double precision these differ from the exact sums by far less than a count.
    columns = total.shape[1]
    column += np.arange(center.shape[1]) * columns
    before = total.ravel()
    upto = before[columns:].take(column) - before.take(column)
    return np.asarray(np.diff(upto, axis=1), np.float64)


def shifted(slices: NDArray[np.float64], shift: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return slices read `shift` px lower, to the next pixel."""
    n = slices.shape[2]
    at = np.arange(n) + np.rint(shift).astype(np.intp)
    np.clip(at, 0, n - 1, out=at)
    return np.take_along_axis(slices, at, axis=2)


def in_parts(slices: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the sums of slices over the parts they belong to, shape (lanes, PARTS, n)."""
    lanes, _, n = slices.shape
    return np.asarray(slices.reshape(lanes, PARTS, -1, n).sum(axis=2))


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
