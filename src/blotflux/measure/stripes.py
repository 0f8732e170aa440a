"""Lanes of a stain of all proteins: stripes from top to bottom, with gaps between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from blotflux.blot import Lane

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from blotflux.blot import Blot

__all__ = ["find_stripes"]

NARROWEST_PX = 6
EDGE = 0.5  # of a stripe's height, where it ends
VALLEY = 0.6  # of the lower stripe, that a gap must fall below
WIDTHS = (0.6, 1.6)  # of the usual width
PITCHES = (0.7, 1.5)  # of the usual distance
SURE = 0.9


def find_stripes(blot: Blot) -> tuple[Lane, ...]:
    """Return the stripes of a stain from left to right; none where they are not regular.

    Parameters
    ----------
    blot : Blot

    Notes
    -----
    Stained from end to end, a lane shows in the sum of all rows even where single bands do not
    tell lanes apart. Stripes must be alike in width and distance, with a clear gap between
    neighbors; else the picture is left to the finder that looks at bands.
    """
    column = cv2.blur(blot.signal.mean(axis=0, dtype=np.float64)[None], (3, 1))[0]
    height = column - np.quantile(column, 0.05)
    inside = height > EDGE * np.quantile(height, 0.85)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], inside, [False]]).astype(int)))
    left, right = edges[::2], edges[1::2]
    wide = right - left >= NARROWEST_PX
    left, right = left[wide], right[wide]
    if len(left) < 2 or not regular(height, left, right):
        return ()
    last = float(blot.shape[0] - 1)
    return tuple(
        Lane(
            number=number,
            track_y_px=(0.0, last),
            track_x_px=(0.5 * (start + end - 1),) * 2,
            width_px=float(end - start),
            confidence=SURE,
            reason="a stripe of stain like its neighbors",
        )
        for number, (start, end) in enumerate(zip(left.tolist(), right.tolist(), strict=True), 1)
    )


def regular(height: NDArray[np.float64], left: NDArray[np.intp], right: NDArray[np.intp]) -> bool:
    """Return whether stripes are alike in width and distance, with clear gaps between them."""
    width, middle = right - left, 0.5 * (left + right)
    pitch = np.diff(middle)
    even = within(width / np.median(width), WIDTHS) and within(pitch / np.median(pitch), PITCHES)
    top = np.array([np.median(height[a:b]) for a, b in zip(left, right, strict=True)])
    valley = np.array([height[b:a].min() for b, a in zip(right[:-1], left[1:], strict=True)])
    return even and bool((valley < VALLEY * np.minimum(top[:-1], top[1:])).all())


def within(value: NDArray[np.float64], span: tuple[float, float]) -> bool:
    """Return whether all values lie in a span."""
    return bool(((value >= span[0]) & (value <= span[1])).all())
