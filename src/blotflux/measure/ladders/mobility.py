"""How likely bands of known weight lie where they do, if mobility is a smooth curve of weight."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["WEIGHT_SD", "position_evidence"]

# What is known of gels before looking. Positions are on the lane's visible length, scaled to
# -1 ... 1; weights are log10(kDa), from 6 to 250 kDa scaled to the same. The curve is a sum of
# Legendre polynomials; all but the level are relative to the slope, so that neither zoom nor
# cropping matters. Their spread covers Ogston's exp(-(M/M0)^p) and gradient gels, which are nearly
# straight: quadratic terms of 0.07, cubic ones of 0.06 of the slope.
MIDDLE, HALF = 1.6, 0.8
LEVEL_SD, SLOPE_SD = 3.0, 0.35
CURVATURE_SDS = (0.2, 0.1, 0.04)
LEAST_SLOPE = 0.2
# A band is off the curve because its apparent weight is (log10), and because its place is.
WEIGHT_SD = 0.010
POSITION_SD = 0.008


def position_evidence(
    t: NDArray[np.float64], logs: NDArray[np.float64], errors: NDArray[np.float64], bands: int
) -> NDArray[np.float64]:
    """Return the log density of positions, given what weight each reading puts there.

    Errors belong to positions, not to weights: where a gel compresses large proteins, a pixel is
    many kilodaltons, and a curve of weight on position would be too sure of itself.

    Parameters
    ----------
    t : ndarray, shape (points,)
        Scaled positions.
    logs : ndarray, shape (readings, points)
        log10(kDa) of the points under each reading.
    errors : ndarray, shape (points,)
        Standard errors of these.
    bands : int
        How many points, from the first, are the ladder's own; the slope is taken from them.
    """
    v = (logs - MIDDLE) / HALF
    slope = slopes(t[:bands], v[:, :bands])
    basis = np.polynomial.legendre.legvander(v, 1 + len(CURVATURE_SDS))
    shape_sds = slope[:, None] * np.array([SLOPE_SD, *CURVATURE_SDS])
    sds = np.concatenate([np.full((len(v), 1), LEVEL_SD), shape_sds], axis=1)
    noise = np.hypot(slope[:, None] * errors / HALF, POSITION_SD)
    # Ridge form of the same Gaussian density: five equations for each reading, however many bands.
    design = basis * sds[:, None, :] / noise[:, :, None]
    residual = (t + slope[:, None] * v) / noise
    normal = np.einsum("rpk,rpl->rkl", design, design) + np.eye(design.shape[2])
    projected = np.einsum("rpk,rp->rk", design, residual)
    solved = np.linalg.solve(normal, projected[..., None])[..., 0]
    square = np.sum(residual**2, axis=1) - np.sum(projected * solved, axis=1)
    log_determinant = 2.0 * np.sum(np.log(noise), axis=1) + np.linalg.slogdet(normal)[1]
    return np.asarray(
        -0.5 * (square + log_determinant + t.size * np.log(2.0 * np.pi)), dtype=np.float64
    )


def slopes(t: NDArray[np.float64], v: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far each reading's bands fall per unit of scaled weight, by least squares."""
    centered = v - v.mean(axis=1, keepdims=True)
    fallen = -(centered @ t) / np.sum(centered**2, axis=1)
    return np.asarray(np.maximum(fallen, LEAST_SLOPE), dtype=np.float64)
