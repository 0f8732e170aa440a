"""Does the pooled model stand: the unpooled intervals, and the spread of residuals by cell."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - the type of a dataclass field
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from blotflux.analysis.flux.arms import Arm
from blotflux.analysis.flux.model import Estimate, Levels, Quantity, contrast_vector
from blotflux.analysis.paired import fieller, paired_contrast
from blotflux.analysis.statistics import State

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from blotflux.analysis.flux.selection import Selection
    from blotflux.analysis.statistics import Fit

__all__ = ["Spread", "agrees", "residual_spread", "unpooled"]

KNOWN_LIMITS = {3: 25.0, 4: 9.8, 5: 6.5, 6: 4.9, 8: 3.6}
"""99 % points of the largest over the smallest residual SD of 4 cells, by number of blocks."""

SIMULATED_SETS = 40_000
CHUNK = 2_000
NO_NOISE = 1e-9
"""Residual SD below which data are noise-free and spreads mean nothing."""


def unpooled(selection: Selection, levels: Levels) -> dict[Quantity, Estimate]:
    """Return phi, kappa, pi and the inhibitor's effects by one difference per complete replicate.

    Notes
    -----
    phi is Fieller's ratio after each replicate was divided by the mean of its four values; kappa
    is Fieller's ratio of T1/T0 - 1 and C1/C0 - 1; the others are paired t. Wider than the pooled
    intervals, and valid when cells differ in spread. Empty with fewer than two complete
    replicates or with independent samples.
    """
    values = complete_values(selection)
    if len(values) < 2:
        return {}
    c0, c1, t0, t1 = (values / values.mean(axis=1, keepdims=True)).T
    paired = {
        quantity: paired_estimate(np.log(values) @ contrast_vector(quantity), levels)
        for quantity in (Quantity.POOL, Quantity.EFFECT_CONTROL, Quantity.EFFECT_TREATED)
    }
    return {
        Quantity.FLUX: fieller_estimate(t1 - t0, c1 - c0, levels),
        Quantity.CLEARANCE: fieller_estimate(t1 / t0 - 1, c1 / c0 - 1, levels),
        **paired,
    }


def complete_values(selection: Selection) -> NDArray[np.float64]:
    """Return the normalized values of the complete replicates, shape (replicates, 4)."""
    if not selection.blocks.blocked or len(selection.cells) < len(Arm):
        return np.empty((0, len(Arm)))
    rows = []
    for replicate in selection.complete:
        found = [selection.blocks.value(replicate, selection.cells[arm]) for arm in Arm]
        blocks = {item.block for item in found if item is not None}
        if None not in found and len(blocks) == 1:
            rows.append([np.exp(item.ln_value) for item in found if item is not None])
    return np.array(rows, dtype=np.float64).reshape(-1, len(Arm))


def fieller_estimate(
    numerator: NDArray[np.float64], denominator: NDArray[np.float64], levels: Levels
) -> Estimate:
    """Return a ratio of paired means; an unbounded interval is empty."""
    ratio, wide = fieller(numerator, denominator, levels.wide)
    _, narrow = fieller(numerator, denominator, levels.narrow)
    return Estimate(value=ratio, wide=wide, narrow=narrow)


def paired_estimate(differences: NDArray[np.float64], levels: Levels) -> Estimate:
    """Return a ratio by a paired t test on ln differences."""
    contrast = paired_contrast(differences)
    return Estimate(
        value=contrast.ratio,
        wide=contrast.ratio_interval(levels.wide),
        narrow=contrast.ratio_interval(levels.narrow),
        p_value=contrast.p_value,
    )


def agrees(state: State, estimate: Estimate | None) -> bool:
    """Return whether an unpooled interval excludes 1 on the side of a state.

    An unbounded interval excludes nothing; states other than UP and DOWN claim nothing.
    """
    if state not in (State.UP, State.DOWN) or estimate is None:
        return True
    low, high = estimate.wide.low, estimate.wide.high
    if low is None or high is None:
        return False
    return low > 1 if state is State.UP else high < 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How much residual spread differs between cells.

    Attributes
    ----------
    by_cell : mapping of cell to float
        Residual SD, ln units.
    ratio, limit : float
        Largest over smallest, and its 99 % point where all cells have one spread.
    """

    by_cell: Mapping[object, float]
    ratio: float
    limit: float

    @property
    def unequal(self) -> bool:
        """Return whether the spread differs more than chance explains (HETEROSCEDASTIC)."""
        return self.ratio > self.limit


def residual_spread(fit: Fit, n: int, *, blocked: bool) -> Spread | None:
    """Return the residual spread by cell; None where there is no noise or no third cell.

    Of two cells in blocks one has the other's residuals with the sign changed: always one spread.
    """
    spread = fit.residual_sd()
    known = spread[np.isfinite(spread)]
    if len(known) < (3 if blocked else 2) or known.max() < NO_NOISE:
        return None
    return Spread(
        by_cell=dict(zip(fit.cells, spread.tolist(), strict=True)),
        ratio=float(known.max() / known.min()) if known.min() > 0 else float("inf"),
        limit=spread_limit(n, len(fit.cells), blocked=blocked),
    )


@lru_cache(maxsize=128)
def spread_limit(n: int, n_cells: int, *, blocked: bool) -> float:
    """Return the 99 % point of largest over smallest residual SD under equal variance.

    Simulated from a fixed seed, so that the limit is the same on every run; the common cases are
    tabled.
    """
    if blocked and n_cells == 4 and n in KNOWN_LIMITS:
        return KNOWN_LIMITS[n]
    generator = np.random.Generator(np.random.PCG64(12345))
    ratios = []
    for _ in range(SIMULATED_SETS // CHUNK):
        noise = generator.standard_normal((CHUNK, n, n_cells))
        residual = noise - noise.mean(axis=1, keepdims=True)
        if blocked:
            residual -= residual.mean(axis=2, keepdims=True)
        sd = np.sqrt((residual**2).sum(axis=1) / (n - 1))
        ratios.append(sd.max(axis=1) / sd.min(axis=1))
    return float(np.percentile(np.concatenate(ratios), 99))
