"""Lane profiles: the signal of each lane, summed across it, along its track."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from blotflux.blot import Blot, Lane
    from blotflux.measure.result import Noise

__all__ = ["LaneStrips", "Profiles", "cut_strips", "sum_across"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LaneStrips:
    """The lanes of one panel, straightened: tracks upright and bands level.

    Attributes
    ----------
    signal : ndarray of float32, shape (lanes, rows, columns)
        Pixels as they are (nearest, never interpolated, so that noise stays what it is).
    usable : ndarray of bool, shape (lanes, rows, columns)
        False where a pixel is saturated, invalid or outside the picture.
    weight : ndarray of float32, shape (lanes, columns)
        Share of each column that belongs to the lane's window; 0 outside it.
    center_px : ndarray, shape (lanes, rows)
        x of the track.
    slope : ndarray, shape (lanes,)
        Fall of the bands across the lane, px per px.
    top : int
        Row of the picture where the strips begin.
    saturated : ndarray of bool, shape (lanes, rows, columns)
    """

    signal: NDArray[np.float32]
    usable: NDArray[np.bool_]
    saturated: NDArray[np.bool_]
    weight: NDArray[np.float32]
    center_px: NDArray[np.float64]
    slope: NDArray[np.float64]
    top: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Profiles:
    """Sums across the lanes of one panel.

    Attributes
    ----------
    value : ndarray of float64, shape (lanes, rows)
        Signal summed over the window, counts.
    usable : ndarray of float64, shape (lanes, rows)
        Share of the window with usable pixels, 0 to 1.
    width_px : ndarray, shape (lanes,)
        Width of the window.
    top : int
        Row of the picture where the profiles begin.
    """

    value: NDArray[np.float64]
    usable: NDArray[np.float64]
    width_px: NDArray[np.float64]
    top: int


def window_edges(lanes: Sequence[Lane], y_px: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how far each lane's window reaches to the left and to the right of its center.

    A window ends in the middle of the gap to the neighbor, but no farther than 0.3 lane widths
    beyond the lane's edge: what lies farther out is noise.
    """
    x = np.array([float(lane.x_at(y_px)) for lane in lanes])
    width = np.array([lane.width_px for lane in lanes])
    reach = 0.8 * width
    left, right = reach.copy(), reach.copy()
    for i in range(1, len(lanes)):
        gap_middle = 0.5 * ((x[i - 1] + width[i - 1] / 2) + (x[i] - width[i] / 2))
        right[i - 1] = min(right[i - 1], max(gap_middle - x[i - 1], 0.3 * width[i - 1]))
        left[i] = min(left[i], max(x[i] - gap_middle, 0.3 * width[i]))
    return left, right


def cut_strips(
    blot: Blot, lanes: Sequence[Lane], *, slope: NDArray[np.float64] | None = None
) -> LaneStrips:
    """Return the lanes of one panel as straightened strips.

    Parameters
    ----------
    blot : Blot
    lanes : sequence of Lane
        Of one panel, ordered from left to right.
    slope : ndarray, shape (lanes,), optional
        Fall of the bands across each lane; by default that of a rotated picture: bands at right
        angles to the tracks.
    """
    rows, columns = blot.shape
    top = max(0, int(np.floor(min(lane.track_y_px[0] for lane in lanes))))
    bottom = min(rows, int(np.ceil(max(lane.track_y_px[-1] for lane in lanes))) + 1)
    y = np.arange(top, bottom)
    center = np.array([lane.x_at(y) for lane in lanes])
    if slope is None:
        slope = -(center[:, -1] - center[:, 0]) / max(1, len(y) - 1)
    left, right = window_edges(lanes, 0.5 * (top + bottom))
    half = int(np.ceil(max(left.max(), right.max()))) + 1
    offset = np.arange(-half, half + 1)
    nearest = np.rint(center).astype(np.int32)
    x_index = nearest[:, :, None] + offset[None, None, :].astype(np.int32)
    shift = np.rint(slope[:, None] * offset).astype(np.int32)
    y_index = y[None, :, None].astype(np.int32) + shift[:, None, :]
    inside = (x_index >= 0) & (x_index < columns) & (y_index >= 0) & (y_index < rows)
    flat = np.clip(y_index, 0, rows - 1) * columns + np.clip(x_index, 0, columns - 1)
    saturated = (
        np.take(blot.saturated, flat) if blot.saturated.any() else np.zeros(flat.shape, bool)
    )
    usable = inside & ~saturated
    if blot.invalid.any():
        usable &= ~np.take(blot.invalid, flat)
    weight = np.clip(np.minimum(offset + left[:, None] + 0.5, right[:, None] - offset + 0.5), 0, 1)
    return LaneStrips(
        signal=np.take(blot.signal, flat),
        usable=usable,
        saturated=saturated,
        weight=weight.astype(np.float32),
        center_px=center,
        slope=slope,
        top=top,
    )


def sum_across(strips: LaneStrips) -> Profiles:
    """Return the strips summed across their windows; unusable pixels count as their row's mean."""
    weight = strips.weight
    width = weight.sum(axis=1).astype(np.float64)
    if strips.usable.all():
        value = np.einsum("lyx,lx->ly", strips.signal, weight).astype(np.float64)
        return Profiles(value=value, usable=np.ones(value.shape), width_px=width, top=strips.top)
    weighted = weight[:, None, :] * strips.usable
    share = weighted.sum(axis=2, dtype=np.float64)
    value = np.einsum("lyx,lyx->ly", strips.signal, weighted).astype(np.float64)
    value *= width[:, None] / np.maximum(share, 1e-9)
    return Profiles(value=value, usable=share / width[:, None], width_px=width, top=strips.top)


def profile_variance(profiles: Profiles, noise: Noise) -> NDArray[np.float64]:
    """Return the variance of each profile value where there is no band, shape (lanes, rows)."""
    width = profiles.width_px[:, None]
    return noise.correlation * width * noise.sigma**2 / np.maximum(profiles.usable, 0.05)
