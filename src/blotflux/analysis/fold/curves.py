"""Dose-response curves: a four-parameter logistic on ln values, of five doses or more."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import optimize

from blotflux.analysis.numbers import three_digits
from blotflux.analysis.statistics import Contrast

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from blotflux.analysis.conditions import Condition
    from blotflux.analysis.statistics import Fit

__all__ = ["LEAST_DOSES", "Curve", "fit_curve"]

LEAST_DOSES = 5
"""Doses that four parameters need; with fewer only the linear trend is given."""

STEEPEST = 8.0
"""Slope beyond which the doses do not lie close enough to tell one (project default)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """``ln(fold change) = bottom + (top - bottom) / (1 + 10**(hill (log EC50 - log dose)))``.

    Attributes
    ----------
    log_ec50 : Contrast
        log10 of the dose at half height, with its error on the residual degrees of freedom.
    bottom, top : float
        ln fold change against the control at no and at full effect; bottom is at the low doses.
    hill : float
        Above 0.
    determined : bool
        The half height lies within the doses, and so does its interval.
    """

    log_ec50: Contrast
    bottom: float
    top: float
    hill: float
    determined: bool

    @property
    def words(self) -> str:
        """Return plateaus and slope in words."""
        low, high = math.exp(self.bottom), math.exp(self.top)
        return (
            f"plateaus {three_digits(low)} and {three_digits(high)} times the control, slope "
            f"{three_digits(self.hill)}"
        )


def fit_curve(
    fit: Fit, control: Condition, doses: Mapping[Condition, float], *, level: float
) -> Curve | None:
    """Return the curve through a treatment's dose means; None where none can be found.

    Parameters
    ----------
    fit : Fit
        Of all conditions, blocked.
    control : Condition
    doses : mapping of Condition to float
        log10 of each dose; at least five.
    level : float
        Of the interval that must lie within the doses.

    Notes
    -----
    Generalized least squares on ln(dose / control) with the covariance of the blocked fit, so
    that the control's error and blocks are in the parameters' errors; these have the fit's
    residual variance and degrees of freedom, not the misfit of the curve.
    """
    x = np.array(list(doses.values()))
    if fit.df <= 0 or not fit.s > 0:
        return None
    weights = np.array([fit.weights({cell: 1.0, control: -1.0}) for cell in doses])
    y = weights @ fit.means
    whiten = np.linalg.inv(np.linalg.cholesky(weights @ fit.covariance @ weights.T))
    found = best_parameters(x, y, whiten)
    if found is None:
        return None
    parameters, jacobian = found
    bottom, top, log_ec50, ln_hill = parameters
    information = jacobian.T @ jacobian
    if np.linalg.cond(information) > 1e12:
        return None
    se = fit.s * math.sqrt(np.linalg.inv(information)[2, 2])
    contrast = Contrast(estimate=float(log_ec50), se=se, df=fit.df)
    limits = contrast.interval(level)
    inside = (
        limits.low is not None
        and limits.high is not None
        and x.min() <= limits.low <= limits.high <= x.max()
    )
    return Curve(
        log_ec50=contrast,
        bottom=float(bottom),
        top=float(top),
        hill=float(np.exp(ln_hill)),
        determined=inside and float(np.exp(ln_hill)) < STEEPEST,
    )


def logistic(parameters: NDArray[np.float64], x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ln fold changes at log10 doses."""
    bottom, top, log_ec50, ln_hill = parameters
    power = np.clip(np.exp(ln_hill) * (log_ec50 - x), -300, 300)
    return np.asarray(bottom + (top - bottom) / (1 + 10.0**power))


def best_parameters(
    x: NDArray[np.float64], y: NDArray[np.float64], whiten: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Return the best parameters of several starts, with the whitened Jacobian."""

    def misfit(parameters: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(whiten @ (logistic(parameters, x) - y))

    width = float(np.ptp(x))
    lower = [-np.inf, -np.inf, x.min() - 2 * width, math.log(0.1)]
    upper = [np.inf, np.inf, x.max() + 2 * width, math.log(2 * STEEPEST)]
    best = None
    for start in np.linspace(x.min(), x.max(), 5):
        first = np.array([y[np.argmin(x)], y[np.argmax(x)], start, 0.0])
        result = optimize.least_squares(misfit, first, bounds=(lower, upper), x_scale="jac")
        if result.success and (best is None or result.cost < best.cost):
            best = result
    return None if best is None else (best.x, np.asarray(best.jac, dtype=np.float64))
