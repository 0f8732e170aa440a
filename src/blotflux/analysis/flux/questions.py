"""All questions of one inhibitor, answered: who shares alpha, and what stands beside each."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from blotflux.analysis.flux.answers import Context, report_case
from blotflux.analysis.flux.arms import find_questions
from blotflux.analysis.flux.comparisons import Naming
from blotflux.analysis.flux.descriptive import measure_p62
from blotflux.analysis.flux.judge import judge
from blotflux.analysis.flux.model import Levels, Quantity
from blotflux.analysis.flux.selection import select
from blotflux.flags import Flag

if TYPE_CHECKING:
    from blotflux.analysis.flux.answers import Report
    from blotflux.analysis.flux.arms import InhibitorGroup, Question
    from blotflux.analysis.flux.descriptive import Descriptive
    from blotflux.analysis.flux.inputs import Inputs
    from blotflux.analysis.flux.selection import Lanes
    from blotflux.analysis.records import Comparison

__all__ = ["answer_questions", "other_selections"]


def answer_questions(
    inputs: Inputs,
    group: InhibitorGroup,
    lanes: Lanes,
    *,
    analysis: str,
    descriptive: Descriptive | None,
) -> list[Report]:
    """Return the report of every treatment of one inhibitor.

    Treatments that the sheet gives all four arms share the error level of their vehicle.
    """
    questions = find_questions(group, inputs.plan.control)
    sharing = Counter(question.control for question in questions if question.designed)
    return [
        answer_question(
            inputs,
            question,
            lanes,
            naming=Naming(
                analysis=analysis,
                ratio=inputs.ratio,
                group=group,
                treatments=max(1, sharing[question.control]),
            ),
            descriptive=descriptive,
        )
        for question in questions
    ]


def answer_question(
    inputs: Inputs,
    question: Question,
    lanes: Lanes,
    *,
    naming: Naming,
    descriptive: Descriptive | None,
) -> Report:
    """Return the report of one treatment."""
    levels = Levels(inputs.parameters.alpha / naming.treatments)
    case = judge(select(lanes, question), question, levels, inputs.parameters)
    context = Context(
        naming=naming,
        descriptive=descriptive,
        p62=measure_p62(inputs, naming.group, question, levels=levels),
        withhold_p=withholds_p(inputs),
        suggest_replicates=inputs.suggest_replicates,
        flags=analysis_flags(inputs, lanes),
    )
    return report_case(case, context, inputs.parameters)


def withholds_p(inputs: Inputs) -> bool:
    """Return whether a picture that is not linear forbids p values (refusal R10)."""
    return any(
        volume.semi_quantitative and not volume.no_linear_original for volume in inputs.sources()
    )


def analysis_flags(inputs: Inputs, lanes: Lanes) -> frozenset[Flag]:
    """Return the flags that every label of the analysis carries."""
    lossy = any(
        volume.semi_quantitative and volume.no_linear_original for volume in inputs.sources()
    )
    crossed = any(Flag.CROSS_MEMBRANE in lane.flags for lane in lanes.usable)
    found = {Flag.LOSSY_SOURCE: lossy, Flag.CROSS_MEMBRANE: crossed}
    return inputs.quality_flags | {flag for flag, true in found.items() if true}


# ---------------------------------------------------------------- the same with other lanes


def other_selections(
    inputs: Inputs,
    group: InhibitorGroup,
    lanes: Lanes,
    reports: list[Report],
    *,
    analysis: str,
) -> tuple[Comparison, ...]:
    """Return headline rows with lanes that were left out: saturated ones, and the user's.

    So that the report shows the answer with and without them.
    """
    rows = [
        as_sensitivity(
            kept_saturated(inputs, lanes, report), "replicates with saturated lanes kept"
        )
        for report in reports
        if report.case.selection.left_out_saturated
    ]
    excluded = {
        (lane.membrane, lane.lane)
        for lane in inputs.lanes
        if lane.exclude and (lane.membrane, lane.lane) in group.conditions
    }
    if excluded:
        everyone = replace(
            inputs, samples=tuple(replace(lane, exclude="") for lane in inputs.samples)
        )
        again = answer_questions(
            everyone,
            group,
            everyone.select_from(group),
            analysis=analysis,
            descriptive=None,
        )
        rows += [as_sensitivity(report, "lanes excluded by the user kept") for report in again]
    return tuple(rows)


def kept_saturated(inputs: Inputs, lanes: Lanes, report: Report) -> Report:
    """Return a case with the replicates that were left out for saturated lanes."""
    case = report.case
    selection = select(lanes, case.question, leave_out_saturated=False)
    again = judge(selection, case.question, case.levels, inputs.parameters)
    return report_case(again, report.context, inputs.parameters)


def as_sensitivity(report: Report, what: str) -> Comparison:
    """Return a report's headline row, marked as an answer from other lanes."""
    headline = next(row for row in report.comparisons if row.quantity == Quantity.FLUX)
    return replace(headline, method="; ".join(filter(None, (what, headline.method))))
