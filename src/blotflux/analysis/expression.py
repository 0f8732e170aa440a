"""A target over its loading control, treatment against control."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blotflux.analysis.double_normalization import require_single_normalization
from blotflux.analysis.fold.analysis import Part, Work, carry_out
from blotflux.analysis.fold.ratios import ratio_in_lane
from blotflux.analysis.volumes import VolumeTable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from blotflux.analysis.fold.records import FoldChange, FoldChanges
    from blotflux.analysis.records import (
        AnalysisResult,
        ExpressionPlan,
        LaneSample,
        TargetVolume,
    )
    from blotflux.flags import Flag
    from blotflux.parameters import Parameters

__all__ = ["analyze_expression"]


def analyze_expression(
    plan: ExpressionPlan,
    samples: Sequence[LaneSample],
    volumes: Sequence[TargetVolume],
    parameters: Parameters,
) -> tuple[AnalysisResult, ...]:
    """Return the fold change of a target, each lane divided by its loading control.

    Raises
    ------
    NormalizationError
        If the plan asks for a ratio that is normalized twice (R6), or a target has two volumes in
        a lane.
    """
    table = VolumeTable(volumes)
    require_single_normalization(plan.target, plan.loading, table)
    work = Work(plan=plan, samples=samples, volumes=table, parameters=parameters)
    ratio = ratio_in_lane(samples, table, "target_over_loading", plan.target, plan.loading)
    part = Part(ratio=ratio, row_target=plan.target, headline=True)
    return (carry_out(work, [part], drift=nothing_else),)


def nothing_else(change: FoldChange, others: Sequence[FoldChanges]) -> tuple[frozenset[Flag], str]:
    """Return no further flags: an expression has no second ratio to be read with."""
    del change, others
    return frozenset(), ""
