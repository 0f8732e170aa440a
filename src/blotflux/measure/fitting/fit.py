"""Bands and background of one zone, fitted together in all lanes.

Every lane's profile is a sum of bands and a smooth background. Bands of one row share a shape as
far as the data say so: each band has its own position, width and shape terms, drawn to the row's
by a normal prior, and the row's values are the precision-weighted means of its bands (empirical
Bayes). A strong band speaks for itself, a weak one borrows its row's shape, an absent one is
measured with it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.interpolate import BSpline

from blotflux.measure.fitting.shapes import NORM, ORDER, SHAPE_TERMS, hermite_terms
from blotflux.measure.fitting.sharing import joint_step, prior_terms
from blotflux.measure.fitting.state import BAND_TERMS, cold_start, snapshot, update
from blotflux.measure.fitting.uncertainty import Linearized, misfit_of, volume_covariance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from blotflux.measure.fitting.rows import Row
    from blotflux.measure.fitting.state import State

__all__ = ["ZoneFit", "fit_zone"]

SPACING_SIGMAS = 4.0  # distance of the background's knots
LEAST_SPACING_PX = 12.0
STIFFNESS = 0.03
CONVERGED = 0.01  # sigmas and units of the shape terms


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
    state = replace(start) if start else cold_start(rows, len(value), basis.shape[1])
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
        if frozen:
            alone = np.linalg.solve(normal, gradient[..., None])[..., 0]
            update(state, np.asarray(alone, np.float64), frozen=True)
            continue
        update(state, joint_step(state, normal, gradient), frozen=False)
        if step >= 2 and np.abs(snapshot(state) - before).max() < CONVERGED:
            break
    design, model = linearize(y, state, basis, frozen=False)
    data, gradient = normal_equations(design, weight, value - model)
    normal = data.copy()
    add_priors(normal, gradient, state, smooth, 1e-6 * float(weight.max()))
    last = Linearized(
        design=design,
        weight=weight,
        data=data,
        normal=normal,
        smooth=smooth,
        residual=value - model,
        variance=variance,
    )
    return conclude(y, state, basis, last, shot)


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
    """Return Huber weights of residuals; lanes with more scatter than noise use their own."""
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


def conclude(
    y: NDArray[np.float64],
    state: State,
    basis: NDArray[np.float64],
    last: Linearized,
    shot: float,
) -> ZoneFit:
    """Return the fit at its last parameters."""
    index = np.arange(state.volume.shape[1]) * BAND_TERMS
    bands = state.volume[..., None] * last.design[:, index]
    together = bands.sum(axis=1)
    extra = shot * np.maximum(together, 0.0)
    misfit = misfit_of(y, state, last.residual**2 / (last.variance + extra))
    return ZoneFit(
        state=state,
        covariance=volume_covariance(y, state, last, extra, misfit),
        height=bands.max(axis=2),
        model=together,
        background=state.background @ basis.T,
        misfit=misfit,
    )
