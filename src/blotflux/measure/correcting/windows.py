"""Which pixels belong to which lane, for lanes that a person drew, and the profiles of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.fitting.parts import leveled_parts
from blotflux.measure.fitting.profiles import Profiles, window_reach

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from blotflux.blot import Blot, Lane

__all__ = ["Window", "Windows", "profile_of", "windows_of"]

SIDE_PX = 2  # columns cut out beside a window


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The pixels of one lane: how far they reach from its track, px."""

    left: int
    right: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """The windows of one panel's lanes, in the order of the lanes given.

    Attributes
    ----------
    windows : tuple of Window
    order : tuple of int
        The lanes from left to right.
    """

    windows: tuple[Window, ...]
    order: tuple[int, ...]

    def neighbors(self, index: int) -> tuple[int, ...]:
        """Return the lane to the left, the lane itself and the lane to the right."""
        place = self.order.index(index)
        return self.order[max(0, place - 1) : place + 2]


def windows_of(lanes: Sequence[Lane], top: int, bottom: int) -> Windows:
    """Return the windows of one panel's lanes: each ends in the middle of the gap to the next."""
    middle = float(top + (bottom - top) // 2)
    x_px = np.array([float(lane.x_at(middle)) for lane in lanes])
    width_px = np.array([lane.width_px for lane in lanes])
    order = np.argsort(x_px, kind="stable")
    left, right = window_reach(x_px[order], width_px[order])
    windows: list[Window | None] = [None] * len(lanes)
    for place, index in enumerate(order):
        reach = Window(left=max(0, int(left[place])), right=max(0, int(right[place])))
        windows[int(index)] = reach
    return Windows(
        windows=tuple(window for window in windows if window is not None),
        order=tuple(int(index) for index in order),
    )


def profile_of(
    blot: Blot, signal: NDArray[np.float32], lane: Lane, window: Window, rows: tuple[int, int]
) -> Profiles:
    """Return the profile of one lane, as profiles of that lane alone.

    Parameters
    ----------
    blot : Blot
        For its masks.
    signal : ndarray of float32, shape (rows, columns)
        Without specks.
    lane : Lane
    window : Window
    rows : (int, int)
        First and end row of the picture.
    """
    y = np.arange(*rows)
    center = lane.x_at(y.astype(np.float64))
    slope = np.array([-(center[-1] - center[0]) / max(1, len(y) - 1)])
    nearest = np.rint(center).astype(np.intp)[None]
    left, right = np.array([window.left], np.intp), np.array([window.right], np.intp)
    # The lane's own columns are cut out first: its sums must not depend on where it lies, and a
    # small cut is summed in no time.
    edge = int(nearest.min()) - window.left - SIDE_PX
    first = min(max(0, edge), signal.shape[1] - 1)
    end = max(first + 1, min(signal.shape[1], int(nearest.max()) + window.right + SIDE_PX + 1))
    cut = signal[:, first:end]
    width = np.array([lane.width_px])
    leveled = leveled_parts(cut, nearest - first, left, right, slope, rows[0], width)
    masked = blot.saturated[:, first:end] | blot.invalid[:, first:end]
    return Profiles(
        parts=leveled.parts,
        clipped=leveled.hits(masked, nearest - first, rows[0]),
        left_px=left,
        right_px=right,
        center_px=nearest,
        slope=leveled.slope,
        sag=leveled.sag,
        top=rows[0],
    )
