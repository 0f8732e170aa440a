"""How many replicates would settle an inconclusive case, if today's estimates are the truth."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from blotflux.analysis.flux.model import arm_means
from blotflux.analysis.flux.simulation import Truth, settled_share, simulate_labels

if TYPE_CHECKING:
    from blotflux.analysis.flux.judge import Case
    from blotflux.parameters import Parameters

__all__ = ["MOST_REPLICATES", "replicates_needed"]

MOST_REPLICATES = 60
CANDIDATES: tuple[int, ...] = (*range(4, 13), 14, 16, 18, 20, 25, 30, 40, 50, MOST_REPLICATES)
POWER = 0.8
EXPERIMENTS, DRAWS = 200, 300
"""Enough for a number that is said with an "about" sign."""


def replicates_needed(case: Case, parameters: Parameters) -> int | None:
    """Return the fewest replicates of which four in five such experiments give a label.

    None where even the most considered do not. ``blotflux power`` simulates more closely.
    """
    if case.fit is None or not case.fit.s > 0:
        return None
    c0, c1, t0, t1 = arm_means(case.fit, case.selection.cells).tolist()
    truth = Truth(ln_means=(c0, c1, t0, t1), s=case.fit.s, n_cells=len(case.fit.cells))

    def settles(n: int) -> bool:
        labels = simulate_labels(
            truth,
            n,
            levels=case.levels,
            parameters=parameters,
            experiments=EXPERIMENTS,
            draws=DRAWS,
        )
        return settled_share(labels) >= POWER

    more = [n for n in CANDIDATES if n > case.selection.n]
    # The share grows with n, so halving finds the first that settles.
    place = bisect_left(more, True, key=settles)
    return more[place] if place < len(more) else None
