"""All analyses of a study, from lane volumes to answers: the whole of it on one page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from blotflux.analysis.bleed_through import without_bleed_through
from blotflux.analysis.expression import analyze_expression
from blotflux.analysis.families import adjust_family
from blotflux.analysis.lc3_flux import analyze_lc3_flux
from blotflux.analysis.linear_range import LinearRange, assess_linear_ranges
from blotflux.analysis.phospho import analyze_phospho
from blotflux.analysis.quality.context import Scene, targets_of
from blotflux.analysis.quality.rules import (
    apply_lane_rules,
    check_analyses,
    check_lanes,
    mark_results,
)
from blotflux.analysis.records import (
    AnalysisPlan,
    AnalysisResult,
    ExpressionPlan,
    LaneSample,
    LC3FluxPlan,
    PhosphoPlan,
    TargetVolume,
)
from blotflux.analysis.sensitivity import with_backgrounds, with_excluded_lanes
from blotflux.analysis.volumes import VolumeTable

if TYPE_CHECKING:
    from blotflux.findings import Finding
    from blotflux.parameters import Parameters

__all__ = ["analyze"]

Analyzer = Callable[
    [Any, Sequence[LaneSample], Sequence[TargetVolume], "Parameters"],
    tuple[AnalysisResult, ...],
]

ANALYZERS: dict[type[Any], Analyzer] = {
    LC3FluxPlan: analyze_lc3_flux,
    PhosphoPlan: analyze_phospho,
    ExpressionPlan: analyze_expression,
}
"""Each kind of plan has one function; every function gives one result per question asked."""


def analyze(
    plans: Sequence[AnalysisPlan],
    samples: Sequence[LaneSample],
    volumes: Sequence[TargetVolume],
    parameters: Parameters,
    *,
    ranges: Sequence[LinearRange] = (),
) -> tuple[AnalysisResult, ...]:
    """Return the results of all analyses of a study.

    Rules on lanes come first and take what they fail out of inference; then each plan is
    answered; then come rules on whole analyses, and the same answers under other backgrounds and
    with the lanes that the user excluded.

    Parameters
    ----------
    plans : sequence of AnalysisPlan
        As the study names them.
    samples : sequence of LaneSample
        The sheet, in any order.
    volumes : sequence of TargetVolume
        One per lane and target, in any order.
    parameters : Parameters
    ranges : sequence of LinearRange
        Saved by earlier studies of the same antibodies; those of this study's own standards are
        found here.

    Returns
    -------
    tuple of AnalysisResult
        In the order of the plans; an ``lc3_flux`` plan gives one for each inhibitor. Lanes,
        samples and volumes are put in a fixed order first, so their order changes nothing.

    Raises
    ------
    NormalizationError
        If a plan asks for what its volumes cannot give.
    """
    sheet = sorted(samples, key=lambda sample: (sample.membrane, sample.lane))
    volumes, crosstalk = without_bleed_through(plans, volumes)
    given = sorted(volumes, key=lambda item: (item.membrane, item.lane, item.target))
    scene = Scene(
        plans=plans,
        samples=sheet,
        volumes=VolumeTable(given),
        parameters=parameters,
        ranges=with_own(ranges, assess_linear_ranges(sheet, given)),
    )
    about_lanes = check_lanes(scene)
    used = apply_lane_rules(scene, about_lanes)

    def answered(
        sheet: Sequence[LaneSample], volumes: Sequence[TargetVolume]
    ) -> tuple[AnalysisResult, ...]:
        return adjust_family(carry_out(plans, sheet, volumes, parameters))

    results = answered(sheet, used)
    about_analyses = check_analyses(replace(scene, volumes=VolumeTable(used), results=results))
    findings = (*crosstalk, *about_lanes, *about_analyses)
    results = with_backgrounds(results, sheet, used, parameters, answered)
    results = with_excluded_lanes(results, sheet, used, answered)
    return distribute(mark_results(results, findings), findings)


def with_own(saved: Sequence[LinearRange], own: Sequence[LinearRange]) -> tuple[LinearRange, ...]:
    """Return saved ranges and a study's own, which stand for saved ones of the same membrane."""
    known = {(item.target, item.membrane) for item in own}
    return (*own, *(item for item in saved if (item.target, item.membrane) not in known))


def carry_out(
    plans: Sequence[AnalysisPlan],
    samples: Sequence[LaneSample],
    volumes: Sequence[TargetVolume],
    parameters: Parameters,
) -> tuple[AnalysisResult, ...]:
    """Return the results of all plans, each on its own."""
    return tuple(
        result
        for plan in plans
        for result in ANALYZERS[type(plan)](plan, samples, volumes, parameters)
    )


def distribute(
    results: Sequence[AnalysisResult], findings: Sequence[Finding]
) -> tuple[AnalysisResult, ...]:
    """Return results with the findings of the rules, each in one result.

    A finding on an analysis goes there; one on a target goes to the first analysis that uses it,
    any other to the first of all.
    """
    shares: dict[int, list[Finding]] = {}
    for finding in findings:
        shares.setdefault(owner(finding, results), []).append(finding)
    return tuple(
        replace(
            result,
            findings=tuple(dict.fromkeys((*result.findings, *shares.get(index, ())))),
        )
        for index, result in enumerate(results)
    )


def owner(finding: Finding, results: Sequence[AnalysisResult]) -> int:
    """Return which result a finding goes to."""
    for index, result in enumerate(results):
        if finding.analysis and finding.analysis == result.name:
            return index
    for index, result in enumerate(results):
        if not finding.analysis and finding.target in targets_of(result.plan):
            return index
    return 0
