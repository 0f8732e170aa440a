"""Bands and background of zones, fitted together in all lanes.

Every lane's profile is a sum of bands and a smooth background. Bands of one row share a shape as
far as the data say so: each band has its own position, width and shape terms, drawn to the row's
by a normal prior, and the row's values are the precision-weighted means of its bands (empirical
Bayes). A strong band speaks for itself, a weak one borrows its row's shape, an absent one is
measured with it.

Zones with as many rows each are fitted side by side, in arrays with one more axis: the arithmetic
of one zone is so little that calling for it would take longer than doing it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.fitting.background import Background
from blotflux.measure.fitting.damping import Damping
from blotflux.measure.fitting.shapes import HERMITE, NORM, power_terms
from blotflux.measure.fitting.sharing import joint_step, prior_terms, row_prior
from blotflux.measure.fitting.state import snapshot, update
from blotflux.measure.fitting.uncertainty import Linearized, volume_covariance

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from blotflux.measure.fitting.background import Splines
    from blotflux.measure.fitting.state import State

__all__ = ["ZoneData", "ZoneFits", "fit_zones"]

CONVERGED = 0.01  # sigmas and units of the shape terms
LEAST_DATA = 1e-6  # of one value's weight, for bands without any data
ROBUST_STEP = 2  # from which on residuals are small enough to tell outliers
ASTRAY = 5.0  # times the least chi-square of a lane's steps: where the steps swing out of control


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ZoneData:
    """The profiles of Z zones in L lanes, padded to N places.

    Attributes
    ----------
    value, variance : ndarray, shape (Z, L, N)
        Profiles and the variances of their values: huge where a value is not there, infinite in
        the padding.
    length : ndarray of int, shape (Z,)
        Of each zone without padding.
    splines : Splines
        Of the zones' backgrounds.
    """

    value: NDArray[np.float64]
    variance: NDArray[np.float64]
    length: NDArray[np.intp]
    splines: Splines


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ZoneFits:
    """The joint fit of Z zones of R rows in L lanes; N their padded length.

    Attributes
    ----------
    state : State
    covariance : ndarray, shape (Z, L, R, R)
        Of the volumes of each lane.
    curves : ndarray, shape (Z, L, R, N)
        Each band.
    model, background : ndarray, shape (Z, L, N)
        All bands together; the background.
    misfit : ndarray, shape (Z, L, R)
        Root of the reduced chi-square around each band, at least 1; `covariance` contains it.
    """

    state: State
    covariance: NDArray[np.float64]
    curves: NDArray[np.float64]
    model: NDArray[np.float64]
    background: NDArray[np.float64]
    misfit: NDArray[np.float64]


def fit_zones(
    data: ZoneData,
    start: State,
    *,
    shot: float = 0.0,
    iterations: int = 12,
    cold: bool = True,
    rows_fixed: bool = False,
    haze: float | NDArray[np.float64] | None = None,
) -> ZoneFits:
    """Return the joint fit of bands and background to the profiles of some zones.

    Parameters
    ----------
    data : ZoneData
    start : State
        Is not changed.
    shot : float
        Variance that each unit of band signal adds. It does not weight the fit: weights that
        trust flanks more than peaks would let an imperfect shape move the volumes. It enters the
        errors, by the sandwich formula.
    iterations : int
        Gauss-Newton steps at most; bands that overlap need more than those that stand alone.
    cold : bool
        Whether `start` knows no volumes yet.
    rows_fixed : bool
        Whether what the rows share stays as it is in `start`. Then zones have nothing to do with
        each other: each stops where it would stop alone, and comes out the same to the bit.
    haze : float or ndarray of shape (Z, 1), optional
        Roughness of the median lane's background; by default that of the lanes at hand.
    """
    weight = 1.0 / data.variance
    ground = Background.under(weight, data.splines, weight.max(axis=(1, 2)))
    state = replace(start)
    y = np.arange(data.value.shape[2], dtype=float)
    if cold:
        start_volumes(data, y, state, ground)
    kinship = None if rows_fixed else row_prior(state)
    moving = np.ones(len(data.length), bool)
    nearest: State | None = None
    least = np.zeros(0)
    damping = Damping(state.bands.shape[:2], state.shape.shape[3])
    for step in range(1 if cold else 0, iterations):
        design, model = linearize(y, state)
        residual = ground.unexplained(data.value - model)
        if step == ROBUST_STEP:
            ground = ground.again(weight * huber_weight(residual, data))
            residual = ground.unexplained(data.value - model)
            nearest, least = replace(state), ground.misfit(residual)
            damping.forget()
        now = ground.misfit(residual)
        if nearest is not None:
            nearest.take_bands(state, now < least)
            least = np.minimum(now, least)
        damping.judge(now)
        normal = ground.eliminate(design)[0]
        gradient = (design @ (ground.weight * residual)[..., None])[..., 0]
        add_priors(normal, gradient, state, ground.stiff)
        damping.hold_back(normal)
        before = snapshot(state)
        delta = joint_step(state, normal, gradient, kinship)
        update(state, delta if moving.all() else np.where(moving[:, None, None], delta, 0.0))
        if step >= ROBUST_STEP:
            moves = np.abs(snapshot(state) - before).max(axis=1) >= CONVERGED
            moving = moving & moves if rows_fixed else np.full(len(moves), moves.any())
            if not moving.any():
                break
    design, model = linearize(y, state)
    if nearest is not None:
        astray = ground.misfit(ground.unexplained(data.value - model)) > ASTRAY * least
        if astray.any():
            state.take_bands(nearest, astray)
            design, model = linearize(y, state)
    return conclude(data, y, state, ground, (design, model), shot=shot, haze=haze)


def start_volumes(data: ZoneData, y: NDArray[np.float64], state: State, ground: Background) -> None:
    """Give bands at their expected places the volumes that fit best."""
    unit = power_terms(y, state.position, state.sigma, order=0)[..., 0, :]
    normal = ground.eliminate(unit)[0]
    gradient = unit @ (ground.weight * ground.unexplained(data.value))[..., None]
    index = np.arange(unit.shape[2])
    normal[..., index, index] += (LEAST_DATA * ground.stiff)[:, None, None]
    state.bands[..., 0] = np.linalg.solve(normal, gradient)[..., 0]


@cache
def derivative_table(count: int) -> NDArray[np.float64]:
    """Return what the derivatives of a band of so many shape terms are made of.

    Every derivative is a mixture of the same few curves, u**k times a Gaussian, its shares linear
    in the products of (1, volume / sigma, volume) with (1, the shape terms).

    Returns
    -------
    ndarray, shape (3 * (1 + count), (3 + count) * (5 + count))
        One line for each product; the shares of each derivative after another.
    """
    share = np.zeros((3, 1 + count, 3 + count, 5 + count))  # of He_k
    for moment in range(3):  # volume, position, log width: each raises He_k by one order more
        share[moment, 0, moment, moment] = 1.0
        for term in range(count):
            k = 3 + term
            share[moment, 1 + term, moment, k + moment] = 1 / NORM[k - 1]
            if moment == 2:
                share[moment, 1 + term, moment, k] = k / NORM[k - 1]
    for term in range(count):
        share[2, 0, 3 + term, 3 + term] = 1 / NORM[2 + term]
    table = (share @ HERMITE[: 5 + count, : 5 + count]).reshape(3 * (1 + count), -1)
    table.setflags(write=False)
    return table


def linearize(
    y: NDArray[np.float64], state: State
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return derivatives of the bands, shape (Z, L, R * (3 + T), N), and their sum."""
    zones, lanes, rows, terms = state.bands.shape
    sigma, volume = state.sigma, state.volume
    count = terms - 3
    products = np.empty((zones, lanes, rows, 3, 1 + count))
    products[..., 0, 0] = 1.0
    products[..., 0, 1:] = state.shape
    np.multiply(products[..., 0, :], (volume / sigma)[..., None], out=products[..., 1, :])
    np.multiply(products[..., 0, :], volume[..., None], out=products[..., 2, :])
    # Lane by lane: in one product of all, how many there are would decide about the last bits.
    mixture = products.reshape(zones, lanes, rows, -1) @ derivative_table(count)
    mixture = mixture.reshape(zones, lanes, rows, terms, -1)
    powers = power_terms(y, state.position, sigma, order=2 + count)
    design = (mixture @ powers).reshape(zones, lanes, -1, len(y))
    model = (volume[:, :, None] @ design[:, :, ::terms])[:, :, 0]
    return design, model


def huber_weight(residual: NDArray[np.float64], data: ZoneData) -> NDArray[np.float64]:
    """Return Huber weights of residuals; lanes with more scatter than noise use their own."""
    scaled = np.abs(residual) / np.sqrt(data.variance)
    ranked = np.sort(np.where(np.isfinite(data.variance), scaled, np.inf), axis=2)
    middle = ranked[np.arange(len(ranked)), :, data.length // 2]
    scatter = np.maximum(1.4826 * middle, 1.0)[..., None]
    return np.asarray(np.minimum(1.0, 3.0 * scatter / np.maximum(scaled, 1e-9)))


def add_priors(
    normal: NDArray[np.float64],
    gradient: NDArray[np.float64],
    state: State,
    stiff: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Add the priors of positions, widths and shapes to the normal equations.

    Returns
    -------
    ndarray, shape (Z, L, R, 3 + T)
        Their precision.
    """
    precision, pull = prior_terms(state)
    index = np.arange(normal.shape[2])
    # What lies outside the picture has no data at all; a millionth of one value's weight, far
    # below what any real band has, keeps the system regular.
    precision[..., 0] = (LEAST_DATA * stiff)[:, None, None]
    normal[..., index, index] += precision.reshape(gradient.shape)
    gradient += (precision * pull).reshape(gradient.shape)
    return precision


def conclude(
    data: ZoneData,
    y: NDArray[np.float64],
    state: State,
    ground: Background,
    linear: tuple[NDArray[np.float64], NDArray[np.float64]],
    *,
    shot: float,
    haze: float | NDArray[np.float64] | None,
) -> ZoneFits:
    """Return the fits at their last parameters, where `linearize` returned `linear`."""
    design, model = linear
    coefficients = ground.coefficients(data.value - model)
    background = ground.curve(coefficients)
    residual = np.where(np.isfinite(data.variance), data.value - model - background, 0.0)
    normal, bends = ground.eliminate(design)
    precision = add_priors(normal, np.zeros(normal.shape[:3]), state, ground.stiff)
    extra = shot * np.maximum(model, 0.0)
    last = Linearized(
        design=design,
        normal=normal,
        precision=precision,
        ground=ground,
        bends=bends,
        coefficients=coefficients,
        residual=residual,
        variance=data.variance + extra,
        extra=extra,
        haze=haze,
    )
    covariance, misfit = volume_covariance(y, state, last)
    return ZoneFits(
        state=state,
        covariance=covariance,
        curves=state.volume[..., None] * design[:, :, :: state.bands.shape[3]],
        model=model,
        background=background,
        misfit=misfit,
    )
