"""What the window shows of a corrected blot, as plain arrays and tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from blotflux.editing.errors import EditError
from blotflux.flags import join_flags

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from blotflux.blot import Band
    from blotflux.measure.correcting import Corrected
    from blotflux.measure.correcting.tabulate import MeasuredLane

__all__ = ["BandCurve", "LaneProfile", "VolumeGrid", "profile_of_lane", "volume_grid"]

Key = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BandCurve:
    """One fitted band of a profile.

    Attributes
    ----------
    row : int
    target : str
    y_px : float
        Its centroid.
    curve : ndarray, shape (n,)
    detected : bool
    low_px, high_px : float
        Its limits: top and bottom of its box, or as a person set them.
    """

    row: int
    target: str
    y_px: float
    curve: NDArray[np.float64]
    detected: bool
    low_px: float
    high_px: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LaneProfile:
    """A lane's signal along the migration; ``data = background + bands + residual``.

    Attributes
    ----------
    y_px : ndarray, shape (n,)
    data : ndarray, shape (n,)
        Summed across the lane, the neighbors' light taken out.
    background : ndarray, shape (n,)
    bands : tuple of BandCurve
    residual : ndarray, shape (n,)
    unit : str
    """

    y_px: NDArray[np.float64]
    data: NDArray[np.float64]
    background: NDArray[np.float64]
    bands: tuple[BandCurve, ...]
    residual: NDArray[np.float64]
    unit: str


def profile_of_lane(
    corrected: Corrected, panel: int, lane: int, targets: Mapping[Key, str]
) -> LaneProfile:
    """Return the profile of one lane.

    Raises
    ------
    EditError
        If there is no such lane.
    """
    measured = corrected.lanes.get((panel, lane))
    bands = [
        band for band in corrected.measurement.bands if (band.panel, band.lane) == (panel, lane)
    ]
    if measured is None:
        return _plain(corrected, panel, lane)
    fitted = measured.fitted
    curves = tuple(
        _curve(measured, place, band, targets.get((panel, band.row), ""))
        for place, band in enumerate(bands)
    )
    return LaneProfile(
        y_px=measured.profiles.top + np.arange(len(fitted.value), dtype=np.float64),
        data=fitted.value,
        background=fitted.background,
        bands=curves,
        residual=fitted.value - fitted.background - fitted.curves.sum(axis=0),
        unit=corrected.measurement.blot.unit,
    )


def _curve(measured: MeasuredLane, place: int, band: Band, target: str) -> BandCurve:
    return BandCurve(
        row=band.row,
        target=target,
        y_px=band.y_px,
        curve=measured.fitted.curves[place],
        detected=band.detected,
        low_px=float(band.box.top),
        high_px=float(band.box.bottom),
    )


def _plain(corrected: Corrected, panel: int, number: int) -> LaneProfile:
    """Return the profile of a lane without bands, or of a stain of all proteins."""
    measurement = corrected.measurement
    lane = next(
        (one for one in measurement.lanes if (one.panel, one.number) == (panel, number)), None
    )
    if lane is None:
        message = f"there is no lane {number} in panel {panel}"
        raise EditError(message)
    rows, columns = measurement.blot.shape
    first = max(0, round(lane.track_y_px[0]))
    y = np.arange(first, max(first + 1, min(rows, round(lane.track_y_px[-1]) + 1)))
    half = lane.width_px / 2
    offsets = np.arange(-int(half), int(half) + 1)
    x = np.rint(lane.x_at(y.astype(np.float64))[:, None] + offsets).astype(np.intp)
    x = np.clip(x, 0, columns - 1)
    data = measurement.blot.signal[y[:, None], x].sum(axis=1, dtype=np.float64)
    background = measurement.background[y[:, None], x].sum(axis=1, dtype=np.float64)
    return LaneProfile(
        y_px=y.astype(np.float64),
        data=data,
        background=background,
        bands=(),
        residual=data - background,
        unit=measurement.blot.unit,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VolumeGrid:
    """Volumes of lanes × rows; NaN where a lane has no such row.

    Attributes
    ----------
    lanes, rows : tuple of (panel, number)
    volume, volume_se : ndarray, shape (lanes, rows)
    detected, edited : ndarray of bool, shape (lanes, rows)
    flags : tuple of tuple of str
        Of each lane and row, separated by spaces.
    """

    lanes: tuple[Key, ...]
    rows: tuple[Key, ...]
    volume: NDArray[np.float64]
    volume_se: NDArray[np.float64]
    detected: NDArray[np.bool_]
    edited: NDArray[np.bool_]
    flags: tuple[tuple[str, ...], ...]


def volume_grid(corrected: Corrected) -> VolumeGrid:
    """Return the volumes of all lanes and rows."""
    measurement = corrected.measurement
    lanes = tuple((lane.panel, lane.number) for lane in measurement.lanes)
    rows = tuple(sorted({(band.panel, band.row) for band in measurement.bands}))
    at_lane = {key: place for place, key in enumerate(lanes)}
    at_row = {key: place for place, key in enumerate(rows)}
    shape = (len(lanes), len(rows))
    volume, error = np.full(shape, np.nan), np.full(shape, np.nan)
    detected, edited = np.zeros(shape, bool), np.zeros(shape, bool)
    flags = [[""] * len(rows) for _ in lanes]
    for band in measurement.bands:
        place = at_lane[band.panel, band.lane], at_row[band.panel, band.row]
        volume[place], error[place] = band.volume, band.volume_se
        detected[place], edited[place] = band.detected, band.edited
        flags[place[0]][place[1]] = join_flags(band.flags)
    return VolumeGrid(
        lanes=lanes,
        rows=rows,
        volume=volume,
        volume_se=error,
        detected=detected,
        edited=edited,
        flags=tuple(tuple(row) for row in flags),
    )
