"""Axes for ratios and intervals: scales, ticks, margin bands, dots that belong together."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from blotflux.report.palette import INK, LINE, MUTED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

__all__ = ["Span", "plain_axes", "set_scale", "span_of", "ticks_of"]

STEPS = (
    (1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.8, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0),
    (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0),
    (1.0, 1.5, 2.0, 3.0, 5.0, 7.0),
    (1.0, 2.0, 5.0),
    (1.0,),
)
"""Round numbers of a decade, the finest first."""

MOST_TICKS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The part of a number line that is shown.

    Attributes
    ----------
    low, high : float
    log : bool
        Whether equal ratios are equally far apart; only where everything is positive.
    """

    low: float
    high: float
    log: bool

    def place(self, value: float) -> float:
        """Return where a value lies: 0 at `low`, 1 at `high`, clipped to just beyond."""
        if self.log:
            if value <= 0:
                return -0.02
            share = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return min(1.02, max(-0.02, share))

    def holds(self, value: float) -> bool:
        """Whether a value lies inside."""
        return self.low <= value <= self.high


def span_of(
    values: Sequence[float], *, include: Sequence[float] = (1.0,), log: bool | None = None
) -> Span:
    """Return the span that shows all values, and those in `include`, with a little air.

    Parameters
    ----------
    values : sequence of float
        Values that are not finite are left out.
    include : sequence of float
        What must be seen whatever the values are.
    log : bool, optional
        By default logarithmic where all values are positive. A value below zero makes it linear.
    """
    shown = [value for value in (*values, *include) if math.isfinite(value)]
    positive = all(value > 0 for value in shown)
    logarithmic = positive if log is None else log and positive
    low, high = min(shown), max(shown)
    if logarithmic:
        air = max((high / low) ** 0.08, 1.08)
        return Span(low=low / air, high=high * air, log=True)
    air = 0.08 * (high - low) or 0.5
    return Span(low=low - air, high=high + air, log=False)


def ticks_of(span: Span) -> list[float]:
    """Return round numbers inside a span, as many as can be read.

    >>> ticks_of(Span(low=0.4, high=7.0, log=True))
    [0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0]
    """
    if not span.log:
        return _linear_ticks(span)
    first = math.floor(math.log10(span.low))
    last = math.ceil(math.log10(span.high))
    for steps in STEPS:
        numbers = (step * 10.0**power for power in range(first, last + 1) for step in steps)
        ticks = [float(f"{number:.6g}") for number in numbers if span.holds(number)]
        if len(ticks) <= MOST_TICKS:
            break
    return ticks if len(ticks) >= 2 else [float(f"{span.low:.3g}"), float(f"{span.high:.3g}")]


def _linear_ticks(span: Span) -> list[float]:
    rough = (span.high - span.low) / 6
    power = 10.0 ** math.floor(math.log10(rough))
    step = power * next(factor for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough)
    first = math.ceil(span.low / step)
    last = math.floor(span.high / step)
    return [float(f"{number * step:.6g}") for number in range(first, last + 1)]


def tick_words(value: float) -> str:
    """Return a tick's text.

    >>> tick_words(0.5), tick_words(20000.0), tick_words(-0.2)
    ('0.5', '20k', '\u22120.2')
    """
    if abs(value) >= 1e6:
        text = f"{value:.3g}"
    elif abs(value) >= 1e4:
        text = f"{value / 1000:g}k"
    else:
        text = f"{value:g}"
    return text.replace("-", "\u2212")


def set_scale(axes: Axes, span: Span, *, axis: str) -> None:
    """Give one axis (``"x"`` or ``"y"``) a span, round ticks and plain numbers."""
    from matplotlib.ticker import NullLocator

    ticks = ticks_of(span)
    words = [tick_words(tick) for tick in ticks]
    if axis == "x":
        axes.set_xscale("log" if span.log else "linear")
        axes.set_xlim(span.low, span.high)
        axes.set_xticks(ticks, words)
        axes.xaxis.set_minor_locator(NullLocator())
    else:
        axes.set_yscale("log" if span.log else "linear")
        axes.set_ylim(span.low, span.high)
        axes.set_yticks(ticks, words)
        axes.yaxis.set_minor_locator(NullLocator())


def plain_axes(axes: Axes, *, grid: Literal["x", "y", ""] = "") -> None:
    """Leave only what is needed: left and lower spine, quiet ticks, a faint grid on one axis."""
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(LINE)
    axes.tick_params(color=LINE, labelcolor=INK, labelsize=12, length=4)
    if grid:
        axes.grid(axis=grid, color=LINE, linewidth=0.7, alpha=0.7)
    axes.set_axisbelow(True)
    axes.xaxis.label.set_color(MUTED)
    axes.yaxis.label.set_color(MUTED)
