"""All rows of a group of lanes, fitted zone by zone and put together again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from blotflux.measure.fitting.fit import fit_zone
from blotflux.measure.fitting.zones import make_zones

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from blotflux.measure.fitting.fit import ZoneFit
    from blotflux.measure.fitting.rows import Row
    from blotflux.measure.fitting.state import State
    from blotflux.measure.fitting.zones import Zone

__all__ = ["LaneFit", "fit_lanes"]

OUTSIDE = 1e9  # factor on the variance of what lies outside the picture


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LaneFit:
    """The joint fit of some lanes: L lanes, R rows, n profile rows.

    Attributes
    ----------
    volume, position, sigma, height, misfit : ndarray, shape (L, R)
        Area of each band in the profile (counts·px), centroid and width (px), height (counts),
        and root of the reduced chi-square around it (at least 1).
    covariance : ndarray, shape (L, R, R)
        Of the volumes of each lane.
    model, background : ndarray, shape (L, n)
        All bands together; the background.
    zones : tuple of Zone
    states : tuple of State
        One per zone, for a warm start.
    """

    volume: NDArray[np.float64]
    position: NDArray[np.float64]
    sigma: NDArray[np.float64]
    height: NDArray[np.float64]
    misfit: NDArray[np.float64]
    covariance: NDArray[np.float64]
    model: NDArray[np.float64]
    background: NDArray[np.float64]
    zones: tuple[Zone, ...]
    states: tuple[State, ...]


def fit_lanes(
    value: NDArray[np.float64],
    variance: NDArray[np.float64],
    rows: Sequence[Row],
    *,
    shot: float = 0.0,
    iterations: int = 12,
    before: LaneFit | None = None,
) -> LaneFit:
    """Return the joint fit of `rows`, ordered from the top, to the profiles of some lanes.

    Parameters
    ----------
    value, variance : ndarray, shape (lanes, n)
    rows : sequence of Row
    shot, iterations
        As in `fit_zone`.
    before : LaneFit, optional
        An earlier fit of the same rows to start from.
    """
    zones = before.zones if before is not None else make_zones(rows)
    # A row by itself settles in a few steps; rows that overlap need more.
    most = 6 if before is None else 4
    fits = []
    for z, zone in enumerate(zones):
        index, inside = zone.index(value.shape[1])
        here = np.take_along_axis(variance, index, axis=1)
        fits.append(
            fit_zone(
                np.take_along_axis(value, index, axis=1),
                np.where(inside, here, OUTSIDE * here),
                zone.rows,
                shot=shot,
                iterations=min(iterations, most) if len(zone.rows) == 1 else iterations,
                start=before.states[z] if before is not None else None,
            )
        )
    return put_together(value, zones, fits)


def put_together(
    value: NDArray[np.float64], zones: Sequence[Zone], fits: Sequence[ZoneFit]
) -> LaneFit:
    """Return the fits of all zones as one."""
    lanes, n = value.shape
    rows = sum(len(zone.members) for zone in zones)
    table = {name: np.zeros((lanes, rows)) for name in ("volume", "position", "sigma", "height")}
    misfit = np.ones((lanes, rows))
    covariance = np.zeros((lanes, rows, rows))
    model = np.zeros((lanes, n))
    # Where no zone is there are no bands, and the profile itself shows the background.
    background = np.array(cv2.blur(np.ascontiguousarray(value), (15, 1)), dtype=np.float64)
    for zone, fit in zip(zones, fits, strict=True):
        members = np.array(zone.members)
        table["volume"][:, members] = fit.state.volume
        table["position"][:, members] = fit.state.position + zone.start[:, None]
        table["sigma"][:, members] = np.exp(fit.state.log_sigma)
        table["height"][:, members] = fit.height
        misfit[:, members] = fit.misfit
        covariance[:, members[:, None], members] = fit.covariance
        index, inside = zone.index(n)
        lane = np.broadcast_to(np.arange(lanes)[:, None], index.shape)[inside]
        np.add.at(model, (lane, index[inside]), fit.model[inside])
        background[lane, index[inside]] = fit.background[inside]
    return LaneFit(
        **table,
        misfit=misfit,
        covariance=covariance,
        model=model,
        background=background,
        zones=tuple(zones),
        states=tuple(fit.state for fit in fits),
    )
