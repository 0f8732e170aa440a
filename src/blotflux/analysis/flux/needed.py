"""How many replicates would settle an inconclusive case, if today's estimates are the truth."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from blotflux.analysis.decision import Label, Readings, decide
from blotflux.analysis.flux.model import Levels, Quantity, arm_means
from blotflux.analysis.statistics import Interval, State, classify

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from blotflux.analysis.flux.judge import Case
    from blotflux.parameters import Parameters

__all__ = ["MOST_REPLICATES", "label_expected", "replicates_needed"]

MOST_REPLICATES = 60
CANDIDATES = (*range(3, 13), 14, 16, 18, 20, 25, 30, 40, 50, MOST_REPLICATES)
POWER = 0.8
DRAWS = 4_000


def replicates_needed(case: Case, parameters: Parameters) -> int | None:
    """Return the smallest number of replicates that would give a label; None above the most.

    Notes
    -----
    An approximation for the sentence, not a simulation (``blotflux power`` simulates): intervals
    are widened by the t quantile of 80 % power, so that a state counts as reached when it would
    be in about four of five such experiments.
    """
    if case.fit is None or not case.fit.s > 0:
        return None
    means = arm_means(case.fit, case.selection.cells)
    for n in (n for n in CANDIDATES if n > case.selection.n):
        label = label_expected(
            means - means[0],
            case.fit.s,
            n,
            n_cells=len(case.fit.cells),
            levels=case.levels,
            parameters=parameters,
        )
        if label is not Label.INCONCLUSIVE_PRECISION:
            return int(n)
    return None


def label_expected(
    means: NDArray[np.float64],
    s: float,
    n: int,
    *,
    n_cells: int,
    levels: Levels,
    parameters: Parameters,
) -> Label:
    """Return the label that means with a residual SD would have at n complete replicates."""
    df = (n - 1) * (n_cells - 1)
    wide = ratio_intervals(means, s / np.sqrt(n), df, levels.wide)
    narrow = ratio_intervals(means, s / np.sqrt(n), df, levels.narrow)
    margin = parameters.equivalence_margin
    state: dict[Quantity, State] = {
        quantity: classify(wide[quantity], narrow[quantity], margin) for quantity in wide
    }
    readings = Readings(
        kappa=state[Quantity.CLEARANCE],
        pi=state[Quantity.POOL],
        phi=state[Quantity.FLUX],
        inhibited=state[Quantity.INHIBITED],
        kappa_upper=narrow[Quantity.CLEARANCE].high or 0.0,
        phi_upper=narrow[Quantity.FLUX].high or 0.0,
        block_margin=parameters.block_margin,
    )
    return decide(readings).label


def ratio_intervals(
    means: NDArray[np.float64], se: float, df: int, level: float
) -> dict[Quantity, Interval]:
    """Return intervals of the four ratios, widened for power."""
    tail = 0.5 + level / 2
    reach = float(stats.t.ppf(tail, df) + stats.t.ppf(POWER, df))
    # Percentiles at `level` of normals stretched so that they lie at `reach` standard errors.
    stretch = reach / float(stats.norm.ppf(tail))
    c0, c1, t0, t1 = np.exp(means[:, None] + se * stretch * normals())
    draws = {
        Quantity.FLUX: (t1 - t0) / (c1 - c0),
        Quantity.CLEARANCE: (t1 / t0 - 1) / (c1 / c0 - 1),
        Quantity.POOL: t0 / c0,
        Quantity.INHIBITED: t1 / c1,
    }
    ends = [100 * (1 - tail), 100 * tail]
    return {
        quantity: Interval(*(float(end) for end in np.percentile(values, ends)))
        for quantity, values in draws.items()
    }


@lru_cache(maxsize=1)
def normals() -> NDArray[np.float64]:
    """Return fixed standard normals, shape (4, draws)."""
    return np.random.Generator(np.random.PCG64(12345)).standard_normal((4, DRAWS))
