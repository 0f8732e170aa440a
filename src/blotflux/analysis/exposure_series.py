"""Which exposures of a band are usable: its signal grows in proportion to time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from blotflux.analysis.proportional import longest_run

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["ExposureCheck", "check_exposures"]

MOST_DEVIATION = 0.10
"""Deviation from proportionality through zero that is allowed (project default)."""

FEWEST_EXPOSURES = 3
"""Two exposures always lie on some line; a third can contradict it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureCheck:
    """What a series of exposures says about one band.

    Attributes
    ----------
    shortest_s, longest_s : float or None
        The usable exposures; None where no three are proportional.
    per_second : float or None
        Signal per second within them, counts·px/s.
    max_deviation : float or None
        Largest abs(volume / (per_second x seconds) - 1) within them.
    """

    shortest_s: float | None = None
    longest_s: float | None = None
    per_second: float | None = None
    max_deviation: float | None = None

    def usable(self, seconds: float) -> bool:
        """Return whether an exposure lies within the usable ones."""
        if self.shortest_s is None or self.longest_s is None:
            return False
        return self.shortest_s <= seconds <= self.longest_s


def check_exposures(
    seconds: ArrayLike, volumes: ArrayLike, *, saturated: ArrayLike | None = None
) -> ExposureCheck:
    """Return the exposures over which a band's volume is proportional to time.

    Parameters
    ----------
    seconds : array_like, shape (exposures,)
        Above zero; each exposure once.
    volumes : array_like, shape (exposures,)
        counts·px of one band in each.
    saturated : array_like of bool, shape (exposures,), optional

    Raises
    ------
    ValueError
        If exposures are not above zero, or repeat.
    """
    times = np.asarray(seconds, dtype=np.float64)
    order = np.argsort(times, kind="stable")
    times, signal = times[order], np.asarray(volumes, dtype=np.float64)[order]
    if not (times > 0).all() or (np.diff(times) == 0).any():
        message = f"Exposures must be above zero and differ; got {times.tolist()} s."
        raise ValueError(message)
    clipped = np.zeros(times.shape, bool) if saturated is None else np.asarray(saturated, bool)
    run = longest_run(
        times,
        signal,
        ~clipped[order] if saturated is not None else ~clipped,
        at_least=FEWEST_EXPOSURES,
        accept=lambda found: found.max_deviation <= MOST_DEVIATION,
    )
    if run is None:
        return ExposureCheck()
    return ExposureCheck(
        shortest_s=float(times[run.start]),
        longest_s=float(times[run.stop - 1]),
        per_second=run.factor,
        max_deviation=run.max_deviation,
    )
