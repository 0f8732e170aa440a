"""Crosstalk: what of a lane's bands falls into its neighbors' windows.

Bands have soft edges. Where lanes nearly touch, a strong band's edge lies in the window of the
lane beside it and would be counted there: one percent of a band thirty times as strong is thirty
percent of the weak one. The edges at each boundary are fitted as two error functions with one
softness for the panel, and give the share of each lane that its neighbors' windows hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

from blotflux.measure.fitting.profiles import cut_around
from blotflux.measure.medians import median

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from blotflux.measure.fitting.lane_fit import LaneFit
    from blotflux.measure.fitting.profiles import Profiles

__all__ = ["Crosstalk", "estimate_crosstalk", "leaked_profiles", "leaked_volumes"]

NEGLIGIBLE = 2e-4  # share of a band below which its leak is not worth a second look
STEPS, SETTLED_PX = 6, 0.02  # of the fit of the edges
PARAMETER = np.arange(3)  # of a boundary: its left edge, its right edge, its softness
CLOSE = 0.45  # gaps wider than this many lane widths are not looked at


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Crosstalk:
    """Shares of each lane's bands that lie outside its window.

    Attributes
    ----------
    to_left, to_right : ndarray, shape (lanes,)
        In the window of the lane to the left and to the right; 0 at the ends.
    softness_px : float
        Of the lanes' edges; 0 where no two lanes are close.
    """

    to_left: NDArray[np.float64]
    to_right: NDArray[np.float64]
    softness_px: float

    @property
    def negligible(self) -> bool:
        """Whether no lane loses enough to matter."""
        return bool(max(self.to_left.max(initial=0), self.to_right.max(initial=0)) < NEGLIGIBLE)


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
    lanes = len(width_px)
    zero = np.zeros(lanes)
    distance = np.diff(profiles.x_px)
    gap = distance - 0.5 * (width_px[1:] + width_px[:-1])
    if lanes < 2 or not (gap < CLOSE * median(width_px)).any():
        return Crosstalk(to_left=zero, to_right=zero, softness_px=0.0)
    half_px = int(np.ceil(0.5 * float(np.minimum(distance, 1.6 * median(width_px)).max()))) + 1
    across = across_profiles(signal, profiles, fit, half_px)
    zone = boundary_zone(across, distance, width_px)
    edges = fit_edges(zone, distance, width_px)
    return leak_shares(edges, across, profiles, distance)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Zone:
    """Pixels around each boundary; t counts from the left lane's center, px.

    Attributes
    ----------
    t : ndarray, shape (boundaries, points)
    value : ndarray, shape (boundaries, rows, points)
    """

    t: NDArray[np.float64]
    value: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Edges:
    """Fitted edges: of the left lane, of the right lane, their softness and the plateaus."""

    left_px: NDArray[np.float64]
    right_px: NDArray[np.float64]
    softness_px: float
    plateau: NDArray[np.float64]


def boundary_zone(
    across: NDArray[np.float64], distance: NDArray[np.float64], width_px: NDArray[np.float64]
) -> Zone:
    """Return the pixels from well inside the left lane's edge to as far inside the right's."""
    half = across.shape[2] // 2
    left_start = 0.28 * width_px[:-1]
    right_end = distance - 0.28 * width_px[1:]
    points = max(4, int(np.ceil((right_end - left_start).max())))
    t = left_start[:, None] + np.arange(points) * ((right_end - left_start) / (points - 1))[:, None]
    boundary = np.arange(len(distance))[:, None]
    from_left = t <= 0.5 * distance[:, None]
    lane = np.where(from_left, boundary, boundary + 1)
    column = np.where(from_left, t, t - distance[:, None]) + half
    low = np.minimum(np.maximum(np.floor(column).astype(int), 0), across.shape[2] - 2)
    share = np.minimum(np.maximum(column - low, 0.0), 1.0)[:, None, :]
    value = (1 - share) * across[lane, :, low].transpose(0, 2, 1)
    value = value + share * across[lane, :, low + 1].transpose(0, 2, 1)
    return Zone(t=t, value=value)


def fit_edges(zone: Zone, distance: NDArray[np.float64], width_px: NDArray[np.float64]) -> Edges:
    """Return the two edges of every boundary, by variable projection and Gauss-Newton."""
    start = np.stack([0.5 * width_px[:-1], distance - 0.5 * width_px[1:]], axis=1)
    edges, width = start, float(median(width_px))
    softness, limit = max(1.0, 0.06 * width), 0.06 * width
    root = np.sqrt(row_weights(zone))[:, :, None]
    pull = np.zeros((len(edges), 3))
    for _ in range(STEPS):
        inward = distance_inward(zone, edges, softness)
        plateau, residual = solve_plateaus(zone, inward)
        jacobian = edge_jacobian(plateau, inward, softness)
        j = (jacobian * root[:, None]).reshape(len(edges), 3, -1)
        r = (residual * root).reshape(len(edges), -1)
        prior = np.array([0.05 * width, 0.05 * width, 0.5 * softness]) ** -2.0
        scaled = np.maximum((r**2).mean(axis=1), 1e-6)[:, None] * prior
        np.subtract(start, edges, out=pull[:, :2])
        normal = j @ j.swapaxes(1, 2)
        normal[:, PARAMETER, PARAMETER] += scaled
        gradient = (j @ r[..., None])[..., 0] + scaled * pull
        step = np.linalg.solve(normal, gradient[..., None])[..., 0]
        edges = edges + np.minimum(np.maximum(step[:, :2], -limit), limit)
        information = normal[:, 2, 2]
        change = float((information * step[:, 2]).sum() / information.sum())
        change = min(max(change, -0.3 * softness), 0.3 * softness)
        softness = min(max(softness + change, 0.5), 0.25 * width)
        if max(float(np.abs(step[:, :2]).max()), abs(change)) < SETTLED_PX:
            break
    plateau, _ = solve_plateaus(zone, distance_inward(zone, edges, softness))
    left, right = edges.T
    return Edges(left_px=left, right_px=right, softness_px=softness, plateau=plateau)


def row_weights(zone: Zone) -> NDArray[np.float64]:
    """Return the weights of the rows at each boundary, shape (boundaries, rows).

    They count relative to their strength, faint ones less.
    """
    level = np.sqrt((zone.value**2).mean(axis=2))
    clear = np.minimum(level / max(float(median(level)), 1e-12), 1)
    least = 0.05 * max(float(level.max()), 1e-12)
    return np.asarray(1.0 / np.maximum(level, least) ** 2 * clear)


def distance_inward(zone: Zone, edges: NDArray[np.float64], softness: float) -> NDArray[np.float64]:
    """Return how far points are from the left and right edges, in softnesses, positive inside.

    Returns
    -------
    ndarray, shape (boundaries, 2, points)
    """
    inward = edges[:, :, None] - zone.t[:, None]
    np.negative(inward[:, 1], out=inward[:, 1])  # the right lane begins at its edge
    inward /= softness
    return np.asarray(inward)


def solve_plateaus(
    zone: Zone, inward: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return plateaus, shape (boundaries, rows, 2), and residuals (boundaries, rows, points)."""
    design = ndtr(inward)
    across = design.swapaxes(1, 2)
    normal = design @ across + 1e-9 * np.eye(2)
    plateau = zone.value @ across @ np.linalg.inv(normal)
    plateau = np.maximum(plateau, 0.0)
    return plateau, zone.value - plateau @ design


def edge_jacobian(
    plateau: NDArray[np.float64], inward: NDArray[np.float64], softness: float
) -> NDArray[np.float64]:
    """Return derivatives by left edge, right edge, softness: (boundaries, 3, rows, points)."""
    gauss = np.exp(-0.5 * inward * inward) / np.sqrt(2 * np.pi) / softness
    height = plateau.swapaxes(1, 2)[..., None]
    by_edge = height * gauss[:, :, None]
    by_softness = height * (inward * gauss)[:, :, None]
    jacobian = np.empty((len(plateau), 3, *by_edge.shape[2:]))
    jacobian[:, 0] = by_edge[:, 0]
    np.negative(by_edge[:, 1], out=jacobian[:, 1])
    np.add(by_softness[:, 0], by_softness[:, 1], out=jacobian[:, 2])
    np.negative(jacobian[:, 2], out=jacobian[:, 2])
    return jacobian


def leak_shares(
    edges: Edges, across: NDArray[np.float64], profiles: Profiles, distance: NDArray[np.float64]
) -> Crosstalk:
    """Return the share of each lane beyond the boundary of its window, pooled over its rows."""
    lanes = across.shape[0]
    half = across.shape[2] // 2
    offset = np.arange(-half, half + 1)
    window = (offset >= -profiles.left_px[:, None]) & (offset <= profiles.right_px[:, None])
    reach_right, reach_left = profiles.right_px + 0.5, profiles.left_px + 0.5
    volume = np.maximum(np.einsum("lrx,lx->lr", across, window), 0.0)
    to_right, to_left = np.zeros(lanes), np.zeros(lanes)
    tail_right = edges.softness_px * beyond((reach_right[:-1] - edges.left_px) / edges.softness_px)
    tail_left = edges.softness_px * beyond(
        (edges.right_px - (distance - reach_left[1:])) / edges.softness_px
    )
    to_right[:-1] = pooled_share(edges.plateau[..., 0] * tail_right[:, None], volume[:-1])
    to_left[1:] = pooled_share(edges.plateau[..., 1] * tail_left[:, None], volume[1:])
    return Crosstalk(to_left=to_left, to_right=to_right, softness_px=edges.softness_px)


def beyond(z: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the integral of the normal upper tail from z on."""
    return np.asarray(np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi) - z * ndtr(-z))


def pooled_share(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return part over whole, strong rows counting most; at most 0.2."""
    share = (part * whole).sum(axis=1) / np.maximum((whole**2).sum(axis=1), 1e-300)
    return np.asarray(np.minimum(np.maximum(share, 0.0), 0.2))


def leaked_volumes(volume: NDArray[np.float64], crosstalk: Crosstalk) -> NDArray[np.float64]:
    """Return what the neighbors' bands add to each band's window, shape (lanes, rows)."""
    bands = np.maximum(volume, 0.0)
    leak = np.zeros_like(bands)
    leak[1:] += crosstalk.to_right[:-1, None] * bands[:-1]
    leak[:-1] += crosstalk.to_left[1:, None] * bands[1:]
    return leak


def leaked_profiles(fit: LaneFit, crosstalk: Crosstalk, profiles: Profiles) -> NDArray[np.float64]:
    """Return what the neighbors' bands add to each lane's profile, shape (lanes, n)."""
    bands, x = fit.model, profiles.x_px
    leak = np.zeros_like(bands)
    # Each lane is leveled by its own slope; at the boundary they meet.
    half = 0.5 * (x[1:] - x[:-1])
    falls = np.rint((profiles.slope[:-1] + profiles.slope[1:]) * half).astype(int).tolist()
    for i, fall in enumerate(falls):
        add_shifted(leak[i + 1], crosstalk.to_right[i] * bands[i], fall)
    for i, fall in enumerate(falls):
        add_shifted(leak[i], crosstalk.to_left[i + 1] * bands[i + 1], -fall)
    return leak


def add_shifted(total: NDArray[np.float64], profile: NDArray[np.float64], shift: int) -> None:
    """Add a profile to another, moved down by `shift`; what leaves the end enters at the start."""
    shift %= len(total)
    total[shift:] += profile[: len(total) - shift]
    total[:shift] += profile[len(total) - shift :]
