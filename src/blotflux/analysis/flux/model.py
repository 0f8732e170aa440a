"""The estimates of one treatment: pi, E, r on the ln scale, phi, kappa and dD by fiducial draws.

With C0, C1 the vehicle without and with inhibitor and T0, T1 the treatment's:

==========================  ===============================  =========================
quantity                    formula                          says
==========================  ===============================  =========================
flux_ratio, phi             (T1 - T0) / (C1 - C0)            flux against the vehicle's
clearance_ratio, kappa      (T1/T0 - 1) / (C1/C0 - 1)        speed of the late stage
pool_ratio, pi              T0 / C0                          size of the pool
inhibited_ratio, E          T1 / C1                          formation, if short
difference_of_differences   (T1 - T0) - (C1 - C0)            flux, additive
turnover_interaction        ln (T1/T0) - ln (C1/C0)          turnover, not flux
inhibitor_effect_control    C1 / C0                          the inhibitor works
inhibitor_effect_treated    T1 / T0                          further increase
==========================  ===============================  =========================

phi = pi kappa holds exactly. Doubling the flux at constant clearance leaves the interaction at 0,
and a partial late block can leave phi at 1: that is biology, not a mistake.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from blotflux.analysis.flux.arms import Arm
from blotflux.analysis.flux.fiducial import draw_cells, percentiles, two_sided_p
from blotflux.analysis.statistics import EMPTY, Interval, State, classify, within_margin

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from blotflux.analysis.conditions import Condition
    from blotflux.analysis.statistics import Fit
    from blotflux.parameters import Parameters

__all__ = [
    "Estimate",
    "Levels",
    "Quantity",
    "arm_means",
    "contrast_vector",
    "estimate_all",
    "fiducial_arms",
]


class Quantity(StrEnum):
    """What an ``lc3_flux`` analysis estimates; spelled as in ``comparisons.csv``."""

    FLUX = "flux_ratio"
    CLEARANCE = "clearance_ratio"
    POOL = "pool_ratio"
    INHIBITED = "inhibited_ratio"
    DIFFERENCE = "difference_of_differences"
    TURNOVER = "turnover_interaction"
    EFFECT_CONTROL = "inhibitor_effect_control"
    EFFECT_TREATED = "inhibitor_effect_treated"


LOG_CONTRASTS: dict[Quantity, dict[Arm, float]] = {
    Quantity.POOL: {Arm.T0: 1, Arm.C0: -1},
    Quantity.INHIBITED: {Arm.T1: 1, Arm.C1: -1},
    Quantity.EFFECT_CONTROL: {Arm.C1: 1, Arm.C0: -1},
    Quantity.EFFECT_TREATED: {Arm.T1: 1, Arm.T0: -1},
    Quantity.TURNOVER: {Arm.T1: 1, Arm.T0: -1, Arm.C1: -1, Arm.C0: 1},
}
"""Contrasts of ln cell means; TURNOVER stays on the ln scale, the others are ratios."""

RATIOS_WITH_MARGIN = (Quantity.FLUX, Quantity.CLEARANCE, Quantity.POOL, Quantity.INHIBITED)
"""Quantities that have a state."""


@dataclass(frozen=True, slots=True)
class Levels:
    """The error level of one treatment and what follows from it.

    Attributes
    ----------
    alpha : float
        Two-sided level after sharing among the treatments of one vehicle.
    """

    alpha: float

    @property
    def wide(self) -> float:
        """Return the level of the interval that the label rests on."""
        return 1 - self.alpha

    @property
    def narrow(self) -> float:
        """Return the level of the equivalence test's interval."""
        return 1 - 2 * self.alpha

    @property
    def gate(self) -> float:
        """Return the level of gate G3, 99 % for one treatment."""
        return 1 - self.alpha / 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """One quantity with its intervals.

    Attributes
    ----------
    value : float or None
        None where only an interval can be given.
    wide, narrow : Interval
        At 1 - alpha and 1 - 2 alpha.
    p_value : float or None
    draws : bool
        Whether the intervals are percentiles of fiducial draws.
    """

    value: float | None
    wide: Interval = EMPTY
    narrow: Interval = EMPTY
    p_value: float | None = None
    draws: bool = False

    def state(self, margin: float) -> State:
        """Return UP, DOWN, EQ or UNK."""
        return classify(self.wide, self.narrow, margin)

    def moves_within(self, margin: float) -> bool:
        """Return whether the ratio differs from 1 by less than the margin (WITHIN_MARGIN)."""
        moved = self.state(margin) in (State.UP, State.DOWN)
        return moved and within_margin(self.narrow, margin)


def estimate_all(
    fit: Fit, cells: Mapping[Arm, Condition], levels: Levels, parameters: Parameters
) -> dict[Quantity, Estimate]:
    """Return every quantity that the fitted cells determine.

    Parameters
    ----------
    fit : Fit
    cells : mapping of Arm to Condition
        Arms that are in the fit.
    levels : Levels
    parameters : Parameters
        Draws and seed; each treatment starts from the same seed.
    """
    found = {
        quantity: log_estimate(fit, quantity, cells, levels)
        for quantity, weights in LOG_CONTRASTS.items()
        if set(weights) <= set(cells) and fit.estimable(named(weights, cells))
    }
    if len(found) < len(LOG_CONTRASTS):
        return found
    points = exact_points(arm_means(fit, cells))
    if fit.df <= 0:
        return found | {quantity: Estimate(value=value) for quantity, value in points.items()}
    c0, c1, t0, t1 = fiducial_arms(fit, cells, parameters)
    draws = {
        Quantity.FLUX: (t1 - t0) / (c1 - c0),
        Quantity.CLEARANCE: (t1 / t0 - 1) / (c1 / c0 - 1),
        Quantity.DIFFERENCE: (t1 - t0 - c1 + c0) / np.median(c0),
    }
    return found | {
        quantity: draw_estimate(points[quantity], values, quantity, levels)
        for quantity, values in draws.items()
    }


def named(weights: Mapping[Arm, float], cells: Mapping[Arm, Condition]) -> dict[object, float]:
    """Return a contrast's weights by condition."""
    return {cells[arm]: weight for arm, weight in weights.items()}


def contrast_vector(quantity: Quantity) -> NDArray[np.float64]:
    """Return the weights of the arms in a log contrast, shape (4,)."""
    weights = LOG_CONTRASTS[quantity]
    return np.array([weights.get(arm, 0.0) for arm in Arm])


def log_estimate(
    fit: Fit, quantity: Quantity, cells: Mapping[Arm, Condition], levels: Levels
) -> Estimate:
    """Return a contrast of ln means with t intervals, as a ratio unless it is TURNOVER."""
    contrast = fit.contrast(named(LOG_CONTRASTS[quantity], cells))
    p_value = contrast.p_value if contrast.df > 0 else None
    if quantity is Quantity.TURNOVER:
        return Estimate(
            value=contrast.estimate,
            wide=contrast.interval(levels.wide),
            narrow=contrast.interval(levels.narrow),
            p_value=p_value,
        )
    return Estimate(
        value=contrast.ratio,
        wide=contrast.ratio_interval(levels.wide),
        narrow=contrast.ratio_interval(levels.narrow),
        p_value=p_value,
    )


def arm_means(fit: Fit, cells: Mapping[Arm, Condition]) -> NDArray[np.float64]:
    """Return ln means of the arms, shape (4,); NaN for an arm that was not fitted."""
    return np.array(
        [fit.means[fit.cells.index(cells[arm])] if arm in cells else np.nan for arm in Arm]
    )


def exact_points(means: NDArray[np.float64]) -> dict[Quantity, float | None]:
    """Return phi, kappa and dD of the estimated means, in units of the vehicle's basal level.

    kappa is phi / pi, so that phi = pi kappa holds to the last digit. Without any difference in
    the vehicle there is no phi.
    """
    c1, t0, t1 = (float(value) for value in np.exp(means - means[0])[1:])
    phi = (t1 - t0) / (c1 - 1) if c1 != 1 else None
    return {
        Quantity.FLUX: phi,
        Quantity.CLEARANCE: None if phi is None else phi / t0,
        Quantity.DIFFERENCE: t1 - t0 - (c1 - 1),
    }


def fiducial_arms(
    fit: Fit, cells: Mapping[Arm, Condition], parameters: Parameters
) -> NDArray[np.float64]:
    """Return draws of the arms, shape (4, draws), in units of C0 (of C1 where C0 is not fitted)."""
    means = arm_means(fit, cells)
    places = [fit.cells.index(cells[arm]) if arm in cells else 0 for arm in Arm]
    unit = means[0] if np.isfinite(means[0]) else means[1]
    return draw_cells(
        means - unit,
        fit.covariance[np.ix_(places, places)],
        s=fit.s,
        df=fit.df,
        n_draws=parameters.monte_carlo_draws,
        seed=parameters.seed,
    )


def draw_estimate(
    value: float | None, draws: NDArray[np.float64], quantity: Quantity, levels: Levels
) -> Estimate:
    """Return an estimate whose intervals are percentiles of draws."""
    low, high, narrow_low, narrow_high = percentiles(draws, (levels.wide, levels.narrow))
    no_change = 0.0 if quantity is Quantity.DIFFERENCE else 1.0
    return Estimate(
        value=value,
        wide=Interval(low, high),
        narrow=Interval(narrow_low, narrow_high),
        p_value=two_sided_p(draws, no_change),
        draws=True,
    )
