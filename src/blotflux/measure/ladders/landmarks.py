"""Rows of the samples whose weight is expected: weak witnesses to which band of a ladder is which.

The pattern of a ladder's bands can often be read one step higher or lower when a few are missing.
A row that is known to be GAPDH then tells the readings apart. But the row may be another protein,
and proteins run up to 10 % from their weight: a witness, not a proof.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from blotflux.blot import LaneRole
from blotflux.measure.ladders.mobility import WEIGHT_SD, position_evidence
from blotflux.measure.ladders.straighten import course_of_panel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from blotflux.blot import Lane
    from blotflux.measure.ladders.readings import Observed
    from blotflux.measure.result import Measurement

__all__ = ["Landmarks", "landmarks_at", "landmarks_of"]

EXPECTED_SD = 0.04
"""Standard error, log10, of where a protein of a stated weight runs: 10 % (project default)."""

MISTAKEN = 0.2
"""Chance that the rows of a picture are not the targets that it names (project default)."""

MOST_WITNESSES = 2.0
"""Rows of one picture count as so many at most, because what moves one moves the others."""

MOST_PAIRINGS = 30
"""Ways to pair rows with targets beyond which they say nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Landmarks:
    """Rows of a picture and the weights that are expected in it.

    Attributes
    ----------
    y_px : tuple of float
        Where the samples' rows would lie in the ladder's lane, from the top.
    log_kda, log_se : tuple of float
        log10 of the expected weights, in the order of the study (from the top), and their errors.
    """

    y_px: tuple[float, ...]
    log_kda: tuple[float, ...]
    log_se: tuple[float, ...]

    def pairings(self) -> list[tuple[list[int], list[int]]]:
        """Return all ways to give each row, or each weight, a partner without crossing."""
        rows, weights = len(self.y_px), len(self.log_kda)
        fewer = min(rows, weights)
        if not fewer:
            return []
        return [
            (list(some_rows), list(some_weights))
            for some_rows in combinations(range(rows), fewer)
            for some_weights in combinations(range(weights), fewer)
        ]

    def support(
        self, observed: Observed, bands: Sequence[int], logs: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the log likelihood ratio of the rows, under each reading over rows anywhere.

        Parameters
        ----------
        observed : Observed
        bands : sequence of int
            The bands that belong to the ladder.
        logs : ndarray, shape (readings, bands)
            log10(kDa) of these under each reading.
        """
        pairings = self.pairings()
        if not pairings or len(pairings) > MOST_PAIRINGS:
            return np.zeros(len(logs))
        t = observed.t[list(bands)]
        own = np.full(t.size, WEIGHT_SD)
        alone = position_evidence(t, logs, own, t.size)
        rows_t = observed.scaled(np.asarray(self.y_px))
        ratios = []
        for rows, weights in pairings:
            expected = np.tile(np.asarray(self.log_kda)[weights], (len(logs), 1))
            together = position_evidence(
                np.concatenate([t, rows_t[rows]]),
                np.concatenate([logs, expected], axis=1),
                np.concatenate([own, np.asarray(self.log_se)[weights]]),
                t.size,
            )
            ratio = together - alone + len(rows) * np.log(2.0)
            ratios.append(ratio * min(1.0, MOST_WITNESSES / len(rows)))
        right = np.logaddexp.reduce(ratios, axis=0) - np.log(len(pairings))
        return np.asarray(np.logaddexp(np.log(MISTAKEN), np.log(1.0 - MISTAKEN) + right))


def landmarks_of(y_px: Sequence[float], expected: Sequence[Sequence[float]]) -> Landmarks | None:
    """Return the landmarks of a picture, or None if there are none.

    Parameters
    ----------
    y_px : sequence of float
        Where the rows of the samples would lie in the ladder's lane.
    expected : sequence of sequence of float
        kDa of the targets that the picture names, from the top: one weight, or several between
        which it lies; empty for one that nobody knows.
    """
    known = [np.log10(np.asarray(weights, dtype=np.float64)) for weights in expected if weights]
    if not known or not y_px:
        return None
    return Landmarks(
        y_px=tuple(sorted(y_px)),
        log_kda=tuple(float((logs.max() + logs.min()) / 2) for logs in known),
        log_se=tuple(
            float(np.hypot(EXPECTED_SD, (logs.max() - logs.min()) / np.sqrt(12.0)))
            for logs in known
        ),
    )


def landmarks_at(
    measurement: Measurement, lane: Lane, expected: Sequence[Sequence[float]]
) -> Landmarks | None:
    """Return where the samples' rows would lie in a ladder's lane, with what is expected there."""
    if not any(expected):
        return None
    curve = course_of_panel(measurement, lane.panel)
    samples = {
        other.number
        for other in measurement.lanes
        if other.panel == lane.panel and other.role is not LaneRole.LADDER
    }
    rows: dict[int, list[float]] = {}
    for band in measurement.bands:
        if band.panel == lane.panel and band.lane in samples and band.detected:
            rows.setdefault(band.row, []).append(band.y_px - curve(band.x_px))
    middle = float(np.mean(lane.track_x_px))
    places = [float(np.median(places)) + curve(middle) for places in rows.values()]
    return landmarks_of(places, expected)
