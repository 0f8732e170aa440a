"""The page's sections about analyses: their tables, flags, and what would change the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blotflux.flags import Flag
from blotflux.report.answers import anchor_of, marks_of
from blotflux.report.forest import rank
from blotflux.report.page import AnalysisSection, TableView
from blotflux.report.wording import (
    HEADLINES,
    MISSING,
    analysis_words,
    condition_words,
    df_words,
    estimate_words,
    interval_words,
    label_words,
    level_words,
    number_words,
    p_words,
    quantity_symbol,
    quantity_words,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from blotflux.analysis.records import AnalysisResult, Comparison, FluxRow

__all__ = ["analysis_section", "comparison_table", "flux_table_view", "sensitivity_table"]


def analysis_section(
    index: int,
    result: AnalysisResult,
    *,
    figure: str = "",
    with_excluded: AnalysisResult | None = None,
) -> AnalysisSection:
    """Return the section of one analysis.

    Parameters
    ----------
    index : int
        Its place among the analyses.
    result : AnalysisResult
    figure : str
        Data URI.
    with_excluded : AnalysisResult, optional
        The same analysis with the lanes put back that the user excluded.
    """
    flags = {flag for row in result.comparisons for flag in row.flags}
    tables = [comparison_table(result.comparisons)]
    if result.flux:
        tables.append(flux_table_view(result.flux))
    return AnalysisSection(
        anchor=anchor_of(index),
        title=analysis_words(result),
        summary=_summary(result),
        figure=figure,
        figure_words=f"{result.name}: each biological replicate, and the estimates",
        tables=tuple(table for table in tables if table.rows),
        messages=_messages(result),
        caveats=tuple(dict.fromkeys(text for answer in result.answers for text in answer.caveats)),
        flags=tuple((flag, _meaning(flag)) for flag in sorted(flags)),
        marks=marks_of(flags),
        with_excluded=_with_and_without(result, with_excluded),
        sensitivity=sensitivity_table(result),
        methods=result.methods,
    )


def _messages(result: AnalysisResult) -> tuple[str, ...]:
    """Return what refusals and gates say, unless an answer says it already."""
    said = " ".join(answer.text for answer in result.answers).casefold()
    texts = dict.fromkeys(row.message for row in result.comparisons if row.message)
    return tuple(text for text in texts if text.casefold().rstrip(".") not in said)


def _meaning(flag: str) -> str:
    return Flag[flag].meaning if flag in Flag.__members__ else ""


def _summary(result: AnalysisResult) -> str:
    plan = result.plan
    loading = plan.loading
    if isinstance(loading, tuple):
        loading = " and ".join(loading)
    parts = [plan.target]
    if plan.kind == "phospho":
        parts.append(f"over {plan.total}")
    if loading:
        parts.append(f"{'; loading control' if plan.kind == 'phospho' else 'over'} {loading}")
    text = f"{' '.join(parts).replace(' ;', ';').replace('_', ' ')}, compared with {plan.control}"
    if plan.kind == "lc3_flux":
        text += f"; inhibitor for {plan.inhibitor_hours:g} h"
    return text


# ---------------------------------------------------------------- tables


def comparison_table(rows: Sequence[Comparison]) -> TableView:
    """Return the estimates of an analysis as they are read, headline first.

    Columns of p-values are there only if one of the rows has one.
    """
    conditions = list(dict.fromkeys(condition_words(row) for row in rows))
    ordered = sorted(
        rows,
        key=lambda row: (conditions.index(condition_words(row)), rank(row.quantity)),
    )
    has_p = any(row.p_value is not None for row in rows)
    cells = [_comparison_cells(row, has_p=has_p) for row in ordered]
    headings = ["Quantity", "Treatment", "Estimate", "Interval", "90\u202f% interval", "n", "df"]
    numeric = [False, False, True, True, True, True, True]
    if has_p:
        headings += ["p", "p adjusted"]
        numeric += [True, True]
    return TableView(
        headings=tuple(headings),
        rows=tuple(tuple(row) for row in cells),
        numeric=tuple(numeric),
        strong=tuple(i for i, row in enumerate(ordered) if row.quantity in HEADLINES),
        caption=_caption(ordered, has_p=has_p),
    )


def _comparison_cells(row: Comparison, *, has_p: bool) -> list[str]:
    symbol = quantity_symbol(row.quantity)
    name = quantity_words(row.quantity)
    cells = [
        f"{name} ({symbol})" if symbol else name,
        condition_words(row),
        estimate_words(row),
        interval_words(row.ci_low, row.ci_high),
        interval_words(row.ci90_low, row.ci90_high),
        str(row.n),
        df_words(row.df),
    ]
    return [*cells, p_words(row.p_value), p_words(row.p_adjusted)] if has_p else cells


def _caption(rows: Sequence[Comparison], *, has_p: bool) -> str:
    """Return what the table's numbers are: levels, model, method, families of p."""
    levels = sorted({row.ci_level for row in rows if row.ci_level is not None})
    parts = []
    if levels:
        parts.append(f"Interval: {' or '.join(map(level_words, levels))}.")
    families = dict.fromkeys(row.family for row in rows if row.family and has_p)
    parts += [f"p adjusted over {family}." for family in families]
    methods = dict.fromkeys(row.method for row in rows if row.method)
    models = dict.fromkeys(row.model for row in rows if row.model)
    if methods:
        parts.append(f"Method: {'; '.join(methods)}.")
    if models:
        parts.append(f"Model: {'; '.join(models)}.")
    return " ".join(parts)


def flux_table_view(rows: Sequence[FluxRow]) -> TableView:
    """Return ``flux.csv`` as it is read: the model's rows first, then each replicate."""
    ordered = sorted(rows, key=lambda row: bool(row.replicate))
    return TableView(
        headings=(
            *("Treatment", "Replicate", "Without", "With inhibitor", "Difference", "Rate, 1/h"),
            *("Ratio", "Transition, h"),
        ),
        rows=tuple(
            (
                condition_words(row),
                row.replicate or "all",
                *(
                    number_words(value)
                    for value in (
                        *(row.basal, row.inhibited, row.difference, row.rate_per_h),
                        *(row.ratio, row.transition_time_h),
                    )
                ),
            )
            for row in ordered
        ),
        numeric=(False, False, True, True, True, True, True, True),
        strong=tuple(i for i, row in enumerate(ordered) if not row.replicate),
        caption="Amounts in units of the control without inhibitor, of the same replicate; "
        "in the rows for all, of the model.",
    )


# ---------------------------------------------------------------- what if


def _with_and_without(
    result: AnalysisResult, with_excluded: AnalysisResult | None
) -> TableView | None:
    """Return the headline answers as reported and with the user's exclusions undone."""
    if with_excluded is None:
        return None
    pairs = [("as reported", result), ("with the excluded lanes put back", with_excluded)]
    return _versions((words, row) for words, item in pairs for row in _headlines(item.comparisons))


def sensitivity_table(result: AnalysisResult) -> TableView | None:
    """Return the headline answers under other methods, beside the reported one."""
    if not result.sensitivity:
        return None
    methods = {row.method for row in result.comparisons if row.method}
    reported = (("as reported", row) for row in _headlines(result.comparisons))
    others = ((_what_differs(row.method, methods), row) for row in result.sensitivity)
    return _versions([*reported, *others])


def _what_differs(method: str, reported: set[str]) -> str:
    """Return a method without what it shares with the reported one."""
    for shared in sorted(reported, key=len, reverse=True):
        if method != shared and method.startswith(shared):
            return method.removeprefix(shared).strip(" ;,:")
    return method


def _headlines(rows: Iterable[Comparison]) -> list[Comparison]:
    return [row for row in rows if row.quantity in HEADLINES]


def _versions(rows: Iterable[tuple[str, Comparison]]) -> TableView:
    """Return answers in several versions, one below the other."""
    listed = list(rows)
    return TableView(
        headings=("Version", "Quantity", "Treatment", "Estimate", "Interval", "n", "Label"),
        rows=tuple(
            (
                words,
                quantity_words(row.quantity),
                condition_words(row),
                estimate_words(row),
                interval_words(row.ci_low, row.ci_high),
                str(row.n),
                label_words(row.label) if row.label else MISSING,
            )
            for words, row in listed
        ),
        numeric=(False, False, False, True, True, True, False),
        strong=tuple(i for i, (words, _) in enumerate(listed) if words == "as reported"),
    )
