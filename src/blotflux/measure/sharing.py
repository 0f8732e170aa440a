"""What the bands of a row, and the rows of a zone, have in common: width and shape.

Each band is drawn to its row by a normal prior, and the row's values are the precision-weighted
means of its bands; how far bands differ from their rows is estimated from the bands themselves
(empirical Bayes).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.shapes import SHAPE_TERMS
from blotflux.measure.state import BAND_TERMS, SPREAD

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from blotflux.measure.state import State

__all__ = ["prior_terms", "share"]

POSITION_SIGMAS = 0.35  # bands follow the smile to about a pixel or two
LEAST_SPREAD = np.array([0.012] + [0.008] * SHAPE_TERMS)
MOST_SPREAD = np.array([0.15] + [0.08] * SHAPE_TERMS)
SPREAD_BANDS = 4.0  # bands that the first guess of the spread counts for
# How far a row's shape may lie from a Gaussian.
ROW_SHAPE = 0.15
ROW_LOG_WIDTH = 0.5
# How far rows of one zone may differ in width and shape.
KIN_SHAPE = 0.04
KIN_LOG_WIDTH = 0.10


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
