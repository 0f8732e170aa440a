"""Phosphorylated over total protein, P/T, with P/L and T/L beside it.

P and T of one lane of one membrane carry the same loading, which cancels; their ratio is never
divided by a loading control (refusal R6). The control serves P/L and T/L, and the question
whether a change of P/T is a change of the total.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from blotflux.analysis.double_normalization import require_single_normalization
from blotflux.analysis.fold.analysis import Part, Work, carry_out
from blotflux.analysis.fold.labels import FoldLabel
from blotflux.analysis.fold.ratios import RatioLanes, ratio_across_membranes, ratio_in_lane
from blotflux.analysis.fold.rows import label_of
from blotflux.analysis.parts import paired_parts, unresolved_finding
from blotflux.analysis.statistics import State
from blotflux.analysis.stripping import strip_is_unverified
from blotflux.analysis.volumes import VolumeTable
from blotflux.errors import NormalizationError
from blotflux.flags import Flag

if TYPE_CHECKING:
    from collections.abc import Sequence

    from blotflux.analysis.fold.records import FoldChange, FoldChanges
    from blotflux.analysis.records import AnalysisResult, LaneSample, PhosphoPlan, TargetVolume
    from blotflux.parameters import Parameters

__all__ = ["analyze_phospho"]

OVER_TOTAL, OVER_LOADING, TOTAL_OVER_LOADING = (
    "phospho_over_total",
    "phospho_over_loading",
    "total_over_loading",
)


def analyze_phospho(
    plan: PhosphoPlan,
    samples: Sequence[LaneSample],
    volumes: Sequence[TargetVolume],
    parameters: Parameters,
) -> tuple[AnalysisResult, ...]:
    """Return the fold changes of P/T and, with a loading control, of P/L and T/L.

    Raises
    ------
    NormalizationError
        If the plan asks for a ratio that is normalized twice (R6), if P and T are on different
        membranes without a loading control on each, or if a target has two volumes in a lane.
    """
    table = VolumeTable(volumes)
    loading = controls_of(plan)
    require_single_normalization(plan.target, plan.loading, table)
    work = Work(plan=plan, samples=samples, volumes=table, parameters=parameters)
    flags = {
        Flag.TOTAL_NOT_CHECKED: not loading,
        Flag.STRIP_UNVERIFIED: strip_is_unverified(plan, table),
    }
    doubts = frozenset(flag for flag, holds in flags.items() if holds)
    ratio = over_total(plan, samples, table)
    parts = [Part(ratio=ratio, row_target=plan.target, headline=True, flags=doubts)]
    parts += loading_parts(plan, samples, table, loading)
    parts += doublet_parts(plan, samples, table)
    return (
        carry_out(work, parts, drift=driven_by_total, findings=unresolved_finding(plan, table)),
    )


def controls_of(plan: PhosphoPlan) -> tuple[str, ...]:
    """Return the loading controls of a plan."""
    if plan.loading is None:
        return ()
    return (plan.loading,) if isinstance(plan.loading, str) else tuple(plan.loading)


def over_total(plan: PhosphoPlan, samples: Sequence[LaneSample], table: VolumeTable) -> RatioLanes:
    """Return P/T: of one membrane as it is, of two each over its own loading control."""
    phospho, total = table.membranes(plan.target), table.membranes(plan.total)
    if phospho <= total or not total:
        return ratio_in_lane(samples, table, OVER_TOTAL, plan.target, plan.total)
    if phospho & total:
        missing = ", ".join(sorted(phospho - total))
        message = (
            f"{plan.total} was not measured on {missing}, where {plan.target} was; name a picture "
            f"of it, or take these membranes out of the analysis."
        )
        raise NormalizationError(message)
    loading = controls_of(plan)
    if not loading or not all(phospho | total <= table.membranes(name) for name in loading):
        message = (
            f"{plan.target} ({', '.join(sorted(phospho))}) and {plan.total} "
            f"({', '.join(sorted(total))}) are on different membranes: their ratio needs a "
            f"loading control that was measured on each; name it as 'loading'."
        )
        raise NormalizationError(message)
    return ratio_across_membranes(
        samples, table, OVER_TOTAL, plan.target, plan.total, loading=loading
    )


def loading_parts(
    plan: PhosphoPlan,
    samples: Sequence[LaneSample],
    table: VolumeTable,
    loading: Sequence[str],
) -> list[Part]:
    """Return P/L and T/L; nothing without a loading control."""
    if not loading:
        return []
    phospho = ratio_in_lane(samples, table, OVER_LOADING, plan.target, loading)
    total = ratio_in_lane(samples, table, TOTAL_OVER_LOADING, plan.total, loading)
    return [Part(ratio=phospho, row_target=phospho.words), Part(ratio=total, row_target=plan.total)]


def doublet_parts(
    plan: PhosphoPlan, samples: Sequence[LaneSample], table: VolumeTable
) -> list[Part]:
    """Return P/T of each row of a doublet, ERK 44 and 42, beside that of their sum."""
    pairs = paired_parts(plan, table)
    return [
        Part(
            ratio=ratio_in_lane(samples, table, f"{OVER_TOTAL}:{phospho}", phospho, total),
            row_target=phospho,
        )
        for phospho, total in pairs
    ]


def driven_by_total(
    change: FoldChange, others: Sequence[FoldChanges]
) -> tuple[frozenset[Flag], str]:
    """Return DRIVEN_BY_TOTAL where P/T moves because the total moves the other way.

    P/T up, T/L down and P/L not up; or the mirror image.
    """
    states = {
        item.ratio.quantity: item.of(change.condition).state
        for item in others
        if item.ratio.quantity in (OVER_LOADING, TOTAL_OVER_LOADING)
    }
    if len(states) < 2 or label_of(change) not in (FoldLabel.INCREASED, FoldLabel.DECREASED):
        return frozenset(), ""
    phospho, total = states[OVER_LOADING], states[TOTAL_OVER_LOADING]
    if change.state is State.UP and total is State.DOWN and phospho is not State.UP:
        text = "The increase in P/T is driven by loss of total protein."
        return frozenset({Flag.DRIVEN_BY_TOTAL}), text
    if change.state is State.DOWN and total is State.UP and phospho is not State.DOWN:
        text = "The decrease in P/T is driven by gain of total protein."
        return frozenset({Flag.DRIVEN_BY_TOTAL}), text
    return frozenset(), ""
