"""The common course of rows across a membrane: tilt and smile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from blotflux.blot import LaneRole

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from blotflux.measure.result import Measurement

__all__ = ["course_of_panel", "course_of_rows"]

FEWEST_FOR_TILT, FEWEST_FOR_SMILE = 3, 6
"""Lanes in a row that a straight course, and a bent one, need."""

OUTLIER = 3.0
"""Robust standard deviations from the course at which a band loses its weight."""

ROUNDS = 5


def course_of_panel(measurement: Measurement, panel: int) -> Callable[[float], float]:
    """Return how far down the bands of one species lie at some x, by the sample lanes' rows."""
    ladders = {
        lane.number
        for lane in measurement.lanes
        if lane.panel == panel and lane.role is LaneRole.LADDER
    }
    rows: dict[int, list[tuple[float, float]]] = {}
    for band in measurement.bands:
        if band.panel == panel and band.lane not in ladders and band.detected:
            rows.setdefault(band.row, []).append((band.x_px, band.y_px))
    return course_of_rows(list(rows.values()))


def course_of_rows(rows: Sequence[Sequence[tuple[float, float]]]) -> Callable[[float], float]:
    """Return how far below its row's mean height a band lies at some x.

    One curve for all rows, ``y = level of the row + a x + b x**2``, by least squares with bands
    far from it left out in rounds. A band that runs elsewhere in one lane (another isoform)
    therefore does not bend it.

    Parameters
    ----------
    rows : sequence of sequence of (float, float)
        x and y of the bands of each row, px.

    Returns
    -------
    function of x to y, px
        Zero everywhere where no row has three bands.
    """
    useful = [np.asarray(row, dtype=np.float64) for row in rows if len(row) >= FEWEST_FOR_TILT]
    if not useful:
        return lambda _: 0.0
    degree = 2 if max(len(row) for row in useful) >= FEWEST_FOR_SMILE else 1
    x = np.concatenate([row[:, 0] for row in useful])
    middle, half = (x.max() + x.min()) / 2, max((x.max() - x.min()) / 2, 1.0)
    weight = np.ones(x.size)
    coefficients: NDArray[np.floating] = np.zeros(degree)
    for _ in range(ROUNDS):
        design, target = within_rows(useful, weight, middle, half, degree)
        root = np.sqrt(weight)
        coefficients = np.linalg.lstsq(design * root[:, None], target * root, rcond=None)[0]
        residual = np.abs(target - design @ coefficients)
        spread = 1.4826 * float(np.median(residual)) + 0.1
        weight = (residual < OUTLIER * spread).astype(np.float64)

    def course(x_px: float) -> float:
        place = (x_px - middle) / half
        return float(sum(c * place ** (power + 1) for power, c in enumerate(coefficients)))

    return course


def within_rows(
    rows: Sequence[NDArray[np.float64]],
    weight: NDArray[np.float64],
    middle: float,
    half: float,
    degree: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return powers of x and the y of all bands, each row's weighted means taken out."""
    designs, targets, start = [], [], 0
    for row in rows:
        own = weight[start : start + len(row)]
        start += len(row)
        share = own / own.sum() if own.sum() > 0 else np.full(len(row), 1 / len(row))
        place = (row[:, 0] - middle) / half
        powers = np.stack([place ** (power + 1) for power in range(degree)], axis=1)
        designs.append(powers - share @ powers)
        targets.append(row[:, 1] - share @ row[:, 1])
    return np.concatenate(designs), np.concatenate(targets)
