"""The longest run of points along which a signal is proportional to what was put in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["ProportionalRun", "longest_run", "proportional_run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProportionalRun:
    """Points ``start`` to ``stop`` (half-open), and how proportional they are.

    Attributes
    ----------
    start, stop : int
    factor : float
        k = exp(mean ln(signal / amount)).
    slope : float
        Least-squares slope of ln signal on ln amount; 1 is proportional.
    max_deviation : float
        Largest abs(signal / (k amount) - 1).
    """

    start: int
    stop: int
    factor: float
    slope: float
    max_deviation: float

    @property
    def length(self) -> int:
        """Return how many points the run has."""
        return self.stop - self.start


def proportional_run(
    amount: NDArray[np.float64], signal: NDArray[np.float64], start: int, stop: int
) -> ProportionalRun:
    """Return how proportional some points are; all amounts and signals there are above zero."""
    x, y = np.log(amount[start:stop]), np.log(signal[start:stop])
    factor = float(np.exp(np.mean(y - x)))
    centered = x - x.mean()
    return ProportionalRun(
        start=start,
        stop=stop,
        factor=factor,
        slope=float(centered @ y / (centered @ centered)),
        max_deviation=float(np.abs(np.exp(y - x) / factor - 1).max()),
    )


def longest_run(
    amount: NDArray[np.float64],
    signal: NDArray[np.float64],
    usable: NDArray[np.bool_],
    *,
    at_least: int,
    accept: Callable[[ProportionalRun], bool],
) -> ProportionalRun | None:
    """Return the longest run of usable points that is accepted, or None.

    Of runs of one length the one with the higher amounts is taken, because its signals are the
    larger. A point that is not usable ends a run.

    Parameters
    ----------
    amount : ndarray, shape (points,), ascending, above zero
    signal : ndarray, shape (points,)
    usable : ndarray of bool, shape (points,)
    at_least : int
        At least 2.
    accept : function of ProportionalRun to bool
    """
    good = usable & (signal > 0)
    for length in range(len(amount), at_least - 1, -1):
        for start in range(len(amount) - length, -1, -1):
            if good[start : start + length].all():
                run = proportional_run(amount, signal, start, start + length)
                if accept(run):
                    return run
    return None
