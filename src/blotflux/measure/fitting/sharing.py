"""What the bands of a row, and the rows of a zone, have in common: width and shape.

Each band is drawn to its row by a normal prior, and the row's values are the precision-weighted
means of its bands; how far bands differ from their rows is estimated from the bands themselves
(empirical Bayes).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.fitting.shapes import per_term
from blotflux.measure.fitting.state import SPREAD

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from blotflux.measure.fitting.state import State

__all__ = ["joint_step", "prior_terms", "row_prior"]

POSITION_SIGMAS = 0.35  # bands follow the smile to about a pixel or two
LEAST_SPREAD = per_term(0.006, 0.004, 0.003)
MOST_SPREAD = per_term(0.10, 0.03, 0.003)  # one band does not show the finer terms
SPREAD_BANDS = 8.0  # bands that the first guess of the spread counts for
USUAL = SPREAD**-2.0
# How far a row may lie from a Gaussian (any width), from the row beside it, and from one apart.
ROW = per_term(30.0, 0.2, 0.2)
KIN = per_term(0.03, 0.02, 0.02)
FAR = per_term(0.3, 0.1, 0.1)
NEAR_SIGMAS = 5.0  # closer rows are side by side
LARGEST_STEP = per_term(0.2, 0.1, 0.1)
LARGEST = per_term(np.inf, 0.5, 0.5)


def prior_terms(state: State) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return precision and distance to the row, both of shape (Z, L, R, 3 + T)."""
    precision = np.zeros(state.bands.shape)
    precision[..., 1] = (POSITION_SIGMAS**-2.0 * state.row_sigma**-2.0)[:, None]
    precision[..., 2:] = (state.spread**-2.0)[:, None]
    pull = np.zeros(state.bands.shape)
    np.subtract(state.row_position, state.position, out=pull[..., 1])
    np.subtract(state.rows[:, None], state.bands[..., 2:], out=pull[..., 2:])
    return precision, pull


def joint_step(
    state: State,
    normal: NDArray[np.float64],
    gradient: NDArray[np.float64],
    kinship: NDArray[np.float64] | None,
) -> NDArray[np.float64]:
    """Take the rows' step of a Gauss-Newton iteration and return that of the lanes' parameters.

    Parameters
    ----------
    state : State
        Its row values and the spread are changed.
    normal : ndarray, shape (Z, L, p, p)
        J'WJ with the priors, the background eliminated.
    gradient : ndarray, shape (Z, L, p)
    kinship : ndarray, shape (Z, q, q), optional
        `row_prior`; None for rows that stay as they are.

    Returns
    -------
    ndarray, shape (Z, L, p)

    Notes
    -----
    Lanes are tied to each other only by their rows' values, so the rows are solved for first, from
    the Schur complement of the lanes (bordered normal equations), and the lanes given the rows.
    Alternating between the two instead takes dozens of rounds where bands overlap.
    """
    if kinship is None:
        return np.asarray(np.linalg.solve(normal, gradient[..., None])[..., 0], np.float64)
    zones, lanes, rows, terms = state.bands.shape
    inverse = np.asarray(np.linalg.inv(normal), np.float64)
    alone = (inverse @ gradient[..., None]).reshape(state.bands.shape)
    among = inverse.reshape(zones, lanes, rows, terms, rows, terms)[:, :, :, 2:, :, 2:]
    among = among.sum(axis=1).reshape(zones, rows * (terms - 2), -1)
    deviation = state.bands[..., 2:] - state.rows[:, None]
    precision = state.spread**-2.0
    pull = precision * (deviation + alone[..., 2:]).sum(axis=1)
    step = rows_step(state, precision, pull, among, kinship)
    push = np.zeros((zones, 1, rows, terms))
    push[:, 0, :, 2:] = precision * step
    moved = alone + (inverse @ push.reshape(zones, 1, -1, 1)).reshape(state.bands.shape)
    if lanes > 1:
        # Where the bands will be, since that is what the prior has drawn them to.
        deviation += moved[..., 2:] - step[:, None]
        certainty = 1.0 / np.diagonal(inverse, axis1=2, axis2=3).reshape(moved.shape)[..., 2:]
        state.spread = better_spread(deviation, certainty, state.spread)
    return moved.reshape(gradient.shape)


def rows_step(
    state: State,
    precision: NDArray[np.float64],
    pull: NDArray[np.float64],
    among: NDArray[np.float64],
    kinship: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Take the rows' step and return it, shape (Z, R, 1 + T).

    Parameters
    ----------
    state : State
        Its row values are changed.
    precision : ndarray, shape (Z, R, 1 + T)
        With which bands are drawn to their rows.
    pull : ndarray, same shape
        Of all bands on their rows, were each band alone to move.
    among : ndarray, shape (Z, R * (1 + T), R * (1 + T))
        Covariance of the bands' values, summed over the lanes.
    kinship : ndarray, same shape
        From `row_prior`.
    """
    zones, lanes, *_ = state.bands.shape
    each = precision.reshape(zones, -1)
    complement = kinship - each[:, :, None] * among * each[:, None, :]
    index = np.arange(each.shape[1])
    complement[:, index, index] += lanes * each
    # Rows are drawn to a Gaussian, their widths to nothing but each other.
    away = state.rows.copy()
    away[..., 0] = 0.0
    push = pull.reshape(zones, -1, 1) - kinship @ away.reshape(zones, -1, 1)
    step = np.linalg.solve(complement, push).reshape(state.rows.shape)
    terms = state.rows.shape[2]
    most, largest = LARGEST_STEP[:terms], LARGEST[:terms]
    step = np.minimum(np.maximum(step, -most), most)
    state.rows = np.minimum(np.maximum(state.rows + step, -largest), largest)
    return np.asarray(step)


def row_prior(state: State) -> NDArray[np.float64]:
    """Return the precision of the rows' values, shape (Z, R * (1 + T)) squared.

    Rows side by side on the gel are blurred alike (the two bands of LC3, of ERK), and only
    together do they say which tail is whose; rows farther apart hardly know of each other. Shapes
    are drawn to a Gaussian, widths to nothing.
    """
    zones, rows, terms = state.rows.shape
    precision = np.zeros((zones, rows, terms, rows, terms))
    every = np.arange(terms)
    sigma, place = state.row_sigma, state.position.mean(axis=1)
    for r in range(rows):
        precision[:, r, every, r, every] += ROW[:terms] ** -2.0
    for r in range(rows - 1):
        apart = (place[:, r + 1] - place[:, r]) / np.maximum(sigma[:, r + 1], sigma[:, r])
        tie = np.where((np.abs(apart) < NEAR_SIGMAS)[:, None], KIN[:terms], FAR[:terms]) ** -2.0
        precision[:, r, every, r, every] += tie
        precision[:, r + 1, every, r + 1, every] += tie
        precision[:, r, every, r + 1, every] -= tie
        precision[:, r + 1, every, r, every] -= tie
    return precision.reshape(zones, rows * terms, rows * terms)


def better_spread(
    deviation: NDArray[np.float64], certainty: NDArray[np.float64], spread: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return how far bands differ from their rows beyond their own errors.

    Parameters
    ----------
    deviation : ndarray, shape (Z, L, R, 1 + T)
        Of every band from its row, shrunk by the prior.
    certainty : ndarray, same shape
        Precision of each band's values, prior included.
    spread : ndarray, shape (Z, R, 1 + T)
        The prior that they were shrunk with.

    Returns
    -------
    ndarray, shape (Z, R, 1 + T)
        The same for all rows of a zone.

    Notes
    -----
    Method of moments (DerSimonian & Laird 1986, doi:10.1016/0197-2456(86)90046-2) on what the data
    alone say of each band, drawn to the first guess as if that rested on `SPREAD_BANDS` bands.
    """
    lanes, terms = deviation.shape[1], deviation.shape[3]
    usual, least, most = USUAL[:terms], LEAST_SPREAD[:terms], MOST_SPREAD[:terms]
    prior = (spread**-2.0)[:, None]
    data = np.maximum(certainty - prior, 1e-12)
    alone = deviation * (1 + prior / data)  # shrinkage undone
    share = (data > 0.1 * usual) * (data / (data + usual))
    excess = share * (np.minimum(alone * alone, 9 * most**2) - 1 / data)
    freedom = share.sum(axis=(1, 2)) * (1 - 1 / lanes)
    variance = (excess.sum(axis=(1, 2)) + SPREAD_BANDS / usual) / (freedom + SPREAD_BANDS)
    better = np.sqrt(np.minimum(np.maximum(variance, least**2), most**2))
    return np.broadcast_to(better[:, None], spread.shape)
