"""Edges of lanes: where the bands of two neighbors end at the boundary between them.

The edges at each boundary are two error functions with one softness for the panel, fitted to all
rows together. A single band may lie a little to the left or right of its lane, or end in another
way: how far each of its edges lies from its lane's is fitted after that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

from blotflux.measure.medians import median

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["BandEdges", "Edges", "Zone", "band_edges", "boundary_zone", "fit_edges"]

STEPS, SETTLED_PX = 6, 0.02  # of the fit of the edges
PARAMETER = np.arange(3)  # of a boundary: its left edge, its right edge, its softness
BAND_STEPS = 4  # of the fit of single bands' edges
# How far edges of bands lie from their lane's, usually and at most; shares of a lane's width.
BAND_SHIFT, MOST_SHIFT = 0.05, 0.15
BAND_PARAMETER = np.arange(4)  # of two neighbors' bands: both plateaus, both edges


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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BandEdges:
    """Edges of single bands at B boundaries, in R rows; first the left lane's, then the right's.

    Attributes
    ----------
    edge_px : ndarray, shape (B, R, 2)
        As in `Edges`.
    plateau : ndarray, shape (B, R, 2)
    noise : ndarray, shape (B, R)
        Standard deviation of what the edges leave over.
    """

    edge_px: NDArray[np.float64]
    plateau: NDArray[np.float64]
    noise: NDArray[np.float64]


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


def band_edges(zone: Zone, edges: Edges, width_px: float) -> BandEdges:
    """Return the edges of single bands, each drawn to its lane's as far as noise leaves it open."""
    lanes_px = np.stack([edges.left_px, edges.right_px], axis=1)[:, None]
    shift, plateau = np.zeros(edges.plateau.shape), edges.plateau
    most = MOST_SHIFT * width_px
    noise = np.zeros(zone.value.shape[:2])
    jacobian = np.empty((*zone.value.shape[:2], 4, zone.value.shape[2]))
    for _ in range(BAND_STEPS):
        inward = (lanes_px + shift)[..., None] - zone.t[:, None, None]
        np.negative(inward[:, :, 1], out=inward[:, :, 1])
        inward /= edges.softness_px
        design = ndtr(inward)
        residual = zone.value - (plateau[..., None] * design).sum(axis=2)
        noise = np.sqrt(np.maximum((residual**2).mean(axis=2), 1e-12))
        steep = np.exp(-0.5 * inward * inward) / np.sqrt(2 * np.pi) / edges.softness_px
        jacobian[:, :, :2] = design
        np.multiply(plateau[..., None], steep, out=jacobian[:, :, 2:])
        np.negative(jacobian[:, :, 3], out=jacobian[:, :, 3])
        precision = np.full((*noise.shape, 4), 1e-6 * zone.value.shape[2])
        precision[..., 2:] = (noise / (BAND_SHIFT * width_px))[..., None] ** 2
        normal = jacobian @ jacobian.swapaxes(2, 3)
        normal[..., BAND_PARAMETER, BAND_PARAMETER] += precision
        gradient = (jacobian @ residual[..., None])[..., 0]
        gradient[..., 2:] -= precision[..., 2:] * shift
        step = np.linalg.solve(normal, gradient[..., None])[..., 0]
        shift = np.clip(shift + np.clip(step[..., 2:], -0.4 * most, 0.4 * most), -most, most)
        plateau = np.maximum(plateau + step[..., :2], 0.0)
    return BandEdges(edge_px=lanes_px + shift, plateau=plateau, noise=noise)
