"""Labels of many simulated experiments at once: the same model and gates, for complete blocks.

With complete blocks the fit of an experiment is its four cell means and its residual variance, so
these are drawn directly. A test holds this fast path against the plain analysis.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from blotflux.analysis.decision import Label, Readings, decide
from blotflux.analysis.flux.model import Levels, Quantity, contrast_vector
from blotflux.analysis.statistics import Interval, State, classify

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from blotflux.parameters import Parameters

__all__ = ["Truth", "simulate_labels"]

CHUNK = 50
"""Experiments drawn at a time, which bounds the memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What experiments are drawn from.

    Attributes
    ----------
    ln_means : tuple of four floats
        ln level of C0, C1, T0, T1.
    s : float
        Residual SD of one lane on the ln scale, biology within a replicate included.
    n_cells : int
        Conditions that share the residual variance; 4 for one treatment.
    """

    ln_means: tuple[float, float, float, float]
    s: float
    n_cells: int = 4

    def residual_df(self, n: int) -> int:
        """Return the residual degrees of freedom of n complete replicates."""
        return (n - 1) * (self.n_cells - 1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Drawn:
    """Some experiments: cell means, shape (experiments, 4), and one residual SD for each."""

    means: NDArray[np.float64]
    s: NDArray[np.float64]
    df: int
    n: int


def simulate_labels(
    truth: Truth,
    n: int,
    *,
    levels: Levels,
    parameters: Parameters,
    experiments: int,
    draws: int,
) -> Counter[Label]:
    """Return how often each label comes out of experiments with n complete replicates.

    Parameters
    ----------
    truth : Truth
    n : int
        At least 3.
    levels : Levels
    parameters : Parameters
        Margins and seed.
    experiments, draws : int
        Simulated experiments, and fiducial draws in each.
    """
    generator = np.random.Generator(np.random.PCG64([parameters.seed, n]))
    labels: Counter[Label] = Counter()
    for size in chunk_sizes(experiments):
        drawn = draw_experiments(truth, n, size, generator)
        intervals = all_intervals(drawn, levels, draws, generator)
        labels.update(label_of(one, parameters) for one in intervals)
    return labels


def chunk_sizes(total: int) -> Iterator[int]:
    """Yield sizes that add up to a total."""
    while total > 0:
        yield min(CHUNK, total)
        total -= CHUNK


def draw_experiments(truth: Truth, n: int, size: int, generator: np.random.Generator) -> Drawn:
    """Return cell means and residual SDs as their sampling distributions have them."""
    df = truth.residual_df(n)
    noise = generator.standard_normal((size, 4)) * truth.s / np.sqrt(n)
    s = truth.s * np.sqrt(generator.chisquare(df, size) / df)
    return Drawn(means=np.array(truth.ln_means) + noise, s=s, df=df, n=n)


@dataclass(frozen=True, slots=True)
class Intervals:
    """The intervals of one experiment that its label rests on."""

    wide: dict[Quantity, Interval]
    narrow: dict[Quantity, Interval]
    inhibitor_low: float


def all_intervals(
    drawn: Drawn, levels: Levels, draws: int, generator: np.random.Generator
) -> list[Intervals]:
    """Return the intervals of every experiment."""
    by_level = {
        level: log_intervals(drawn, level) for level in (levels.wide, levels.narrow, levels.gate)
    }
    ratios = fiducial_intervals(drawn, levels, draws, generator)
    found = []
    for place in range(len(drawn.s)):
        wide, narrow, gate = (
            {quantity: Interval(*ends[place]) for quantity, ends in by_level[level].items()}
            for level in (levels.wide, levels.narrow, levels.gate)
        )
        for quantity, ends in ratios.items():
            low, high, narrow_low, narrow_high = ends[:, place].tolist()
            wide[quantity], narrow[quantity] = (
                Interval(low, high),
                Interval(narrow_low, narrow_high),
            )
        low_effect = gate[Quantity.EFFECT_CONTROL].low
        found.append(Intervals(wide, narrow, 0.0 if low_effect is None else low_effect))
    return found


def log_intervals(drawn: Drawn, level: float) -> dict[Quantity, list[list[float]]]:
    """Return the t intervals of the ratios of two cells, by experiment."""
    half = stats.t.ppf(0.5 + level / 2, drawn.df) * drawn.s * np.sqrt(2 / drawn.n)
    found = {}
    for quantity in (
        Quantity.POOL,
        Quantity.INHIBITED,
        Quantity.EFFECT_CONTROL,
        Quantity.EFFECT_TREATED,
    ):
        estimate = drawn.means @ contrast_vector(quantity)
        found[quantity] = np.exp(np.column_stack([estimate - half, estimate + half])).tolist()
    return found


def fiducial_intervals(
    drawn: Drawn, levels: Levels, draws: int, generator: np.random.Generator
) -> dict[Quantity, NDArray[np.float64]]:
    """Return wide and narrow limits of phi and kappa, shape (4, experiments)."""
    size = len(drawn.s)
    spread = drawn.s[:, None] * np.sqrt(drawn.df / generator.chisquare(drawn.df, (size, draws)))
    normals = generator.standard_normal((4, size, draws)) / np.sqrt(drawn.n)
    c0, c1, t0, t1 = np.exp(drawn.means.T[:, :, None] + normals * spread)
    points = [
        100 * (0.5 + side * level / 2) for level in (levels.wide, levels.narrow) for side in (-1, 1)
    ]
    phi = (t1 - t0) / (c1 - c0)
    return {
        Quantity.FLUX: np.percentile(phi, points, axis=1),
        Quantity.CLEARANCE: np.percentile(phi * c0 / t0, points, axis=1),
    }


def label_of(intervals: Intervals, parameters: Parameters) -> Label:
    """Return the label of one experiment: gates G3 and G4, then the table."""
    wide, narrow = intervals.wide, intervals.narrow
    if intervals.inhibitor_low <= 1:
        return Label.INCONCLUSIVE_INHIBITOR
    effect = wide[Quantity.EFFECT_TREATED].high
    if effect is not None and effect < 1:
        return Label.INHIBITOR_LOWERS_LC3II_IN_TREATED

    def state(quantity: Quantity) -> State:
        return classify(wide[quantity], narrow[quantity], parameters.equivalence_margin)

    def upper(quantity: Quantity) -> float:
        high = narrow[quantity].high
        return float("inf") if high is None else high

    return decide(
        Readings(
            kappa=state(Quantity.CLEARANCE),
            pi=state(Quantity.POOL),
            phi=state(Quantity.FLUX),
            inhibited=state(Quantity.INHIBITED),
            kappa_upper=upper(Quantity.CLEARANCE),
            phi_upper=upper(Quantity.FLUX),
            block_margin=parameters.block_margin,
        )
    ).label


def settled_share(labels: Counter[Label], *, wanted: Sequence[Label] = ()) -> float:
    """Return the share of experiments with a wanted label; without, with any conclusive one."""
    total = sum(labels.values())
    if wanted:
        return sum(labels[label] for label in wanted) / total
    open_ends = (Label.INCONCLUSIVE_PRECISION, Label.INCONCLUSIVE_INHIBITOR)
    return 1 - sum(labels[label] for label in open_ends) / total
