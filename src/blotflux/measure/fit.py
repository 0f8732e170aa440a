"""Bands and background of a panel's lanes, fitted together.

Every lane's profile is a sum of bands and a smooth background. Bands of one row share a shape as
far as the data say so: each band has its own position, width and shape terms, drawn to the row's
by a normal prior, and the row's values are the precision-weighted means of its bands (empirical
Bayes). A strong band speaks for itself, a weak one borrows its row's shape, an absent one is
measured with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.interpolate import BSpline

from blotflux.measure.shapes import NORM, ORDER, SHAPE_TERMS, hermite_terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from blotflux.measure.rows import Row

__all__ = ["LaneFit", "background_basis", "fit_lanes"]

BAND_TERMS = 3 + SHAPE_TERMS  # volume, position, log width, shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Priors:
    """How far a band may differ from its row (one standard deviation).

    The values are typical of blots: positions follow the smile to a pixel, widths agree within
    8 %, shape terms within 0.04.
    """

    position_sigmas: float = 0.35
    log_width: float = 0.08
    shape: float = 0.04
    row_shape: float = 0.15
    row_log_width: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LaneFit:
    """The joint fit of one panel; R rows, L lanes, n profile rows.

    Attributes
    ----------
    volume : ndarray, shape (L, R)
        Area of each band in the profile, counts·px.
    covariance : ndarray, shape (L, R, R)
        Of the volumes of each lane.
    position, sigma : ndarray, shape (L, R)
    shape : ndarray, shape (L, R, SHAPE_TERMS)
    background : ndarray, shape (L, n)
        Summed over the window.
    bands : ndarray, shape (L, R, n)
        Each band's profile.
    """

    volume: NDArray[np.float64]
    covariance: NDArray[np.float64]
    position: NDArray[np.float64]
    sigma: NDArray[np.float64]
    shape: NDArray[np.float64]
    background: NDArray[np.float64]
    bands: NDArray[np.float64]


def background_basis(n: int, spacing_px: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return cubic B-splines over 0..n-1 and the penalty on their second differences."""
    pieces = max(1, round(n / spacing_px))
    inner = np.linspace(-0.5, n - 0.5, pieces + 1)
    knots = np.concatenate([[inner[0]] * 3, inner, [inner[-1]] * 3])
    basis = BSpline.design_matrix(np.arange(n, dtype=float), knots, 3).toarray()
    difference = np.diff(np.eye(basis.shape[1]), n=2, axis=0)
    return basis, difference.T @ difference


@dataclass(slots=True, kw_only=True, eq=False)
class State:
    """The current parameters of all bands; changed only inside `fit_lanes`."""

    volume: NDArray[np.float64]
    position: NDArray[np.float64]
    log_sigma: NDArray[np.float64]
    shape: NDArray[np.float64]
    background: NDArray[np.float64]
    row_position: NDArray[np.float64]
    row_log_sigma: NDArray[np.float64]
    row_shape: NDArray[np.float64]


def fit_lanes(
    value: NDArray[np.float64],
    variance: NDArray[np.float64],
    rows: Sequence[Row],
    *,
    present: NDArray[np.bool_] | None = None,
    spacing_px: float | None = None,
    shot: float = 0.0,
    iterations: int = 8,
    priors: Priors = Priors(),
) -> LaneFit:
    """Return the joint fit of `rows` and a background to the profiles.

    Parameters
    ----------
    value, variance : ndarray, shape (lanes, n)
        Profiles and the variances of their values (large where a value cannot be used).
    rows : sequence of Row
    present : ndarray of bool, shape (lanes, rows), optional
        False where a row does not belong to a lane at all (ladders).
    spacing_px : float, optional
        Distance of the background's knots.
    shot : float
        Variance that each unit of band signal adds. It does not weight the fit: weights that
        trust flanks more than peaks would let an imperfect shape move the volumes. It enters the
        errors, by the sandwich formula.
    """
    lanes, n = value.shape
    sigma = np.array([row.sigma for row in rows])
    if spacing_px is None:
        spacing_px = max(12.0, 4.0 * float(np.median(sigma)))
    basis, penalty = background_basis(n, spacing_px)
    weight = 1.0 / variance
    y = np.arange(n, dtype=float)
    start = np.stack([row.y for row in rows], axis=1)
    state = State(
        volume=np.zeros((lanes, len(rows))),
        position=start.copy(),
        log_sigma=np.broadcast_to(np.log(sigma), start.shape).copy(),
        shape=np.zeros((*start.shape, SHAPE_TERMS)),
        background=np.zeros((lanes, basis.shape[1])),
        row_position=start,
        row_log_sigma=np.log(sigma),
        row_shape=np.zeros((len(rows), SHAPE_TERMS)),
    )
    stiffness = roughness_penalty(weight, basis)
    robust = np.ones_like(value)
    for step in range(iterations):
        design, model = linearize(y, state, basis, frozen=step == 0)
        residual = value - model
        if step >= 2:
            robust = huber_weight(residual, variance)
        normal, gradient = normal_equations(design, weight * robust, residual)
        add_priors(normal, gradient, state, priors, stiffness * penalty)
        covariance = np.linalg.inv(normal)
        update(state, (covariance @ gradient[..., None])[..., 0], frozen=step == 0)
        if step >= 1:
            share(state, normal, priors)
    return finish(y, state, basis, value, weight * robust, priors, stiffness * penalty, shot)


def roughness_penalty(weight: NDArray[np.float64], basis: NDArray[np.float64]) -> float:
    """Return a roughness penalty of 3 % of the data that bear on one coefficient.

    Enough to carry the background under a band, too little to flatten haze. Choosing it by
    marginal likelihood (Fellner-Schall) makes it a hundred times stiffer where most lanes are
    flat, and the few that are not then bend their bands instead.
    """
    return 0.03 * float(np.median(weight)) * float((basis**2).sum(axis=0).mean())


def linearize(
    y: NDArray[np.float64], state: State, basis: NDArray[np.float64], *, frozen: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return derivatives of the model, shape (lanes, parameters, n), and the model itself."""
    lanes, rows = state.volume.shape
    sigma = np.exp(state.log_sigma)
    terms = hermite_terms(y, state.position, sigma)
    coefficient = state.shape / NORM[2:ORDER]  # c_k / sqrt(k!), k = 3..ORDER
    moved = np.moveaxis(coefficient, -1, 0)[..., None]
    unit = terms[0] + (moved * terms[3 : ORDER + 1]).sum(axis=0)
    slope = terms[1] + (moved * terms[4 : ORDER + 2]).sum(axis=0)
    k = np.arange(3, ORDER + 1)[:, None, None, None]
    widen = terms[2] + (moved * (terms[5 : ORDER + 3] + k * terms[3 : ORDER + 1])).sum(axis=0)
    volume = state.volume[..., None]
    block = np.empty((lanes, rows, BAND_TERMS, len(y)))
    block[:, :, 0] = unit
    block[:, :, 1] = volume * slope / sigma[..., None]
    block[:, :, 2] = volume * widen
    for j in range(SHAPE_TERMS):
        block[:, :, 3 + j] = volume * terms[3 + j] / NORM[2 + j]
    if frozen:
        block[:, :, 1:] = 0.0
    design = np.concatenate(
        [
            block.reshape(lanes, rows * BAND_TERMS, len(y)),
            np.broadcast_to(basis.T, (lanes, basis.shape[1], len(y))),
        ],
        axis=1,
    )
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
    priors: Priors,
    smooth: NDArray[np.float64],
) -> None:
    """Add the priors of positions, widths, shapes and background to the normal equations."""
    lanes, rows = state.volume.shape
    precision, pull = prior_terms(state, priors)
    index = np.arange(rows * BAND_TERMS)
    normal[:, index, index] += precision.reshape(lanes, -1)
    # A band outside the picture has no data at all; this keeps the system regular.
    normal[:, index[::BAND_TERMS], index[::BAND_TERMS]] += 1e-12
    corner = rows * BAND_TERMS + np.arange(normal.shape[1] - rows * BAND_TERMS)
    normal[:, corner, corner] += 1e-12
    gradient[:, index] += (precision * pull).reshape(lanes, -1)
    count = rows * BAND_TERMS
    normal[:, count:, count:] += smooth
    gradient[:, count:] -= state.background @ smooth


def prior_terms(
    state: State, priors: Priors
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return precision and distance to the row, both of shape (lanes, rows, BAND_TERMS)."""
    lanes, rows = state.volume.shape
    precision = np.zeros((lanes, rows, BAND_TERMS))
    pull = np.zeros_like(precision)
    precision[..., 1] = 1.0 / (priors.position_sigmas * np.exp(state.row_log_sigma)) ** 2
    pull[..., 1] = state.row_position - state.position
    precision[..., 2] = priors.log_width**-2
    pull[..., 2] = state.row_log_sigma - state.log_sigma
    precision[..., 3:] = priors.shape**-2
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
    reach = np.exp(state.log_sigma)
    state.position = state.position + np.clip(bands[..., 1], -0.5 * reach, 0.5 * reach)
    state.log_sigma = state.log_sigma + np.clip(bands[..., 2], -0.2, 0.2)
    state.shape = np.clip(state.shape + np.clip(bands[..., 3:], -0.1, 0.1), -0.6, 0.6)


def share(state: State, normal: NDArray[np.float64], priors: Priors) -> None:
    """Move each row's width and shape to the precision-weighted mean of its bands."""
    lanes, rows = state.volume.shape
    index = np.arange(rows * BAND_TERMS)
    information = normal[:, index, index].reshape(lanes, rows, BAND_TERMS)
    prior, _ = prior_terms(state, priors)
    data = np.maximum(information - prior, 0.0)
    # A band's own estimate has variance 1/data + prior variance around the row's value.
    weight = np.where(data > 0, 1.0 / (1.0 / np.maximum(data, 1e-12) + 1.0 / np.maximum(prior, 1e-12)), 0.0)
    own = np.concatenate([state.log_sigma[..., None], state.shape], axis=-1)
    row = np.concatenate([state.row_log_sigma[:, None], state.row_shape], axis=-1)
    # Undo the shrinkage: what the data alone would have said of this band.
    gain = data[..., 2:] / np.maximum(data[..., 2:] + prior[..., 2:], 1e-12)
    unshrunk = row + np.where(gain > 0.02, (own - row) / np.maximum(gain, 0.02), 0.0)
    w = weight[..., 2:]
    limit = np.array([priors.row_log_width] + [priors.row_shape] * SHAPE_TERMS) ** -2.0
    center = np.concatenate([state.row_log_sigma[:, None], np.zeros((rows, SHAPE_TERMS))], axis=-1)
    mean = ((w * unshrunk).sum(axis=0) + limit * center) / (w.sum(axis=0) + limit)
    mean[:, 1:] = np.clip(mean[:, 1:], -0.5, 0.5)
    state.row_log_sigma = row[:, 0] + np.clip(mean[:, 0] - row[:, 0], -0.2, 0.2)
    state.row_shape = mean[:, 1:]


def finish(
    y: NDArray[np.float64],
    state: State,
    basis: NDArray[np.float64],
    value: NDArray[np.float64],
    weight: NDArray[np.float64],
    priors: Priors,
    smooth: NDArray[np.float64],
    shot: float,
) -> LaneFit:
    """Return the fit at its last parameters, with the covariance of the volumes."""
    lanes, rows = state.volume.shape
    design, model = linearize(y, state, basis, frozen=False)
    normal, gradient = normal_equations(design, weight, value - model)
    add_priors(normal, gradient, state, priors, smooth)
    index = np.arange(rows) * BAND_TERMS
    bands = state.volume[..., None] * design[:, index]
    # Sandwich: the fit's own weights, the noise as it is.
    influence = np.linalg.inv(normal)[:, index]
    covariance = influence @ normal @ influence.transpose(0, 2, 1)
    if shot > 0:
        extra = shot * np.maximum(bands.sum(axis=1), 0.0)
        pulled = influence @ (design * weight[:, None, :])
        covariance = covariance + (pulled * extra[:, None, :]) @ pulled.transpose(0, 2, 1)
    return LaneFit(
        volume=state.volume,
        covariance=covariance,
        position=state.position,
        sigma=np.exp(state.log_sigma),
        shape=state.shape,
        background=state.background @ basis.T,
        bands=bands,
    )
