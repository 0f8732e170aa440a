"""The first screen: each answer with its interval, its n, its label and its worst finding."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from blotflux.findings import Severity
from blotflux.flags import Flag
from blotflux.report.axes import Span, tick_words
from blotflux.report.forest import forest_span, is_ratio
from blotflux.report.page import ORDER, AnswerCard, Glyph, qc_lines, worst_first
from blotflux.report.wording import (
    analysis_words,
    condition_words,
    estimate_words,
    interval_words,
    label_kind,
    label_words,
    level_words,
    quantity_symbol,
    quantity_words,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from blotflux.analysis.records import AnalysisResult, Answer, Comparison
    from blotflux.findings import Finding

__all__ = ["anchor_of", "answer_cards", "findings_about", "glyph_of", "marks_of"]

CLEAR = 11.0
"""Hundredths of a glyph's width that a tick's text takes."""

MARKS = (
    Flag.LC_AFFECTED,
    Flag.BACKGROUND_SENSITIVE,
    Flag.CHECK_DATA,
    Flag.MODEL_DEPENDENT,
    Flag.HETEROSCEDASTIC,
    Flag.LOSSY_SOURCE,
    Flag.CROSS_MEMBRANE,
    Flag.DRIVEN_BY_TOTAL,
)
"""Flags that the whole result must be read with: they are written on answer and figure."""


def answer_cards(
    results: Sequence[AnalysisResult], findings: Sequence[Finding]
) -> tuple[AnswerCard, ...]:
    """Return one card per treatment and analysis; all intervals are on one scale."""
    headlines = [answer.headline for result in results for answer in result.answers]
    ratios = [row for row in headlines if is_ratio(row.quantity)]
    margin = max((row.margin for row in ratios if row.margin), default=None)
    span = forest_span(ratios, margin=margin)
    return tuple(
        _card(index, result, answer, findings, span)
        for index, result in enumerate(results)
        for answer in result.answers
    )


def anchor_of(index: int) -> str:
    """Return the anchor of an analysis' section."""
    return f"analysis-{index + 1}"


def _card(
    index: int, result: AnalysisResult, answer: Answer, findings: Sequence[Finding], span: Span
) -> AnswerCard:
    row = answer.headline
    about = findings_about(result, findings)
    grave = [item for item in about if item.severity is not Severity.INFO]
    has_interval = row.ci_low is not None or row.ci_high is not None
    return AnswerCard(
        kicker=f"{analysis_words(result)}: {condition_words(answer)} against {row.control}",
        anchor=anchor_of(index),
        sentence=answer.text,
        label=answer.label,
        label_text=label_words(answer.label),
        label_kind=label_kind(answer.label),
        estimate=estimate_words(row) if row.estimate is not None else "",
        interval=(
            f"{level_words(row.ci_level)} CI {interval_words(row.ci_low, row.ci_high)}"
            if has_interval
            else "no interval"
        ),
        n=str(row.n),
        symbol=quantity_symbol(row.quantity),
        quantity=quantity_words(row.quantity),
        glyph=glyph_of(row, span),
        worst=next(iter(qc_lines(grave[:1], analysis=result.name)), None),
        more=_more(about, shown=grave[:1]),
        marks=marks_of(row.flags),
    )


def marks_of(flags: Iterable[str]) -> tuple[str, ...]:
    """Return the meanings of flags that the whole result must be read with."""
    present = set(flags)
    return tuple(flag.meaning for flag in MARKS if flag in present)


def findings_about(result: AnalysisResult, findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings that concern an analysis, the worst first.

    Those that name it come first; then those that name no analysis, but none of its membranes or
    targets either, or one of them.
    """
    membranes = {value.membrane for value in result.normalized}
    targets = _targets_of(result)
    about = [
        item
        for item in worst_first(findings)
        if item.analysis == result.name
        or (
            not item.analysis
            and (not item.membrane or item.membrane in membranes)
            and (not item.target or item.target in targets)
        )
    ]
    return sorted(about, key=lambda item: (ORDER[item.severity], not item.analysis))


def _targets_of(result: AnalysisResult) -> set[str]:
    """Return every target that takes part in an analysis."""
    plan = result.plan
    loading = (plan.loading,) if isinstance(plan.loading, str) else plan.loading or ()
    named = {plan.target, *loading, *(value.target for value in result.normalized)}
    if plan.kind == "phospho":
        named.add(plan.total)
    return named | {f"{target} (strip control)" for target in named}


def _more(about: Sequence[Finding], *, shown: Sequence[Finding]) -> str:
    """Return how many findings there are besides the one that is shown."""
    counts = Counter(str(item.severity) for item in about)
    for item in shown:
        counts[str(item.severity)] -= 1
    names = {"fail": "failed check", "warn": "warning", "info": "note"}
    parts = [
        f"{counts[key]} {name}{'' if counts[key] == 1 else 's'}"
        for key, name in names.items()
        if counts[key]
    ]
    return ", ".join(parts)


def glyph_of(row: Comparison, span: Span) -> Glyph | None:
    """Return the small picture of an interval; None where there is no estimate."""
    if row.estimate is None or not is_ratio(row.quantity):
        return None

    def place(value: float | None) -> float | None:
        return None if value is None else round(100 * span.place(value), 2)

    margin = row.margin
    band = None if margin is None else (_at(span, 1 / margin), _at(span, margin))
    ticks = (1.0,) if margin is None else (1 / margin, 1.0, margin)
    return Glyph(
        estimate=place(row.estimate) if span.holds(row.estimate) else None,
        low=place(row.ci_low),
        high=place(row.ci_high),
        one=_at(span, 1.0),
        band=band,
        cut_low=row.ci_low is not None and row.ci_low < span.low,
        cut_high=row.ci_high is not None and row.ci_high > span.high,
        ticks=_ticks(span, ticks),
    )


def _ticks(span: Span, values: Sequence[float]) -> tuple[tuple[float, str], ...]:
    """Return ticks as place and words; those of the margin only if they stand clear of 1."""
    one = _at(span, 1.0)
    return tuple(
        (_at(span, value), tick_words(round(value, 2)))
        for value in values
        if value == 1.0 or abs(_at(span, value) - one) > CLEAR
    )


def _at(span: Span, value: float) -> float:
    return round(100 * span.place(value), 2)
