"""How the lanes of a panel lean and bend, told from rows that agree on where lanes end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.lanes.quick import clamp
from blotflux.measure.lanes.slant import Slant

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from blotflux.measure.lanes.boundaries import Evidence

__all__ = ["estimate_slant"]

STEEPEST = 0.09  # dx/dy, 5 degrees
LEANS = 19
BENDS = 9
MOST_BENT = 0.03  # of the height
LEAN_PRIOR, USUAL_LEAN = 0.12, 0.05  # gain that a lean 0.05 off the rows' slope must bring
BEND_PRIOR, USUAL_BEND = 0.05, 0.02
PLAIN, STEEPEST_ROW = 0.045, 0.3  # slopes that single bands seldom have, and rows never
BESIDE = (0.8, 2.0)  # mean lengths from one band to the next in its row
FEWEST_PAIRS = 3  # of bands side by side that show how their row runs
SILENCE = 0.08  # evidence below this is none


def estimate_slant(evidence: Evidence, rows: int, columns: int, *, step: int = 1) -> Slant:
    """Return the slant under which the rows agree best on where lanes end.

    The evidence of all rows is summed along the lean; the sum of its squares is highest where
    boundaries of different rows fall together. A single row says nothing about it: rows that
    agree must outweigh a prior for lanes at right angles to the rows.

    Parameters
    ----------
    evidence : Evidence
    rows, columns : int
        Size of the picture, pixels.
    step : int
        Pixels per column of the evidence.
    """
    weight = (evidence.edge - SILENCE) * np.sqrt(evidence.contrast / evidence.contrast.max())
    middle, half = (rows - 1) / 2, rows / 2
    margin = int(STEEPEST * rows / step) + 5
    bins = columns // step + 1 + 2 * margin
    place = evidence.x + margin + 0.5
    down = (evidence.y - middle) / step
    square = (((evidence.y - middle) / half) ** 2 - 1 / 3) / step
    own = 0.9 * float(weight @ weight) + 1e-9

    def agreement(x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how well the points agree at each row of `x`, shape (courses, points)."""
        index = clamp(x, 0, bins - 1).astype(np.int64)
        index += bins * np.arange(len(x))[:, None]
        weights = np.broadcast_to(weight, x.shape).ravel()
        total = np.bincount(index.ravel(), weights, minlength=x.shape[0] * bins)
        total = total.reshape(len(x), bins)
        smooth = 0.5 * total[:, 1:-1] + 0.25 * (total[:, :-2] + total[:, 2:])
        return np.asarray(np.einsum("ij,ij->i", smooth, smooth) / own)

    leans = np.linspace(-STEEPEST, STEEPEST, LEANS)
    off = (leans + rows_slope(evidence, step) / step) / USUAL_LEAN
    gain = agreement(place - leans[:, None] * down) - LEAN_PRIOR * off**2
    lean = best_of(leans, gain)
    bends = np.linspace(-MOST_BENT * rows, MOST_BENT * rows, BENDS)
    gain = agreement(place - lean * down - bends[:, None] * square)
    bend = best_of(bends, gain - BEND_PRIOR * (bends / (USUAL_BEND * rows)) ** 2)
    return Slant(lean=lean, bend=bend, middle=middle, half=half)


def rows_slope(evidence: Evidence, step: int) -> float:
    """Return the common dy/dx of rows, pixels per step.

    Within ridges by least squares; if that is steeper than most gels lean, single bands may lie
    slanted, and their row runs from one to the next.
    """
    ridge = evidence.ridge[evidence.band]
    if not len(ridge):
        return 0.0
    x, y = evidence.x[evidence.band].astype(np.float64), evidence.y[evidence.band]
    weight = evidence.contrast[evidence.band].astype(np.float64)
    total = np.maximum(np.bincount(ridge, weight), 1e-12)
    middle = np.stack([np.bincount(ridge, weight * x), np.bincount(ridge, weight * y)]) / total
    off_x, off_y = x - middle[0, ridge], y - middle[1, ridge]
    within = float(weight @ (off_x * off_y) / max(float(weight @ (off_x * off_x)), 1e-12))
    if abs(within) < PLAIN * step:
        return within
    between = slopes_between(middle, np.bincount(ridge))
    return float(np.median(between)) if len(between) >= FEWEST_PAIRS else within


def slopes_between(middle: NDArray[np.float64], length: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the slopes from ridges to those beside them on their right, pixels per step.

    Parameters
    ----------
    middle : ndarray, shape (2, ridges)
        Of x and y.
    length : ndarray, shape (ridges,)
        In steps; 0 for numbers that no ridge has.
    """
    right, down = middle[:, None, :] - middle[:, :, None]
    reach = 0.5 * (length + length[:, None])
    near = (right > BESIDE[0] * reach) & (right < BESIDE[1] * reach)
    near &= (np.abs(down) < STEEPEST_ROW * right) & (length > 0) & (length[:, None] > 0)
    away = np.where(near, np.abs(down), np.inf)
    mine, other = np.arange(len(length)), away.argmin(axis=1)
    mine = mine[np.isfinite(away[mine, other])]
    return np.asarray(down[mine, other[mine]] / right[mine, other[mine]])


def best_of(values: NDArray[np.float64], scores: NDArray[np.float64]) -> float:
    """Return the value with the highest score, refined by the parabola through its neighbors."""
    best = int(scores.argmax())
    if not 0 < best < len(values) - 1:
        return float(values[best])
    before, at, after = scores[best - 1 : best + 2].tolist()
    curvature = before - 2 * at + after
    offset = 0.5 * (before - after) / curvature if curvature < 0 else 0.0
    return float(values[best] + offset * (values[1] - values[0]))
