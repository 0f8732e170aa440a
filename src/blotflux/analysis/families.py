"""Holm over the phospho targets of a study, where each has one comparison with its control."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from blotflux.analysis.multiplicity import holm
from blotflux.analysis.phospho import OVER_TOTAL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from blotflux.analysis.records import AnalysisResult, Answer, Comparison

__all__ = ["adjust_family"]


def adjust_family(results: Sequence[AnalysisResult]) -> tuple[AnalysisResult, ...]:
    """Return results with the family of phospho targets adjusted by Holm.

    The family is every P/T of the study that has its control to itself, of all targets and, in a
    time course, of all times. Where several conditions share a control, Dunnett has adjusted
    within the target and nothing is added; the methods then say how many targets were tested.
    """
    tested = [row for result in results for row in result.comparisons if is_headline(row)]
    alone = [row for row in tested if has_control_to_itself(row, tested)]
    p_values = [row.p_value for row in alone if row.p_value is not None]
    targets = len({row.analysis for row in tested})
    family = f"Holm over {len(alone)} phospho comparisons of {targets} targets"
    adjusted = {
        row: replace(row, p_adjusted=p, family=family)
        for row, p in zip(alone, holm(p_values), strict=True)
    }
    return tuple(
        with_rows(result, adjusted, targets) if result.plan.kind == "phospho" else result
        for result in results
    )


def is_headline(row: Comparison) -> bool:
    """Return whether a row is a P/T with a p value."""
    return row.quantity == OVER_TOTAL and row.p_value is not None


def has_control_to_itself(row: Comparison, tested: Sequence[Comparison]) -> bool:
    """Return whether no other condition is compared with the same control."""
    place = (row.analysis, row.time_h, row.inhibitor)
    same = [other for other in tested if (other.analysis, other.time_h, other.inhibitor) == place]
    return len(same) == 1


def with_rows(
    result: AnalysisResult, adjusted: dict[Comparison, Comparison], targets: int
) -> AnalysisResult:
    """Return a result with its adjusted rows in place."""
    text = f"Phospho targets tested in this study: {targets}."
    return replace(
        result,
        comparisons=tuple(adjusted.get(row, row) for row in result.comparisons),
        answers=tuple(with_headline(answer, adjusted) for answer in result.answers),
        methods=(*result.methods, text) if targets else result.methods,
    )


def with_headline(answer: Answer, adjusted: dict[Comparison, Comparison]) -> Answer:
    """Return an answer that shows the adjusted row."""
    return replace(answer, headline=adjusted.get(answer.headline, answer.headline))
