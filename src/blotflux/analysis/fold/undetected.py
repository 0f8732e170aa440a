"""Rule ND for fold changes: a limit of quantification in place of a value bounds the change."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from blotflux.analysis.conditions import Condition
    from blotflux.analysis.fold.design import Design
    from blotflux.analysis.fold.ratios import RatioLanes
    from blotflux.analysis.normalization import LaneValue

__all__ = ["bound_direction", "bound_value", "replicates_by_condition", "undetected_conditions"]


def replicates_by_condition(
    design: Design, lanes: Iterable[LaneValue]
) -> dict[Condition, frozenset[str]]:
    """Return the biological replicates that some lanes hold of each condition."""
    found: dict[Condition, set[str]] = {}
    for lane in lanes:
        replicates = found.setdefault(design.condition_of[lane.key], set())
        replicates.add(design.replicates.of_lane[lane.key])
    return {condition: frozenset(names) for condition, names in found.items()}


def undetected_conditions(
    ratio: RatioLanes, design: Design, values: Iterable[LaneValue], bounds: Iterable[LaneValue]
) -> frozenset[Condition]:
    """Return the conditions that are not quantifiable in half of their replicates or more.

    A replicate with a quantifiable technical lane is quantifiable.
    """
    measured = replicates_by_condition(design, values)
    below = replicates_by_condition(design, (lane for lane in bounds if ratio.is_nd(lane)))
    found = set()
    for condition, names in below.items():
        seen = measured.get(condition, frozenset())
        lost = names - seen
        if lost and 2 * len(lost) >= len(names | seen):
            found.add(condition)
    return frozenset(found)


def bound_direction(
    ratio: RatioLanes,
    design: Design,
    pair: tuple[Condition, Condition],
    undetected: frozenset[Condition],
) -> str:
    """Return which way limits of quantification bound a fold change: "<=", ">=" or "?"."""
    signs = {
        side * sign
        for cell, side in zip(pair, (1, -1), strict=True)
        if cell in undetected
        for lanes, sign in ((ratio.numerator_nd, 1), (ratio.denominator_nd, -1))
        if any(design.condition_of.get(key) == cell for key in lanes)
    }
    if len(signs) != 1:
        return "?"
    return "<=" if signs == {1} else ">="


def bound_value(
    ratio: RatioLanes, design: Design, pair: tuple[Condition, Condition], *, blocked: bool
) -> float | None:
    """Return the fold change with limits in place of missing values; None if nothing tells it.

    The geometric mean over the replicates that hold both conditions, or of the two groups where
    samples are independent.
    """
    treated, control = (with_limits(ratio, design, cell) for cell in pair)
    both = sorted(set(treated) & set(control))
    if blocked:
        differences = [treated[name] - control[name] for name in both]
        return math.exp(math.fsum(differences) / len(both)) if both else None
    if not treated or not control:
        return None
    return math.exp(mean(treated) - mean(control))


def with_limits(ratio: RatioLanes, design: Design, cell: Condition) -> dict[str, float]:
    """Return the ln value of each replicate in a condition, limits standing in for values."""
    found: dict[str, list[float]] = {}
    for lane in ratio.lanes:
        replicate = design.replicates.of_lane.get(lane.key)
        if replicate is None or design.condition_of.get(lane.key) != cell:
            continue
        value = lane.normalized if ratio.is_value(lane) else ratio.bounds.get(lane.key)
        if value is not None:
            found.setdefault(replicate, []).append(math.log(value))
    return {name: math.fsum(logs) / len(logs) for name, logs in found.items()}


def mean(values: Mapping[str, float]) -> float:
    """Return the mean over replicates."""
    return math.fsum(values.values()) / len(values)
