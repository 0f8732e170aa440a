"""All rows of a group of lanes, fitted zone by zone and put together again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from blotflux.measure.fitting.background import splines_for
from blotflux.measure.fitting.fit import ZoneData, fit_zones
from blotflux.measure.fitting.state import cold_start
from blotflux.measure.fitting.zones import make_zones

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from blotflux.measure.fitting.fit import ZoneFits
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
        One per number of rows in a zone, for a warm start.
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
        As in `fit_zones`.
    before : LaneFit, optional
        An earlier fit of the same rows in the same lanes to start from.
    """
    zones = before.zones if before is not None else make_zones(rows)
    fits: list[ZoneFits] = []
    for group in bundles(zones):
        # A row by itself settles in half the steps that rows which overlap need.
        alone = len(group[0].members) == 1
        start = before.states[len(fits)] if before is not None else cold_start(group)
        fits.append(
            fit_zones(
                zone_data(value, variance, group),
                start,
                shot=shot,
                iterations=max(3, iterations // 2) if alone else iterations,
                cold=before is None,
            )
        )
    return put_together(value, zones, fits)


def bundles(zones: Sequence[Zone]) -> list[list[Zone]]:
    """Return the zones by how many rows they have, in the order in which these come first."""
    groups: dict[int, list[Zone]] = {}
    for zone in zones:
        groups.setdefault(len(zone.members), []).append(zone)
    return list(groups.values())


def zone_data(
    value: NDArray[np.float64], variance: NDArray[np.float64], zones: Sequence[Zone]
) -> ZoneData:
    """Return the stretches of the profiles that bear on some zones, padded to one length."""
    n = value.shape[1]
    length = np.array([zone.length for zone in zones])
    raw = np.stack([zone.start for zone in zones])[..., None] + np.arange(length.max())
    index = np.clip(raw, 0, n - 1)
    lane = np.arange(len(value))[:, None]
    inside = (raw >= 0) & (raw < n)
    here = np.where(inside, variance[lane, index], OUTSIDE * variance[lane, index])
    padding = np.arange(length.max()) >= length[:, None, None]
    sigmas = [float(np.median([row.sigma for row in zone.rows])) for zone in zones]
    return ZoneData(
        value=value[lane, index],
        variance=np.where(padding, np.inf, here),
        length=length,
        splines=splines_for(length.tolist(), sigmas),
    )


def put_together(
    value: NDArray[np.float64], zones: Sequence[Zone], fits: Sequence[ZoneFits]
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
    for group, fit in zip(bundles(zones), fits, strict=True):
        sigma = fit.state.sigma
        for z, zone in enumerate(group):
            members = np.array(zone.members)
            table["volume"][:, members] = fit.state.volume[z]
            table["position"][:, members] = fit.state.position[z] + zone.start[:, None]
            table["sigma"][:, members] = sigma[z]
            table["height"][:, members] = fit.curves[z].max(axis=2)
            misfit[:, members] = fit.misfit[z]
            covariance[:, members[:, None], members] = fit.covariance[z]
            index, inside = zone.index(n)
            lane = np.broadcast_to(np.arange(lanes)[:, None], index.shape)[inside]
            # Within a zone every lane's places are different ones.
            model[lane, index[inside]] += fit.model[z, :, : zone.length][inside]
            background[lane, index[inside]] = fit.background[z, :, : zone.length][inside]
    return LaneFit(
        **table,
        misfit=misfit,
        covariance=covariance,
        model=model,
        background=background,
        zones=tuple(zones),
        states=tuple(fit.state for fit in fits),
    )
