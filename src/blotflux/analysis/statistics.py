"""The linear model behind every analysis: ln value = condition + block, and what follows from it.

Noise of immunoblots is mainly multiplicative, so everything is fitted on natural logarithms and a
difference of two conditions is the logarithm of their fold change. The block (biological
replicate) takes up what changes from membrane to membrane.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

__all__ = [
    "EMPTY",
    "Contrast",
    "Fit",
    "Interval",
    "State",
    "classify",
    "fit_blocks",
    "student_quantile",
]

Cell = Hashable
"""What names a condition in a fit; any hashable."""

# Noise-free data leave rounding errors of about 1e-16; a fold change this near 1 is 1.
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Interval:
    """A closed interval; both ends None where it is unbounded or not known."""

    low: float | None = None
    high: float | None = None

    @property
    def bounded(self) -> bool:
        """Return whether both ends are finite numbers."""
        ends = (self.low, self.high)
        return all(end is not None and bool(np.isfinite(end)) for end in ends)


EMPTY = Interval()
"""The interval where there is none."""


class State(StrEnum):
    """What an interval says about a ratio: above 1, below 1, equal within a margin, or unknown."""

    UP = "UP"
    DOWN = "DOWN"
    EQ = "EQ"
    UNK = "UNK"


def classify(wide: Interval, narrow: Interval, margin: float) -> State:
    """Return the state of a ratio; the first that fits of UP, DOWN, EQ, UNK.

    Parameters
    ----------
    wide : Interval
        At level 1 - alpha; UP if it lies above 1, DOWN if below.
    narrow : Interval
        At level 1 - 2 alpha; EQ if it lies within (1/margin, margin), which is the two one-sided
        tests of equivalence at level alpha.
    margin : float
        Above 1.
    """
    if wide.low is not None and wide.low > 1 + ROUNDING:
        return State.UP
    if wide.high is not None and wide.high < 1 - ROUNDING:
        return State.DOWN
    return State.EQ if within_margin(narrow, margin) else State.UNK


def within_margin(narrow: Interval, margin: float) -> bool:
    """Return whether an interval lies inside (1/margin, margin)."""
    if narrow.low is None or narrow.high is None:
        return False
    return 1 / margin < narrow.low and narrow.high < margin


@lru_cache(maxsize=4096)
def student_quantile(probability: float, df: float) -> float:
    """Return a quantile of Student's t."""
    return float(stats.t.ppf(probability, df))


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """A difference on the ln scale with its standard error.

    Attributes
    ----------
    estimate, se : float
        ln units; `se` is NaN where there are no residual degrees of freedom.
    df : float
        Residual degrees of freedom.
    """

    estimate: float
    se: float
    df: float

    @property
    def ratio(self) -> float:
        """Return the fold change, exp of the estimate."""
        return float(np.exp(self.estimate))

    @property
    def t(self) -> float:
        """Return Student's t against no change; infinite where the error is zero."""
        if self.se == 0:
            return float(np.copysign(np.inf, self.estimate)) if self.estimate else 0.0
        return self.estimate / self.se

    @property
    def p_value(self) -> float:
        """Return the two-sided p value of no change; NaN without degrees of freedom."""
        if self.df <= 0:
            return float("nan")
        return float(2 * stats.t.sf(abs(self.t), self.df))

    def interval(self, level: float) -> Interval:
        """Return the two-sided interval at a level, on the ln scale."""
        return self.with_critical(student_quantile(0.5 + level / 2, self.df))

    def ratio_interval(self, level: float) -> Interval:
        """Return the two-sided interval of the fold change at a level."""
        return exp_interval(self.interval(level))

    def with_critical(self, critical: float) -> Interval:
        """Return estimate +- critical x se on the ln scale; empty without degrees of freedom."""
        if self.df <= 0:
            return Interval()
        half = critical * self.se
        return Interval(self.estimate - half, self.estimate + half)


def exp_interval(interval: Interval) -> Interval:
    """Return exp of both ends."""
    if interval.low is None or interval.high is None:
        return interval
    return Interval(float(np.exp(interval.low)), float(np.exp(interval.high)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fit:
    """Ordinary least squares of ``y ~ 0 + C(cell) + C(block, Sum)``.

    Attributes
    ----------
    cells : tuple
        Names of the conditions, in the order of `means`.
    means : ndarray, shape (cells,)
        ln units; at the average of the blocks.
    covariance : ndarray, shape (cells, cells)
        The cells' part of the inverse of X'X; times `s`**2 it is the covariance of `means`.
    s : float
        Residual standard deviation, ln units; NaN without degrees of freedom.
    df : int
        Observations minus the rank of X.
    residuals : ndarray, shape (observations,)
    cell, block : ndarray of int, shape (observations,)
        Index of each observation's cell and block.
    formula : str
        As statsmodels would take it.
    """

    cells: tuple[Cell, ...]
    means: NDArray[np.float64]
    covariance: NDArray[np.float64]
    s: float
    df: int
    residuals: NDArray[np.float64]
    cell: NDArray[np.intp]
    block: NDArray[np.intp]
    row_space: NDArray[np.float64]
    formula: str

    def weights(self, weights: Mapping[Cell, float]) -> NDArray[np.float64]:
        """Return contrast weights in the order of `cells`."""
        vector = np.zeros(len(self.cells))
        for cell, weight in weights.items():
            vector[self.cells.index(cell)] += weight
        return vector

    def estimable(self, weights: Mapping[Cell, float]) -> bool:
        """Return whether the data determine a contrast, whatever the block effects are."""
        if not set(weights) <= set(self.cells):
            return False
        full = np.zeros(self.row_space.shape[1])
        full[: len(self.cells)] = self.weights(weights)
        outside = full - self.row_space.T @ (self.row_space @ full)
        return bool(np.abs(outside).max() < ROUNDING)

    def contrast(self, weights: Mapping[Cell, float]) -> Contrast:
        """Return a weighted sum of cell means; the weights of a contrast add up to 0.

        Raises
        ------
        ValueError
            If the data do not determine it (conditions never share a block).
        """
        if not self.estimable(weights):
            message = f"The contrast {dict(weights)!r} is not estimable from these blocks."
            raise ValueError(message)
        vector = self.weights(weights)
        variance = max(float(vector @ self.covariance @ vector), 0.0)
        return Contrast(
            estimate=float(vector @ self.means), se=self.s * float(np.sqrt(variance)), df=self.df
        )

    def difference(self, cell: Cell, reference: Cell) -> Contrast:
        """Return ln(cell / reference)."""
        if cell == reference:
            return Contrast(estimate=0.0, se=0.0, df=self.df)
        return self.contrast({cell: 1.0, reference: -1.0})

    def residual_sd(self) -> NDArray[np.float64]:
        """Return each cell's residual SD, sqrt(sum(e**2) / (n - 1)); NaN where n is 1."""
        counts = np.bincount(self.cell, minlength=len(self.cells))
        squares = np.bincount(self.cell, weights=self.residuals**2, minlength=len(self.cells))
        spread = np.full(len(self.cells), np.nan)
        several = counts > 1
        spread[several] = np.sqrt(squares[several] / (counts[several] - 1))
        return spread


def fit_blocks(
    y: Sequence[float] | NDArray[np.float64],
    cells: Sequence[Cell],
    blocks: Sequence[Hashable] | None,
) -> Fit:
    """Return the blocked (or, without blocks, plain) least-squares fit of ln values.

    Parameters
    ----------
    y : sequence of float
        ln of one value per observation, finite.
    cells : sequence
        The condition of each observation.
    blocks : sequence or None
        The block of each observation; None for independent samples.

    Notes
    -----
    Blocks that share no condition leave some contrasts undetermined; `Fit.estimable` says which.
    Sum coding makes `means` those of an average block. Order of observations does not matter:
    they are sorted by block and cell first, so that results are the same to the last digit.

    Raises
    ------
    ValueError
        If there are no observations, or one is not finite.
    """
    values = np.asarray(y, dtype=np.float64)
    if values.size == 0 or not np.isfinite(values).all():
        message = f"A fit needs finite ln values; got {values.tolist()}."
        raise ValueError(message)
    names = tuple(dict.fromkeys(cells))
    levels = tuple(sorted(dict.fromkeys(blocks), key=repr)) if blocks is not None else (None,)
    cell = np.array([names.index(name) for name in cells], dtype=np.intp)
    of_block = blocks if blocks is not None else [None] * len(values)
    block = np.array([levels.index(name) for name in of_block], dtype=np.intp)
    return solve(values, names, cell, block)


def solve(
    values: NDArray[np.float64],
    names: tuple[Cell, ...],
    cell: NDArray[np.intp],
    block: NDArray[np.intp],
) -> Fit:
    """Return the fit of coded observations."""
    n_blocks = int(block.max()) + 1
    order = np.lexsort((cell, block))
    values, cell, block = values[order], cell[order], block[order]
    design = np.hstack([np.eye(len(names))[cell], sum_coding(n_blocks)[block]])
    left, singular, right = np.linalg.svd(design, full_matrices=False)
    rank = int((singular > singular[0] * max(design.shape) * np.finfo(float).eps).sum())
    left, singular, right = left[:, :rank], singular[:rank], right[:rank]
    beta = right.T @ ((left.T @ values) / singular)
    residuals = values - design @ beta
    df = len(values) - rank
    inverse = (right.T / singular**2) @ right
    k = len(names)
    return Fit(
        cells=names,
        means=beta[:k],
        covariance=inverse[:k, :k],
        s=float(np.sqrt(residuals @ residuals / df)) if df > 0 else float("nan"),
        df=df,
        residuals=residuals,
        cell=cell,
        block=block,
        row_space=right,
        formula="ln_y ~ 0 + C(cell)" + (" + C(block, Sum)" if n_blocks > 1 else ""),
    )


def sum_coding(levels: int) -> NDArray[np.float64]:
    """Return the sum-to-zero coding of a factor, shape (levels, levels - 1)."""
    return np.vstack([np.eye(levels - 1), -np.ones((1, levels - 1))])
