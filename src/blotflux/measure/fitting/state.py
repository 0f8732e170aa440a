"""The parameters of the bands of some zones while they are fitted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.fitting.shapes import SHAPE_TERMS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from blotflux.measure.fitting.zones import Zone

__all__ = ["BAND_TERMS", "State", "cold_start", "snapshot", "update"]

BAND_TERMS = 3 + SHAPE_TERMS  # volume, position, log width, shape
# How far a band's log width and shape terms may differ from its row's (one standard deviation),
# before the data of the zone's bands have been asked.
SPREAD = np.array([0.017] + [0.01] * SHAPE_TERMS)
STRONG = 0.3  # of a row's mean volume: bands that a fit waits for


@dataclass(slots=True, kw_only=True, eq=False)
class State:
    """The parameters of the bands of Z zones with R rows each, in L lanes.

    Changed only while they are fitted.

    Attributes
    ----------
    volume, position, log_sigma : ndarray, shape (Z, L, R)
    shape : ndarray, shape (Z, L, R, SHAPE_TERMS)
    row_position : ndarray, shape (Z, L, R)
        Where each row is expected.
    row_log_sigma, row_shape : ndarray, shape (Z, R) and (Z, R, SHAPE_TERMS)
        What the row's bands share.
    spread : ndarray, shape (Z, R, 1 + SHAPE_TERMS)
        How far log width and shape terms of single bands differ from their row's.
    """

    volume: NDArray[np.float64]
    position: NDArray[np.float64]
    log_sigma: NDArray[np.float64]
    shape: NDArray[np.float64]
    row_position: NDArray[np.float64]
    row_log_sigma: NDArray[np.float64]
    row_shape: NDArray[np.float64]
    spread: NDArray[np.float64]

    def take_bands(self, other: State, lanes: NDArray[np.bool_]) -> None:
        """Take the bands of some lanes, shape (Z, L), from another state."""
        one = lanes[..., None]
        self.volume = np.where(one, other.volume, self.volume)
        self.position = np.where(one, other.position, self.position)
        self.log_sigma = np.where(one, other.log_sigma, self.log_sigma)
        self.shape = np.where(one[..., None], other.shape, self.shape)


def cold_start(zones: Sequence[Zone]) -> State:
    """Return Gaussians of no volume at the rows' heights, for zones of as many rows each."""
    position = np.stack([np.stack([row.y for row in zone.rows], axis=1) for zone in zones])
    count, _, rows = position.shape
    # Rows side by side spoil each other's apparent width, so they start from a common one.
    sigma = np.array([[row.sigma for row in zone.rows] for zone in zones])
    apart = np.abs(position[:, :, :, None] - position[:, :, None, :]).min(axis=1)
    close = apart < 5 * sigma.max(axis=1)[:, None, None]
    log_sigma = (close * np.log(sigma)[:, :, None]).sum(axis=1) / close.sum(axis=1)
    return State(
        volume=np.zeros(position.shape),
        position=position.copy(),
        log_sigma=np.broadcast_to(log_sigma[:, None, :], position.shape).copy(),
        shape=np.zeros((*position.shape, SHAPE_TERMS)),
        row_position=position,
        row_log_sigma=log_sigma,
        row_shape=np.zeros((count, rows, SHAPE_TERMS)),
        spread=np.tile(SPREAD, (count, rows, 1)),
    )


def snapshot(state: State) -> NDArray[np.float64]:
    """Return what decides whether a fit has settled, a line for each zone.

    These are the rows' shapes and the strong bands' places.
    """
    strong = state.volume > STRONG * state.volume.mean(axis=1, keepdims=True)
    place = np.where(strong, state.position / np.exp(state.row_log_sigma)[:, None], 0.0)
    parts = (place, state.row_log_sigma, state.row_shape)
    return np.concatenate([part.reshape(len(place), -1) for part in parts], axis=1)


def update(state: State, delta: NDArray[np.float64]) -> None:
    """Take one Gauss-Newton step, its steps in position, width and shape limited.

    Parameters
    ----------
    state : State
    delta : ndarray, shape (Z, L, R * BAND_TERMS)
    """
    bands = delta.reshape(*state.volume.shape, BAND_TERMS)
    state.volume = state.volume + bands[..., 0]
    reach = 0.5 * np.exp(state.log_sigma)
    state.position = state.position + np.clip(bands[..., 1], -reach, reach)
    state.log_sigma = state.log_sigma + np.clip(bands[..., 2], -0.2, 0.2)
    state.shape = np.clip(state.shape + np.clip(bands[..., 3:], -0.1, 0.1), -0.6, 0.6)
