"""What the bands of a row, and the rows of a zone, have in common: width and shape.

Each band is drawn to its row by a normal prior, and the row's values are the precision-weighted
means of its bands; how far bands differ from their rows is estimated from the bands themselves
(empirical Bayes).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.fitting.shapes import SHAPE_TERMS
from blotflux.measure.fitting.state import BAND_TERMS, SPREAD

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from blotflux.measure.fitting.state import State

__all__ = ["joint_step", "prior_terms"]

POSITION_SIGMAS = 0.35  # bands follow the smile to about a pixel or two
LEAST_SPREAD = np.array([0.012] + [0.008] * SHAPE_TERMS)
MOST_SPREAD = np.array([0.10] + [0.03] * SHAPE_TERMS)
SPREAD_BANDS = 4.0  # bands that the first guess of the spread counts for
# How far a row may lie from a Gaussian (any width), from the row beside it, and from one apart.
ROW = np.array([30.0] + [0.2] * SHAPE_TERMS)
KIN = np.array([0.03] + [0.01] * SHAPE_TERMS)
FAR = np.array([0.3] + [0.1] * SHAPE_TERMS)
NEAR_SIGMAS = 5.0  # closer rows are side by side
LARGEST_STEP = np.array([0.2] + [0.1] * SHAPE_TERMS)


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


def joint_step(
    state: State, normal: NDArray[np.float64], gradient: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Take the rows' step of a Gauss-Newton iteration and return that of the lanes' parameters.

    Parameters
    ----------
    state : State
        Its row values, their variances and the spread are changed.
    normal : ndarray, shape (lanes, p, p)
        J'WJ with the priors.
    gradient : ndarray, shape (lanes, p)

    Returns
    -------
    ndarray, shape (lanes, p)

    Notes
    -----
    Lanes are tied to each other only by their rows' values, so the rows are solved for first, from
    the Schur complement of the lanes (bordered normal equations), and the lanes given the rows.
    Alternating between the two instead takes dozens of rounds where bands overlap.
    """
    lanes, rows = state.volume.shape
    shared = np.arange(rows * BAND_TERMS).reshape(rows, BAND_TERMS)[:, 2:].ravel()
    precision = np.tile(state.spread**-2.0, rows)
    inverse = np.asarray(np.linalg.inv(normal), np.float64)
    alone = (inverse @ gradient[..., None])[..., 0]
    own = np.concatenate([state.log_sigma[..., None], state.shape], axis=-1)
    row = np.concatenate([state.row_log_sigma[:, None], state.row_shape], axis=-1)
    kinship, center = row_prior(state)
    among = inverse[:, shared[:, None], shared]
    complement = np.diag(lanes * precision) + kinship
    complement -= precision[:, None] * among.sum(axis=0) * precision
    pull = precision * ((own - row).sum(axis=0).ravel() + alone[:, shared].sum(axis=0))
    covariance = np.linalg.inv(complement)
    step = covariance @ (pull + kinship @ (center - row).ravel())
    limit = np.tile(LARGEST_STEP, rows)
    step = np.clip(step, -limit, limit)
    state.row_variance = np.maximum(np.diag(covariance), 0.0).reshape(row.shape)
    state.row_log_sigma = row[:, 0] + step.reshape(row.shape)[:, 0]
    state.row_shape = np.clip(row[:, 1:] + step.reshape(row.shape)[:, 1:], -0.5, 0.5)
    if lanes > 1:
        certainty = 1.0 / np.diagonal(among, axis1=1, axis2=2).reshape(own.shape)
        state.spread = better_spread(own - row, certainty, state.spread)
    return np.asarray(alone + inverse[:, :, shared] @ (precision * step))


def row_prior(state: State) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the precision of the rows' values, and what they are drawn to.

    Rows side by side on the gel are blurred alike (the two bands of LC3, of ERK), and only
    together do they say which tail is whose; rows farther apart hardly know of each other. Shapes
    are drawn to a Gaussian, widths to nothing.

    Returns
    -------
    precision : ndarray, shape (rows * (1 + SHAPE_TERMS),) squared
    center : ndarray, shape (rows, 1 + SHAPE_TERMS)
    """
    rows, terms = len(state.row_log_sigma), 1 + SHAPE_TERMS
    precision = np.zeros((rows, terms, rows, terms))
    every = np.arange(terms)
    sigma = np.exp(state.row_log_sigma)
    apart = np.abs(np.diff(np.median(state.position, axis=0))) / np.maximum(sigma[1:], sigma[:-1])
    for r in range(rows):
        precision[r, every, r, every] += ROW**-2.0
    for r, distance in enumerate(apart):
        tie = (KIN if distance < NEAR_SIGMAS else FAR) ** -2.0
        precision[r, every, r, every] += tie
        precision[r + 1, every, r + 1, every] += tie
        precision[r, every, r + 1, every] -= tie
        precision[r + 1, every, r, every] -= tie
    center = np.zeros((rows, terms))
    center[:, 0] = state.row_log_sigma
    return precision.reshape(rows * terms, rows * terms), center


def better_spread(
    deviation: NDArray[np.float64], certainty: NDArray[np.float64], spread: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return how far bands differ from their rows beyond their own errors.

    Parameters
    ----------
    deviation : ndarray, shape (lanes, rows, 1 + SHAPE_TERMS)
        Of every band from its row, shrunk by the prior.
    certainty : ndarray, same shape
        Precision of each band's values, prior included.
    spread : ndarray, shape (1 + SHAPE_TERMS,)
        The prior that they were shrunk with.

    Notes
    -----
    Method of moments (DerSimonian & Laird 1986, doi:10.1016/0197-2456(86)90046-2) on what the data
    alone say of each band, drawn to the first guess as if that rested on `SPREAD_BANDS` bands.
    """
    lanes = len(deviation)
    prior = spread**-2.0
    data = np.maximum(certainty - prior, 1e-12)
    alone = deviation * (1 + prior / data)  # shrinkage undone
    share = np.where(data > 0.1 * SPREAD**-2.0, data / (data + SPREAD**-2.0), 0.0)
    excess = share * (np.minimum(alone**2, 9 * MOST_SPREAD**2) - 1 / data)
    freedom = share.sum(axis=(0, 1)) * (1 - 1 / lanes)
    variance = (excess.sum(axis=(0, 1)) + SPREAD_BANDS * SPREAD**2) / (freedom + SPREAD_BANDS)
    return np.asarray(np.sqrt(np.clip(variance, LEAST_SPREAD**2, MOST_SPREAD**2)))
