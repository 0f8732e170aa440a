"""How well the volumes of a zone are known.

The fit's weights are not the noise, its penalty is not the haze, and its shapes are not quite the
bands': the covariance takes each as it is (sandwich form), and adds them up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.fitting.sharing import prior_terms
from blotflux.measure.fitting.state import BAND_TERMS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from blotflux.measure.fitting.background import Background
    from blotflux.measure.fitting.state import State

__all__ = ["Linearized", "misfit_of", "volume_covariance"]

HAZE_FACTOR = 14.0
HIDDEN = 0.2  # what the shape may be wrong by in a part that cannot be seen
UNUSABLE = 1e-3  # share of the usual weight below which a place counts as not there
TRUNCATION = 0.003  # what a series of four terms leaves of a real band's shape


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Linearized:
    """The last linear system of Z zones: L lanes, p parameters of bands, N places.

    Attributes
    ----------
    design : ndarray, shape (Z, L, p, N)
        Derivatives of the bands, BAND_TERMS each.
    normal : ndarray, shape (Z, L, p, p)
        J'WJ with the priors, the background eliminated.
    ground : Background
    coefficients : ndarray, shape (Z, L, C)
        Of the background.
    residual : ndarray, shape (Z, L, N)
    extra : ndarray, shape (Z, L, N)
        Variance that the bands' own light adds.
    haze : float, ndarray of shape (Z, 1) or None
        Roughness of the median lane's background, if it is known.
    """

    design: NDArray[np.float64]
    normal: NDArray[np.float64]
    ground: Background
    coefficients: NDArray[np.float64]
    residual: NDArray[np.float64]
    extra: NDArray[np.float64]
    haze: float | NDArray[np.float64] | None


def volume_covariance(
    y: NDArray[np.float64],
    state: State,
    last: Linearized,
    misfit: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the covariance of each lane's volumes, shape (Z, L, R, R).

    Parameters
    ----------
    y : ndarray, shape (N,)
    state : State
    last : Linearized
    misfit : ndarray, shape (Z, L, R)
        How much worse the model fits around each band than the noise explains.
    """
    ground, rows = last.ground, state.volume.shape[2]
    inverse = np.linalg.inv(last.normal)[:, :, ::BAND_TERMS]
    # The rows of the whole system's inverse that belong to the volumes, background included.
    bends = -inverse @ (last.design @ ground.solved.swapaxes(2, 3))
    seen = ground.weight[:, :, None] * (inverse @ last.design + bends @ ground.basis_rows)
    known = ground.weight > 0
    spread = np.where(known, 1.0 / np.where(known, ground.weight, 1.0) + last.extra, 0.0)
    noise = (seen * spread[:, :, None]) @ seen.swapaxes(2, 3)
    # Where the model misses the data, the noise is that misfit; but no band can be wrong by more
    # than what is left over around it.
    own = np.maximum(np.diagonal(noise, axis1=2, axis2=3), 1e-300)
    widen = np.minimum(misfit, np.sqrt(1 + left_over(y, state, last.residual) ** 2 / own))
    noise = noise * (widen[..., :, None] * widen[..., None, :])
    precision = prior_terms(state)[0]
    # A band's shape is as uncertain as it may differ from its row's. How well the row's own is
    # known is left out: an error of it is one factor on all its bands and cancels between lanes,
    # but where a part of a band is hidden and the shape stands in for it.
    doubt = TRUNCATION**2 + (HIDDEN * hidden_share(state, last)) ** 2
    precision[..., 2:] *= 1 + doubt[..., None] * precision[..., 2:]
    weighted = inverse * precision.reshape(*precision.shape[:2], 1, rows * BAND_TERMS)
    shape = weighted @ inverse.swapaxes(2, 3)
    haze = roughness(last)[..., None, None]
    bent = bends @ ground.smooth[:, None] @ bends.swapaxes(2, 3)
    return np.asarray(noise + shape + haze * bent)


def hidden_share(state: State, last: Linearized) -> NDArray[np.float64]:
    """Return the share of each band that is clipped or outside the picture, shape (Z, L, R)."""
    unit = last.design.reshape(*state.volume.shape, BAND_TERMS, -1)[..., 0, :]
    hidden = last.ground.weight < UNUSABLE * last.ground.stiff[:, None, None]
    return np.asarray(np.clip((unit @ hidden[..., None])[..., 0], 0.0, 1.0))


def left_over(
    y: NDArray[np.float64], state: State, residual: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return half the absolute area that the fit leaves around each band, shape (Z, L, R)."""
    return np.asarray(0.5 * (around(y, state) @ np.abs(residual)[..., None])[..., 0])


def misfit_of(
    y: NDArray[np.float64], state: State, squared: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return how much worse the model fits around each band than the noise explains, at least 1."""
    inside = around(y, state)
    count = np.maximum(inside.sum(axis=3), 1)
    mean = (inside @ squared[..., None])[..., 0] / count
    return np.asarray(np.sqrt(np.maximum(mean, 1.0)))


def around(y: NDArray[np.float64], state: State) -> NDArray[np.float64]:
    """Return 1 within three sigmas of each band and 0 elsewhere, shape (Z, L, R, N)."""
    reach = 3 * np.exp(state.log_sigma)[..., None]
    return (np.abs(y - state.position[..., None]) < reach).astype(np.float64)


def roughness(last: Linearized) -> NDArray[np.float64]:
    """Return how much rougher each lane's background is than its penalty expects, shape (Z, L).

    Under the penalty's prior the value is 1. Half of it comes from the lane itself, half from the
    median lane of the zone, because one lane has few coefficients. Haze is not a Gaussian
    process: under a band it can do more than beside it, which `HAZE_FACTOR` allows for (chosen on
    drawn blots so that 95 % intervals cover 95 %).
    """
    smooth, coefficients = last.ground.smooth, last.coefficients
    rank = np.maximum((smooth != 0).any(axis=2).sum(axis=1) - 2, 1)[:, None]
    own = ((coefficients @ smooth) * coefficients).sum(axis=2) / rank
    usual = np.median(own, axis=1, keepdims=True) if last.haze is None else last.haze
    return np.asarray(HAZE_FACTOR * (0.5 * own + 0.5 * usual))
