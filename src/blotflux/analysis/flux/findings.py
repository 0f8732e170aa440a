"""What an LC3 flux analysis has to tell: refusals, lanes left out, and how its labels came."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from blotflux.analysis.flux.answers import TRANSITION_UNDEFINED
from blotflux.analysis.flux.gates import NOT_COMPARABLE, Gate
from blotflux.analysis.flux.model import Quantity
from blotflux.analysis.flux.present import transition_defined
from blotflux.analysis.numbers import three_digits
from blotflux.analysis.refusals import (
    bound_findings,
    excluded_afterwards,
    no_p_from_one_replicate,
    semi_quantitative,
)
from blotflux.findings import Finding, Severity
from blotflux.flags import Flag

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from blotflux.analysis.flux.answers import Report
    from blotflux.analysis.flux.descriptive import Descriptive
    from blotflux.analysis.flux.inputs import Inputs
    from blotflux.analysis.flux.selection import Lanes
    from blotflux.analysis.records import LaneSample, TargetVolume

__all__ = [
    "NOT_A_FLUX_MEASURE",
    "case_findings",
    "descriptive_findings",
    "excluded_findings",
    "lane_findings",
    "nothing_treated",
    "source_findings",
    "with_analysis",
]

NOT_A_FLUX_MEASURE = "LC3-II/LC3-I is not a flux measure; it is exported as descriptive only."


def case_findings(report: Report) -> list[Finding]:
    """Return what is to be told of one treatment."""
    case = report.case
    analysis = report.context.naming.analysis
    who = case.question.treated.drug_words
    found = [decision_finding(report)]
    found += refusal_findings(report)
    selection = case.selection
    for code, replicates, why in (
        (
            Flag.BLOCK_LEFT_OUT_SATURATED,
            selection.left_out_saturated,
            "has a saturated lane and is left out; enough complete replicates remain",
        ),
        (
            Flag.BELOW_LOQ,
            selection.left_out_below_loq,
            "has a lane below the limit of quantification in an arm that is above it and is left "
            "out",
        ),
    ):
        found += [
            Finding(
                severity=Severity.WARN,
                code=code,
                message=f"{who}: replicate {replicate} {why}.",
                analysis=analysis,
                used_in_label=True,
            )
            for replicate in replicates
        ]
    return found + spread_findings(report) + side_findings(report)


def decision_finding(report: Report) -> Finding:
    """Return which gate or which row of the decision table gave the label."""
    case, verdict = report.case, report.case.verdict
    who = case.question.treated.drug_words
    if verdict.gate is not None:
        why = f"by gate {verdict.gate}"
    elif verdict.row is not None:
        states = ", ".join(
            f"{name} {case.state(quantity)}"
            for name, quantity in (
                ("kappa", Quantity.CLEARANCE),
                ("pi", Quantity.POOL),
                ("phi", Quantity.FLUX),
                ("E", Quantity.INHIBITED),
            )
        )
        why = f"by row {verdict.row.number} of the decision table ({states})"
    else:
        why = ""
    return Finding(
        severity=Severity.INFO,
        code="DECISION",
        message=f"{who}: {verdict.label} {why}.",
        analysis=report.context.naming.analysis,
        used_in_label=True,
    )


def refusal_findings(report: Report) -> list[Finding]:
    """Return R1, R7, R8 and R11."""
    case, verdict = report.case, report.case.verdict
    told: list[tuple[Severity, str, str]] = []
    if case.selection.n == 1 and verdict.gate is not Gate.APART:
        lanes = len(case.selection.used)
        told.append((Severity.FAIL, "R1", no_p_from_one_replicate(lanes)))
    if verdict.gate is Gate.APART:
        told.append((Severity.FAIL, "R7", verdict.message))
    if case.question.not_comparable:
        told.append((Severity.FAIL, "R8", NOT_COMPARABLE))
    effects = (Quantity.EFFECT_CONTROL, Quantity.EFFECT_TREATED)
    estimated = [report.shown[effect] for effect in effects if effect in case.estimates]
    if any(not transition_defined(case, effect) for effect in estimated):
        told.append((Severity.INFO, "R11", TRANSITION_UNDEFINED))
    return [
        Finding(
            severity=severity,
            code=code,
            message=message,
            analysis=report.context.naming.analysis,
            used_in_label=severity is Severity.FAIL,
        )
        for severity, code, message in told
    ]


def spread_findings(report: Report) -> list[Finding]:
    """Return HETEROSCEDASTIC and MODEL_DEPENDENT with what they rest on."""
    case = report.case
    analysis = report.context.naming.analysis
    who = case.question.treated.drug_words
    found = []
    if case.heteroscedastic and case.spread is not None:
        found.append(
            Finding(
                severity=Severity.WARN,
                code=Flag.HETEROSCEDASTIC,
                message=(
                    f"{who}: the largest residual spread of a condition is "
                    f"{case.spread.ratio:.3g} times the smallest; by chance it exceeds "
                    f"{case.spread.limit:.3g} in 1 of 100 (project default)."
                ),
                analysis=analysis,
                value=case.spread.ratio,
                threshold=case.spread.limit,
            )
        )
    if case.model_dependent:
        found.append(
            Finding(
                severity=Severity.WARN,
                code=Flag.MODEL_DEPENDENT,
                message=f"{who}: {Flag.MODEL_DEPENDENT.meaning}",
                analysis=analysis,
            )
        )
    return found


def side_findings(report: Report) -> list[Finding]:
    """Return what LC3-I, total LC3 and p62 add; none of it decides anything."""
    case, context = report.case, report.context
    analysis = context.naming.analysis
    who = case.question.treated.drug_words
    found = []
    if context.descriptive is not None:
        change = context.descriptive.expression_change(case.question.cells)
        if change is not None:
            found.append(
                Finding(
                    severity=Severity.INFO,
                    code="LC3_EXPRESSION",
                    message=f"{who}: LC3 expression changed; total LC3 is {change:.3g} times "
                    f"that of the vehicle (above 1.5, project default).",
                    analysis=analysis,
                    value=change,
                    threshold=1.5,
                )
            )
    if context.p62 is not None:
        p62 = context.p62
        interval = p62.interval
        found.append(
            Finding(
                severity=Severity.INFO,
                code="P62",
                message=f"{who}: {p62.target} without inhibitor is {three_digits(p62.ratio)} "
                f"times that of the vehicle ({three_digits(interval.low)} to "
                f"{three_digits(interval.high)}); corroboration "
                f"only, because it is also induced by transcription.",
                analysis=analysis,
                target=p62.target,
                value=p62.ratio,
            )
        )
    return found


def lane_findings(analysis: str, lanes: Lanes, fitted: frozenset[tuple[str, int]]) -> list[Finding]:
    """Return R9 for lanes that are bounds and in no fit."""
    bounds = [
        lane
        for lane in lanes.usable
        if lane.key not in fitted and (lane.saturated or lane.loading_saturated or lane.below_loq)
    ]
    return list(bound_findings(analysis, [(*lane.key, lane.target) for lane in bounds]))


def excluded_findings(analysis: str, samples: Iterable[LaneSample]) -> list[Finding]:
    """Return R13 for every lane that the user excluded."""
    return [
        Finding(
            severity=Severity.WARN,
            code="R13",
            message=excluded_afterwards(sample.exclude),
            analysis=analysis,
            membrane=sample.membrane,
            lane=sample.lane,
        )
        for sample in samples
        if sample.exclude
    ]


def source_findings(analysis: str, volumes: Sequence[TargetVolume]) -> list[Finding]:
    """Return R10 for every picture that is not linear and that nobody confirmed."""
    pictures = {
        (volume.image, volume.membrane, volume.semi_quantitative)
        for volume in volumes
        if volume.semi_quantitative and not volume.no_linear_original
    }
    return [
        Finding(
            severity=Severity.FAIL,
            code="R10",
            message=semi_quantitative(reason),
            analysis=analysis,
            image=image,
            membrane=membrane,
        )
        for image, membrane, reason in sorted(pictures)
    ]


def descriptive_findings(analysis: str, descriptive: Descriptive | None) -> list[Finding]:
    """Return R5 where LC3-II/LC3-I is exported."""
    if descriptive is None or not descriptive.rows:
        return []
    return [
        Finding(severity=Severity.INFO, code="R5", message=NOT_A_FLUX_MEASURE, analysis=analysis)
    ]


def nothing_treated(analysis: str, inputs: Inputs, reports: Sequence[Report]) -> list[Finding]:
    """Return a finding where the sheet has the control only."""
    if reports:
        return []
    return [
        Finding(
            severity=Severity.FAIL,
            code="NO_TREATMENT",
            message=f"The membranes with {inputs.plan.target} hold no treatment besides "
            f"{inputs.plan.control}; there is nothing to compare.",
            analysis=analysis,
        )
    ]


def with_analysis(findings: Iterable[Finding], analysis: str) -> list[Finding]:
    """Return findings of a step that knows no analysis, as this one's."""
    return [replace(finding, analysis=analysis) for finding in findings]
