"""Bands and background of one zone, fitted together in all lanes.

Every lane's profile is a sum of bands and a smooth background. Bands of one row share a shape as
far as the data say so: each band has its own position, width and shape terms, drawn to the row's
by a normal prior, and the row's values are the precision-weighted means of its bands (empirical
Bayes). A strong band speaks for itself, a weak one borrows its row's shape, an absent one is
measured with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.interpolate import BSpline

from blotflux.measure.shapes import NORM, ORDER, SHAPE_TERMS, hermite_terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from blotflux.measure.rows import Row

__all__ = ["State", "ZoneFit", "fit_zone"]

BAND_TERMS = 3 + SHAPE_TERMS  # volume, position, log width, shape
SPACING_SIGMAS = 4.0  # distance of the background's knots
LEAST_SPACING_PX = 12.0
STIFFNESS = 0.03
HAZE_FACTOR = 8.0
CONVERGED = 0.01  # sigmas and units of the shape terms
TRUNCATION = 0.01  # what a series of four terms leaves of a real band's shape
POSITION_SIGMAS = 0.35  # bands follow the smile to about a pixel or two
# How far a band's log width and shape terms may differ from its row's (one standard deviation):
# first guess, least and most. The data of the zone's bands decide between.
SPREAD = np.array([0.05] + [0.03] * SHAPE_TERMS)
LEAST_SPREAD = np.array([0.012] + [0.008] * SHAPE_TERMS)
MOST_SPREAD = np.array([0.15] + [0.08] * SHAPE_TERMS)
SPREAD_BANDS = 4.0  # bands that the first guess counts for
# How far a row's shape may lie from a Gaussian.
ROW_SHAPE = 0.15
ROW_LOG_WIDTH = 0.5
# How far rows of one zone may differ in width and shape.
KIN_SHAPE = 0.04
KIN_LOG_WIDTH = 0.10


@dataclass(slots=True, kw_only=True, eq=False)
class State:
    """The parameters of all bands of a zone: L lanes, R rows. Changed only while it is fitted.

    Attributes
    ----------
    volume, position, log_sigma : ndarray, shape (L, R)
    shape : ndarray, shape (L, R, SHAPE_TERMS)
    background : ndarray, shape (L, coefficients)
    row_position : ndarray, shape (L, R)
        Where each row is expected.
    row_log_sigma, row_shape : ndarray, shape (R,) and (R, SHAPE_TERMS)
        What the row's bands share.
    spread : ndarray, shape (1 + SHAPE_TERMS,)
        How far log width and shape terms of single bands differ from their row's.
    row_variance : ndarray, shape (R, 1 + SHAPE_TERMS)
        How well the row's own values are known.
    """

    volume: NDArray[np.float64]
    position: NDArray[np.float64]
    log_sigma: NDArray[np.float64]
    shape: NDArray[np.float64]
    background: NDArray[np.float64]
    row_position: NDArray[np.float64]
    row_log_sigma: NDArray[np.float64]
    row_shape: NDArray[np.float64]
    spread: NDArray[np.float64]
    row_variance: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ZoneFit:
    """The joint fit of one zone; n its length.

    Attributes
    ----------
    state : State
    covariance : ndarray, shape (L, R, R)
        Of the volumes of each lane.
    height : ndarray, shape (L, R)
        Of each band's profile.
    model, background : ndarray, shape (L, n)
        All bands together; the background.
    misfit : ndarray, shape (L, R)
        Root of the reduced chi-square around each band, at least 1; `covariance` contains it.
    """

    state: State
    covariance: NDArray[np.float64]
    height: NDArray[np.float64]
    model: NDArray[np.float64]
    background: NDArray[np.float64]
    misfit: NDArray[np.float64]


@lru_cache(maxsize=64)
def background_basis(n: int, pieces: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return cubic B-splines over 0..n-1 and the penalty on their second differences."""
    inner = np.linspace(-0.5, n - 0.5, pieces + 1)
    knots = np.concatenate([[inner[0]] * 3, inner, [inner[-1]] * 3])
    basis = BSpline.design_matrix(np.arange(n, dtype=float), knots, 3).toarray()
    difference = np.diff(np.eye(basis.shape[1]), n=2, axis=0)
    penalty = difference.T @ difference
    basis.setflags(write=False)
    penalty.setflags(write=False)
    return basis, penalty


def fit_zone(
    value: NDArray[np.float64],
    variance: NDArray[np.float64],
    rows: Sequence[Row],
    *,
    shot: float = 0.0,
    iterations: int = 12,
    start: State | None = None,
) -> ZoneFit:
    """Return the joint fit of `rows` and a background to one zone's profiles.

    Parameters
    ----------
    value, variance : ndarray, shape (lanes, n)
        Profiles and the variances of their values (huge where a value is not there).
    rows : sequence of Row
        Heights counted from the zone's start.
    shot : float
        Variance that each unit of band signal adds. It does not weight the fit: weights that
        trust flanks more than peaks would let an imperfect shape move the volumes. It enters the
        errors, by the sandwich formula.
    iterations : int
        Gauss-Newton steps at most; bands that overlap need more than those that stand alone.
    start : State, optional
        Of an earlier fit of the same rows.
    """
    n = value.shape[1]
    sigma = float(np.median([row.sigma for row in rows]))
    spacing = max(LEAST_SPACING_PX, SPACING_SIGMAS * sigma)
    basis, penalty = background_basis(n, max(1, round(n / spacing)))
    weight = 1.0 / variance
    smooth = roughness_penalty(weight, basis) * penalty
    state = start or cold_start(rows, len(value), basis.shape[1])
    y = np.arange(n, dtype=float)
    for step in range(iterations):
        frozen = start is None and step == 0
        design, model = linearize(y, state, basis, frozen=frozen)
        residual = value - model
        if step == 2:
            weight = weight * huber_weight(residual, variance)
        normal, gradient = normal_equations(design, weight, residual)
        add_priors(normal, gradient, state, smooth, 1e-6 * float(weight.max()))
        before = snapshot(state)
        update(state, np.linalg.solve(normal, gradient[..., None])[..., 0], frozen=frozen)
        if frozen:
            continue
        share(state, normal)
        if step >= 2 and np.abs(snapshot(state) - before).max() < CONVERGED:
            break
    return finish(y, state, basis, value, weight, smooth, variance, shot)


def snapshot(state: State) -> NDArray[np.float64]:
    """Return what decides whether a fit has settled: the rows' shapes, the strong bands' places."""
    strong = state.volume > 0.3 * np.median(state.volume, axis=0)
    place = np.where(strong, state.position / np.exp(state.row_log_sigma), 0.0)
    return np.concatenate([place.ravel(), state.row_log_sigma, state.row_shape.ravel()])


def cold_start(rows: Sequence[Row], lanes: int, coefficients: int) -> State:
    """Return Gaussians of no volume at the rows' heights."""
    position = np.stack([row.y for row in rows], axis=1)
    # Rows side by side spoil each other's apparent width, so they start from a common one.
    sigma = np.array([row.sigma for row in rows])
    close = np.abs(position[:, :, None] - position[:, None, :]).min(axis=0) < 5 * sigma.max()
    log_sigma = (close * np.log(sigma)).sum(axis=1) / close.sum(axis=1)
    return State(
        volume=np.zeros(position.shape),
        position=position.copy(),
        log_sigma=np.broadcast_to(log_sigma, position.shape).copy(),
        shape=np.zeros((*position.shape, SHAPE_TERMS)),
        background=np.zeros((lanes, coefficients)),
        row_position=position,
        row_log_sigma=log_sigma,
        row_shape=np.zeros((len(rows), SHAPE_TERMS)),
        spread=SPREAD.copy(),
        row_variance=np.zeros((len(rows), 1 + SHAPE_TERMS)),
    )


def roughness_penalty(weight: NDArray[np.float64], basis: NDArray[np.float64]) -> float:
    """Return a roughness penalty of 3 % of the data that bear on one coefficient.

    Enough to carry the background under a band, too little to flatten haze. Choosing it by
    marginal likelihood (Fellner-Schall) makes it a hundred times stiffer where most lanes are
    flat, and the few that are not then bend their bands instead.
    """
    return STIFFNESS * float(weight.max()) * float((basis**2).sum(axis=0).mean())


def linearize(
    y: NDArray[np.float64], state: State, basis: NDArray[np.float64], *, frozen: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return derivatives of the model, shape (lanes, parameters, n), and the model itself."""
    lanes, rows = state.volume.shape
    sigma = np.exp(state.log_sigma)
    terms = hermite_terms(y, state.position, sigma)
    coefficient = np.moveaxis(state.shape / NORM[2:ORDER], -1, 0)[..., None]
    unit = terms[0] + (coefficient * terms[3 : ORDER + 1]).sum(axis=0)
    count = rows * BAND_TERMS
    design = np.zeros((lanes, count + basis.shape[1], len(y)))
    design[:, count:] = basis.T
    block = design[:, :count].reshape(lanes, rows, BAND_TERMS, len(y))
    volume = state.volume[..., None]
    block[:, :, 0] = unit
    if not frozen:
        k = np.arange(3, ORDER + 1)[:, None, None, None]
        slope = terms[1] + (coefficient * terms[4 : ORDER + 2]).sum(axis=0)
        widen = terms[5 : ORDER + 3] + k * terms[3 : ORDER + 1]
        block[:, :, 1] = volume / sigma[..., None] * slope
        block[:, :, 2] = volume * (terms[2] + (coefficient * widen).sum(axis=0))
        for j in range(SHAPE_TERMS):
            block[:, :, 3 + j] = volume / NORM[2 + j] * terms[3 + j]
    model = (volume * unit).sum(axis=1) + state.background @ basis.T
    return design, model


def huber_weight(
    residual: NDArray[np.float64], variance: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return Huber weights of residuals, with the lane's own scatter where the noise is exceeded."""
    scaled = np.abs(residual) / np.sqrt(variance)
    scatter = np.maximum(1.4826 * np.median(scaled, axis=1, keepdims=True), 1.0)
    return np.asarray(np.minimum(1.0, 3.0 * scatter / np.maximum(scaled, 1e-9)))


def normal_equations(
    design: NDArray[np.float64], weight: NDArray[np.float64], residual: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return J'WJ, shape (lanes, p, p), and J'Wr, shape (lanes, p)."""
    weighted = design * weight[:, None, :]
    return weighted @ design.transpose(0, 2, 1), (weighted @ residual[..., None])[..., 0]


def add_priors(
    normal: NDArray[np.float64],
    gradient: NDArray[np.float64],
    state: State,
    smooth: NDArray[np.float64],
    least: float,
) -> None:
    """Add the priors of positions, widths, shapes and background to the normal equations."""
    lanes, rows = state.volume.shape
    count = rows * BAND_TERMS
    precision, pull = prior_terms(state)
    index = np.arange(count)
    normal[:, index, index] += precision.reshape(lanes, -1)
    gradient[:, index] += (precision * pull).reshape(lanes, -1)
    normal[:, count:, count:] += smooth
    gradient[:, count:] -= state.background @ smooth
    # What lies outside the picture has no data at all; a millionth of one value's weight, far
    # below what any real band has, keeps the system regular.
    linear = np.concatenate([index[::BAND_TERMS], np.arange(count, normal.shape[1])])
    normal[:, linear, linear] += least


def prior_terms(state: State) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return precision and distance to the row, both of shape (lanes, rows, BAND_TERMS)."""
    lanes, rows = state.volume.shape
    precision = np.zeros((lanes, rows, BAND_TERMS))
    pull = np.zeros_like(precision)
    precision[..., 1] = (POSITION_SIGMAS * np.exp(state.row_log_sigma)) ** -2.0
    pull[..., 1] = state.row_position - state.position
    precision[..., 2:] = state.spread**-2.0
    pull[..., 2] = state.row_log_sigma - state.log_sigma
    pull[..., 3:] = state.row_shape - state.shape
    return precision, pull


def update(state: State, delta: NDArray[np.float64], *, frozen: bool) -> None:
    """Take one Gauss-Newton step; steps in position, width and shape are limited."""
    lanes, rows = state.volume.shape
    bands = delta[:, : rows * BAND_TERMS].reshape(lanes, rows, BAND_TERMS)
    state.volume = state.volume + bands[..., 0]
    state.background = state.background + delta[:, rows * BAND_TERMS :]
    if frozen:
        return
    reach = 0.5 * np.exp(state.log_sigma)
    state.position = state.position + np.clip(bands[..., 1], -reach, reach)
    state.log_sigma = state.log_sigma + np.clip(bands[..., 2], -0.2, 0.2)
    state.shape = np.clip(state.shape + np.clip(bands[..., 3:], -0.1, 0.1), -0.6, 0.6)


def share(state: State, normal: NDArray[np.float64]) -> None:
    """Move each row's width and shape to the precision-weighted mean of its bands.

    A band's own estimate has the variance of its data plus that of the prior around the row.
    """
    lanes, rows = state.volume.shape
    index = np.arange(rows * BAND_TERMS)
    information = normal[:, index, index].reshape(lanes, rows, BAND_TERMS)[..., 2:]
    prior = prior_terms(state)[0][..., 2:]
    data = np.maximum(information - prior, 0.0)
    weight = data * prior / (data + prior)
    own = np.concatenate([state.log_sigma[..., None], state.shape], axis=-1)
    row = np.concatenate([state.row_log_sigma[:, None], state.row_shape], axis=-1)
    # Undo the shrinkage: what the data alone would have said of this band.
    gain = data / (data + prior)
    unshrunk = row + np.where(gain > 0.02, (own - row) / np.maximum(gain, 0.02), 0.0)
    total = weight.sum(axis=0)
    mean = (weight * unshrunk).sum(axis=0) / np.maximum(total, 1e-12)
    center, limit = kin(row, mean, total)
    mean = (total * mean + limit * center) / (total + limit)
    state.row_variance = 1.0 / (total + limit)
    state.row_log_sigma = row[:, 0] + np.clip(mean[:, 0] - row[:, 0], -0.2, 0.2)
    state.row_shape = np.clip(mean[:, 1:], -0.5, 0.5)
    if lanes > 1:
        state.spread = better_spread(unshrunk - mean, data, weight)


def kin(
    row: NDArray[np.float64], mean: NDArray[np.float64], total: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what each row's width and shape are drawn to, and with what precision.

    Rows of one zone lie side by side on the gel and are blurred alike (the two bands of LC3, of
    ERK), so each is drawn to the mean of all, and that to a Gaussian.

    Parameters
    ----------
    row, mean, total : ndarray, shape (rows, 1 + SHAPE_TERMS)
        Values so far, what the bands say now, and the precision of that.
    """
    free = np.array([ROW_LOG_WIDTH] + [ROW_SHAPE] * SHAPE_TERMS) ** -2.0
    gaussian = row.copy()
    gaussian[:, 1:] = 0.0
    if len(row) < 2:
        return gaussian, np.broadcast_to(free, row.shape)
    close = np.array([KIN_LOG_WIDTH] + [KIN_SHAPE] * SHAPE_TERMS) ** -2.0
    pull = total * close / (total + close)
    common = (pull * mean).sum(axis=0) / (pull.sum(axis=0) + free)
    common[0] = (pull[:, 0] * mean[:, 0]).sum() / max(float(pull[:, 0].sum()), 1e-12)
    return np.broadcast_to(common, row.shape), np.broadcast_to(close, row.shape)


def better_spread(
    deviation: NDArray[np.float64], data: NDArray[np.float64], weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return how far bands differ from their rows beyond their own errors.

    Parameters
    ----------
    deviation, data, weight : ndarray, shape (lanes, rows, 1 + SHAPE_TERMS)
        Of every band's own estimates from their row's, the precision of those estimates, and the
        weight of the band in the row's mean.

    Notes
    -----
    Method of moments (DerSimonian & Laird 1986, doi:10.1016/0197-2456(86)90046-2), drawn to the
    first guess as if that rested on `SPREAD_BANDS` bands.
    """
    lanes = len(deviation)
    informative = data > 0.1 / SPREAD**2
    share = np.where(informative, weight * SPREAD**2, 0.0)  # 0 to 1: how much a band can tell
    freedom = share * (1 - 1 / lanes)
    excess = share * (np.minimum(deviation**2, 9 * MOST_SPREAD**2) - 1 / np.maximum(data, 1e-12))
    total = excess.sum(axis=(0, 1)) + SPREAD_BANDS * SPREAD**2
    variance = total / (freedom.sum(axis=(0, 1)) + SPREAD_BANDS)
    return np.asarray(np.sqrt(np.clip(variance, LEAST_SPREAD**2, MOST_SPREAD**2)))


def finish(
    y: NDArray[np.float64],
    state: State,
    basis: NDArray[np.float64],
    value: NDArray[np.float64],
    weight: NDArray[np.float64],
    smooth: NDArray[np.float64],
    variance: NDArray[np.float64],
    shot: float,
) -> ZoneFit:
    """Return the fit at its last parameters, with the covariance of the volumes."""
    rows = state.volume.shape[1]
    design, model = linearize(y, state, basis, frozen=False)
    residual = value - model
    data, gradient = normal_equations(design, weight, residual)
    normal = data.copy()
    add_priors(normal, gradient, state, smooth, 1e-6 * float(weight.max()))
    index = np.arange(rows) * BAND_TERMS
    bands = state.volume[..., None] * design[:, index]
    together = bands.sum(axis=1)
    # Sandwich: the fit's own weights, with the noise, the shapes' and the background's spread as
    # they are. Where the model misses the data by more than the noise, the noise is that misfit.
    inverse = np.linalg.inv(normal)[:, index]
    extra = shot * np.maximum(together, 0.0)
    misfit = misfit_of(y, state, residual**2 / (variance + extra))
    covariance = inverse @ data @ inverse.transpose(0, 2, 1)
    if shot > 0:
        pulled = inverse @ (design * weight[:, None, :])
        covariance = covariance + (pulled * extra[:, None, :]) @ pulled.transpose(0, 2, 1)
    # No band can be wrong by more than what is left over around it.
    own = np.maximum(np.diagonal(covariance, axis1=1, axis2=2), 1e-300)
    bound = np.sqrt(1 + left_over(y, state, residual) ** 2 / own)
    widen = np.minimum(misfit, bound)
    covariance = covariance * (widen[:, :, None] * widen[:, None, :])
    count = rows * BAND_TERMS
    shapes = inverse[:, :, :count]
    precision = prior_terms(state)[0]
    # A band's shape is as uncertain as it may differ from its row's, and as its row's is known.
    precision[..., 2:] *= 1 + (state.row_variance + TRUNCATION**2) * precision[..., 2:]
    precision = precision.reshape(len(value), 1, count)
    covariance = covariance + (shapes * precision) @ shapes.transpose(0, 2, 1)
    bends = inverse[:, :, count:]
    haze = roughness(state.background, smooth)[:, None, None]
    covariance = covariance + haze * (bends @ smooth @ bends.transpose(0, 2, 1))
    return ZoneFit(
        state=state,
        covariance=covariance,
        height=bands.max(axis=2),
        model=together,
        background=state.background @ basis.T,
        misfit=misfit,
    )


def roughness(
    background: NDArray[np.float64], smooth: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return how much rougher each lane's background is than its penalty expects, shape (lanes,).

    Under the penalty's prior the value is 1. Half of it comes from the lane itself, half from the
    median lane of the zone, because one lane has few coefficients. Haze is not a Gaussian process: under
    a band it can do more than beside it, which `HAZE_FACTOR` allows for (chosen on drawn blots so
    that 95 % intervals cover 95 %).
    """
    rank = max(1, len(smooth) - 2)
    own = np.einsum("li,ij,lj->l", background, smooth, background) / rank
    return np.asarray(HAZE_FACTOR * (0.5 * own + 0.5 * np.median(own)))


def left_over(
    y: NDArray[np.float64], state: State, residual: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return half the absolute area that the fit leaves around each band, shape (lanes, rows)."""
    inside = np.abs(y - state.position[..., None]) < 3 * np.exp(state.log_sigma)[..., None]
    return np.asarray(0.5 * (inside * np.abs(residual)[:, None, :]).sum(axis=2))


def misfit_of(
    y: NDArray[np.float64], state: State, squared: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return how much worse the model fits around each band than the noise explains, at least 1."""
    inside = np.abs(y - state.position[..., None]) < 3 * np.exp(state.log_sigma)[..., None]
    count = np.maximum(inside.sum(axis=2), 1)
    return np.sqrt(np.maximum((inside * squared[:, None, :]).sum(axis=2) / count, 1.0))
