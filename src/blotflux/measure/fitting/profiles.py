"""Lane profiles: the signal of each lane, summed across it, along its track."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.fitting.parts import leveled_parts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from blotflux.blot import Blot, Lane
    from blotflux.measure.result import Noise

__all__ = ["Profiles", "covered_rows", "cut_around", "profile_variance", "sum_across"]

REACH = 0.8  # half a window's largest width, in lane widths
UNUSABLE = 1e6  # factor on the variance of a profile value that is not there


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Profiles:
    """Sums across the lanes of one panel.

    Attributes
    ----------
    parts : ndarray of float64, shape (lanes, PARTS, rows)
        Signal summed over each part of the window, counts; parts are shifted along the migration
        so that a band lies at one height in all of them.
    clipped : ndarray of bool, shape (lanes, rows)
        Whether a saturated or invalid pixel is in the sum.
    left_px, right_px : ndarray of int, shape (lanes,)
        How far the window reaches from the track's pixel to both sides.
    center_px : ndarray of int, shape (lanes, rows)
        Pixel of the track.
    slope, sag : ndarray, shape (lanes, rows)
        By how much bands fall with the offset from the track, px per px, and with its square.
    top : int
        Row of the picture where the profiles begin.
    """

    parts: NDArray[np.float64]
    clipped: NDArray[np.bool_]
    left_px: NDArray[np.intp]
    right_px: NDArray[np.intp]
    center_px: NDArray[np.intp]
    slope: NDArray[np.float64]
    sag: NDArray[np.float64]
    top: int

    @property
    def value(self) -> NDArray[np.float64]:
        """Signal summed over the whole window, shape (lanes, rows)."""
        return np.asarray(self.parts.sum(axis=1))

    @property
    def width_px(self) -> NDArray[np.float64]:
        """Width of each window."""
        return (self.left_px + self.right_px + 1).astype(np.float64)

    @property
    def x_px(self) -> NDArray[np.float64]:
        """Centers of the lanes at half height."""
        return self.center_px[:, self.center_px.shape[1] // 2].astype(np.float64)

    def take(self, index: NDArray[np.intp]) -> Profiles:
        """Return the profiles of some lanes."""
        return replace(
            self,
            parts=self.parts[index],
            clipped=self.clipped[index],
            left_px=self.left_px[index],
            right_px=self.right_px[index],
            center_px=self.center_px[index],
            slope=self.slope[index],
            sag=self.sag[index],
        )


def window_reach(
    x_px: NDArray[np.float64], width_px: NDArray[np.float64]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return how far each lane's window reaches to the left and to the right of its center.

    A window ends in the middle of the gap to the neighbor, but no farther than 0.3 lane widths
    beyond the lane's edge: what lies farther out is noise.
    """
    left, right = REACH * width_px, REACH * width_px
    middle = 0.5 * (x_px[:-1] + width_px[:-1] / 2 + x_px[1:] - width_px[1:] / 2)
    right[:-1] = np.minimum(right[:-1], np.maximum(middle - x_px[:-1], 0.3 * width_px[:-1]))
    left[1:] = np.minimum(left[1:], np.maximum(x_px[1:] - middle, 0.3 * width_px[1:]))
    # The column in the middle of a gap belongs to one window, not to both.
    return np.ceil(left).astype(np.intp) - 1, np.floor(right).astype(np.intp)


def sum_across(
    blot: Blot,
    signal: NDArray[np.float32],
    lanes: Sequence[Lane],
    *,
    between: tuple[int, int] | None = None,
) -> Profiles:
    """Return the profiles of one panel's lanes.

    Parameters
    ----------
    blot : Blot
        For its masks.
    signal : ndarray of float32, shape (rows, columns)
        Its signal, without specks.
    lanes : sequence of Lane
        Of one panel, ordered from left to right.
    between : (int, int), optional
        First and end row of the picture that may be looked at.
    """
    top, bottom = covered_rows(blot.shape[0], lanes, between or (0, blot.shape[0]))
    y = np.arange(top, bottom)
    center = np.array([lane.x_at(y.astype(np.float64)) for lane in lanes])
    # Bands at right angles to the tracks, as in a rotated picture, to begin with.
    slope = -(center[:, -1] - center[:, 0]) / max(1, len(y) - 1)
    width = np.array([lane.width_px for lane in lanes])
    left, right = window_reach(center[:, len(y) // 2], width)
    nearest = np.rint(center).astype(np.intp)
    leveled = leveled_parts(signal, nearest, left, right, slope, top, width)
    masked = blot.saturated | blot.invalid if blot.invalid.any() else blot.saturated
    return Profiles(
        parts=leveled.parts,
        clipped=leveled.hits(masked, nearest, top),
        left_px=left,
        right_px=right,
        center_px=nearest,
        slope=leveled.slope,
        sag=leveled.sag,
        top=top,
    )


def covered_rows(rows: int, lanes: Sequence[Lane], between: tuple[int, int]) -> tuple[int, int]:
    """Return first and end row of the picture that the lanes of a panel run over.

    Of these only what lies between a border's rows, unless the panel is a strip at the border.
    """
    top = max(0, int(np.floor(min(lane.track_y_px[0] for lane in lanes))))
    bottom = min(rows, int(np.ceil(max(lane.track_y_px[-1] for lane in lanes))) + 1)
    first, end = max(top, between[0]), min(bottom, between[1])
    return (first, end) if end - first > (bottom - top) // 2 else (top, bottom)


def cut_around(
    signal: NDArray[np.float32],
    profiles: Profiles,
    y: NDArray[np.intp],
    half_px: int,
) -> NDArray[np.float32]:
    """Return leveled pixels around given heights, shape (*y.shape, 2 * half_px + 1).

    Parameters
    ----------
    y : ndarray of int, shape (lanes, ...)
        Heights at the lanes' centers, px from the profiles' top.
    """
    rows, columns = signal.shape
    lanes = np.arange(len(y)).reshape(-1, *[1] * (y.ndim - 1))
    inside = np.clip(y, 0, profiles.center_px.shape[1] - 1)
    center = profiles.center_px[lanes, inside]
    offset = np.arange(-half_px, half_px + 1)
    slope, sag = profiles.slope[lanes, inside], profiles.sag[lanes, inside]
    shift = np.rint((slope[..., None] + sag[..., None] * offset) * offset).astype(np.intp)
    x_index = center[..., None] + offset
    y_index = (inside + profiles.top)[..., None] + shift
    np.clip(x_index, 0, columns - 1, out=x_index)
    np.clip(y_index, 0, rows - 1, out=y_index)
    y_index *= columns
    y_index += x_index
    return np.asarray(np.take(signal, y_index))


def profile_variance(profiles: Profiles, noise: Noise) -> NDArray[np.float64]:
    """Return the variance of each profile value where there is no band, shape (lanes, rows).

    Values with clipped pixels count as not there.
    """
    variance = noise.correlation * profiles.width_px[:, None] * noise.sigma**2
    return np.where(profiles.clipped, UNUSABLE * variance, variance)
