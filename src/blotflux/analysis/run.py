"""All analyses of a study, from lane volumes to answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from blotflux.analysis.records import (
    AnalysisPlan,
    AnalysisResult,
    ExpressionPlan,
    LaneSample,
    LC3FluxPlan,
    PhosphoPlan,
    TargetVolume,
)

if TYPE_CHECKING:
    from blotflux.parameters import Parameters

__all__ = ["analyze"]

Analyzer = Callable[..., tuple[AnalysisResult, ...]]

# Each kind of plan has one function; every function gives one result per question it was asked.
ANALYZERS: dict[type[Any], tuple[str, str]] = {
    LC3FluxPlan: ("blotflux.analysis.lc3_flux", "analyze_lc3_flux"),
    PhosphoPlan: ("blotflux.analysis.phospho", "analyze_phospho"),
    ExpressionPlan: ("blotflux.analysis.expression", "analyze_expression"),
}


def analyzer_of(plan: AnalysisPlan) -> Analyzer:
    """Return the function that carries out a plan."""
    module, name = ANALYZERS[type(plan)]
    function: Analyzer = getattr(import_module(module), name)
    return function


def analyze(
    plans: Sequence[AnalysisPlan],
    samples: Sequence[LaneSample],
    volumes: Sequence[TargetVolume],
    parameters: Parameters,
) -> tuple[AnalysisResult, ...]:
    """Return the results of all analyses of a study.

    Parameters
    ----------
    plans : sequence of AnalysisPlan
        As the study names them.
    samples : sequence of LaneSample
        The sheet, in any order.
    volumes : sequence of TargetVolume
        One per lane and target, in any order.
    parameters : Parameters

    Returns
    -------
    tuple of AnalysisResult
        In the order of the plans; an ``lc3_flux`` plan gives one for each inhibitor. Lanes,
        samples and volumes are put in a fixed order first, so their order changes nothing.
    """
    ordered_samples = sorted(samples, key=lambda sample: (sample.membrane, sample.lane))
    ordered_volumes = sorted(volumes, key=lambda item: (item.membrane, item.lane, item.target))
    return tuple(
        result
        for plan in plans
        for result in analyzer_of(plan)(plan, ordered_samples, ordered_volumes, parameters)
    )
