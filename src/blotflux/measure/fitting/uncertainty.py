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

    from blotflux.measure.fitting.state import State

__all__ = ["Linearized", "misfit_of", "volume_covariance"]

HAZE_FACTOR = 8.0
TRUNCATION = 0.01  # what a series of four terms leaves of a real band's shape


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Linearized:
    """The last linear system of a zone: L lanes, p parameters, n profile rows.

    Attributes
    ----------
    design : ndarray, shape (L, p, n)
        Derivatives of the model: BAND_TERMS per band, then the background's coefficients.
    weight, residual, variance : ndarray, shape (L, n)
    data, normal : ndarray, shape (L, p, p)
        J'WJ without and with the priors.
    smooth : ndarray, shape (coefficients, coefficients)
        The background's roughness penalty.
    """

    design: NDArray[np.float64]
    weight: NDArray[np.float64]
    data: NDArray[np.float64]
    normal: NDArray[np.float64]
    smooth: NDArray[np.float64]
    residual: NDArray[np.float64]
    variance: NDArray[np.float64]


def volume_covariance(
    y: NDArray[np.float64],
    state: State,
    last: Linearized,
    extra: NDArray[np.float64],
    misfit: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the covariance of each lane's volumes, shape (lanes, rows, rows).

    Parameters
    ----------
    y : ndarray, shape (n,)
    state : State
    last : Linearized
    extra : ndarray, shape (lanes, n)
        Variance that the bands' own light adds.
    misfit : ndarray, shape (lanes, rows)
        How much worse the model fits around each band than the noise explains.
    """
    rows = state.volume.shape[1]
    count = rows * BAND_TERMS
    inverse = np.linalg.inv(last.normal)[:, np.arange(rows) * BAND_TERMS]
    pulled = inverse @ (last.design * last.weight[:, None, :])
    noise = inverse @ last.data @ inverse.transpose(0, 2, 1)
    noise = noise + (pulled * extra[:, None, :]) @ pulled.transpose(0, 2, 1)
    # Where the model misses the data, the noise is that misfit; but no band can be wrong by more
    # than what is left over around it.
    own = np.maximum(np.diagonal(noise, axis1=1, axis2=2), 1e-300)
    widen = np.minimum(misfit, np.sqrt(1 + left_over(y, state, last.residual) ** 2 / own))
    noise = noise * (widen[:, :, None] * widen[:, None, :])
    shapes = inverse[:, :, :count]
    precision = prior_terms(state)[0]
    # A band's shape is as uncertain as it may differ from its row's, and as its row's is known.
    precision[..., 2:] *= 1 + (state.row_variance + TRUNCATION**2) * precision[..., 2:]
    shape = (shapes * precision.reshape(len(shapes), 1, count)) @ shapes.transpose(0, 2, 1)
    bends = inverse[:, :, count:]
    haze = roughness(state.background, last.smooth)[:, None, None]
    return np.asarray(noise + shape + haze * (bends @ last.smooth @ bends.transpose(0, 2, 1)))


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
    mean = (inside * squared[:, None, :]).sum(axis=2) / count
    return np.asarray(np.sqrt(np.maximum(mean, 1.0)))


def roughness(background: NDArray[np.float64], smooth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how much rougher each lane's background is than its penalty expects, shape (lanes,).

    Under the penalty's prior the value is 1. Half of it comes from the lane itself, half from the
    median lane of the zone, because one lane has few coefficients. Haze is not a Gaussian
    process: under a band it can do more than beside it, which `HAZE_FACTOR` allows for (chosen on
    drawn blots so that 95 % intervals cover 95 %).
    """
    rank = max(1, len(smooth) - 2)
    own = np.einsum("li,ij,lj->l", background, smooth, background) / rank
    return np.asarray(HAZE_FACTOR * (0.5 * own + 0.5 * np.median(own)))
