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
    off = (leans + rows_slope(evidence) / step) / USUAL_LEAN
    gain = agreement(place - leans[:, None] * down) - LEAN_PRIOR * off**2
    lean = best_of(leans, gain)
    bends = np.linspace(-MOST_BENT * rows, MOST_BENT * rows, BENDS)
    gain = agreement(place - lean * down - bends[:, None] * square)
    bend = best_of(bends, gain - BEND_PRIOR * (bends / (USUAL_BEND * rows)) ** 2)
    return Slant(lean=lean, bend=bend, middle=middle, half=half)


def rows_slope(evidence: Evidence) -> float:
    """Return the common dy/dx of rows, pixels per step, by least squares within ridges."""
    weight = np.where(evidence.band, evidence.contrast, 0).astype(np.float64)
    total = np.maximum(np.bincount(evidence.ridge, weight), 1e-12)

    def within(values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return values less the mean of their ridge."""
        mean = np.bincount(evidence.ridge, weight * values) / total
        return np.asarray(values - mean[evidence.ridge])

    x, y = within(evidence.x.astype(np.float64)), within(evidence.y)
    return float(weight @ (x * y) / max(float(weight @ (x * x)), 1e-12))


def best_of(values: NDArray[np.float64], scores: NDArray[np.float64]) -> float:
    """Return the value with the highest score, refined by the parabola through its neighbors."""
    best = int(scores.argmax())
    if not 0 < best < len(values) - 1:
        return float(values[best])
    before, at, after = scores[best - 1 : best + 2].tolist()
    curvature = before - 2 * at + after
    offset = 0.5 * (before - after) / curvature if curvature < 0 else 0.0
    return float(values[best] + offset * (values[1] - values[0]))
