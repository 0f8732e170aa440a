"""From fold changes to rows of tables."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from blotflux.analysis.fold.labels import Evidence, FoldLabel, fold_change_label
from blotflux.analysis.records import Comparison, ReplicateValue
from blotflux.analysis.refusals import (
    ONE_REPLICATE,
    TWO_REPLICATES,
    never_linked,
    semi_quantitative,
)
from blotflux.analysis.scaling import NO_SHARED_CONDITION
from blotflux.flags import Flag

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from blotflux.analysis.blocks import Observation
    from blotflux.analysis.conditions import Condition
    from blotflux.analysis.fold.records import FoldChange, FoldChanges
    from blotflux.parameters import Parameters

__all__ = ["Heading", "comparison_row", "label_of", "replicate_rows"]

FEW_REPLICATES = {
    FoldLabel.DESCRIPTIVE_ONLY: ONE_REPLICATE,
    FoldLabel.PROVISIONAL_N2: TWO_REPLICATES,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What all rows of one ratio have in common.

    Attributes
    ----------
    analysis, kind, control : str
    headline : bool
        Its rows carry the label.
    withheld : str
        Why p values are withheld (R10); empty if they are not.
    flags : frozenset of Flag
        Of the whole analysis.
    """

    analysis: str
    kind: str
    control: str
    headline: bool = False
    withheld: str = ""
    flags: frozenset[Flag] = field(default_factory=frozenset)


def label_of(item: FoldChange) -> FoldLabel:
    """Return the label of a fold change."""
    return fold_change_label(
        Evidence(
            linked=item.linked,
            n_planned=item.n_planned,
            n=item.n,
            bounded=bool(item.bound),
            state=item.state,
        )
    )


def comparison_row(
    changes: FoldChanges, item: FoldChange, heading: Heading, parameters: Parameters
) -> Comparison:
    """Return one row of ``comparisons.csv``."""
    tested = item.p_value is not None
    show_p = tested and not heading.withheld
    return Comparison(
        analysis=heading.analysis,
        kind=heading.kind,
        quantity=changes.ratio.quantity,
        treatment=item.condition.treatment,
        control=heading.control,
        dose=item.condition.dose,
        time_h=item.condition.time_h,
        inhibitor=item.condition.inhibitor,
        n=item.n_planned if item.bound else item.n,
        n_technical=item.n_technical,
        estimate=item.estimate,
        ci_low=item.wide.low,
        ci_high=item.wide.high,
        ci_level=1 - parameters.alpha if item.wide.bounded else None,
        ci90_low=item.narrow.low,
        ci90_high=item.narrow.high,
        df=float(item.contrast.df) if item.contrast and item.wide.bounded else None,
        p_value=item.p_value if show_p else None,
        p_adjusted=item.p_adjusted if show_p else None,
        family=family_words(changes, item) if show_p else "",
        margin=parameters.equivalence_margin if tested else None,
        model=changes.model,
        method=item.method,
        label=str(label_of(item)) if heading.headline else "",
        message=message_of(changes, item, heading),
        flags=tuple(sorted({*heading.flags, *item_flags(changes, item)})),
    )


def family_words(changes: FoldChanges, item: FoldChange) -> str:
    """Return with what a p value was adjusted."""
    if item.family_size == 1:
        return f"{changes.ratio.words}, one comparison"
    control = item.control.drug_words if item.control else ""
    return f"Dunnett, {item.family_size} conditions against {control} in {changes.ratio.words}"


def item_flags(changes: FoldChanges, item: FoldChange) -> Iterable[Flag]:
    """Return the doubts about one fold change."""
    pair = {item.condition, item.control}
    lanes = [
        lane for lane in changes.ratio.lanes if changes.design.condition_of.get(lane.key) in pair
    ]
    lost = [lane for lane in changes.bounds if changes.design.condition_of[lane.key] in pair]
    estimated = item.estimate is not None
    holds = {
        Flag.WITHIN_MARGIN: item.within_margin,
        Flag.BOUND: bool(item.bound) and estimated,
        Flag.BELOW_LOQ: any(changes.ratio.is_nd(lane) for lane in lost),
        Flag.SATURATED: any(changes.ratio.is_saturated(lane) for lane in lost),
        Flag.CROSS_MEMBRANE: changes.blocks.cross_membrane
        or any(Flag.CROSS_MEMBRANE in lane.flags for lane in lanes),
        Flag.UNBLOCKED: estimated and not changes.blocks.blocked,
    }
    return (flag for flag, true in holds.items() if true)


def message_of(changes: FoldChanges, item: FoldChange, heading: Heading) -> str:
    """Return the exact words of what is refused; empty where nothing is."""
    label = label_of(item)
    if label is FoldLabel.INCONCLUSIVE_DESIGN:
        return design_message(changes, item)
    if label is FoldLabel.INCONCLUSIVE_SIGNAL:
        return signal_message(changes, item)
    if label in FEW_REPLICATES:
        return FEW_REPLICATES[label]
    tested = item.p_value is not None
    return semi_quantitative(heading.withheld) if tested and heading.withheld else ""


def design_message(changes: FoldChanges, item: FoldChange) -> str:
    """Return why the design cannot answer."""
    condition = place_words(item.condition)
    if item.control is None:
        return (
            f"There is no lane of {changes.design.control} to compare {condition} with "
            f"(same time and inhibitor)."
        )
    placed = {
        changes.design.condition_of[lane.key]
        for lane in changes.ratio.lanes
        if changes.ratio.is_value(lane) or changes.ratio.is_bound(lane)
    }
    for cell in (item.condition, item.control):
        if cell not in placed:
            return f"No usable lane of {place_words(cell)} holds {changes.ratio.words}."
    if share_nothing(changes):
        return NO_SHARED_CONDITION
    return never_linked(condition, place_words(item.control))


def share_nothing(changes: FoldChanges) -> bool:
    """Return whether no membrane holds two conditions."""
    held: dict[str, set[Condition]] = {}
    for lane in changes.ratio.lanes:
        if changes.ratio.is_value(lane) and lane.key in changes.design.condition_of:
            cells = held.setdefault(lane.sample.membrane, set())
            cells.add(changes.design.condition_of[lane.key])
    return all(len(cells) == 1 for cells in held.values())


def place_words(condition: Condition) -> str:
    """Return a condition in words; its inhibitor only where it has one."""
    return condition.words if condition.inhibitor else condition.drug_words


def signal_message(changes: FoldChanges, item: FoldChange) -> str:
    """Return why the signal cannot answer; a fold change that is bounded says its bound."""
    pair = {item.condition, item.control}
    lost = [lane for lane in changes.bounds if changes.design.condition_of[lane.key] in pair]
    lanes = ", ".join(sorted(f"{lane.sample.membrane} lane {lane.sample.lane}" for lane in lost))
    if item.bound in ("<=", ">=") and item.estimate is not None:
        sign = "≤" if item.bound == "<=" else "≥"
        return f"FC {sign} {item.estimate:.3g}: not quantifiable in {lanes}."
    if item.bound:
        return f"Not quantifiable in {lanes}, and nothing bounds the fold change."
    return (
        f"Saturated or not quantifiable: {lanes}. That leaves {item.n} of {item.n_planned} "
        f"biological replicates (minimum 3); image these bands with another exposure."
    )


def replicate_rows(changes: FoldChanges, heading: Heading) -> tuple[ReplicateValue, ...]:
    """Return the rows of ``replicates.csv``: exactly the numbers behind the estimates."""
    controls = dict(changes.design.pairs)
    of_cell: dict[tuple[str, Condition], list[float]] = {}
    for item in changes.blocks.observations:
        of_cell.setdefault((item.block, item.condition), []).append(item.ln_value)
    return tuple(
        ReplicateValue(
            analysis=heading.analysis,
            kind=heading.kind,
            quantity=changes.ratio.quantity,
            replicate=item.replicate,
            treatment=item.condition.treatment,
            dose=item.condition.dose,
            time_h=item.condition.time_h,
            inhibitor=item.condition.inhibitor,
            n_technical=item.n_technical,
            value=math.exp(item.ln_value),
            value_over_control=over_control(
                item, of_cell, controls.get(item.condition, item.condition)
            ),
            flags=(Flag.CROSS_MEMBRANE,) if item.cross_membrane else (),
        )
        for item in sorted(
            changes.blocks.observations, key=lambda item: (item.replicate, item.condition.order)
        )
    )


def over_control(
    item: Observation,
    of_cell: Mapping[tuple[str, Condition], Sequence[float]],
    control: Condition | None,
) -> float:
    """Return a value over the geometric mean of its own block's control; NaN if there is none."""
    same = of_cell.get((item.block, control), ()) if control is not None else ()
    return math.exp(item.ln_value - math.fsum(same) / len(same)) if same else math.nan
