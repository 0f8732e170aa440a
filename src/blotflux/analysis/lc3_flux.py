"""LC3 flux: LC3-II with and without a lysosomal inhibitor, treated against vehicle.

A blot of LC3-II at one time point cannot tell induction from blocked degradation. What the
inhibitor adds is what would have been degraded; the ratio of that between treatment and vehicle is
the flux ratio phi, and together with the pool pi and the clearance kappa it says at which stage a
treatment acts. The steps are in ``blotflux.analysis.flux``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from blotflux.analysis.conditions import lane_key
from blotflux.analysis.flux.arms import group_by_inhibitor
from blotflux.analysis.flux.comparisons import without_repeats
from blotflux.analysis.flux.descriptive import describe_lc3
from blotflux.analysis.flux.findings import (
    case_findings,
    descriptive_findings,
    excluded_findings,
    lane_findings,
    nothing_treated,
    source_findings,
    with_analysis,
)
from blotflux.analysis.flux.inputs import Inputs, names_of
from blotflux.analysis.flux.methods import methods_text
from blotflux.analysis.flux.questions import answer_questions, other_selections
from blotflux.analysis.flux.replicate_values import merge_values, replicate_values
from blotflux.analysis.flux.tables import flux_rows, normalized_rows
from blotflux.analysis.gain import gain_findings
from blotflux.analysis.records import AnalysisResult
from blotflux.analysis.volumes import VolumeTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from blotflux.analysis.flux.answers import Report
    from blotflux.analysis.flux.arms import InhibitorGroup
    from blotflux.analysis.flux.descriptive import Descriptive
    from blotflux.analysis.flux.selection import Lanes
    from blotflux.analysis.records import LaneSample, LC3FluxPlan, TargetVolume
    from blotflux.findings import Finding
    from blotflux.flags import Flag
    from blotflux.parameters import Parameters

__all__ = ["analyze_lc3_flux"]


def analyze_lc3_flux(
    plan: LC3FluxPlan,
    samples: Sequence[LaneSample],
    volumes: Sequence[TargetVolume],
    parameters: Parameters,
    *,
    quality_flags: Iterable[Flag] = (),
    suggest_replicates: bool = True,
) -> tuple[AnalysisResult, ...]:
    """Return the LC3 flux of every treatment, one result for each inhibitor and its hours.

    Parameters
    ----------
    plan : LC3FluxPlan
    samples : sequence of LaneSample
        The sheet; its order changes nothing.
    volumes : sequence of TargetVolume
        LC3-II and the loading control(s); LC3-I and p62 where they were measured.
    parameters : Parameters
        Error level, margins, number of draws and seed.
    quality_flags : iterable of Flag
        Doubts about the whole analysis, as ``LC_AFFECTED``; they are put on every label.
    suggest_replicates : bool
        Say in inconclusive answers how many replicates would settle them, which takes a
        simulation of about 0.1 s each.
    """
    inputs = Inputs(
        plan=plan,
        samples=tuple(sorted(samples, key=lane_key)),
        volumes=VolumeTable(volumes),
        parameters=parameters,
        quality_flags=frozenset(quality_flags),
        suggest_replicates=suggest_replicates,
    )
    groups = group_by_inhibitor(plan, inputs.lanes)
    names = names_of(plan, groups)
    return tuple(
        analyze_group(inputs, group, name) for group, name in zip(groups, names, strict=True)
    )


def analyze_group(inputs: Inputs, group: InhibitorGroup, name: str) -> AnalysisResult:
    """Return the analysis of one inhibitor and its hours."""
    lanes = inputs.select_from(group)
    descriptive = describe_lc3(inputs, lanes, name)
    reports = answer_questions(inputs, group, lanes, analysis=name, descriptive=descriptive)
    return AnalysisResult(
        plan=inputs.plan,
        name=name,
        normalized=normalized_rows(name, lanes, reports, descriptive),
        replicates=merge_values(
            value
            for report in reports
            for value in replicate_values(report.case, report.context.naming, report.shown)
        ),
        flux=flux_rows(lanes, reports, descriptive),
        comparisons=without_repeats(row for report in reports for row in report.comparisons),
        answers=tuple(report.answer for report in reports),
        findings=tuple(all_findings(inputs, lanes, reports, descriptive, name)),
        methods=methods_text(inputs, group, reports, assumed=inputs.replicates().assumed),
        sensitivity=(
            *(row for report in reports for row in report.sensitivity),
            *other_selections(inputs, group, lanes, reports, analysis=name),
        ),
    )


def all_findings(
    inputs: Inputs,
    lanes: Lanes,
    reports: Sequence[Report],
    descriptive: Descriptive | None,
    name: str,
) -> list[Finding]:
    """Return everything that is to be told of an analysis."""
    fitted = frozenset(key for report in reports for key in report.case.selection.fitted)
    return [
        *with_analysis(lanes.findings, name),
        *(finding for report in reports for finding in case_findings(report)),
        *lane_findings(name, lanes, fitted),
        *excluded_findings(name, inputs.lanes),
        *source_findings(name, inputs.sources()),
        *gain_findings(
            name,
            [lane for lane in lanes.values if lane.key in fitted],
            lanes.conditions,
            lanes.replicates,
            lanes.scales,
        ),
        *descriptive_findings(name, descriptive),
        *nothing_treated(name, inputs, reports),
    ]
