"""Rows of ``normalized.csv`` and ``flux.csv`` of one analysis."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from blotflux.analysis.flux.rows import Side, all_row, replicate_rows
from blotflux.analysis.flux.selection import select
from blotflux.flags import Flag

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from blotflux.analysis.conditions import Condition, LaneKey
    from blotflux.analysis.flux.answers import Report
    from blotflux.analysis.flux.descriptive import Descriptive
    from blotflux.analysis.flux.selection import Lanes
    from blotflux.analysis.normalization import LaneValue
    from blotflux.analysis.records import FluxRow, NormalizedValue

__all__ = ["flux_rows", "normalized_rows"]


def normalized_rows(
    analysis: str, lanes: Lanes, reports: Sequence[Report], descriptive: Descriptive | None
) -> tuple[NormalizedValue, ...]:
    """Return every lane of LC3-II, in inference or not, then the descriptive rows."""
    fitted = frozenset(key for report in reports for key in report.case.selection.fitted)
    limits = {
        lane.key
        for report in reports
        for lane in report.case.selection.used
        if report.case.selection.below_loq
    }
    gone = {
        replicate for report in reports for replicate in report.case.selection.left_out_saturated
    }
    scaling = any(report.case.selection.blocks.cross_membrane for report in reports)
    own = tuple(
        lane.record(
            analysis,
            used=is_used(lane, fitted | limits, scaling=scaling),
            flags=why_not(lane, lanes, fitted | limits, gone),
        )
        for lane in lanes.values
        if lane.key in lanes.conditions or lane.sample.role != "sample"
    )
    return own + (() if descriptive is None else descriptive.rows)


def is_used(lane: LaneValue, used: Iterable[LaneKey], *, scaling: bool) -> bool:
    """Return whether a lane took part: in a fit, as a limit, or as the common sample."""
    if lane.sample.role == "reference":
        return scaling and lane.sample.membrane != "" and lane.usable
    return lane.key in set(used)


def why_not(
    lane: LaneValue, lanes: Lanes, used: Iterable[LaneKey], gone: Iterable[str]
) -> set[Flag]:
    """Return why a lane is out of inference, where its own flags do not say so."""
    if lane.key in set(used) or not lane.usable:
        return set()
    replicate = lanes.replicates.get(lane.key)
    if lane.sample.role == "reference":
        return {Flag.NOT_COMPARED}
    if replicate is None:
        return {Flag.NO_REPLICATE}
    if replicate in set(gone):
        return {Flag.BLOCK_LEFT_OUT_SATURATED}
    return set() if lane.below_loq or lane.saturated else {Flag.NOT_COMPARED}


def flux_rows(
    lanes: Lanes, reports: Sequence[Report], descriptive: Descriptive | None
) -> tuple[FluxRow, ...]:
    """Return the rows of every vehicle and treatment, replicates first, all together last.

    Where several treatments share a vehicle, its rows come from the case with most replicates.
    """
    rows: list[FluxRow] = []
    for control in dict.fromkeys(report.case.question.control for report in reports):
        sharing = [report for report in reports if report.case.question.control == control]
        best = max(sharing, key=lambda report: report.case.selection.n)
        rows += side_rows(lanes, best, Side.control(best.case), descriptive)
        for report in sharing:
            rows += side_rows(lanes, report, Side.treated(report.case), descriptive)
    return tuple(rows)


def side_rows(
    lanes: Lanes, report: Report, side: Side, descriptive: Descriptive | None
) -> list[FluxRow]:
    """Return one side's rows, with LC3-I beside them where it was measured."""
    case, naming = report.case, report.context.naming
    left_out = None
    if case.selection.left_out_saturated:
        left_out = select(lanes, case.question, leave_out_saturated=False).blocks
    rows = replicate_rows(case, side, naming, report.shown, left_out=left_out)
    rows.append(all_row(case, side, naming, report.shown))
    if descriptive is None:
        return rows
    unit = case.question.control
    return [with_descriptive(row, side.drug, unit, descriptive) for row in rows]


def with_descriptive(
    row: FluxRow, drug: Condition, unit: Condition, descriptive: Descriptive
) -> FluxRow:
    """Return a row with LC3-II/LC3-I and total LC3, both without inhibitor and NOT_FLUX."""
    ratio = descriptive.ratio(row.replicate, drug)
    total = descriptive.total(row.replicate, drug, unit)
    if ratio is None and total is None:
        return row
    return replace(
        row,
        lc3_ii_over_lc3_i=ratio,
        total_lc3=total,
        flags=tuple(sorted({*row.flags, Flag.NOT_FLUX})),
    )
