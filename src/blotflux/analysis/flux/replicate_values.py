"""Rows of ``replicates.csv``: exactly the numbers behind every estimate."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from blotflux.analysis.flux.arms import Arm
from blotflux.analysis.flux.model import Quantity
from blotflux.analysis.flux.rows import arm_values
from blotflux.analysis.records import ReplicateValue
from blotflux.flags import Flag

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from blotflux.analysis.blocks import Observation
    from blotflux.analysis.conditions import Condition
    from blotflux.analysis.flux.comparisons import Naming
    from blotflux.analysis.flux.judge import Case
    from blotflux.analysis.flux.present import Shown

__all__ = ["CELL_QUANTITY", "merge_values", "replicate_values"]

CELL_QUANTITY = "target_over_loading"
"""What the four cells of a replicate are called."""


def replicate_values(
    case: Case, naming: Naming, shown: Mapping[Quantity, Shown]
) -> list[ReplicateValue]:
    """Return the numbers behind every estimate: each replicate's cells and its own ratios.

    Ratios of quantities that may not be shown are not here either.
    """
    blocks = case.selection.blocks
    cells = [cell_value(case, item, naming) for item in blocks.observations]
    if not blocks.blocked:
        return cells
    ratios = [
        ratio_value(case, replicate, quantity, value, naming)
        for replicate in sorted({item.replicate for item in blocks.observations})
        for quantity, value in replicate_quantities(case, replicate).items()
        if shown[quantity].estimate.value is not None
    ]
    return cells + ratios


def cell_value(case: Case, item: Observation, naming: Naming) -> ReplicateValue:
    """Return one replicate in one condition, alone and over its vehicle without inhibitor."""
    condition = item.condition
    return ReplicateValue(
        analysis=naming.analysis,
        kind="lc3_flux",
        quantity=CELL_QUANTITY,
        replicate=item.replicate,
        treatment=condition.treatment,
        dose=condition.dose,
        time_h=condition.time_h,
        inhibitor=inhibitor_text(condition, case),
        n_technical=item.n_technical,
        value=math.exp(item.ln_value),
        value_over_control=over_control(case, item),
        flags=tuple(sorted(cell_flags(case, item))),
    )


def inhibitor_text(condition: Condition, case: Case) -> str:
    """Return the inhibitor; with its dose where it is not the dose that the fluxes are from."""
    if condition.inhibitor and condition not in case.question.cells.values():
        further = {more for more, _ in case.question.more_inhibitor}
        if condition in further:
            return f"{condition.inhibitor} {condition.inhibitor_dose}"
    return condition.inhibitor


def over_control(case: Case, item: Observation) -> float:
    """Return a value over the vehicle without inhibitor: of its block, or of all if unblocked."""
    cell = case.selection.cells.get(Arm.C0)
    blocks = case.selection.blocks
    if cell is None:
        return math.nan
    if not blocks.blocked:
        units = [other.ln_value for other in blocks.observations if other.condition == cell]
        return math.exp(item.ln_value - float(np.mean(units)))
    unit = blocks.value(item.replicate, cell)
    if unit is None or unit.block != item.block:
        return math.nan
    return math.exp(item.ln_value - unit.ln_value)


def cell_flags(case: Case, item: Observation) -> set[Flag]:
    """Return the doubts about one replicate's cell."""
    saturated = {lane.key for lane in case.selection.used if lane.saturated}
    clipped = not saturated.isdisjoint(item.lanes)
    flags = {Flag.SATURATED, Flag.BOUND} if clipped else set()
    return flags | ({Flag.CROSS_MEMBRANE} if item.cross_membrane else set())


def replicate_quantities(case: Case, replicate: str) -> dict[Quantity, float]:
    """Return the ratios of one complete replicate; empty where an arm is missing or apart."""
    found = arm_values(case, case.selection.blocks, replicate)
    if len(found) < len(Arm) or len({item.block for item in found.values()}) > 1:
        return {}
    c0, c1, t0, t1 = (math.exp(found[arm].ln_value - found[Arm.C0].ln_value) for arm in Arm)
    quantities = {
        Quantity.POOL: t0 / c0,
        Quantity.INHIBITED: t1 / c1,
        Quantity.DIFFERENCE: (t1 - t0) - (c1 - c0),
        Quantity.TURNOVER: math.log(t1 / t0) - math.log(c1 / c0),
        Quantity.EFFECT_CONTROL: c1 / c0,
        Quantity.EFFECT_TREATED: t1 / t0,
    }
    if c1 != c0:
        phi = (t1 - t0) / (c1 - c0)
        quantities |= {Quantity.FLUX: phi, Quantity.CLEARANCE: phi / quantities[Quantity.POOL]}
    return quantities


def ratio_value(
    case: Case, replicate: str, quantity: Quantity, value: float, naming: Naming
) -> ReplicateValue:
    """Return one replicate's ratio; it is relative to the control already."""
    treated = case.question.treated
    found = arm_values(case, case.selection.blocks, replicate)
    clipped = any(cell_flags(case, item) for item in found.values())
    return ReplicateValue(
        analysis=naming.analysis,
        kind="lc3_flux",
        quantity=quantity,
        replicate=replicate,
        treatment=treated.treatment,
        dose=treated.dose,
        time_h=treated.time_h,
        inhibitor=naming.group.inhibitor,
        n_technical=sum(item.n_technical for item in found.values()),
        value=value,
        value_over_control=value,
        flags=(Flag.SATURATED,) if clipped else (),
    )


def merge_values(found: Iterable[ReplicateValue]) -> tuple[ReplicateValue, ...]:
    """Return values without repeats: cells that several questions share are listed once."""
    unique: dict[tuple[object, ...], ReplicateValue] = {}
    for item in found:
        key = (
            *(item.quantity, item.replicate, item.treatment, item.dose, item.inhibitor),
            item.time_h if item.time_h is not None else -1.0,
        )
        unique.setdefault(key, item)
    return tuple(unique[key] for key in sorted(unique, key=lambda key: tuple(map(str, key))))
