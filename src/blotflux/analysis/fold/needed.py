"""How many replicates would settle an inconclusive fold change, if today's estimate is true."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

if TYPE_CHECKING:
    from blotflux.analysis.fold.records import FoldChange
    from blotflux.parameters import Parameters

__all__ = ["replicates_needed"]

POWER = 0.8
CANDIDATES: tuple[int, ...] = (*range(4, 21), 25, 30, 40, 50, 60)
EXPERIMENTS = 4000
"""Enough for a number that is said with an "about" sign; the seed is fixed."""


def replicates_needed(item: FoldChange, parameters: Parameters) -> int | None:
    """Return the fewest replicates of which four in five such experiments give a label.

    INCREASED, DECREASED and NO_CHANGE all settle it. None where even the most considered do not.
    """
    contrast = item.contrast
    if contrast is None or item.n < 2 or not contrast.se > 0:
        return None
    sd = contrast.se * math.sqrt(item.n)
    df_per_replicate = contrast.df / (item.n - 1)
    for n in CANDIDATES:
        df = df_per_replicate * (n - 1)
        if n > item.n and settled_share(contrast.estimate, sd, n, df, parameters) >= POWER:
            return n
    return None


def settled_share(effect: float, sd: float, n: int, df: float, parameters: Parameters) -> float:
    """Return the share of simulated experiments whose interval gives a label.

    Parameters
    ----------
    effect : float
        True ln fold change.
    sd : float
        Standard deviation of one replicate's ln fold change.
    n : int
    df : float
        Residual degrees of freedom.
    parameters : Parameters
    """
    rng = np.random.Generator(np.random.PCG64(parameters.seed))
    mean = effect + sd / math.sqrt(n) * rng.standard_normal(EXPERIMENTS)
    se = sd / math.sqrt(n) * np.sqrt(rng.chisquare(df, EXPERIMENTS) / df)
    moved = np.abs(mean) > stats.t.ppf(1 - parameters.alpha / 2, df) * se
    reach = np.abs(mean) + stats.t.ppf(1 - parameters.alpha, df) * se
    equal = reach < math.log(parameters.equivalence_margin)
    return float(np.mean(moved | equal))
