"""How single bands lie across their lane: slanted, or bent as where the gel smiles within a lane.

One slant for a whole lane levels most bands. Where lanes bend, where the smile changes down the
gel, or where the ends of a band ran ahead of its middle, each band lies its own way; summed as if
it did not it is too wide, skewed, and may look like two.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["find_bends"]

BROAD_PX = 61  # over which what is not a band is smooth
CLEAR = 5.0  # times the noise of a lane's profile, that the places of a band stand out
SIDE_PX, JOINED_PX = 5, 8  # around such places; between two that are one stretch
SHORTEST_PX = 16  # a profile that can show how a band lies
ROUNDS = 4
MOST_STEP_PX, MOST_PX = 2.5, 12.0  # of a slice in one round, and of a band's end in all
USUAL_PX = 1.5  # how far the ends of bands usually lie from level
OWN_PX = 0.5  # how unevenly slices lie by themselves: texture, specks
LEVEL_PX = 0.8  # of an end, up to which a band is level enough
EXPLAINED = 0.5  # of how the slices lie, that slant and sag must explain ...
CERTAIN = 12.0  # ... and by how much less chi-square
CORE, IN_CORE = 0.5, 0.25  # middle of a lane, and how much of a band lies there


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stretches:
    """Stretches of profiles that hold bands: K of them, lane by lane.

    Attributes
    ----------
    lane, first, end : ndarray of int, shape (K,)
    """

    lane: NDArray[np.intp]
    first: NDArray[np.intp]
    end: NDArray[np.intp]


def find_bends(
    slices: NDArray[np.float64], offset: NDArray[np.float64], lane_px: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how bands lie in the slices of their lanes.

    Parameters
    ----------
    slices : ndarray, shape (lanes, S, n)
        Sums over narrow slices of each lane.
    offset : ndarray, shape (lanes, S)
        Of the slices' middles from the track, px.
    lane_px : ndarray, shape (lanes,)
        Widths of the lanes, which bands fill.

    Returns
    -------
    slope : ndarray, shape (lanes, n)
        By how much bands fall, px per px; 0 where they are level enough or too faint to tell.
    sag : ndarray, same shape
        The same of the square of the offset, px per px².
    """
    lanes, _, n = slices.shape
    slope, sag = np.zeros((lanes, n)), np.zeros((lanes, n))
    if n < SHORTEST_PX:
        return slope, sag
    profile = slices.sum(axis=1)
    noise = noise_of(profile)
    found = stretches_of(profile, noise)
    if not len(found.lane):
        return slope, sag
    half = 0.5 * lane_px[found.lane]
    t = offset[found.lane] / half[:, None]
    ends = ends_of(slices, found, t, noise)
    spread_out(slope, found, ends[:, 0] / half)
    spread_out(sag, found, ends[:, 1] / half**2)
    return slope, sag


def noise_of(profile: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the noise of profiles, shape (lanes,), from second differences."""
    bends = np.abs(np.diff(profile, n=2, axis=1))
    return np.asarray(np.median(bends, axis=1) / (0.6745 * np.sqrt(6.0)))


def stretches_of(profile: NDArray[np.float64], noise: NDArray[np.float64]) -> Stretches:
    """Return the stretches of profiles that stand out of what is smooth."""
    value = profile.astype(np.float32)
    band = cv2.blur(value, (3, 1)) - cv2.blur(value, (BROAD_PX, 1))
    there = (band > CLEAR * noise[:, None]).view(np.uint8)
    wide = cv2.dilate(there, np.ones((1, 2 * SIDE_PX + JOINED_PX + 1), np.uint8))
    whole = cv2.erode(wide, np.ones((1, JOINED_PX + 1), np.uint8))
    edges = np.diff(np.pad(whole.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    lane, first = np.nonzero(edges > 0)
    return Stretches(lane=lane, first=first, end=np.nonzero(edges < 0)[1])


def ends_of(
    slices: NDArray[np.float64],
    found: Stretches,
    t: NDArray[np.float64],
    noise: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return by how much the ends of bands lie lower than their middle, px.

    Parameters
    ----------
    slices : ndarray, shape (lanes, S, n)
    found : Stretches
    t : ndarray, shape (K, S)
        Where the slices are; -1 and 1 are the edges of the lane.
    noise : ndarray, shape (lanes,)
        Of the lanes' profiles.

    Returns
    -------
    ndarray, shape (K, 2)
        What the right end has more than the left, halved, and what both have in common; 0 where
        a band is level enough or too faint to tell.
    """
    count, n = slices.shape[1:]
    length = found.end - found.first
    place = np.arange(int(length.max()))
    inside = (place < length[:, None])[:, None]
    row = (found.first[:, None] + np.minimum(place, length[:, None] - 1))[:, None]
    lane, every = found.lane[:, None, None], np.arange(count)[:, None]
    variance = noise[found.lane, None] ** 2 / count
    basis = np.stack([np.ones_like(t), t, t * t], axis=-1)
    prior = np.diag([1e-9, USUAL_PX**-2.0, USUAL_PX**-2.0])
    ends = np.zeros((len(t), 3, 1))
    for _ in range(ROUNDS):
        shift = np.rint(basis[..., 1:] @ ends[:, 1:]).astype(np.intp)
        at = np.minimum(np.maximum(row + shift, 0), n - 1)
        value = without_ground(slices[lane, every, at], length) * inside
        low, share, known = lowness(value)
        weight = 1.0 / (variance / np.maximum(known, 1e-12) + OWN_PX**2)
        low += shift[..., 0]
        weighted = basis.swapaxes(1, 2) * weight[:, None]
        ends = np.linalg.solve(weighted @ basis + prior, weighted @ low[..., None])
        ends = np.minimum(np.maximum(ends, -MOST_PX), MOST_PX)
    middle = (weight * low).sum(axis=1) / weight.sum(axis=1)
    before = (weight * (low - middle[:, None]) ** 2).sum(axis=1)
    after = (weight * (low - (basis @ ends)[..., 0]) ** 2).sum(axis=1)
    bent = np.abs(basis[..., 1:] @ ends[:, 1:])[..., 0]
    clear = (bent * (np.abs(t) <= 1)).max(axis=1) > LEVEL_PX
    clear &= (after < (1 - EXPLAINED) * before) & (after < before - CERTAIN)
    # What shows only at the sides of a window is the neighbors'.
    clear &= (share * (np.abs(t) < CORE)).sum(axis=1) > IN_CORE * share.sum(axis=1)
    return np.where(clear[:, None], ends[:, 1:, 0], 0.0)


def lowness(
    value: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return by how much slices lie lower than the whole they are parts of.

    A slice that lies s lower is its share of the whole, less s times the derivative (Lucas & Kanade
    1981, An iterative image registration technique, IJCAI 81, 674-679).

    Parameters
    ----------
    value : ndarray, shape (K, S, m)
        Slices without what is under the bands.

    Returns
    -------
    low, share, known : ndarray, shape (K, S)
        Px; of the whole; and the precision of `low` for noise of one unit.
    """
    whole = value.sum(axis=1)
    rise = np.zeros_like(whole)
    rise[:, 1:-1] = 0.5 * (whole[:, 2:] - whole[:, :-2])
    energy = (whole * whole).sum(axis=1)[:, None]
    steep = (rise * rise).sum(axis=1)[:, None]
    share = np.maximum((value @ whole[..., None])[..., 0] / np.maximum(energy, 1e-12), 0.0)
    low = -(value @ rise[..., None])[..., 0] / np.maximum(share * steep, 1e-12)
    low = np.minimum(np.maximum(low, -MOST_STEP_PX), MOST_STEP_PX)
    return low, share, share * share * steep


def without_ground(value: NDArray[np.float64], length: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return slices of stretches less a straight line between their ends."""
    first, last = value[..., :1], value[..., -1:]
    along = np.minimum(np.arange(value.shape[2]) / np.maximum(length - 1, 1)[:, None], 1.0)
    return value - first - (last - first) * along[:, None]


def spread_out(field: NDArray[np.float64], found: Stretches, level: NDArray[np.float64]) -> None:
    """Write what stretches have into a field over all places, straight in between."""
    y = np.arange(field.shape[1])
    for lane in np.unique(found.lane):
        mine = found.lane == lane
        knots = np.stack([found.first[mine], found.end[mine] - 1], axis=1).ravel()
        field[lane] = np.interp(y, knots, np.repeat(level[mine], 2))
