"""Linear trend over doses: one slope per treatment, on the logarithm of the dose."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from blotflux.analysis.fold.labels import LEAST_REPLICATES
from blotflux.analysis.records import Comparison

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from blotflux.analysis.conditions import Condition
    from blotflux.analysis.fold.records import FoldChanges
    from blotflux.analysis.fold.rows import Heading
    from blotflux.parameters import Parameters

__all__ = ["trend_rows"]

LEAST_DOSES = 3
"""Doses that a trend needs; with two it is the comparison of two conditions."""

NUMBER = re.compile(r"\s*([0-9]+(?:[.,][0-9]+)?(?:[eE][+-]?[0-9]+)?)")


def trend_rows(
    changes: FoldChanges, heading: Heading, parameters: Parameters
) -> tuple[Comparison, ...]:
    """Return the fold change per tenfold dose of every treatment with three doses or more.

    The contrast over the dose means has weights ``x - mean(x)``, x = log10(dose), divided by their
    sum of squares, and the error of the blocked fit. The control has no logarithm of its dose and
    does not take part.
    """
    if not heading.headline or changes.fit is None:
        return ()
    rows = (
        trend_row(changes, doses, heading, parameters) for doses in dose_series(changes).values()
    )
    return tuple(row for row in rows if row is not None)


def dose_series(changes: FoldChanges) -> dict[tuple[object, ...], dict[Condition, float]]:
    """Return the doses of each treatment at one time and inhibitor, as log10."""
    found: dict[tuple[object, ...], dict[Condition, float]] = {}
    for item in changes.items:
        dose = dose_of(item.condition)
        if dose is not None and item.n >= LEAST_REPLICATES:
            condition = item.condition
            key = (
                condition.treatment,
                condition.dose_unit,
                condition.time_h,
                condition.inhibitor,
                condition.inhibitor_dose,
                condition.inhibitor_h,
            )
            found.setdefault(key, {})[condition] = math.log10(dose)
    return {key: doses for key, doses in found.items() if len(doses) >= LEAST_DOSES}


def dose_of(condition: Condition) -> float | None:
    """Return a dose above zero as a number, or None."""
    match = NUMBER.match(condition.dose)
    value = float(match.group(1).replace(",", ".")) if match else 0.0
    return value if value > 0 else None


def trend_row(
    changes: FoldChanges,
    doses: Mapping[Condition, float],
    heading: Heading,
    parameters: Parameters,
) -> Comparison | None:
    """Return one trend as a row; None where the data do not determine it."""
    weights = trend_weights(tuple(doses.items()))
    if changes.fit is None or not changes.fit.estimable(weights):
        return None
    contrast = changes.fit.contrast(weights)
    wide = contrast.ratio_interval(1 - parameters.alpha)
    narrow = contrast.ratio_interval(1 - 2 * parameters.alpha)
    first = next(iter(doses))
    return Comparison(
        analysis=heading.analysis,
        kind=heading.kind,
        quantity=f"{changes.ratio.quantity}_per_tenfold_dose",
        treatment=first.treatment,
        control=heading.control,
        time_h=first.time_h,
        inhibitor=first.inhibitor,
        n=min(changes.of(condition).n for condition in doses),
        n_technical=sum(changes.blocks.lanes(condition) for condition in doses),
        estimate=contrast.ratio,
        ci_low=wide.low,
        ci_high=wide.high,
        ci_level=1 - parameters.alpha,
        ci90_low=narrow.low,
        ci90_high=narrow.high,
        df=float(contrast.df),
        p_value=None if heading.withheld else contrast.p_value,
        model=changes.model,
        method=f"linear trend over log10 of {len(doses)} doses",
        flags=tuple(sorted(heading.flags)),
    )


def trend_weights(doses: Sequence[tuple[Condition, float]]) -> dict[Hashable, float]:
    """Return the weights of the least-squares slope over equally weighted means."""
    center = math.fsum(x for _, x in doses) / len(doses)
    squares = math.fsum((x - center) ** 2 for _, x in doses)
    return {condition: (x - center) / squares for condition, x in doses}
