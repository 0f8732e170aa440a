"""Rows of ``flux.csv``: amounts, rates and transition times."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from blotflux.analysis.flux.amounts import Gradients, Side
from blotflux.analysis.flux.arms import Arm
from blotflux.analysis.flux.present import transition_defined
from blotflux.analysis.records import FluxRow
from blotflux.flags import Flag

if TYPE_CHECKING:
    from collections.abc import Mapping

    from blotflux.analysis.blocks import Blocks, Observation
    from blotflux.analysis.flux.amounts import Fields
    from blotflux.analysis.flux.comparisons import Naming
    from blotflux.analysis.flux.judge import Case
    from blotflux.analysis.flux.model import Quantity
    from blotflux.analysis.flux.present import Shown

__all__ = ["Side", "all_row", "arm_values", "replicate_rows"]


def empty_row(case: Case, side: Side, naming: Naming, replicate: str = "") -> FluxRow:
    """Return a row with its key and the flags that saturation and rule ND give it."""
    own = {side.basal, side.inhibited}
    selection = case.selection
    holds = {
        Flag.SATURATED: bool(own & (selection.saturated | selection.loading_saturated)),
        Flag.BOUND: bool(own & selection.saturated),
        Flag.BELOW_LOQ: bool({*own, Arm.C0} & set(selection.below_loq)),
        Flag.UNBLOCKED: not selection.blocks.blocked,
        Flag.CROSS_MEMBRANE: selection.blocks.cross_membrane,
    }
    return FluxRow(
        analysis=naming.analysis,
        replicate=replicate,
        treatment=side.drug.treatment,
        dose=side.drug.dose,
        time_h=side.drug.time_h,
        inhibitor=naming.group.inhibitor,
        inhibitor_h=naming.group.hours,
        flags=tuple(sorted(flag for flag, true in holds.items() if true)),
    )


# ---------------------------------------------------------------- all replicates together


def all_row(case: Case, side: Side, naming: Naming, shown: Mapping[Quantity, Shown]) -> FluxRow:
    """Return the model's row of one side, in units of the vehicle without inhibitor."""
    row = empty_row(case, side, naming)
    if case.fit is None:
        return with_reasons(row)
    gradients = Gradients(fit=case.fit, cells=case.selection.cells, side=side)
    values = gradients.amounts(naming.group.hours)
    effect = shown[side.effect]
    if effect.estimate.value is not None:
        values |= gradients.ratio()
    if transition_defined(case, effect):
        values |= gradients.transition(naming.group.hours)
    return with_reasons(replace(row, **values))


def with_reasons(row: FluxRow) -> FluxRow:
    """Return a row whose flags say why fields are empty."""
    silent = {Flag.SATURATED, Flag.BELOW_LOQ}.isdisjoint(row.flags)
    empty = None in (row.basal, row.inhibited, row.difference, row.ratio)
    holds = {
        Flag.NO_TRANSITION_TIME: row.transition_time_h is None,
        Flag.WITHHELD: empty and silent,
    }
    flags = {*row.flags, *(flag for flag, true in holds.items() if true)}
    return replace(row, flags=tuple(sorted(flags)))


# ---------------------------------------------------------------- one replicate


def replicate_rows(
    case: Case,
    side: Side,
    naming: Naming,
    shown: Mapping[Quantity, Shown],
    *,
    left_out: Blocks | None = None,
) -> list[FluxRow]:
    """Return one row for each replicate, in units of its own vehicle without inhibitor.

    A replicate has no interval, so it has no transition time (R11). Errors are those of measuring
    the bands. Independent samples have no vehicle of their own, and no rows.

    Parameters
    ----------
    left_out : Blocks, optional
        With the replicates that were left out for saturated lanes, which are shown and flagged.
    """
    if not case.selection.blocks.blocked:
        return []
    rows = one_by_one(case, side, naming, shown, case.selection.blocks)
    if left_out is not None:
        gone = left_out.keep(lambda item: item.replicate in case.selection.left_out_saturated)
        rows += [
            replace(row, flags=tuple(sorted({*row.flags, Flag.BLOCK_LEFT_OUT_SATURATED})))
            for row in one_by_one(case, side, naming, shown, gone)
        ]
    return sorted(rows, key=lambda row: row.replicate)


def one_by_one(
    case: Case, side: Side, naming: Naming, shown: Mapping[Quantity, Shown], blocks: Blocks
) -> list[FluxRow]:
    """Return the rows of some replicates."""
    rows = []
    with_ratio = shown[side.effect].estimate.value is not None
    for replicate in sorted({item.replicate for item in blocks.observations}):
        found = arm_values(case, blocks, replicate)
        values = replicate_amounts(side, found, naming.group.hours)
        if with_ratio:
            values |= replicate_ratio(side, found)
        if values:
            row = replace(empty_row(case, side, naming, replicate), **values)
            rows.append(with_reasons(row))
    return rows


def arm_values(case: Case, blocks: Blocks, replicate: str) -> dict[Arm, Observation]:
    """Return a replicate's observations by arm."""
    found = {arm: blocks.value(replicate, cell) for arm, cell in case.selection.cells.items()}
    return {arm: item for arm, item in found.items() if item is not None}


def replicate_amounts(side: Side, found: Mapping[Arm, Observation], hours: float) -> Fields:
    """Return one replicate's levels relative to its own C0; empty without C0 on one scale."""
    values: Fields = {}
    unit = found.get(Arm.C0)
    levels: dict[Arm, tuple[float, float]] = {}
    for name, arm in (("basal", side.basal), ("inhibited", side.inhibited)):
        item = found.get(arm)
        if unit is None or item is None or item.block != unit.block:
            continue
        level = math.exp(item.ln_value - unit.ln_value)
        levels[arm] = (level, item.ln_variance)
        variance = 0.0 if arm is Arm.C0 else item.ln_variance + unit.ln_variance
        values |= {name: level, f"{name}_se": finite(level * math.sqrt(variance))}
    if unit is not None and len(levels) == 2:
        values |= replicate_difference(side, levels, unit.ln_variance, hours)
    return values


def replicate_difference(
    side: Side, levels: Mapping[Arm, tuple[float, float]], unit_variance: float, hours: float
) -> Fields:
    """Return one replicate's difference and rate; the unit's error is in both levels."""
    (low, low_variance), (high, high_variance) = levels[side.basal], levels[side.inhibited]
    variance = high**2 * high_variance
    if side.basal is Arm.C0:
        variance += high**2 * unit_variance
    else:
        variance += low**2 * low_variance + (high - low) ** 2 * unit_variance
    se = finite(math.sqrt(variance))
    return {
        "difference": high - low,
        "difference_se": se,
        "rate_per_h": (high - low) / hours,
        "rate_per_h_se": None if se is None else se / hours,
    }


def replicate_ratio(side: Side, found: Mapping[Arm, Observation]) -> Fields:
    """Return one replicate's inhibited over basal."""
    low, high = found.get(side.basal), found.get(side.inhibited)
    if low is None or high is None or low.block != high.block:
        return {}
    ratio = math.exp(high.ln_value - low.ln_value)
    variance = high.ln_variance + low.ln_variance
    return {"ratio": ratio, "ratio_se": finite(ratio * math.sqrt(variance))}


def finite(value: float) -> float | None:
    """Return a number, or None where it is not one."""
    return value if math.isfinite(value) else None
