"""All rows of a group of lanes, fitted zone by zone and put together again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from blotflux.measure.fitting.bundles import make_bundles
from blotflux.measure.fitting.fit import fit_zones
from blotflux.measure.fitting.shapes import FEW_TERMS
from blotflux.measure.fitting.state import cold_start
from blotflux.measure.fitting.zones import make_zones

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from blotflux.measure.fitting.bundles import Bundle
    from blotflux.measure.fitting.fit import ZoneFits
    from blotflux.measure.fitting.rows import Row
    from blotflux.measure.fitting.state import State
    from blotflux.measure.fitting.zones import Zone

__all__ = ["LaneFit", "fit_lanes"]


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
    bundles : tuple of Bundle
        The zones, by how many rows they have.
    states : tuple of State
        One of each bundle, for a warm start.
    """

    volume: NDArray[np.float64]
    position: NDArray[np.float64]
    sigma: NDArray[np.float64]
    height: NDArray[np.float64]
    misfit: NDArray[np.float64]
    covariance: NDArray[np.float64]
    model: NDArray[np.float64]
    background: NDArray[np.float64]
    bundles: tuple[Bundle, ...]
    states: tuple[State, ...]

    @property
    def zones(self) -> tuple[Zone, ...]:
        """All zones."""
        return tuple(zone for bundle in self.bundles for zone in bundle.zones)


def fit_lanes(
    value: NDArray[np.float64],
    variance: NDArray[np.float64],
    rows: Sequence[Row],
    *,
    shot: float = 0.0,
    iterations: int = 12,
    terms: int = FEW_TERMS,
    before: LaneFit | None = None,
) -> LaneFit:
    """Return the joint fit of `rows`, ordered from the top, to the profiles of some lanes.

    Parameters
    ----------
    value, variance : ndarray, shape (lanes, n)
    rows : sequence of Row
    shot, iterations
        As in `fit_zones`.
    terms : int
        How many of the bands' shape may be fitted.
    before : LaneFit, optional
        An earlier fit of the same rows in the same lanes to start from.
    """
    bundles = before.bundles if before else make_bundles(make_zones(rows), value.shape[1])
    fits: list[ZoneFits] = []
    for bundle in bundles:
        # A row by itself settles in half the steps that rows which overlap need.
        alone = bundle.members.shape[1] == 1
        if before:
            start = before.states[len(fits)].with_terms(terms)
        else:
            start = cold_start(bundle.zones, terms)
        fits.append(
            fit_zones(
                bundle.cut(value, variance),
                start,
                shot=shot,
                iterations=max(3, iterations // 2) if alone else iterations,
                cold=before is None,
            )
        )
    return put_together(value, bundles, fits)


def put_together(
    value: NDArray[np.float64], bundles: tuple[Bundle, ...], fits: Sequence[ZoneFits]
) -> LaneFit:
    """Return the fits of all zones as one."""
    lanes = len(value)
    rows = sum(bundle.members.size for bundle in bundles)
    bands = np.zeros((5, lanes, rows))
    covariance = np.zeros((lanes, rows, rows))
    model = np.zeros(value.shape)
    # Where no zone is there are no bands, and the profile itself shows the background.
    background = np.array(cv2.blur(np.ascontiguousarray(value), (15, 1)), dtype=np.float64)
    for bundle, fit in zip(bundles, fits, strict=True):
        state, members = fit.state, bundle.members
        position = state.position + bundle.start[..., None]
        height = fit.curves.max(axis=3)
        one = np.stack([state.volume, position, state.sigma, height, fit.misfit])
        bands[:, :, members] = one.swapaxes(1, 2)
        covariance[:, members[:, :, None], members[:, None, :]] = fit.covariance.swapaxes(0, 1)
        bundle.paint(model, background, np.stack([fit.model, fit.background]))
    volume, position, sigma, height, misfit = bands
    return LaneFit(
        volume=volume,
        position=position,
        sigma=sigma,
        height=height,
        misfit=misfit,
        covariance=covariance,
        model=model,
        background=background,
        bundles=bundles,
        states=tuple(fit.state for fit in fits),
    )
