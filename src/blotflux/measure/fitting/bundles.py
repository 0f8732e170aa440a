"""Zones with as many rows each, side by side in arrays of one shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.fitting.background import splines_for
from blotflux.measure.fitting.fit import ZoneData

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from blotflux.measure.fitting.background import Splines
    from blotflux.measure.fitting.zones import Zone

__all__ = ["Bundle", "make_bundles"]

OUTSIDE = 1e9  # factor on the variance of what lies outside the picture


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bundle:
    """Z zones of R rows each, in L lanes, padded to N places.

    Attributes
    ----------
    zones : tuple of Zone
    members : ndarray of int, shape (Z, R)
        Indices of the rows.
    start : ndarray of int, shape (Z, L)
        Where each zone begins in each lane's profile.
    length : ndarray of int, shape (Z,)
        Of each zone without padding.
    place : ndarray of int, shape (Z, L, N)
        Places in the profiles, clipped to them.
    inside, padding : ndarray of bool, shape (Z, L, N) and (Z, 1, N)
        What lies in the profiles; what lies beyond a zone's length.
    splines : Splines
    """

    zones: tuple[Zone, ...]
    members: NDArray[np.intp]
    start: NDArray[np.intp]
    length: NDArray[np.intp]
    place: NDArray[np.intp]
    inside: NDArray[np.bool_]
    padding: NDArray[np.bool_]
    splines: Splines

    @classmethod
    def of(cls, zones: Sequence[Zone], n: int) -> Bundle:
        """Return zones of as many rows each, of profiles of `n` values, as one."""
        start = np.array([zone.start for zone in zones])
        length = np.array([zone.length for zone in zones])
        along = np.arange(length.max())
        raw = start[..., None] + along
        sigmas = [float(np.median([row.sigma for row in zone.rows])) for zone in zones]
        return cls(
            zones=tuple(zones),
            members=np.array([zone.members for zone in zones]),
            start=start,
            length=length,
            place=np.minimum(np.maximum(raw, 0), n - 1),
            inside=(raw >= 0) & (raw < n),
            padding=along >= length[:, None, None],
            splines=splines_for(length.tolist(), sigmas),
        )

    def cut(self, value: NDArray[np.float64], variance: NDArray[np.float64]) -> ZoneData:
        """Return the stretches of profiles, shape (L, n), that bear on the zones."""
        lane = np.arange(len(value))[:, None]
        known = variance[lane, self.place]
        known *= np.where(self.inside, 1.0, OUTSIDE)
        return ZoneData(
            value=value[lane, self.place],
            variance=np.where(self.padding, np.inf, known),
            length=self.length,
            splines=self.splines,
        )

    def paint(
        self,
        model: NDArray[np.float64],
        background: NDArray[np.float64],
        parts: NDArray[np.float64],
    ) -> None:
        """Add models of the zones to those of whole profiles, and put backgrounds in place.

        Parameters
        ----------
        model, background : ndarray, shape (L, n)
            Of whole profiles; changed.
        parts : ndarray, shape (2, Z, L, N)
            Models and backgrounds of the zones.
        """
        lanes, n = model.shape
        real = self.inside & ~self.padding
        flat = (np.arange(lanes)[:, None] * n + self.place)[real]
        # Zones may share places: their models add up there.
        model += np.bincount(flat, parts[0][real], minlength=model.size).reshape(model.shape)
        background.reshape(-1)[flat] = parts[1][real]


def make_bundles(zones: Sequence[Zone], n: int) -> tuple[Bundle, ...]:
    """Return the zones by how many rows they have, in the order in which these come first."""
    groups: dict[int, list[Zone]] = {}
    for zone in zones:
        groups.setdefault(len(zone.members), []).append(zone)
    return tuple(Bundle.of(group, n) for group in groups.values())
