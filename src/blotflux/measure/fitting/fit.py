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
from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.fitting.background import Background
from blotflux.measure.fitting.shapes import HERMITE, NORM, ORDER, SHAPE_TERMS, power_terms
from blotflux.measure.fitting.sharing import joint_step, prior_terms, row_prior
from blotflux.measure.fitting.state import BAND_TERMS, snapshot, update
from blotflux.measure.fitting.uncertainty import Linearized, misfit_of, volume_covariance

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
    for step in range(1 if cold else 0, iterations):
        design, model = linearize(y, state)
        if step == ROBUST_STEP:
            weight = weight * huber_weight(ground.unexplained(data.value - model), data)
            ground = Background.under(weight, data.splines, ground.stiff)
            nearest, least = replace(state), ground.misfit(data.value - model)
        elif nearest is not None:
            now = ground.misfit(data.value - model)
            nearest.take_bands(state, now < least)
            least = np.minimum(now, least)
        normal, gradient = reduced_equations(design, data.value - model, ground)
        add_priors(normal, gradient, state, ground.stiff)
        before = snapshot(state)
        delta = joint_step(state, normal, gradient, kinship)
        update(state, np.where(moving[:, None, None], delta, 0.0))
        if step >= ROBUST_STEP:
            moves = np.abs(snapshot(state) - before).max(axis=1) >= CONVERGED
            moving = moving & moves if rows_fixed else np.full(len(moves), moves.any())
            if not moving.any():
                break
    if nearest is not None:
        now = ground.misfit(data.value - linearize(y, state)[1])
        state.take_bands(nearest, now > ASTRAY * least)
    return conclude(data, y, state, ground, shot, haze=haze)


def start_volumes(data: ZoneData, y: NDArray[np.float64], state: State, ground: Background) -> None:
    """Give bands at their expected places the volumes that fit best."""
    unit = power_terms(y, state.position, np.exp(state.log_sigma))[..., 0, :]
    normal, gradient = reduced_equations(unit, data.value, ground)
    index = np.arange(unit.shape[2])
    normal[..., index, index] += (LEAST_DATA * ground.stiff)[:, None, None]
    state.volume = np.asarray(np.linalg.solve(normal, gradient[..., None])[..., 0], np.float64)


def linearize(
    y: NDArray[np.float64], state: State
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return derivatives of the bands, shape (Z, L, R * BAND_TERMS, N), and their sum."""
    zones, lanes, rows = state.volume.shape
    sigma = np.exp(state.log_sigma)
    # Every derivative is a mixture of the same few curves.
    mixture = np.zeros((zones, lanes, rows, BAND_TERMS, ORDER + 3))
    volume, c = state.volume[..., None], state.shape / NORM[2:ORDER]
    k = np.arange(3, ORDER + 1)
    mixture[..., 0, 0] = 1.0
    mixture[..., 0, 3 : ORDER + 1] = c
    per_sigma = volume / sigma[..., None]
    mixture[..., 1, 1] = per_sigma[..., 0]
    mixture[..., 1, 4 : ORDER + 2] = per_sigma * c
    mixture[..., 2, 2] = state.volume
    mixture[..., 2, 5 : ORDER + 3] = volume * c
    mixture[..., 2, 3 : ORDER + 1] += volume * c * k
    shape = 3 + np.arange(SHAPE_TERMS)
    mixture[..., shape, shape] = volume / NORM[2:ORDER]
    design = (mixture @ HERMITE) @ power_terms(y, state.position, sigma)
    model = (design[..., 0, :] * volume).sum(axis=2)
    return design.reshape(zones, lanes, rows * BAND_TERMS, len(y)), model


def huber_weight(residual: NDArray[np.float64], data: ZoneData) -> NDArray[np.float64]:
    """Return Huber weights of residuals; lanes with more scatter than noise use their own."""
    scaled = np.abs(residual) / np.sqrt(data.variance)
    ranked = np.sort(np.where(np.isfinite(data.variance), scaled, np.inf), axis=2)
    middle = ranked[np.arange(len(ranked)), :, data.length // 2]
    scatter = np.maximum(1.4826 * middle, 1.0)[..., None]
    return np.asarray(np.minimum(1.0, 3.0 * scatter / np.maximum(scaled, 1e-9)))


def reduced_equations(
    design: NDArray[np.float64], left: NDArray[np.float64], ground: Background
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return J'WJ, shape (Z, L, p, p), and J'Wr, shape (Z, L, p), the background eliminated.

    Parameters
    ----------
    design : ndarray, shape (Z, L, p, N)
    left : ndarray, shape (Z, L, N)
        What the bands leave of the data.
    ground : Background
    """
    # What the background cannot explain of each derivative, times the weights.
    seen = design - (design @ ground.solved.swapaxes(2, 3)) @ ground.basis_rows
    seen *= ground.weight[:, :, None, :]
    return seen @ design.swapaxes(2, 3), (seen @ left[..., None])[..., 0]


def add_priors(
    normal: NDArray[np.float64],
    gradient: NDArray[np.float64],
    state: State,
    stiff: NDArray[np.float64],
) -> None:
    """Add the priors of positions, widths and shapes to the normal equations."""
    precision, pull = prior_terms(state)
    index = np.arange(normal.shape[2])
    # What lies outside the picture has no data at all; a millionth of one value's weight, far
    # below what any real band has, keeps the system regular.
    precision[..., 0] = (LEAST_DATA * stiff)[:, None, None]
    normal[..., index, index] += precision.reshape(gradient.shape)
    gradient += (precision * pull).reshape(gradient.shape)


def conclude(
    data: ZoneData,
    y: NDArray[np.float64],
    state: State,
    ground: Background,
    shot: float,
    *,
    haze: float | NDArray[np.float64] | None,
) -> ZoneFits:
    """Return the fits at their last parameters."""
    design, model = linearize(y, state)
    coefficients = ground.coefficients(data.value - model)
    background = ground.curve(coefficients)
    residual = np.where(np.isfinite(data.variance), data.value - model - background, 0.0)
    normal, gradient = reduced_equations(design, data.value - model, ground)
    add_priors(normal, gradient, state, ground.stiff)
    last = Linearized(
        design=design,
        normal=normal,
        ground=ground,
        coefficients=coefficients,
        residual=residual,
        extra=shot * np.maximum(model, 0.0),
        haze=haze,
    )
    misfit = misfit_of(y, state, residual**2 / (data.variance + last.extra))
    return ZoneFits(
        state=state,
        covariance=volume_covariance(y, state, last, misfit),
        curves=state.volume[..., None] * design[:, :, ::BAND_TERMS],
        model=model,
        background=background,
        misfit=misfit,
    )
