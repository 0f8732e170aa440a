"""Tests that take one difference per replicate, and those for independent samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from blotflux.analysis.statistics import Contrast, Interval, student_quantile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Tost", "fieller", "paired_contrast", "tost", "welch_contrast"]


def paired_contrast(differences: Sequence[float] | NDArray[np.float64]) -> Contrast:
    """Return the mean of one ln difference per replicate, with its error on n - 1 df."""
    d = np.asarray(differences, dtype=np.float64)
    n = len(d)
    se = float(d.std(ddof=1) / np.sqrt(n)) if n > 1 else float("nan")
    return Contrast(estimate=float(d.mean()), se=se, df=n - 1)


def welch_contrast(
    treated: Sequence[float] | NDArray[np.float64], control: Sequence[float] | NDArray[np.float64]
) -> Contrast:
    """Return the difference of two independent groups of ln values, variances not assumed equal.

    Welch B L 1947 Biometrika 34:28, with Satterthwaite's degrees of freedom.
    """
    a, b = np.asarray(treated, dtype=np.float64), np.asarray(control, dtype=np.float64)
    estimate = float(a.mean() - b.mean())
    if min(len(a), len(b)) < 2:
        return Contrast(estimate=estimate, se=float("nan"), df=0)
    parts = np.array([a.var(ddof=1) / len(a), b.var(ddof=1) / len(b)])
    total = float(parts.sum())
    shares = parts / total if total > 0 else np.array([0.5, 0.5])
    df = 1 / float((shares**2 / np.array([len(a) - 1, len(b) - 1])).sum())
    return Contrast(estimate=estimate, se=float(np.sqrt(total)), df=df)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tost:
    """Two one-sided tests of equivalence of a ratio within (1/margin, margin).

    Attributes
    ----------
    t_low, t_high : float
        Against 1/margin and against margin.
    p_low, p_high : float
        One-sided.
    """

    t_low: float
    t_high: float
    p_low: float
    p_high: float

    @property
    def p_value(self) -> float:
        """Return the p value of equivalence, the larger of the two."""
        return max(self.p_low, self.p_high)


def tost(contrast: Contrast, margin: float) -> Tost:
    """Return the two one-sided tests of a contrast.

    Parameters
    ----------
    contrast : Contrast
        With at least one degree of freedom and an error above zero.
    margin : float
        Above 1.
    """
    t_low = (contrast.estimate + np.log(margin)) / contrast.se
    t_high = (contrast.estimate - np.log(margin)) / contrast.se
    return Tost(
        t_low=float(t_low),
        t_high=float(t_high),
        p_low=float(stats.t.sf(t_low, contrast.df)),
        p_high=float(stats.t.cdf(t_high, contrast.df)),
    )


def fieller(
    numerator: Sequence[float] | NDArray[np.float64],
    denominator: Sequence[float] | NDArray[np.float64],
    level: float,
) -> tuple[float, Interval]:
    """Return the ratio of two paired means and its interval.

    Parameters
    ----------
    numerator, denominator : sequence of float
        One of each per replicate, at least two.
    level : float

    Returns
    -------
    float, Interval
        The interval is empty where it is unbounded: the denominator then does not differ from
        zero, and a truncated interval would lie.

    Notes
    -----
    Fieller E C 1954 J R Stat Soc B 16:175. With a, b, c as in the code, the limits are the roots
    of a x**2 - 2 b x + c.
    """
    u, v = np.asarray(numerator, dtype=np.float64), np.asarray(denominator, dtype=np.float64)
    n = len(u)
    mean_u, mean_v = float(u.mean()), float(v.mean())
    ratio = mean_u / mean_v if mean_v else float("nan")
    if n < 2:
        return ratio, Interval()
    covariance = np.cov(u, v, ddof=1) / n
    t2 = student_quantile(0.5 + level / 2, n - 1) ** 2
    a = mean_v**2 - t2 * covariance[1, 1]
    b = mean_u * mean_v - t2 * covariance[0, 1]
    c = mean_u**2 - t2 * covariance[0, 0]
    discriminant = b * b - a * c
    if a <= 0 or discriminant < 0:
        return ratio, Interval()
    root = float(np.sqrt(discriminant))
    return ratio, Interval(float((b - root) / a), float((b + root) / a))
