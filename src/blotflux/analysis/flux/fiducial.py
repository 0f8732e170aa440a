"""Generalized-fiducial draws of cell means: intervals of phi and kappa that no delta method gives.

The residual variance is drawn as ``s**2 df / chi2(df)`` and each cell mean around its estimate with
it, so a function of the means, however ratio-like, has an interval by its percentiles. Coverage by
simulation is in the docs.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["draw_cells", "percentiles", "two_sided_p"]

N_ARMS = 4
ROUNDING = 1e-9
"""Without noise, draws differ from the value tested by rounding only."""


@lru_cache(maxsize=4)
def standard_draws(
    df: int, n_draws: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return sqrt(df / chi2) and standard normals, shapes (draws,) and (arms, draws).

    The order of drawing is part of the method: chi2 first, then normals with one row per draw.
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    chi2 = generator.chisquare(df, n_draws)
    normals = np.ascontiguousarray(generator.standard_normal((n_draws, N_ARMS)).T)
    scale = np.sqrt(df / chi2)
    for array in (scale, normals):
        array.flags.writeable = False
    return scale, normals


def draw_cells(
    means: NDArray[np.float64],
    covariance: NDArray[np.float64],
    *,
    s: float,
    df: int,
    n_draws: int,
    seed: int,
) -> NDArray[np.float64]:
    """Return draws of exp(cell mean), shape (arms, draws).

    Parameters
    ----------
    means : ndarray, shape (4,)
        ln cell means of C0, C1, T0, T1, relative to the unit wished; NaN for an arm that was not
        fitted, whose draws are NaN.
    covariance : ndarray, shape (4, 4)
        The arms' part of the inverse of X'X.
    s, df : float, int
        Residual SD and its degrees of freedom.
    """
    scale, normals = standard_draws(df, n_draws, seed)
    fitted = np.flatnonzero(np.isfinite(means))
    root = np.linalg.cholesky(covariance[np.ix_(fitted, fitted)])
    draws = np.full((N_ARMS, n_draws), np.nan)
    # Each arm keeps its own column of normals, whichever arms are fitted.
    draws[fitted] = np.exp(means[fitted, None] + (root @ normals[fitted]) * (s * scale))
    return draws


def percentiles(draws: NDArray[np.float64], levels: tuple[float, ...]) -> list[float]:
    """Return lower and upper ends of central intervals at several levels, in turn."""
    points = [100 * (0.5 + side * level / 2) for level in levels for side in (-1, 1)]
    return [float(value) for value in np.percentile(draws, points)]


def two_sided_p(draws: NDArray[np.float64], value: float) -> float:
    """Return twice the smaller tail beyond a value, at least one draw's worth, at most 1."""
    below = int(np.count_nonzero(draws < value - ROUNDING))
    above = int(np.count_nonzero(draws > value + ROUNDING))
    at = len(draws) - below - above
    tail = (min(below, above) + at / 2) / len(draws)
    return float(min(max(2 * tail, 1 / len(draws)), 1.0))
