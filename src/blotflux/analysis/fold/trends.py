"""Trends over doses: one slope per treatment on the log of the dose, and a curve of five doses."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from blotflux.analysis.fold.curves import LEAST_DOSES as LEAST_CURVE_DOSES
from blotflux.analysis.fold.curves import fit_curve
from blotflux.analysis.fold.labels import LEAST_REPLICATES
from blotflux.analysis.records import Comparison
from blotflux.flags import Flag

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from blotflux.analysis.conditions import Condition
    from blotflux.analysis.fold.records import FoldChanges
    from blotflux.analysis.fold.rows import Heading
    from blotflux.parameters import Parameters

__all__ = ["trend_rows"]

LEAST_DOSES = 3
"""Doses that a trend needs; with two it is the comparison of two conditions."""

NO_EC50 = (
    "The doses do not determine the dose at half height: it, or its interval, lies outside of them."
)

NUMBER = re.compile(r"\s*([0-9]+(?:[.,][0-9]+)?(?:[eE][+-]?[0-9]+)?)")


def trend_rows(
    changes: FoldChanges, heading: Heading, parameters: Parameters
) -> tuple[Comparison, ...]:
    """Return the fold change per tenfold dose of every treatment with three doses or more.

    And the dose at half height, where there are five.

    The contrast over the dose means has weights ``x - mean(x)``, x = log10(dose), divided by their
    sum of squares, and the error of the blocked fit. The control has no logarithm of its dose and
    does not take part.
    """
    if not heading.headline or changes.fit is None:
        return ()
    rows = (
        row
        for doses in dose_series(changes).values()
        for row in (
            trend_row(changes, doses, heading, parameters),
            curve_row(changes, doses, heading, parameters),
        )
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


def curve_row(
    changes: FoldChanges,
    doses: Mapping[Condition, float],
    heading: Heading,
    parameters: Parameters,
) -> Comparison | None:
    """Return the dose at half height as a row; None with fewer than five doses.

    It has no p value: that there is an effect of the dose is the trend's question.
    """
    control = changes.of(next(iter(doses))).control
    if len(doses) < LEAST_CURVE_DOSES or changes.fit is None or control is None:
        return None
    level = 1 - parameters.alpha
    curve = fit_curve(changes.fit, control, doses, level=level)
    first = next(iter(doses))
    row = Comparison(
        analysis=heading.analysis,
        kind=heading.kind,
        quantity=f"{changes.ratio.quantity}_ec50",
        treatment=first.treatment,
        control=heading.control,
        time_h=first.time_h,
        inhibitor=first.inhibitor,
        n=min(changes.of(condition).n for condition in doses),
        n_technical=sum(changes.blocks.lanes(condition) for condition in doses),
        model=changes.model,
        method=f"four-parameter logistic on ln values of {len(doses)} doses",
        flags=tuple(sorted(heading.flags)),
    )
    if curve is None or not curve.determined:
        return replace(row, message=NO_EC50, flags=tuple(sorted({*row.flags, Flag.WITHHELD})))
    wide, narrow = (curve.log_ec50.interval(x) for x in (level, 1 - 2 * parameters.alpha))
    unit = f" {first.dose_unit}" if first.dose_unit else ""
    return replace(
        row,
        estimate=10.0**curve.log_ec50.estimate,
        ci_low=power_of_ten(wide.low),
        ci_high=power_of_ten(wide.high),
        ci_level=level,
        ci90_low=power_of_ten(narrow.low),
        ci90_high=power_of_ten(narrow.high),
        df=float(curve.log_ec50.df),
        message=f"Dose at half height{unit and f', in{unit}'}; {curve.words}.",
    )


def power_of_ten(value: float | None) -> float | None:
    """Return 10 to the power of a number."""
    return None if value is None else 10.0**value


def trend_weights(doses: Sequence[tuple[Condition, float]]) -> dict[Hashable, float]:
    """Return the weights of the least-squares slope over equally weighted means."""
    center = math.fsum(x for _, x in doses) / len(doses)
    squares = math.fsum((x - center) ** 2 for _, x in doses)
    return {condition: (x - center) / squares for condition, x in doses}
