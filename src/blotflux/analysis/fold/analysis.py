"""Several ratios of one plan, put together: what phospho and expression have in common."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from blotflux.analysis.fold.checks import findings_of, lossy_sources, merge, reason_to_withhold
from blotflux.analysis.fold.compare import compare
from blotflux.analysis.fold.design import design_of
from blotflux.analysis.fold.labels import FoldLabel
from blotflux.analysis.fold.needed import replicates_needed
from blotflux.analysis.fold.requested import with_requested_test
from blotflux.analysis.fold.rows import Heading, comparison_row, replicate_rows
from blotflux.analysis.fold.sentences import fold_change_sentence
from blotflux.analysis.fold.trends import trend_rows
from blotflux.analysis.gain import gain_findings
from blotflux.analysis.records import AnalysisResult, Answer
from blotflux.flags import Flag

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from blotflux.analysis.fold.ratios import RatioLanes
    from blotflux.analysis.fold.records import FoldChange, FoldChanges
    from blotflux.analysis.records import (
        Comparison,
        ExpressionPlan,
        LaneSample,
        NormalizedValue,
        PhosphoPlan,
    )
    from blotflux.analysis.volumes import VolumeTable
    from blotflux.findings import Finding
    from blotflux.parameters import Parameters

__all__ = ["Part", "Work", "carry_out"]

OVER_LOADING = frozenset({"target_over_loading", "phospho_over_loading", "total_over_loading"})
"""Ratios whose denominator is a loading control."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What an analysis works on."""

    plan: PhosphoPlan | ExpressionPlan
    samples: Sequence[LaneSample]
    volumes: VolumeTable
    parameters: Parameters

    @property
    def name(self) -> str:
        """Return the analysis' name in the tables."""
        return self.plan.name or f"{self.plan.kind} {self.plan.target}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One ratio of a plan.

    Attributes
    ----------
    ratio : RatioLanes
    row_target : str
        The `target` of its rows in ``normalized.csv``.
    headline : bool
    flags : frozenset of Flag
        Doubts about this ratio whatever its values.
    """

    ratio: RatioLanes
    row_target: str
    headline: bool = False
    flags: frozenset[Flag] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A part with its comparisons."""

    part: Part
    changes: FoldChanges
    heading: Heading
    refusals: tuple[Finding, ...] = ()


def carry_out(
    work: Work,
    parts: Sequence[Part],
    *,
    drift: Callable[[FoldChange, Sequence[FoldChanges]], tuple[frozenset[Flag], str]],
    findings: Sequence[Finding] = (),
) -> AnalysisResult:
    """Return the result of a plan.

    Parameters
    ----------
    work : Work
    parts : sequence of Part
        The headline first.
    drift : callable
        Gives, for a headline fold change and all comparisons, flags that need both, and the
        sentence that they add.
    findings : sequence of Finding
        Of the plan itself.
    """
    compared = [compare_part(work, part) for part in parts]
    changes = [item.changes for item in compared]
    rows: list[Comparison] = []
    answers: list[Answer] = []
    for item in compared:
        for change in item.changes.items:
            extra, remark = drift(change, changes) if item.part.headline else (frozenset(), "")
            heading = replace(item.heading, flags=item.heading.flags | extra)
            row = comparison_row(item.changes, change, heading, work.parameters)
            rows.append(row)
            if item.part.headline:
                remark = remark or outlook(change, row, work.parameters)
                answers.append(answer_of(item.changes, change, row, remark))
        rows += trend_rows(item.changes, item.heading, work.parameters)
    return AnalysisResult(
        plan=work.plan,
        name=work.name,
        normalized=tuple(row for item in compared for row in normalized_rows(work, item)),
        replicates=tuple(
            row for item in compared for row in replicate_rows(item.changes, item.heading)
        ),
        comparisons=tuple(rows),
        answers=tuple(answers),
        findings=merge((*findings, *all_findings(work, compared))),
        methods=tuple(dict.fromkeys(methods_of(compared, work.parameters))),
    )


def compare_part(work: Work, part: Part) -> Compared:
    """Return the comparisons of one ratio."""
    membranes = work.volumes.membranes(part.ratio.numerator)
    design = design_of(work.samples, work.plan.control, membranes=membranes)
    changes, refusals = with_requested_test(
        compare(part.ratio, design, work.parameters), work.plan.test, work.parameters
    )
    return Compared(
        part=part,
        changes=changes,
        refusals=refusals,
        heading=Heading(
            analysis=work.name,
            kind=work.plan.kind,
            control=work.plan.control,
            headline=part.headline,
            withheld=reason_to_withhold(part.ratio, work.volumes),
            flags=part.flags | lossy_sources(part.ratio, work.volumes),
        ),
    )


def outlook(change: FoldChange, row: Comparison, parameters: Parameters) -> str:
    """Return what would settle an answer that is not precise enough; empty for all others."""
    if row.label != FoldLabel.INCONCLUSIVE_PRECISION:
        return ""
    needed = replicates_needed(change, parameters)
    if needed is None:
        return "More than 60 replicates of this spread would be needed; reduce the variation first."
    return f"If this estimate is true, about {needed} replicates would settle it."


def answer_of(changes: FoldChanges, change: FoldChange, row: Comparison, remark: str) -> Answer:
    """Return the sentence of one comparison with its caveats."""
    text = fold_change_sentence(changes.ratio.words, change, row)
    return Answer(
        analysis=row.analysis,
        treatment=row.treatment,
        dose=row.dose,
        time_h=row.time_h,
        inhibitor=row.inhibitor,
        label=row.label,
        text=f"{text} {remark}" if remark else text,
        caveats=tuple(flag.meaning for flag in Flag if flag in row.flags),
        headline=row,
    )


def normalized_rows(work: Work, item: Compared) -> tuple[NormalizedValue, ...]:
    """Return the rows of ``normalized.csv`` of one ratio."""
    return tuple(
        replace(
            lane.record(work.name, used=lane.key in item.changes.used),
            target=item.part.row_target,
        )
        for lane in item.part.ratio.lanes
    )


def all_findings(work: Work, compared: Sequence[Compared]) -> tuple[Finding, ...]:
    """Return the findings of all ratios; those of the lanes come once."""
    return tuple(
        finding
        for item in compared
        for finding in (
            *findings_of(work.name, item.changes, work.volumes),
            *gain_of(work.name, item),
            *(replace(finding, analysis=work.name) for finding in item.refusals),
        )
    )


def gain_of(analysis: str, item: Compared) -> list[Finding]:
    """Return the noise of a loading control; P/T has none."""
    changes = item.changes
    if changes.ratio.quantity not in OVER_LOADING:
        return []
    return gain_findings(
        analysis,
        [lane for lane in changes.ratio.lanes if lane.key in changes.used],
        changes.design.condition_of,
        changes.design.replicates.of_lane,
        changes.blocks.scales,
        target=changes.ratio.numerator,
    )


def methods_of(compared: Sequence[Compared], parameters: Parameters) -> list[str]:
    """Return how the numbers came about, a sentence each."""
    ratios: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for item in compared:
        words = item.changes.ratio.words
        tests = tuple(sorted({change.method for change in item.changes.items if change.method}))
        if tests:
            model = item.changes.model.replace(words, "ratio")
            ratios.setdefault((model, tests), []).append(words)
    return [
        *(
            f"{', '.join(words)}: {', '.join(tests)}, model {model}; fold changes are geometric "
            f"means of ratios, with {100 * (1 - parameters.alpha):g} % intervals on the ln scale."
            for (model, tests), words in ratios.items()
        ),
        f"No change means that the {100 * (1 - 2 * parameters.alpha):g} % interval lies within "
        f"{parameters.equivalence_margin:g}-fold (two one-sided tests; project default).",
    ]
