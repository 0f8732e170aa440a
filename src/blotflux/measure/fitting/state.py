"""The parameters of the bands of some zones while they are fitted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.fitting.shapes import FEW_TERMS, per_term

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from blotflux.measure.fitting.zones import Zone

__all__ = ["PLACE", "SPREAD", "State", "bands_at_rows", "cold_start", "snapshot", "update"]

PLACE = 2  # a band's first terms, which say where and how much: volume and position
# How far a band's log width and shape terms may differ from its row's (one standard deviation),
# before the data of the zone's bands have been asked. Of the finer terms they never are.
SPREAD = per_term(0.017, 0.01, 0.003)
STRONG = 0.3  # of a row's mean volume: bands that a fit waits for
LARGEST_STEP = np.array([np.inf, 0.5, *per_term(0.2, 0.1, 0.1)])  # the position's in sigmas
LARGEST = np.array([np.inf, np.inf, *per_term(np.inf, 0.6, 0.6)])
MOST_ASTRAY = 2.0  # row widths from its row's height, and ...
MOST_UNLIKE = 0.8  # ... logarithm of its width over the row's, within which a band stays


@dataclass(slots=True, kw_only=True, eq=False)
class State:
    """The parameters of the bands of Z zones with R rows each, in L lanes, of T shape terms.

    Changed only while they are fitted, and then by new arrays in place of the old.

    Attributes
    ----------
    bands : ndarray, shape (Z, L, R, 3 + T)
        Volume, position, log width and shape terms of every band.
    row_position : ndarray, shape (Z, L, R)
        Where each row is expected.
    rows : ndarray, shape (Z, R, 1 + T)
        What the row's bands share: log width and shape terms.
    spread : ndarray, shape (Z, R, 1 + T)
        How far log width and shape terms of single bands differ from their row's.
    """

    bands: NDArray[np.float64]
    row_position: NDArray[np.float64]
    rows: NDArray[np.float64]
    spread: NDArray[np.float64]

    @property
    def volume(self) -> NDArray[np.float64]:
        """Shape (Z, L, R)."""
        return self.bands[..., 0]

    @property
    def position(self) -> NDArray[np.float64]:
        """Shape (Z, L, R), px from the zone's start."""
        return self.bands[..., 1]

    @property
    def sigma(self) -> NDArray[np.float64]:
        """Shape (Z, L, R), px."""
        return np.exp(self.bands[..., 2])

    @property
    def shape(self) -> NDArray[np.float64]:
        """Shape (Z, L, R, T)."""
        return self.bands[..., 3:]

    @property
    def row_sigma(self) -> NDArray[np.float64]:
        """Shape (Z, R), px."""
        return np.exp(self.rows[..., 0])

    def with_terms(self, count: int) -> State:
        """Return the state with as many shape terms; new ones are 0."""
        more = 1 + count - self.rows.shape[-1]
        if more == 0:
            return self
        if more < 0:
            return replace(
                self,
                bands=self.bands[..., :more],
                rows=self.rows[..., :more],
                spread=self.spread[..., :more],
            )
        new = np.broadcast_to(SPREAD[1 + count - more : 1 + count], (*self.rows.shape[:-1], more))
        return replace(
            self,
            bands=np.concatenate([self.bands, np.zeros((*self.bands.shape[:-1], more))], axis=-1),
            rows=np.concatenate([self.rows, np.zeros(new.shape)], axis=-1),
            spread=np.concatenate([self.spread, new], axis=-1),
        )

    def take_bands(self, other: State, lanes: NDArray[np.bool_]) -> None:
        """Take the bands of some lanes, shape (Z, L), from another state."""
        self.bands = np.where(lanes[..., None, None], other.bands, self.bands)


def bands_at_rows(
    position: NDArray[np.float64], rows: NDArray[np.float64], spread: NDArray[np.float64]
) -> State:
    """Return bands of no volume at some places, of their rows' width and shape.

    Parameters
    ----------
    position : ndarray, shape (Z, L, R)
    rows, spread : ndarray, shape (Z, R, 1 + T)
    """
    bands = np.zeros((*position.shape, PLACE + rows.shape[-1]))
    bands[..., 1] = position
    bands[..., PLACE:] = rows[:, None]
    return State(bands=bands, row_position=position, rows=rows, spread=spread)


def cold_start(zones: Sequence[Zone], terms: int = FEW_TERMS) -> State:
    """Return Gaussians of no volume at the rows' heights, for zones of as many rows each.

    Parameters
    ----------
    zones : sequence of Zone
    terms : int
        How many of their shape may be fitted.
    """
    position = np.array([[row.y for row in zone.rows] for zone in zones]).swapaxes(1, 2)
    count, _, members = position.shape
    # Rows side by side spoil each other's apparent width, so they start from a common one.
    sigma = np.array([[row.sigma for row in zone.rows] for zone in zones])
    apart = np.abs(position[:, :, :, None] - position[:, :, None, :]).min(axis=1)
    close = apart < 5 * sigma.max(axis=1)[:, None, None]
    rows = np.zeros((count, members, 1 + terms))
    rows[..., 0] = (close * np.log(sigma)[:, :, None]).sum(axis=1) / close.sum(axis=1)
    return bands_at_rows(position, rows, np.tile(SPREAD[: 1 + terms], (count, members, 1)))


def snapshot(state: State) -> NDArray[np.float64]:
    """Return what decides whether a fit has settled, a line for each zone.

    These are the rows' shapes and the strong bands' places.
    """
    zones, lanes, _ = state.volume.shape
    strong = state.volume > STRONG / lanes * state.volume.sum(axis=1, keepdims=True)
    place = strong * (state.position / state.row_sigma[:, None])
    shape = state.rows[..., : 1 + FEW_TERMS]  # finer terms go on moving when no volume does
    return np.concatenate([place.reshape(zones, -1), shape.reshape(zones, -1)], axis=1)


def update(state: State, delta: NDArray[np.float64]) -> None:
    """Take one Gauss-Newton step, its steps in position, width and shape limited.

    Parameters
    ----------
    state : State
    delta : ndarray, shape (Z, L, R * (3 + T))
    """
    bands = state.bands
    terms = bands.shape[3]
    reach = np.empty(bands.shape)
    reach[...] = LARGEST_STEP[:terms]
    reach[..., 1] *= state.sigma
    moved = bands + np.minimum(np.maximum(delta.reshape(bands.shape), -reach), reach)
    np.minimum(np.maximum(moved, -LARGEST[:terms]), LARGEST[:terms], out=moved)
    keep_near(moved[..., 1], state.row_position, MOST_ASTRAY * state.row_sigma[:, None])
    keep_near(moved[..., 2], state.rows[:, None, :, 0], MOST_UNLIKE)
    state.bands = moved


def keep_near(
    values: NDArray[np.float64],
    center: NDArray[np.float64],
    reach: NDArray[np.float64] | float,
) -> None:
    """Limit values, in place, to what lies within reach of a center."""
    np.maximum(values, center - reach, out=values)
    np.minimum(values, center + reach, out=values)
