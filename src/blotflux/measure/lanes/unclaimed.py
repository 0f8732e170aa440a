"""Bands that no lane claims: where they lie, a lane was overlooked.

Whatever divided the rows into lanes may leave out a clear band: one so much stronger, wider or
closer to its neighbor than the others that it looked like none of them.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.lanes.quick import middle

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from blotflux.measure.lanes.ridges import Ridges
    from blotflux.measure.lanes.tracks import Tracks

__all__ = ["overlooked_lanes"]

ON = 0.3  # of a ridge's highest profile: where it is a band
CLEAR = 8.0  # standard deviations of the profile
FAINTEST = 0.1  # of the usual lane's strongest band
REACH = 0.55  # lane widths on both sides of a lane's center that it claims
SHORTEST = 0.55  # lane widths that a band covers at least
APART = 0.7  # lane widths between lanes


def overlooked_lanes(
    tracks: Tracks, ridges: Ridges, shown: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return straightened centers of lanes that unclaimed bands speak for, the clearest first.

    Parameters
    ----------
    tracks : Tracks
        Of all lanes that were considered.
    ridges : Ridges
    shown : ndarray of bool, shape (lanes,)
        Lanes that claim bands.
    """
    if not shown.any() or not len(ridges):
        return np.zeros(0)
    lanes, width = tracks.x[shown], middle(tracks.width[shown])
    x = straightened(tracks, ridges)
    away = np.abs(x[:, None] - lanes).min(axis=1)
    highest = np.maximum.reduceat(ridges.profile, ridges.start[:-1])[ridges.ridge]
    on = (ridges.profile > ON * highest) & (ridges.profile > CLEAR * ridges.profile_noise)
    on &= ridges.contrast > FAINTEST * usual_contrast(tracks, shown)
    free = on & (away > REACH * width)
    found = stretches(ridges, x, free, width)
    taken: list[float] = []
    for center, _ in sorted(found, key=lambda one: -one[1]):
        near = np.abs(np.concatenate([lanes, taken]) - center)
        if near.min() > APART * width:
            taken.append(center)
    return np.array(taken)


def straightened(tracks: Tracks, ridges: Ridges) -> NDArray[np.float64]:
    """Return where the points of ridges lie among the lanes' centers, shape (points,)."""
    spread = tracks.fan * (ridges.y - tracks.slant.middle) / tracks.slant.half
    x = ridges.x - tracks.slant.shift(ridges.y)
    return np.asarray((x + tracks.hub * spread) / (1 + spread))


def usual_contrast(tracks: Tracks, shown: NDArray[np.bool_]) -> float:
    """Return the contrast of the usual lane's strongest band."""
    strongest = np.zeros(len(tracks.x))
    np.maximum.at(strongest, tracks.pieces.lane, tracks.pieces.contrast)
    strongest = strongest[shown & (strongest > 0)]
    return middle(strongest) if len(strongest) else 0.0


def stretches(
    ridges: Ridges, x: NDArray[np.float64], free: NDArray[np.bool_], width: float
) -> list[tuple[float, float]]:
    """Return center and weight of every lane's width of unclaimed band."""
    change = np.diff(free.astype(np.int8), prepend=0, append=0) != 0
    change[ridges.start] |= np.append(free, False)[ridges.start]
    change[ridges.start] |= np.append(False, free)[ridges.start]
    found = []
    for first, end in itertools.pairwise(np.flatnonzero(change).tolist()):
        if not free[first]:
            continue
        left, right = float(x[first]), float(x[end - 1])
        if right - left + 1 < SHORTEST * width:
            continue
        number = max(1, round((right - left) / width))
        weight = float(ridges.contrast[first:end].mean()) * (right - left) / number
        found += [(left + (right - left) * (i + 0.5) / number, weight) for i in range(number)]
    return found
