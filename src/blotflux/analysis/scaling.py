"""Scales that put values of several membranes beside one another.

========================  ==========================================================
``within_block``          no scale: contrasts are taken inside each membrane (default)
``common_sample``         geometric mean of the membrane's reference lanes
``membrane_mean``         geometric mean of the conditions that every membrane holds
``alignment``             least squares, condition + membrane (``analysis.alignment``)
========================  ==========================================================
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from blotflux.errors import NormalizationError

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping

    from blotflux.analysis.normalization import LaneValue

__all__ = ["NO_SHARED_CONDITION", "Scale", "common_sample", "membrane_mean"]

NO_SHARED_CONDITION = "These membranes share no condition; they cannot be put on one scale."


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """What the values of one membrane are divided by, as its logarithm.

    Attributes
    ----------
    ln_value : float
    ln_variance : float
        By measurement; enters every value of the membrane. NaN if unknown.
    n_lanes : int
    """

    ln_value: float
    ln_variance: float
    n_lanes: int


def common_sample(lanes: Iterable[LaneValue]) -> dict[str, Scale]:
    """Return the scale of each membrane that has usable reference lanes.

    The reference should be a strong band, in two lanes or more: its error enters every value.
    """
    found: dict[str, list[LaneValue]] = {}
    for lane in lanes:
        if lane.sample.role == "reference" and lane.usable and not is_bound(lane):
            found.setdefault(lane.sample.membrane, []).append(lane)
    return {
        membrane: mean_scale(
            [math.log(lane.normalized) for lane in references],
            [lane.ln_variance for lane in references],
        )
        for membrane, references in sorted(found.items())
    }


def is_bound(lane: LaneValue) -> bool:
    """Return whether a lane's value is a bound on either side."""
    return lane.saturated or lane.loading_saturated or lane.below_loq


def membrane_mean(
    ln_values: Mapping[str, Mapping[Hashable, float]],
    ln_variances: Mapping[str, Mapping[Hashable, float]] | None = None,
) -> dict[str, Scale]:
    """Return the scale of each membrane by the conditions that all of them hold.

    Parameters
    ----------
    ln_values : mapping of membrane to mapping of condition to float
    ln_variances : mapping of the same shape, optional

    Raises
    ------
    NormalizationError
        If no condition is on every membrane.
    """
    shared = set.intersection(*(set(values) for values in ln_values.values()))
    if not shared:
        raise NormalizationError(NO_SHARED_CONDITION)
    conditions = sorted(shared, key=repr)
    variances = ln_variances or {}
    return {
        membrane: mean_scale(
            [values[condition] for condition in conditions],
            [variances.get(membrane, {}).get(condition, math.nan) for condition in conditions],
        )
        for membrane, values in sorted(ln_values.items())
    }


def mean_scale(ln_values: list[float], ln_variances: list[float]) -> Scale:
    """Return the mean of ln values with its variance by measurement."""
    n = len(ln_values)
    return Scale(
        ln_value=float(np.mean(ln_values)), ln_variance=sum(ln_variances) / n**2, n_lanes=n
    )
