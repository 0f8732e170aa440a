"""Rule ND: flux where a basal (or treated) level is below the limit of quantification.

What is below the limit lies between nothing and the limit. phi is taken at all corners of that
range, and reported as the envelope of the corners' intervals.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from blotflux.analysis.flux.arms import Arm
from blotflux.analysis.flux.model import (
    Estimate,
    Levels,
    Quantity,
    arm_means,
    draw_estimate,
    fiducial_arms,
)
from blotflux.analysis.statistics import Interval, State, student_quantile

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from blotflux.analysis.conditions import Condition
    from blotflux.analysis.flux.selection import Selection
    from blotflux.analysis.statistics import Fit
    from blotflux.parameters import Parameters

__all__ = ["common_state", "flux_at_corners", "flux_envelope", "inhibitor_shown"]


def flux_at_corners(
    fit: Fit, selection: Selection, levels: Levels, parameters: Parameters
) -> tuple[Estimate, ...]:
    """Return phi with every arm below the limit at either end of its range.

    Empty where C1 is not fitted, or where nothing tells a limit.
    """
    limits = selection.ln_limits
    if (
        Arm.C1 not in selection.cells
        or fit.df <= 0
        or not all(np.isfinite(limit) for limit in limits.values())
    ):
        return ()
    draws = fiducial_arms(fit, selection.cells, parameters)
    means = arm_means(fit, selection.cells)
    unit = means[0] if np.isfinite(means[0]) else means[1]
    ends = [(0.0, float(np.exp(limits[arm] - unit))) for arm in selection.below_loq]
    return tuple(
        phi_at(draws, dict(zip(selection.below_loq, corner, strict=True)), levels)
        for corner in product(*ends)
        if is_corner(selection.below_loq, corner)
    )


def is_corner(below: tuple[Arm, ...], corner: tuple[float, ...]) -> bool:
    """Return whether a corner is wanted.

    With T0 and T1 both below, only those where one of them is 0: T1 - T0 lies between.
    """
    if {Arm.T0, Arm.T1} <= set(below):
        at = dict(zip(below, corner, strict=True))
        return (at[Arm.T0] > 0) != (at[Arm.T1] > 0)
    return True


def phi_at(draws: NDArray[np.float64], fixed: Mapping[Arm, float], levels: Levels) -> Estimate:
    """Return phi with some arms fixed."""
    c0, c1, t0, t1 = (
        np.full(draws.shape[1], fixed[arm]) if arm in fixed else draws[place]
        for place, arm in enumerate(Arm)
    )
    return draw_estimate(None, (t1 - t0) / (c1 - c0), Quantity.FLUX, levels)


def flux_envelope(corners: Iterable[Estimate]) -> Estimate:
    """Return the corners' outermost limits and largest p; there is no point estimate."""
    found = tuple(corners)
    return Estimate(
        value=None,
        wide=envelope(corner.wide for corner in found),
        narrow=envelope(corner.narrow for corner in found),
        p_value=max((corner.p_value or 0.0 for corner in found), default=None),
        draws=True,
    )


def envelope(intervals: Iterable[Interval]) -> Interval:
    """Return the smallest interval that holds all; empty if there are none."""
    found = tuple(intervals)
    lows = [interval.low for interval in found if interval.low is not None]
    highs = [interval.high for interval in found if interval.high is not None]
    return Interval(min(lows), max(highs)) if lows and highs else Interval()


def common_state(corners: Iterable[Estimate], margin: float) -> State:
    """Return the state that all corners share, else UNK."""
    states = {corner.state(margin) for corner in corners}
    return states.pop() if len(states) == 1 else State.UNK


def inhibitor_shown(
    fit: Fit, cells: Mapping[Arm, Condition], ln_limit_c0: float, levels: Levels
) -> bool:
    """Return whether C1 is above the limit that C0 is below (gate G3 of rule ND)."""
    place = fit.cells.index(cells[Arm.C1])
    se = fit.s * float(np.sqrt(fit.covariance[place, place]))
    critical = student_quantile(0.5 + levels.gate / 2, fit.df)
    return bool(fit.means[place] - ln_limit_c0 - critical * se > 0)
