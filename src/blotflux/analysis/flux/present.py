"""What may be shown of a case: bounds instead of values, empty fields, and no p where refused."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from blotflux.analysis.flux.arms import Arm
from blotflux.analysis.flux.gates import WITHOUT_P, Gate
from blotflux.analysis.flux.model import LOG_CONTRASTS, RATIOS_WITH_MARGIN, Estimate, Quantity
from blotflux.analysis.statistics import Interval
from blotflux.flags import Flag

if TYPE_CHECKING:
    from blotflux.analysis.flux.judge import Case

__all__ = ["Bound", "Shown", "present", "transition_defined"]


class Bound(StrEnum):
    """Whether a number is a value, a bound, or one whose direction nothing tells."""

    VALUE = ""
    AT_LEAST = "≥"
    AT_MOST = "≤"
    UNCERTAIN = "?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One quantity as tables and sentences may show it."""

    estimate: Estimate
    bound: Bound = Bound.VALUE
    flags: frozenset[Flag] = frozenset()


NOTHING = Estimate(value=None)

EMPTY_IF_CLIPPED = {
    Arm.T1: {Quantity.CLEARANCE, Quantity.INHIBITED, Quantity.EFFECT_TREATED},
    Arm.C1: {Quantity.INHIBITED, Quantity.EFFECT_CONTROL},
}
"""Fields that say nothing when an inhibited arm is saturated."""

BOUND_IF_CLIPPED = {
    Arm.T1: dict.fromkeys((Quantity.FLUX, Quantity.DIFFERENCE, Quantity.TURNOVER), Bound.AT_LEAST),
    Arm.C1: dict.fromkeys(
        (Quantity.FLUX, Quantity.CLEARANCE, Quantity.DIFFERENCE, Quantity.TURNOVER), Bound.AT_MOST
    ),
}
"""Quantities of which a saturated arm leaves a bound."""

OUT_OF_INFERENCE = frozenset({Gate.G3})
NO_FLUX = frozenset({Quantity.FLUX, Quantity.CLEARANCE})


def present(case: Case, *, withhold_p: bool = False) -> dict[Quantity, Shown]:
    """Return every quantity as it may be shown; all of them, some empty.

    Parameters
    ----------
    case : Case
    withhold_p : bool
        Refuse every p value (pictures that are not linear, refusal R10).
    """
    no_p = withhold_p or case.verdict.gate in WITHOUT_P
    return {quantity: show(case, quantity, no_p=no_p) for quantity in Quantity}


def show(case: Case, quantity: Quantity, *, no_p: bool) -> Shown:
    """Return one quantity as it may be shown."""
    if case.verdict.gate in OUT_OF_INFERENCE and quantity in NO_FLUX:
        return Shown(estimate=NOTHING, flags=frozenset({Flag.WITHHELD}))
    if not_quantified(case, quantity):
        return Shown(estimate=NOTHING, flags=frozenset({Flag.BELOW_LOQ}))
    estimate = case.estimates.get(quantity, NOTHING)
    bound, empty = saturation(case, quantity)
    if empty:
        return Shown(estimate=NOTHING, flags=frozenset({Flag.SATURATED}))
    shown = as_bound(estimate, quantity, bound)
    if no_p:
        shown = replace(shown, p_value=None)
    return Shown(estimate=shown, bound=bound, flags=row_flags(case, quantity, shown, bound))


def arms_of(quantity: Quantity) -> frozenset[Arm]:
    """Return the arms that a quantity is made of."""
    return frozenset(LOG_CONTRASTS.get(quantity, Arm))


def not_quantified(case: Case, quantity: Quantity) -> bool:
    """Return whether rule ND leaves a quantity empty; phi is given as an envelope instead."""
    below = arms_of(quantity) & set(case.selection.below_loq)
    return bool(below) and quantity is not Quantity.FLUX


def saturation(case: Case, quantity: Quantity) -> tuple[Bound, bool]:
    """Return what saturated lanes make of a quantity: the kind of bound, and whether it is empty.

    Where a loading control or a basal lane is saturated, or both inhibited arms are, nothing
    tells the direction; the number is shown, because nothing is hidden, but without interval.
    """
    arms = arms_of(quantity)
    clipped = case.selection.saturated & arms
    if any(quantity in EMPTY_IF_CLIPPED.get(arm, ()) for arm in clipped):
        return Bound.UNCERTAIN, True
    blind = bool(case.selection.loading_saturated & arms) or bool({Arm.C0, Arm.T0} & clipped)
    if blind or len(clipped) > 1 or (clipped and case.verdict.gate is Gate.G2):
        return Bound.UNCERTAIN, False
    for arm in clipped:
        return BOUND_IF_CLIPPED[arm].get(quantity, Bound.VALUE), False
    return Bound.VALUE, False


def as_bound(estimate: Estimate, quantity: Quantity, bound: Bound) -> Estimate:
    """Return an estimate without the limits, and without the p, that a bound does not have.

    A p value stays only where the bound lies on the side of the effect: a flux of at least 2 that
    differs from 1 does so all the more if it is larger.
    """
    if bound is Bound.VALUE:
        return estimate
    if bound is Bound.UNCERTAIN:
        return Estimate(value=estimate.value)
    keep_low = bound is Bound.AT_LEAST
    no_change = 1.0 if quantity in RATIOS_WITH_MARGIN else 0.0
    wide = one_sided(estimate.wide, keep_low=keep_low)
    end = wide.low if keep_low else wide.high
    proven = end is not None and (end > no_change if keep_low else end < no_change)
    return Estimate(
        value=estimate.value,
        wide=wide,
        narrow=one_sided(estimate.narrow, keep_low=keep_low),
        p_value=estimate.p_value if proven else None,
        draws=estimate.draws,
    )


def one_sided(interval: Interval, *, keep_low: bool) -> Interval:
    """Return an interval with one end only."""
    return Interval(interval.low, None) if keep_low else Interval(None, interval.high)


def row_flags(case: Case, quantity: Quantity, shown: Estimate, bound: Bound) -> frozenset[Flag]:
    """Return the flags of one quantity's row; those of the whole answer come with the headline."""
    below = arms_of(quantity) & set(case.selection.below_loq)
    holds = {
        Flag.WITHIN_MARGIN: quantity in RATIOS_WITH_MARGIN and shown.moves_within(case.margin),
        Flag.SATURATED: bound is not Bound.VALUE,
        Flag.BOUND: bound is not Bound.VALUE and quantity is not Quantity.FLUX,
        Flag.BELOW_LOQ: bool(below),
        Flag.WITHHELD: shown.value is None and not below,
        Flag.CROSS_MEMBRANE: case.selection.blocks.cross_membrane,
        Flag.UNBLOCKED: not case.selection.blocks.blocked,
    }
    return frozenset(flag for flag, true in holds.items() if true)


def transition_defined(case: Case, shown: Shown) -> bool:
    """Return whether an inhibitor effect gives a transition time (refusal R11).

    It needs an interval that lies above 1; else the flux is not told from zero. Without all four
    arms on one scale nothing shows that the inhibitor works, and there is no flux to time.
    """
    if case.verdict.gate in (Gate.G0, Gate.APART):
        return False
    low = shown.estimate.wide.low
    return shown.bound is Bound.VALUE and low is not None and low > 1
