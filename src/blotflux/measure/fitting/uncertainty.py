"""How well the volumes of a zone are known.

The fit's weights are not the noise, its penalty is not the haze, and its shapes are not quite the
bands': the covariance takes each as it is (sandwich form), and adds them up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from blotflux.measure.fitting.background import Background
    from blotflux.measure.fitting.state import State

__all__ = ["Linearized", "volume_covariance"]

HAZE_FACTOR = 18.0
HIDDEN = 0.2  # what the shape may be wrong by in a part that cannot be seen
UNUSABLE = 1e-3  # share of the usual weight below which a place counts as not there
TRUNCATION = 0.003  # what a series leaves of a real band's shape
ROW_SHAPE = 0.02  # by which the terms of a row's shape may be wrong (chosen on drawn blots)
SHAPE = 3  # first shape term of a band


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Linearized:
    """The last linear system of Z zones: L lanes, p parameters of bands, N places.

    Attributes
    ----------
    design : ndarray, shape (Z, L, p, N)
        Derivatives of the bands, 3 + T each.
    normal : ndarray, shape (Z, L, p, p)
        J'WJ with the priors, the background eliminated.
    precision : ndarray, shape (Z, L, R, 3 + T)
        Of the priors.
    ground : Background
    bends : ndarray, shape (Z, L, p, C)
        By how much the background's coefficients rise with each parameter.
    coefficients : ndarray, shape (Z, L, C)
        Of the background.
    residual : ndarray, shape (Z, L, N)
    variance : ndarray, shape (Z, L, N)
        Of the residual's values; infinite in the padding.
    extra : ndarray, shape (Z, L, N)
        Variance that the bands' own light adds: the part of `variance` that is in no weight.
    haze : float, ndarray of shape (Z, 1) or None
        Roughness of the median lane's background, if it is known.
    """

    design: NDArray[np.float64]
    normal: NDArray[np.float64]
    precision: NDArray[np.float64]
    ground: Background
    bends: NDArray[np.float64]
    coefficients: NDArray[np.float64]
    residual: NDArray[np.float64]
    variance: NDArray[np.float64]
    extra: NDArray[np.float64]
    haze: float | NDArray[np.float64] | None


def volume_covariance(
    y: NDArray[np.float64], state: State, last: Linearized
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how well the volumes of each lane are known.

    Parameters
    ----------
    y : ndarray, shape (N,)
    state : State
    last : Linearized

    Returns
    -------
    covariance : ndarray, shape (Z, L, R, R)
    misfit : ndarray, shape (Z, L, R)
        How much worse the model fits around each band than the noise explains, at least 1.
    """
    ground, (zones, lanes, rows, terms) = last.ground, state.bands.shape
    inverse = np.asarray(np.linalg.inv(last.normal), np.float64)[:, :, ::terms]
    # The rows of the whole system's inverse that belong to the volumes, background included.
    bends = -inverse @ last.bends
    seen = inverse @ last.design + bends @ ground.splines.basis_rows[:, None]
    seen *= ground.weight[:, :, None]
    known = ground.weight > 0
    spread = np.where(known, 1.0 / np.where(known, ground.weight, 1.0) + last.extra, 0.0)
    noise = (seen * spread[:, :, None]) @ seen.swapaxes(2, 3)
    # Where the model misses the data, the noise is that misfit; but no band can be wrong by more
    # than what is left over around it.
    misfit, left_over = misfit_around(y, state, last)
    own = np.maximum(np.diagonal(noise, axis1=2, axis2=3), 1e-300)
    widen = np.minimum(misfit, np.sqrt(1 + left_over**2 / own))
    noise = noise * (widen[..., :, None] * widen[..., None, :])
    # A band's shape is as uncertain as it may differ from its row's. How well the row's own is
    # known is left out: an error of it is one factor on all its bands and cancels between lanes,
    # but where a part of a band is hidden and the shape stands in for it.
    doubt = TRUNCATION**2 + (HIDDEN * hidden_share(state, last)) ** 2
    precision = last.precision.copy()
    precision[..., 0] = 0.0  # volumes have no prior; what they are given keeps the system regular
    precision[..., 2:] *= 1 + doubt[..., None] * precision[..., 2:]
    weighted = inverse * precision.reshape(zones, lanes, 1, rows * terms)
    shape = weighted @ inverse.swapaxes(2, 3)
    haze = roughness(last)[..., None, None]
    bent = bends @ ground.smooth[:, None] @ bends.swapaxes(2, 3)
    return np.asarray(noise + shape + haze * bent + overlap(inverse, last)), misfit


def overlap(inverse: NDArray[np.float64], last: Linearized) -> NDArray[np.float64]:
    """Return what an error of the rows' shapes does to bands that overlap, shape (Z, L, R, R).

    The tail of a strong band that its row's shape leaves out is taken for the band beside it. A
    band by itself only loses what all bands of its row lose, a factor that cancels between lanes:
    that is taken off.

    Parameters
    ----------
    inverse : ndarray, shape (Z, L, R, p)
        Rows of the volumes of the inverse of `last.normal`.
    last : Linearized
    """
    zones, lanes, rows, terms = last.precision.shape
    if rows == 1:
        return np.zeros((zones, lanes, 1, 1))
    index = np.arange(rows)
    precision = last.precision[..., SHAPE:]
    moved = inverse.reshape(zones, lanes, rows, rows, terms)[..., SHAPE:] * precision[:, :, None]
    own = last.normal.reshape(zones, lanes, rows, terms, rows, terms)[:, :, index, :, index, :]
    alone = np.linalg.inv(own)[..., 0, SHAPE:]  # one row after the other, shape (R, Z, L, terms)
    moved[:, :, index, index] -= np.moveaxis(alone, 0, 2) * precision
    moved = moved.reshape(zones, lanes, rows, -1)
    return np.asarray(ROW_SHAPE**2 * (moved @ moved.swapaxes(2, 3)))


def hidden_share(state: State, last: Linearized) -> NDArray[np.float64]:
    """Return the share of each band that is clipped or outside the picture, shape (Z, L, R)."""
    hidden = last.ground.weight < UNUSABLE * last.ground.stiff[:, None, None]
    if not hidden.any():
        return np.zeros(state.volume.shape)
    unit = last.design[:, :, :: last.precision.shape[3]]
    return np.asarray(np.clip((unit @ hidden[..., None])[..., 0], 0.0, 1.0))


def misfit_around(
    y: NDArray[np.float64], state: State, last: Linearized
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what the fit leaves within three sigmas of each band, both of shape (Z, L, R).

    Returns
    -------
    misfit : ndarray
        Root of the reduced chi-square, at least 1.
    area : ndarray
        Half the absolute area.
    """
    inside = np.abs(y - state.position[..., None]) < 3 * state.sigma[..., None]
    magnitude = np.abs(last.residual)
    left = np.stack([magnitude, magnitude**2 / last.variance], axis=-1)
    area, total = np.moveaxis(inside @ left, -1, 0)
    count = np.maximum(np.count_nonzero(inside, axis=3), 1)
    return np.sqrt(np.maximum(total / count, 1.0)), 0.5 * area


def roughness(last: Linearized) -> NDArray[np.float64]:
    """Return how much rougher each lane's background is than its penalty expects, shape (Z, L).

    Under the penalty's prior the value is 1; what noise alone makes of a smooth background is
    taken off. Half of the rest comes from the lane itself, half from the median lane of the zone,
    because one lane has few coefficients. Haze is not a Gaussian process: under a band it can do
    more than beside it, which `HAZE_FACTOR` allows for (chosen on drawn blots so that 95 %
    intervals cover 95 %).
    """
    smooth, coefficients = last.ground.smooth, last.coefficients
    rank = last.ground.splines.rank[:, None]
    own = ((coefficients @ smooth) * coefficients).sum(axis=2) / rank
    usual = np.median(own, axis=1, keepdims=True) if last.haze is None else last.haze
    # Noise gives the coefficients the covariance K - K S K; K: their inverse equations, S: smooth.
    pull = smooth[:, None] @ last.ground.inverse
    noise = np.trace(pull, axis1=2, axis2=3) - (pull * pull.swapaxes(2, 3)).sum(axis=(2, 3))
    noise /= rank
    rough = np.maximum(own - noise, 0.0) + np.maximum(usual - noise, 0.0)
    return np.asarray(HAZE_FACTOR * 0.5 * rough)
