"""Figures of an analysis: every biological replicate as a dot, connected, and the estimates.

At the left the values of each replicate, so that the reader sees whether the replicates agree; at
the right the estimates with their intervals, the equivalence margin as a band, and each
replicate's own ratio as a small dot. No figure shows a p-value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from blotflux.report.dots import dots_of, draw_dots
from blotflux.report.drawing import new_figure, put_text, save, shorten
from blotflux.report.forest import draw_forest, forest_rows
from blotflux.report.palette import WARN

if TYPE_CHECKING:
    from blotflux.analysis.records import AnalysisResult
    from blotflux.report.drawing import Drawing

__all__ = ["draw_analysis"]

WIDTH_PX = 1060
LEFT_PX, BOTTOM_PX, TOP_PX = 62, 78, 44
ROW_PX = 46
TALLEST_PX = 900


def draw_analysis(result: AnalysisResult, *, warning: str = "") -> Drawing:
    """Return the figure of one analysis as PNG and SVG.

    Parameters
    ----------
    result : AnalysisResult
    warning : str
        What the result must be read with; written above the figure.
    """
    rows = forest_rows(result)
    top = TOP_PX + (22 if warning else 0)
    height = max(340, min(TALLEST_PX, BOTTOM_PX + top + ROW_PX * (len(rows) + 1)))
    figure = new_figure(WIDTH_PX, height)
    bottom, area = BOTTOM_PX / height, 1 - (BOTTOM_PX + top) / height
    left = LEFT_PX / WIDTH_PX
    draw_dots(
        figure.add_axes((left, bottom, 0.455 - left, area)),
        dots_of(result),
        label=_values_label(result),
    )
    draw_forest(
        figure.add_axes((0.685, bottom, 0.295, area)),
        rows,
        margin=next((row.margin for row in result.comparisons if row.margin), None),
    )
    if warning:
        text = shorten(warning, 120)
        put_text(figure, left, 1 - 14 / height, text, size=12.5, color=WARN, va="center")
    return save(figure, png_scale=2.0)


def _values_label(result: AnalysisResult) -> str:
    plan = result.plan
    if plan.kind == "lc3_flux":
        return f"{plan.target}, {plan.control} without inhibitor = 1"
    if plan.kind == "phospho":
        return f"{plan.target} / {plan.total}, mean {plan.control} = 1"
    loading = plan.loading if isinstance(plan.loading, str) else " + ".join(plan.loading)
    return f"{plan.target} / {loading.replace('_', ' ')}, mean {plan.control} = 1"
