"""Each biological replicate as a dot in each condition, the dots of one replicate connected."""

from __future__ import annotations

import math
import textwrap
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from blotflux.report.axes import Span, plain_axes, set_scale, span_of
from blotflux.report.csvtext import plain_text
from blotflux.report.drawing import drawable, put_text, shorten
from blotflux.report.palette import INK, LINE, MUTED, ROWS, WARN
from blotflux.report.spreading import spread
from blotflux.report.wording import condition_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from matplotlib.axes import Axes

    from blotflux.analysis.records import AnalysisResult, FluxRow, ReplicateValue

__all__ = ["Dot", "dots_of", "draw_dots"]

CONTROL, TREATED = MUTED, ROWS[0]
GROUP_GAP = 0.5
"""Extra room between groups, in units of the distance between two conditions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """One replicate's value in one condition.

    Attributes
    ----------
    replicate : str
    group : str
        Treatment, dose and time in words.
    arm : str
        Within the group: without or with inhibitor; empty where there is one arm only.
    value : float
        May be zero or negative.
    treated : bool
        Whether the group is not the control.
    """

    replicate: str
    group: str
    arm: str
    value: float
    treated: bool


def dots_of(result: AnalysisResult) -> list[Dot]:
    """Return what the dots show: for flux the four arms, else the headline quantity."""
    if result.flux:
        return [dot for row in result.flux if row.replicate for dot in _flux_dots(row, result)]
    quantity = result.answers[0].headline.quantity if result.answers else ""
    rows = [row for row in result.replicates if row.quantity == quantity] or result.replicates
    one = control_mean(result.plan.control, rows)
    return [_ratio_dot(row, result, one) for row in rows]


def control_mean(control: str, rows: Iterable[ReplicateValue]) -> float:
    """Return the geometric mean of the control's positive values; 1 where there is none.

    Ratios of volumes are in units of the exposures; shown against the control's mean, the
    control keeps its spread.
    """
    values = [row.value for row in rows if row.treatment == control and row.value > 0]
    return math.exp(sum(map(math.log, values)) / len(values)) if values else 1.0


def _flux_dots(row: FluxRow, result: AnalysisResult) -> list[Dot]:
    arms = ((row.basal, "without"), (row.inhibited, f"+ {row.inhibitor or 'inhibitor'}"))
    return [
        Dot(
            replicate=row.replicate,
            group=condition_words(row),
            arm=arm,
            value=value,
            treated=row.treatment != result.plan.control,
        )
        for value, arm in arms
        if value is not None
    ]


def _ratio_dot(row: ReplicateValue, result: AnalysisResult, one: float) -> Dot:
    return Dot(
        replicate=row.replicate,
        group=condition_words(row),
        arm=f"+ {row.inhibitor}" if row.inhibitor else "",
        value=row.value / one,
        treated=row.treatment != result.plan.control,
    )


def draw_dots(axes: Axes, dots: Sequence[Dot], *, label: str) -> None:
    """Draw the dots; a value that is not positive is a hollow mark at the axis' foot.

    Parameters
    ----------
    axes : Axes
    dots : sequence of Dot
    label : str
        What the values are.
    """
    plain_axes(axes, grid="y")
    axes.set_xticks([])
    positive = [dot.value for dot in dots if dot.value > 0]
    if not positive:
        axes.set_yticks([])
        put_text(axes, 0.5, 0.5, "no values", color=MUTED, ha="center", transform=axes.transAxes)
        return
    span = span_of(positive, include=())
    places = places_of(dots)
    set_scale(axes, span, axis="y")
    axes.set_xlim(-0.5, max(places.values()) + 0.9)
    _draw_lines(axes, dots, places, span)
    _draw_marks(axes, dots, places, span)
    _name_conditions(axes, places)
    _name_replicates(axes, dots, places)
    put_text(axes, 0.0, 1.03, label, size=12.5, color=MUTED, transform=axes.transAxes, va="bottom")


def places_of(dots: Sequence[Dot]) -> dict[tuple[str, str], float]:
    """Return where each group and arm stands: controls first, arms side by side."""
    places: dict[tuple[str, str], float] = {}
    groups = dict.fromkeys(dot.group for dot in sorted(dots, key=lambda dot: dot.treated))
    x = 0.0
    for group in groups:
        for arm in dict.fromkeys(dot.arm for dot in dots if dot.group == group):
            places[group, arm] = x
            x += 1.0
        x += GROUP_GAP
    return places


def _height(dot: Dot, span: Span) -> float:
    return dot.value if dot.value > 0 else span.low


def _draw_lines(
    axes: Axes, dots: Sequence[Dot], places: dict[tuple[str, str], float], span: Span
) -> None:
    """Connect what belongs together: the arms of a group, else the groups of a replicate."""
    arms = any(dot.arm for dot in dots)
    lines: dict[tuple[str, str], list[Dot]] = defaultdict(list)
    for dot in dots:
        lines[dot.replicate, dot.group if arms else ""].append(dot)
    for line in lines.values():
        line.sort(key=lambda dot: places[dot.group, dot.arm])
        xs = [places[dot.group, dot.arm] for dot in line]
        ys = [_height(dot, span) for dot in line]
        axes.plot(xs, ys, color=MUTED, linewidth=1.1, alpha=0.55, zorder=2)


def _draw_marks(
    axes: Axes, dots: Sequence[Dot], places: dict[tuple[str, str], float], span: Span
) -> None:
    for dot in dots:
        shown = dot.value > 0
        axes.plot(
            places[dot.group, dot.arm],
            _height(dot, span),
            marker="o" if shown else "v",
            markersize=8.5,
            markerfacecolor=(TREATED if dot.treated else CONTROL) if shown else "white",
            markeredgecolor="white" if shown else WARN,
            markeredgewidth=1.1,
            clip_on=False,
            zorder=3,
        )


def _name_conditions(axes: Axes, places: dict[tuple[str, str], float]) -> None:
    """Write the arms below their dots and the treatment once below its arms."""
    transform = axes.get_xaxis_transform()
    line = 17.0 / axes.get_window_extent().height
    signs = max(7, round(46 / (max(places.values()) + 1.4)))
    arms = any(arm for _, arm in places)
    for (_, arm), x in places.items():
        put_text(
            *(axes, x, -0.4 * line, shorten(arm, signs)),
            size=11,
            color=MUTED,
            transform=transform,
            ha="center",
            va="top",
        )
    for group in dict.fromkeys(group for group, _ in places):
        xs = [x for (name, _), x in places.items() if name == group]
        y = -1.5 * line if arms else -0.4 * line
        if len(xs) > 1:
            axes.plot(
                *((min(xs) - 0.35, max(xs) + 0.35), (y, y)),
                color=LINE,
                linewidth=1.2,
                transform=transform,
                clip_on=False,
            )
        put_text(
            *(axes, sum(xs) / len(xs), y - 0.25 * line, _two_lines(group, signs * len(xs))),
            size=12,
            color=INK,
            transform=transform,
            ha="center",
            va="top",
        )


def _two_lines(text: str, signs: int) -> str:
    """Return text on at most two lines of so many signs."""
    lines = textwrap.wrap(plain_text(text), max(signs, 4))
    if len(lines) > 2:
        lines = [lines[0], shorten(" ".join(lines[1:]), max(signs, 4))]
    return "\n".join(lines)


def _name_replicates(axes: Axes, dots: Sequence[Dot], places: dict[tuple[str, str], float]) -> None:
    """Name the replicates beside their last dots, if they are few enough to be read."""
    last = max(places, key=lambda key: places[key])
    ends = [dot for dot in dots if (dot.group, dot.arm) == last and dot.value > 0]
    if not 1 < len(ends) <= 10:
        return
    ends.sort(key=lambda dot: dot.value)
    heights = [float(axes.transData.transform((0.0, dot.value))[1]) for dot in ends]
    for dot, height, place in zip(ends, heights, spread(heights, 13.0), strict=True):
        axes.annotate(
            drawable(shorten(dot.replicate, 9)),
            (places[last], dot.value),
            xytext=(9, place - height),
            textcoords="offset points",
            parse_math=False,
            size=10.5,
            color=MUTED,
            va="center",
        )
