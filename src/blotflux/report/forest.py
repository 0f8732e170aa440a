"""Estimates with their intervals, one below the other, on one scale."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from blotflux.report.axes import Span, plain_axes, set_scale, span_of
from blotflux.report.drawing import put_text, shorten
from blotflux.report.palette import INK, LINE, MUTED, ROWS
from blotflux.report.wording import (
    HEADLINES,
    condition_words,
    estimate_words,
    interval_words,
    quantity_symbol,
    quantity_words,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from matplotlib.axes import Axes

    from blotflux.analysis.records import AnalysisResult, Comparison

__all__ = ["ForestRow", "draw_forest", "forest_rows", "forest_span", "is_ratio", "rank"]

RATIOS = (
    *("flux_ratio", "clearance_ratio", "pool_ratio", "inhibited_ratio"),
    *("phospho_over_total", "phospho_over_loading", "total_over_loading", "target_over_loading"),
)
"""Quantities on a fold scale, in the order in which they are shown."""

WIDEST = 40.0
"""Beyond this many times (or below one such part of) 1 an interval ends in an arrow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForestRow:
    """One estimate of the figure.

    Attributes
    ----------
    name, condition : str
        Quantity and treatment in words.
    comparison : Comparison
    replicates : tuple of float
        Each replicate's own ratio, where the tables have it.
    """

    name: str
    condition: str
    comparison: Comparison
    replicates: tuple[float, ...] = ()


def is_ratio(quantity: str) -> bool:
    """Whether a quantity is a fold change, so that 1 means no change."""
    return quantity.partition(":")[0] in RATIOS


def rank(quantity: str) -> tuple[int, str]:
    """Return where a quantity stands among the others: the whole before its parts."""
    name, _, part = quantity.partition(":")
    return (RATIOS.index(name) if name in RATIOS else len(RATIOS)), part


def forest_rows(result: AnalysisResult) -> list[ForestRow]:
    """Return the fold changes of an analysis, headline first, treatment by treatment."""
    shown = [row for row in result.comparisons if is_ratio(row.quantity)]
    conditions = list(dict.fromkeys(condition_words(row) for row in shown))
    shown.sort(key=lambda row: (conditions.index(condition_words(row)), rank(row.quantity)))
    return [
        ForestRow(
            name=_name(row.quantity),
            condition=condition_words(row) if len(conditions) > 1 else "",
            comparison=row,
            replicates=_own_ratios(result, row),
        )
        for row in shown
    ]


def _name(quantity: str) -> str:
    symbol = quantity_symbol(quantity)
    words = quantity_words(quantity)
    return f"{words} {symbol}" if len(symbol) == 1 else words


def _own_ratios(result: AnalysisResult, row: Comparison) -> tuple[float, ...]:
    """Return the ratio over control of each replicate for one comparison."""
    return tuple(
        value.value_over_control
        for value in result.replicates
        if (value.quantity, value.treatment, value.dose, value.time_h)
        == (row.quantity, row.treatment, row.dose, row.time_h)
        and math.isfinite(value.value_over_control)
    )


def forest_span(rows: Iterable[Comparison], *, margin: float | None) -> Span:
    """Return the span of the fold scale: 1 and the margin always, far ends cut off."""
    values = [
        value
        for row in rows
        for value in (row.estimate, row.ci_low, row.ci_high)
        if value is not None and -WIDEST / 8 <= value <= WIDEST
    ]
    band = (1.0,) if margin is None else (1 / margin, 1.0, margin)
    above = [value for value in values if value > 1 / WIDEST or value <= 0]
    return span_of(above, include=band)


def draw_forest(axes: Axes, rows: Sequence[ForestRow], *, margin: float | None) -> None:
    """Draw the estimates; the margin as a band, no change as a line, far ends as arrows."""
    plain_axes(axes)
    axes.spines["left"].set_visible(False)
    axes.set_yticks([])
    if not rows:
        put_text(axes, 0.5, 0.5, "no estimates", color=MUTED, ha="center", transform=axes.transAxes)
        axes.set_xticks([])
        return
    span = forest_span([row.comparison for row in rows], margin=margin)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    set_scale(axes, span, axis="x")
    if margin is not None:
        axes.axvspan(1 / margin, margin, color=LINE, alpha=0.45, linewidth=0, zorder=0)
    axes.axvline(1.0, color=MUTED, linewidth=1.0, zorder=1)
    for y, row in enumerate(rows):
        _draw_estimate(axes, span, y, row)
        _name_row(axes, y, row)
    _caption(axes, margin)


def _draw_estimate(axes: Axes, span: Span, y: float, row: ForestRow) -> None:
    comparison = row.comparison
    color = ROWS[0] if comparison.quantity in HEADLINES else INK
    for value in row.replicates:
        if span.holds(value):
            axes.plot(value, y + 0.24, "o", markersize=4.5, color=MUTED, alpha=0.7, zorder=2)
    low, high = comparison.ci_low, comparison.ci_high
    if low is not None or high is not None:
        start = span.low if low is None else max(low, span.low)
        end = span.high if high is None else min(high, span.high)
        axes.plot((start, end), (y, y), color=color, linewidth=2.4, solid_capstyle="butt", zorder=3)
        for cut, x, marker in (
            (low is None or low < span.low, start, "<"),
            (high is None or high > span.high, end, ">"),
        ):
            if cut:
                axes.plot(x, y, marker=marker, markersize=8, color=color, clip_on=False, zorder=3)
    if comparison.estimate is not None and span.holds(comparison.estimate):
        axes.plot(
            *(comparison.estimate, y),
            marker="s" if comparison.quantity in HEADLINES else "o",
            markersize=9 if comparison.quantity in HEADLINES else 7,
            color=color,
            markeredgecolor="white",
            zorder=4,
        )


def _name_row(axes: Axes, y: float, row: ForestRow) -> None:
    """Write quantity and numbers at the left of a row."""
    comparison = row.comparison
    headline = comparison.quantity in HEADLINES
    numbers = _numbers(comparison)
    name = f"{row.name}, {row.condition}" if row.condition else row.name
    transform = axes.get_yaxis_transform()
    for text, offset, size, color in (
        (shorten(name, 36), -0.13, 12.5, ROWS[0] if headline else INK),
        (numbers, 0.2, 11.5, MUTED),
    ):
        put_text(
            *(axes, -0.04, y + offset, text),
            size=size,
            color=color,
            weight="bold" if headline and offset < 0 else "normal",
            transform=transform,
            ha="right",
            va="center",
        )


def _numbers(comparison: Comparison) -> str:
    """Return estimate and interval, as far as there are any."""
    if comparison.estimate is None:
        return "no estimate"
    if comparison.ci_low is None and comparison.ci_high is None:
        return estimate_words(comparison)
    interval = interval_words(comparison.ci_low, comparison.ci_high)
    return f"{estimate_words(comparison)}  [{interval}]"


def _caption(axes: Axes, margin: float | None) -> None:
    text = "fold change against control"
    if margin is not None:
        text += f"; band: within {margin:g}-fold"
    put_text(
        *(axes, 1.0, 1.03, text),
        size=12.5,
        color=MUTED,
        transform=axes.transAxes,
        va="bottom",
        ha="right",
    )
