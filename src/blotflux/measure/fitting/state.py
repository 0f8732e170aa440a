"""The parameters of one zone's bands while they are fitted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.fitting.shapes import SHAPE_TERMS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from blotflux.measure.fitting.rows import Row

__all__ = ["BAND_TERMS", "State", "cold_start", "snapshot", "update"]

BAND_TERMS = 3 + SHAPE_TERMS  # volume, position, log width, shape
# How far a band's log width and shape terms may differ from its row's (one standard deviation),
# before the data of the zone's bands have been asked.
SPREAD = np.array([0.05] + [0.03] * SHAPE_TERMS)


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


def snapshot(state: State) -> NDArray[np.float64]:
    """Return what decides whether a fit has settled: the rows' shapes, the strong bands' places."""
    strong = state.volume > 0.3 * np.median(state.volume, axis=0)
    place = np.where(strong, state.position / np.exp(state.row_log_sigma), 0.0)
    return np.concatenate([place.ravel(), state.row_log_sigma, state.row_shape.ravel()])


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
