"""One ratio against its control: counts, bounds, tests and states.

A lane whose value is a bound (saturated, not quantifiable) leaves the fit and is listed. The rest
of its replicate stays: with one treatment nothing of it is left to say, with several its other
conditions still inform each other.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from blotflux.analysis.blocks import build_blocks, collapse_technical
from blotflux.analysis.fold.labels import LEAST_REPLICATES
from blotflux.analysis.fold.records import FoldChange, FoldChanges
from blotflux.analysis.fold.tests import model_text, several_tests, single_test
from blotflux.analysis.fold.undetected import (
    bound_direction,
    bound_value,
    undetected_conditions,
)
from blotflux.analysis.scaling import common_sample
from blotflux.analysis.statistics import State, classify, within_margin

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from blotflux.analysis.blocks import Blocks
    from blotflux.analysis.conditions import Condition
    from blotflux.analysis.fold.design import Design
    from blotflux.analysis.fold.ratios import RatioLanes
    from blotflux.analysis.fold.tests import Tested
    from blotflux.analysis.normalization import LaneValue
    from blotflux.analysis.statistics import Fit
    from blotflux.parameters import Parameters

__all__ = ["compare"]


def compare(ratio: RatioLanes, design: Design, parameters: Parameters) -> FoldChanges:
    """Return the fold change of every condition against its control.

    Parameters
    ----------
    ratio : RatioLanes
    design : Design
    parameters : Parameters
        `alpha` and `equivalence_margin`.
    """
    placed = [lane for lane in ratio.lanes if lane.key in design.replicates.of_lane]
    values = [lane for lane in placed if ratio.is_value(lane)]
    bounds = tuple(lane for lane in placed if ratio.is_bound(lane))
    undetected = undetected_conditions(ratio, design, values, bounds)
    blocks = blocks_of(ratio, design, values)
    blocks = blocks.keep(lambda item: item.condition not in undetected)
    # Whether the design can answer is asked of the lanes as planned, their values left aside, so
    # that a bad signal is not taken for a bad design.
    planned = blocks_of(
        ratio, design, [replace(lane, normalized=1.0) for lane in (*values, *bounds)]
    )
    case = Case(
        ratio=ratio,
        design=design,
        blocks=blocks,
        fit=fit_of(blocks),
        planned=planned,
        planned_fit=fit_of(planned),
        undetected=undetected,
        parameters=parameters,
    )
    return FoldChanges(
        ratio=ratio,
        design=design,
        items=fold_changes(case),
        blocks=blocks,
        used=frozenset(key for item in blocks.observations for key in item.lanes),
        bounds=bounds,
        fit=case.fit,
        model=model_text(ratio.words, blocks),
    )


def blocks_of(ratio: RatioLanes, design: Design, lanes: Sequence[LaneValue]) -> Blocks:
    """Return one observation per replicate and condition."""
    technical = collapse_technical(lanes, design.condition_of, design.replicates.of_lane)
    return build_blocks(technical, common_sample(ratio.lanes))


def fit_of(blocks: Blocks) -> Fit | None:
    """Return the fit of all observations, or None if there are none."""
    return blocks.fit() if blocks.observations else None


def links(fit: Fit | None, pair: tuple[Condition, Condition]) -> bool:
    """Return whether a fit determines the difference of two conditions."""
    condition, control = pair
    return fit is not None and fit.estimable({condition: 1.0, control: -1.0})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Case:
    """Everything that a comparison looks at."""

    ratio: RatioLanes
    design: Design
    blocks: Blocks
    fit: Fit | None
    planned: Blocks
    planned_fit: Fit | None
    undetected: frozenset[Condition]
    parameters: Parameters


def fold_changes(case: Case) -> tuple[FoldChange, ...]:
    """Return all comparisons, in the order of the design."""
    counted = {item.condition: item for item in map_pairs(case)}
    tests: dict[Condition, Tested] = {}
    for control in dict.fromkeys(control for _, control in case.design.pairs):
        tests |= tests_against(case, control, counted)
    sizes = family_sizes(case, tests)
    return tuple(
        estimated(case, item, tests.get(condition), sizes.get(condition, 1))
        for condition, item in counted.items()
    )


def map_pairs(case: Case) -> tuple[FoldChange, ...]:
    """Return each comparison with its counts."""
    return tuple(counted(case, condition, control) for condition, control in case.design.pairs)


def counted(case: Case, condition: Condition, control: Condition | None) -> FoldChange:
    """Return a comparison with its counts, nothing estimated yet."""
    item = FoldChange(condition=condition, control=control)
    if control is None or not links(case.planned_fit, (condition, control)):
        return replace(item, linked=False)
    pair = (condition, control)
    item = replace(item, n_planned=n_values(case.planned, pair))
    if case.undetected & set(pair):
        direction = bound_direction(case.ratio, case.design, pair, case.undetected)
        return replace(item, bound=direction)
    return replace(
        item,
        n=n_values(case.blocks, pair),
        n_technical=sum(case.blocks.lanes(cell) for cell in pair),
    )


def n_values(blocks: Blocks, pair: tuple[Condition, Condition]) -> int:
    """Return how many biological replicates inform a comparison: the fewer of the two cells'.

    A block that holds a single condition says nothing about differences.
    """
    held: dict[str, set[Condition]] = {}
    for item in blocks.observations:
        held.setdefault(item.block, set()).add(item.condition)
    useful = {block for block, cells in held.items() if len(cells) > 1}
    replicates = [
        {item.replicate for item in blocks.observations if item.condition == cell}
        & {item.replicate for item in blocks.observations if item.block in useful}
        for cell in pair
    ]
    return min(len(names) for names in replicates)


def tests_against(
    case: Case, control: Condition | None, counted: Mapping[Condition, FoldChange]
) -> dict[Condition, Tested]:
    """Return the tests of all conditions with enough replicates against one control."""
    if control is None or case.fit is None:
        return {}
    treated = [
        condition
        for condition in case.design.treated(control)
        if counted[condition].n >= LEAST_REPLICATES and links(case.fit, (condition, control))
    ]
    if not treated:
        return {}
    return several_tests(case.blocks, case.fit, treated, control, alpha=case.parameters.alpha)


def family_sizes(case: Case, tests: Mapping[Condition, Tested]) -> dict[Condition, int]:
    """Return with how many others each tested condition shares its control, itself included."""
    return {
        condition: sum(other in tests for other in case.design.treated(control))
        for condition, control in case.design.pairs
        if condition in tests
    }


def estimated(case: Case, item: FoldChange, tested: Tested | None, family_size: int) -> FoldChange:
    """Return a comparison with its estimate, and its state where it was tested."""
    if item.control is None or not item.linked:
        return item
    pair = (item.condition, item.control)
    if item.bound:
        bound = bound_value(case.ratio, case.design, pair, blocked=case.blocks.blocked)
        return replace(item, estimate=None if item.bound == "?" else bound)
    if case.fit is None or item.n == 0 or not links(case.fit, pair):
        return item
    if tested is None:
        return untested(item, single_test(case.blocks, case.fit, pair, alpha=case.parameters.alpha))
    margin = case.parameters.equivalence_margin
    state = classify(tested.wide, tested.narrow, margin)
    moved = state in (State.UP, State.DOWN)
    return replace(
        untested(item, tested),
        p_value=tested.p_value,
        p_adjusted=tested.p_adjusted,
        state=state,
        within_margin=moved and within_margin(tested.narrow, margin),
        family_size=family_size,
    )


def untested(item: FoldChange, tested: Tested) -> FoldChange:
    """Return an estimate without p value and state; one replicate has no interval either."""
    estimate = replace(item, estimate=tested.contrast.ratio, contrast=tested.contrast)
    if item.n < 2 or not math.isfinite(tested.contrast.se):
        return estimate
    return replace(estimate, wide=tested.wide, narrow=tested.narrow, method=tested.method)
