"""Crosstalk: what of a lane's bands falls into its neighbors' windows.

Bands have soft edges. Where lanes nearly touch, a strong band's edge lies in the window of the
lane beside it and would be counted there: one percent of a band thirty times as strong is thirty
percent of the weak one. The edges of the lanes, and of single bands as far as these are clear,
give the share of each band that its neighbors' windows hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

from blotflux.measure.fitting.edges import band_edges, boundary_zone, fit_edges
from blotflux.measure.fitting.profiles import cut_around
from blotflux.measure.medians import median

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from blotflux.measure.fitting.edges import BandEdges, Edges
    from blotflux.measure.fitting.lane_fit import LaneFit
    from blotflux.measure.fitting.profiles import Profiles

__all__ = ["Crosstalk", "estimate_crosstalk", "leaked_volumes", "without_crosstalk"]

NEGLIGIBLE = 2e-4  # share of a band below which its leak is not worth a second look
CLOSE = 0.45  # gaps wider than this many lane widths are not looked at
MOST = 0.2  # of a band, that a neighbor's window may hold
UNLIKE = 0.025  # by how much shares differ between the bands of a lane (chosen on drawn blots)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Crosstalk:
    """Shares of each lane's bands that lie outside its window.

    Attributes
    ----------
    to_left, to_right : ndarray, shape (lanes,)
        In the window of the lane to the left and to the right, of all its bands together; 0 at
        the ends.
    bands_left, bands_right : ndarray, shape (lanes, rows)
        The same of each band, drawn to its lane's as far as noise leaves it open; no rows where
        no two lanes are close.
    softness_px : float
        Of the lanes' edges; 0 where no two lanes are close.
    """

    to_left: NDArray[np.float64]
    to_right: NDArray[np.float64]
    bands_left: NDArray[np.float64]
    bands_right: NDArray[np.float64]
    softness_px: float

    @property
    def negligible(self) -> bool:
        """Whether no lane loses enough to matter."""
        return bool(max(self.to_left.max(initial=0), self.to_right.max(initial=0)) < NEGLIGIBLE)

    @property
    def captured(self) -> NDArray[np.float64]:
        """Share of each lane's bands that its own window holds, shape (lanes,)."""
        return np.asarray(1 - self.to_left - self.to_right)


def across_profiles(
    signal: NDArray[np.float32], profiles: Profiles, fit: LaneFit, half_px: int
) -> NDArray[np.float64]:
    """Return each band's profile across its lane, weighted by its shape.

    Returns
    -------
    ndarray, shape (lanes, rows, 2 * half_px + 1)
    """
    lanes, n = fit.model.shape
    reach = 1.5 * float(median(fit.sigma))
    offset = np.rint(np.linspace(-reach, reach, 7)).astype(np.intp)
    index = np.rint(fit.position)[..., None].astype(np.intp) + offset
    index = np.minimum(np.maximum(index, 0), n - 1)
    pixels = cut_around(signal, profiles, index, half_px)
    lane = np.arange(lanes)[:, None, None]
    background = fit.background[lane, index] / profiles.width_px[:, None, None]
    weight = np.exp(-0.5 * (offset / fit.sigma[..., None]) ** 2)
    return np.asarray(
        np.einsum("lrkx,lrk->lrx", pixels, weight) - (background * weight).sum(axis=2)[..., None]
    )


def estimate_crosstalk(
    signal: NDArray[np.float32],
    profiles: Profiles,
    fit: LaneFit,
    width_px: NDArray[np.float64],
) -> Crosstalk:
    """Return the crosstalk of one panel.

    Parameters
    ----------
    signal : ndarray of float32, shape (rows, columns)
    profiles : Profiles
    fit : LaneFit
        A first fit of the same lanes.
    width_px : ndarray, shape (lanes,)
        Of the lanes as found.
    """
    lanes, zero = len(width_px), np.zeros(len(width_px))
    distance = np.diff(profiles.x_px)
    gap = distance - 0.5 * (width_px[1:] + width_px[:-1])
    if lanes < 2 or not (gap < CLOSE * median(width_px)).any():
        none = np.zeros((lanes, 0))
        return Crosstalk(
            to_left=zero, to_right=zero, bands_left=none, bands_right=none, softness_px=0.0
        )
    half_px = int(np.ceil(0.5 * float(np.minimum(distance, 1.6 * median(width_px)).max()))) + 1
    across = across_profiles(signal, profiles, fit, half_px)
    zone = boundary_zone(across, distance, width_px)
    edges = fit_edges(zone, distance, width_px)
    own = band_edges(zone, edges, float(median(width_px)))
    return leak_shares(edges, own, across, profiles, distance)


def leak_shares(
    edges: Edges,
    own: BandEdges,
    across: NDArray[np.float64],
    profiles: Profiles,
    distance: NDArray[np.float64],
) -> Crosstalk:
    """Return the shares of lanes and of bands beyond the boundaries of their windows.

    Parameters
    ----------
    edges : Edges
    own : BandEdges
    across : ndarray, shape (lanes, rows, points)
        From `across_profiles`.
    profiles : Profiles
    distance : ndarray, shape (boundaries,)
        Between the centers of neighbors, px.
    """
    lanes = across.shape[0]
    half = across.shape[2] // 2
    offset = np.arange(-half, half + 1)
    window = (offset >= -profiles.left_px[:, None]) & (offset <= profiles.right_px[:, None])
    volume = np.maximum(np.einsum("lrx,lx->lr", across, window), 0.0)
    soft = edges.softness_px
    # How far each lane's window reaches, seen from the left lane's center as the edges are.
    ends = np.stack([profiles.right_px[:-1] + 0.5, distance - profiles.left_px[1:] - 0.5], axis=1)
    pooled = np.zeros((2, lanes))
    single = np.zeros((2, *volume.shape))
    for side, beside, sign, edge_px in (
        (0, slice(None, -1), 1.0, edges.left_px),
        (1, slice(1, None), -1.0, edges.right_px),
    ):
        tail = soft * beyond(sign * (ends[:, side] - edge_px) / soft)
        pooled[side, beside] = pooled_share(
            edges.plateau[..., side] * tail[:, None], volume[beside]
        )
        tails = soft * beyond(sign * (ends[:, side, None] - own.edge_px[..., side]) / soft)
        whole = np.maximum(volume[beside], 1e-9 * volume.max(initial=1e-9))
        share = np.minimum(own.plateau[..., side] * tails / whole, MOST)
        error = own.noise * window[beside].sum(axis=1)[:, None] / whole
        usual = pooled[side, beside, None]
        single[side, beside] = usual + (share - usual) / (1 + (error / UNLIKE) ** 2)
    return Crosstalk(
        to_left=pooled[1],
        to_right=pooled[0],
        bands_left=single[1],
        bands_right=single[0],
        softness_px=soft,
    )


def beyond(z: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the integral of the normal upper tail from z on."""
    return np.asarray(np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi) - z * ndtr(-z))


def pooled_share(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return part over whole, strong rows counting most; at most `MOST`."""
    share = (part * whole).sum(axis=1) / np.maximum((whole**2).sum(axis=1), 1e-300)
    return np.asarray(np.minimum(np.maximum(share, 0.0), MOST))


def leaked_volumes(volume: NDArray[np.float64], crosstalk: Crosstalk) -> NDArray[np.float64]:
    """Return what the neighbors' bands add to each band's window, shape (lanes, rows).

    Of any rows: counted with the shares of whole lanes.
    """
    bands = np.maximum(volume, 0.0)
    leak = np.zeros_like(bands)
    leak[1:] += crosstalk.to_right[:-1, None] * bands[:-1]
    leak[:-1] += crosstalk.to_left[1:, None] * bands[1:]
    return leak


def without_crosstalk(
    value: NDArray[np.float64], fit: LaneFit, crosstalk: Crosstalk, profiles: Profiles
) -> NDArray[np.float64]:
    """Return profiles as they were if every window held all of its bands and no others'.

    Parameters
    ----------
    value : ndarray, shape (lanes, n)
    fit : LaneFit
        The fit of these lanes that `crosstalk` was estimated with.
    crosstalk : Crosstalk
    profiles : Profiles
        Of the same lanes.

    Returns
    -------
    ndarray, shape (lanes, n)
        Noise and background are scaled by what a lane's window holds of its bands.
    """
    left = along_profile(fit, crosstalk.bands_left)
    right = along_profile(fit, crosstalk.bands_right)
    captured = crosstalk.captured[:, None]
    single = 1 / (1 - left - right) - 1 / captured
    leak = leaked_profiles(fit.model * left, fit.model * right, profiles)
    return np.asarray((value - leak) / captured + fit.model * single)


def along_profile(fit: LaneFit, share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what holds of each band, shape (lanes, rows), for places of profiles, (lanes, n).

    Where bands overlap it is their mean, each counting as much as there is of it.
    """
    y = np.arange(fit.model.shape[1])
    # So far from all bands that none is left each counts alike, as their light does: nothing.
    away = np.minimum(0.5 * ((y - fit.position[..., None]) / fit.sigma[..., None]) ** 2, 600.0)
    weight = np.maximum(fit.volume / fit.sigma, 1e-9)[..., None] * np.exp(-away)
    return np.asarray((share[..., None] * weight).sum(axis=1) / weight.sum(axis=1))


def leaked_profiles(
    to_left: NDArray[np.float64], to_right: NDArray[np.float64], profiles: Profiles
) -> NDArray[np.float64]:
    """Return what falls into each lane's profile of the light that its neighbors lose.

    Parameters
    ----------
    to_left, to_right : ndarray, shape (lanes, n)
        What each lane loses to the left and to the right.
    profiles : Profiles
    """
    leak, x = np.zeros_like(to_left), profiles.x_px
    # Each lane is leveled as its own bands lie; at the boundary they meet.
    half = 0.5 * (x[1:] - x[:-1])[:, None]
    slope, sag = profiles.slope, profiles.sag
    fall = np.rint((slope[:-1] + slope[1:] + (sag[:-1] - sag[1:]) * half) * half).astype(np.intp)
    y = np.arange(leak.shape[1])
    leak[1:] += np.take_along_axis(to_right[:-1], np.clip(y - fall, 0, y[-1]), axis=1)
    leak[:-1] += np.take_along_axis(to_left[1:], np.clip(y + fall, 0, y[-1]), axis=1)
    return leak
