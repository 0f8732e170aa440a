"""Several comparisons at once: Dunnett against one control on a blocked fit, and Holm."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy import optimize, special, stats

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from blotflux.analysis.statistics import Cell, Contrast, Fit, Interval

__all__ = ["Dunnett", "holm"]

NODES = 120
"""Points of each Gauss rule; probabilities are right to 1e-9."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Dunnett:
    """Comparisons of several conditions with one control, from one fit.

    The statistics share the control and the residual variance, so they follow a multivariate t
    with the correlation of the fit (0.5 where every block is complete). ``scipy.stats.dunnett``
    is for independent groups and must not see blocked data.

    Attributes
    ----------
    fit : Fit
    control : cell
    treated : tuple of cells
    """

    fit: Fit
    control: Cell
    treated: tuple[Cell, ...]

    @cached_property
    def contrasts(self) -> tuple[Contrast, ...]:
        """Return ln(treated / control) for each of `treated`."""
        return tuple(self.fit.difference(cell, self.control) for cell in self.treated)

    @cached_property
    def correlation(self) -> NDArray[np.float64]:
        """Return the correlation of the contrasts, shape (treated, treated)."""
        rows = np.array([self.fit.weights({c: 1.0, self.control: -1.0}) for c in self.treated])
        covariance = rows @ self.fit.covariance @ rows.T
        scale = np.sqrt(np.diag(covariance))
        return np.asarray(covariance / np.outer(scale, scale))

    def p_value(self, contrast: Contrast) -> float:
        """Return a two-sided p value adjusted for all comparisons."""
        if len(self.treated) == 1:
            return contrast.p_value
        # Beyond 1e-11 the difference from 1 is rounding; no adjusted p is below the plain one.
        return float(np.clip(1 - self.coverage(abs(contrast.t)), contrast.p_value, 1.0))

    def critical(self, level: float) -> float:
        """Return the half width of a simultaneous interval, in standard errors."""
        single = float(stats.t.ppf(0.5 + level / 2, self.fit.df))
        if len(self.treated) == 1:
            return single
        bonferroni = float(stats.t.isf((1 - level) / (2 * len(self.treated)), self.fit.df))
        return float(
            optimize.brentq(
                lambda c: self.coverage(c) - level, 0.9 * single, 1.1 * bonferroni, xtol=1e-10
            )
        )

    def interval(self, contrast: Contrast, level: float) -> Interval:
        """Return a simultaneous interval on the ln scale."""
        return contrast.with_critical(self.critical(level))

    def coverage(self, limit: float) -> float:
        """Return the probability that every |t| stays within a limit."""
        if not np.isfinite(limit):
            return 1.0
        loadings = one_factor(self.correlation)
        if loadings is not None:
            return one_factor_coverage(limit, loadings, self.fit.df)
        return monte_carlo_coverage(limit, self.correlation, self.fit.df)


def one_factor(correlation: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Return loadings l with correlation[i, j] = l[i] l[j] off the diagonal, or None.

    Complete blocks, and designs whose conditions lack lanes only of their own, have them.
    """
    k = len(correlation)
    if k == 2:
        rho = correlation[0, 1]
        return np.asarray(np.sqrt(np.abs(rho)) * np.array([1.0, np.sign(rho) or 1.0]))
    with np.errstate(divide="ignore", invalid="ignore"):
        squares = [
            correlation[i, j] * correlation[i, m] / correlation[j, m]
            for i, j, m in ((i, (i + 1) % k, (i + 2) % k) for i in range(k))
        ]
    if not np.isfinite(squares).all() or min(squares) < 0:
        return None
    loadings = np.sqrt(squares)
    rebuilt = np.outer(loadings, loadings)
    np.fill_diagonal(rebuilt, 1.0)
    matches = bool(np.abs(rebuilt - correlation).max() < 1e-9) and bool(loadings.max() < 1)
    return loadings if matches else None


def one_factor_coverage(limit: float, loadings: NDArray[np.float64], df: float) -> float:
    """Return P(max |t| <= limit) for a one-factor correlation, by two Gauss rules.

    With t_i = (l_i z + sqrt(1 - l_i**2) e_i) / u, where u**2 = chi2(df) / df, the e_i are
    independent given z and u.
    """
    z, z_weight = normal_rule()
    u, u_weight = scale_rule(df)
    spread = np.sqrt(1 - loadings**2)
    middle = loadings[:, None, None] * z[None, :, None]
    reach = limit * u[None, None, :]
    inside = special.ndtr((reach - middle) / spread[:, None, None]) - special.ndtr(
        (-reach - middle) / spread[:, None, None]
    )
    return float(z_weight @ inside.prod(axis=0) @ u_weight)


@lru_cache(maxsize=1)
def normal_rule() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return nodes and weights for the expectation over a standard normal."""
    node, weight = np.polynomial.legendre.leggauss(NODES)
    z = 9.0 * node
    return z, 9.0 * weight * stats.norm.pdf(z)


@lru_cache(maxsize=64)
def scale_rule(df: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return nodes and weights for the expectation over sqrt(chi2(df) / df).

    The rule runs over the probabilities of chi2, so it needs no tail cut.
    """
    node, weight = np.polynomial.legendre.leggauss(NODES)
    # x = sin**2 packs nodes at both ends, where the quantile is steep.
    angle = np.pi / 4 * (node + 1)
    probability = np.sin(angle) ** 2
    u = np.sqrt(stats.chi2.ppf(probability, df) / df)
    return u, weight * np.pi / 4 * np.sin(2 * angle)


def monte_carlo_coverage(limit: float, correlation: NDArray[np.float64], df: float) -> float:
    """Return P(max |t| <= limit) for any correlation, by quasi-Monte-Carlo from a fixed seed."""
    k = len(correlation)
    return float(
        stats.multivariate_t.cdf(
            np.full(k, limit),
            loc=np.zeros(k),
            shape=correlation,
            df=int(df),
            maxpts=200_000,
            lower_limit=np.full(k, -limit),
            random_state=12345,
            allow_singular=True,
        )
    )


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Return Holm's step-down adjusted p values, in the order given.

    Holm S 1979 Scand J Stat 6:65.
    """
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    factors = len(p) - np.arange(len(p))
    adjusted = np.minimum(np.maximum.accumulate(factors * p[order]), 1.0)
    result = np.empty_like(p)
    result[order] = adjusted
    return tuple(float(value) for value in result)
