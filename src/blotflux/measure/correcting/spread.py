"""As many lanes as a person counts, laid out evenly where the picture shows them best."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from blotflux.blot.model import Lane

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from blotflux.blot import Blot

__all__ = ["spread_lanes"]

SHARE = 0.75  # of a pitch that a lane covers
PITCHES, STARTS = 80, 60  # that are tried
NARROWEST = 0.35  # of the widest possible pitch


def spread_lanes(
    blot: Blot, count: int, span_px: tuple[float, float], *, panel: int = 1
) -> tuple[Lane, ...]:
    """Return `count` straight lanes of one pitch.

    Parameters
    ----------
    blot : Blot
    count : int
        At least 1.
    span_px : (float, float)
        Heights between which they run.
    panel : int

    Notes
    -----
    Of all pitches and places the one with the most signal in its lanes and the least between them
    is taken.
    """
    top, bottom = max(0, int(span_px[0])), int(span_px[1]) + 1
    strength = across(blot.signal[top:bottom])
    start, pitch = best_comb(strength, count)
    return tuple(
        Lane(
            number=number,
            panel=panel,
            track_x_px=(x, x),
            track_y_px=(float(span_px[0]), float(span_px[1])),
            width_px=SHARE * pitch,
            confidence=1.0,
            reason="laid out evenly by hand",
            edited=True,
        )
        for number, x in ((i + 1, float(start + (i + 0.5) * pitch)) for i in range(count))
    )


def across(signal: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return how strong the bands are in each column: their height above the column's median."""
    middle = np.median(signal, axis=0)
    high = np.sort(signal, axis=0)[-max(3, len(signal) // 20) :].mean(axis=0)
    return np.asarray(high - middle, np.float64)


def best_comb(strength: NDArray[np.float64], count: int) -> tuple[float, float]:
    """Return the left edge of the first lane's place, and the pitch."""
    columns = len(strength)
    # Bands of all strengths count alike: a gap beside a faint lane is as good a gap.
    level = np.sqrt(np.maximum(strength - np.quantile(strength, 0.1), 0.0))
    running = np.concatenate([[0.0], np.cumsum(level)])
    widest = columns / count
    best, chosen = -np.inf, (0.0, widest)
    for pitch in np.linspace(NARROWEST * widest, widest, PITCHES):
        starts = np.linspace(0.0, max(columns - count * pitch, 0.0), STARTS)
        borders = starts[:, None] + np.arange(count + 1) * pitch
        gap = mean_between(running, borders - 0.1 * pitch, borders + 0.1 * pitch)
        middles = borders[:, :-1] + 0.5 * pitch
        lane = mean_between(running, middles - 0.3 * pitch, middles + 0.3 * pitch)
        covered = (
            running[np.rint(borders[:, -1]).astype(int)] - running[np.rint(starts).astype(int)]
        )
        score = (lane.mean(axis=1) - gap.mean(axis=1)) * covered / max(running[-1], 1e-12)
        at = int(np.argmax(score))
        if score[at] > best:
            best, chosen = float(score[at]), (float(starts[at]), float(pitch))
    return chosen


def mean_between(
    running: NDArray[np.float64], left: NDArray[np.float64], right: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the means of stretches, from their running sum."""
    last = len(running) - 1
    first = np.clip(np.rint(left), 0, last - 1).astype(int)
    end = np.clip(np.maximum(np.rint(right), first + 1), 1, last).astype(int)
    return np.asarray((running[end] - running[first]) / np.maximum(end - first, 1))
