"""How well two neighboring bands of a lane are told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from blotflux.blot.model import Band
    from blotflux.measure.result import Measurement

__all__ = ["valley_between"]

# The middle of the lane, where the profile is free of its neighbors and its own edges.
CENTRAL_FRACTION = 0.7


def valley_between(measurement: Measurement, first: Band, second: Band) -> float | None:
    """Return the lowest signal between two bands over the smaller of their peaks.

    0 where the signal falls to the background between them, 1 where there is no valley; None
    where one of them was not detected or the lane cannot be followed.

    Parameters
    ----------
    measurement : Measurement
    first, second : Band
        Of one lane, in any order.
    """
    if not (first.detected and second.detected):
        return None
    upper, lower = sorted((first, second), key=lambda band: band.y_px)
    profile = _profile(measurement, upper, lower)
    if profile.size < 3:
        return None
    peak = min(profile[0], profile[-1])
    return float(np.clip(profile.min() / peak, 0.0, 1.0)) if peak > 0 else None


def _profile(measurement: Measurement, upper: Band, lower: Band) -> NDArray[np.float64]:
    """Return the mean signal over background across the lane, from one band to the other."""
    key = (upper.panel, upper.lane)
    lane = next((lane for lane in measurement.lanes if (lane.panel, lane.number) == key), None)
    signal = measurement.blot.signal
    rows = np.arange(
        max(0, round(upper.y_px)), min(signal.shape[0] - 1, round(lower.y_px)) + 1, dtype=np.intp
    )
    if lane is None or rows.size < 3:
        return np.empty(0)
    half = 0.5 * CENTRAL_FRACTION * lane.width_px
    offsets = np.arange(-np.floor(half), np.floor(half) + 1)
    columns = np.rint(lane.x_at(rows.astype(np.float64))[:, None] + offsets).astype(np.intp)
    columns = np.clip(columns, 0, signal.shape[1] - 1)
    above = signal[rows[:, None], columns].astype(np.float64)
    above -= measurement.background[rows[:, None], columns]
    return np.asarray(above.mean(axis=1))
