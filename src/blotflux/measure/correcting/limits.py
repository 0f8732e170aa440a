"""Bands whose limits a person set: what is above the background between them, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from blotflux.measure.fitting.frozen import LaneBands

__all__ = ["limits_px", "summed_between"]


def limits_px(limits: tuple[float, float], top: int, n: int) -> tuple[int, int]:
    """Return first and end value of a profile of `n` values between two heights, blot px."""
    first = max(0, min(n - 1, round(limits[0]) - top))
    return first, max(first + 1, min(n, round(limits[1]) - top))


def summed_between(
    bands: LaneBands,
    place: int,
    value: NDArray[np.float64],
    inner: slice,
    noise: float,
) -> tuple[float, float, float]:
    """Return a band's volume between its limits, and how its error follows from the fit's.

    Parameters
    ----------
    bands : LaneBands
        The fit of the zone.
    place : int
        Of the band in it.
    value : ndarray, shape (n,)
        The zone's profile.
    inner : slice
        Between the limits.
    noise : float
        Variance of the profile's sum there.

    Returns
    -------
    volume : float
        The profile less the background and less all other bands, summed.
    factor : float
        On the fit's standard error: the share of the fitted band that lies between the limits.
    extra : float
        Variance to be added: that of what the fit leaves over, at most all noise in the sum.
    """
    others = bands.curves.sum(axis=0) - bands.curves[place]
    volume = float((value - bands.background - others)[inner].sum())
    whole = float(bands.curves[place].sum())
    inside = float(bands.curves[place][inner].sum())
    factor = min(max(inside / whole, 0.0), 1.0) if whole else 1.0
    return volume, factor, noise
