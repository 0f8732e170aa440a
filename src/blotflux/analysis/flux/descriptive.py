"""What is shown beside the flux and decides nothing: LC3-I, total LC3, p62, a second dose."""

from __future__ import annotations

import math
from collections.abc import Mapping  # noqa: TC003 - the type of a dataclass field
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from blotflux.analysis.blocks import build_blocks, collapse_technical
from blotflux.analysis.conditions import assign_replicates, condition_of, lane_key
from blotflux.analysis.flux.arms import Arm
from blotflux.analysis.statistics import Interval, State, classify
from blotflux.flags import Flag
from blotflux.targets import find_target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from blotflux.analysis.conditions import Condition, LaneKey
    from blotflux.analysis.flux.arms import InhibitorGroup, Question
    from blotflux.analysis.flux.inputs import Inputs
    from blotflux.analysis.flux.model import Levels
    from blotflux.analysis.flux.selection import Lanes
    from blotflux.analysis.normalization import LaneValue
    from blotflux.analysis.records import NormalizedValue
    from blotflux.analysis.statistics import Fit
    from blotflux.analysis.volumes import VolumeTable

__all__ = ["P62", "Descriptive", "describe_lc3", "measure_p62"]

RATIO, TOTAL = "LC3-II/LC3-I", "LC3-total"
DEPLETED_BELOW = 0.25
"""LC3-I of T1 over that of T0 below which LC3-I counts as used up (project default)."""
EXPRESSION_ABOVE = 1.5
"""Total LC3 over the vehicle's above which expression is said to have changed (default)."""
LEAST_REPLICATES = 3

ReplicateCell = tuple[str, "Condition"]


def find_named(volumes: VolumeTable, name: str) -> str | None:
    """Return the measured target that the target list knows by a name, however it is spelled."""
    for target in volumes.targets():
        known = find_target(target)
        if known is not None and known.name == name:
            return target
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Descriptive:
    """LC3-I beside LC3-II; not measures of flux (``NOT_FLUX``).

    Attributes
    ----------
    rows : tuple of NormalizedValue
        Targets ``LC3-II/LC3-I`` and ``LC3-total``.
    ln_ratio, ln_total, ln_unlipidated : mapping of (replicate, Condition) to float
        Mean ln of LC3-II/LC3-I, of normalized total LC3 and of normalized LC3-I.
    """

    rows: tuple[NormalizedValue, ...]
    ln_ratio: Mapping[ReplicateCell, float]
    ln_total: Mapping[ReplicateCell, float]
    ln_unlipidated: Mapping[ReplicateCell, float]

    def ratio(self, replicate: str, drug: Condition) -> float | None:
        """Return LC3-II/LC3-I without inhibitor; of all replicates where `replicate` is empty."""
        return exp_mean(pick(self.ln_ratio, replicate, drug))

    def total(self, replicate: str, drug: Condition, unit: Condition) -> float | None:
        """Return total LC3 over that of a unit condition of the same replicate(s)."""
        return fold(self.ln_total, drug, unit, replicate)

    def depleted(self, cells: Mapping[Arm, Condition]) -> bool:
        """Return whether LC3-I is used up in the treated and inhibited lanes."""
        change = arm_fold(self.ln_unlipidated, cells, Arm.T1, Arm.T0)
        return change is not None and change < DEPLETED_BELOW

    def expression_change(self, cells: Mapping[Arm, Condition]) -> float | None:
        """Return how much total LC3 rose, if it did by more than the threshold; else None."""
        changes = [
            arm_fold(self.ln_total, cells, treated, control)
            for treated, control in ((Arm.T0, Arm.C0), (Arm.T1, Arm.C1))
        ]
        known = [change for change in changes if change is not None]
        return max(known) if known and max(known) > EXPRESSION_ABOVE else None


def pick(values: Mapping[ReplicateCell, float], replicate: str, cell: Condition) -> list[float]:
    """Return the values of a condition, of one replicate or of all."""
    return [
        value
        for (name, condition), value in values.items()
        if condition == cell and replicate in ("", name)
    ]


def fold(
    values: Mapping[ReplicateCell, float], cell: Condition, unit: Condition, replicate: str = ""
) -> float | None:
    """Return the geometric mean of within-replicate ratios of two conditions."""
    shared = [
        value - values[name, unit]
        for (name, condition), value in values.items()
        if condition == cell and (name, unit) in values and replicate in ("", name)
    ]
    return exp_mean(shared)


def arm_fold(
    values: Mapping[ReplicateCell, float], cells: Mapping[Arm, Condition], arm: Arm, unit: Arm
) -> float | None:
    """Return the fold change between two arms; None where one is missing."""
    return fold(values, cells[arm], cells[unit]) if {arm, unit} <= set(cells) else None


def exp_mean(ln_values: Sequence[float]) -> float | None:
    """Return exp of the mean; None of nothing."""
    return float(np.exp(np.mean(ln_values))) if ln_values else None


def describe(analysis: str, lanes: Lanes, unlipidated: Sequence[LaneValue]) -> Descriptive:
    """Return LC3-II/LC3-I and total LC3 of every lane and of every replicate's condition.

    Parameters
    ----------
    analysis : str
    lanes : Lanes
        LC3-II.
    unlipidated : sequence of LaneValue
        LC3-I by the same loading control.
    """
    partner = {lane.key: lane for lane in unlipidated}
    both = [(lane, partner[lane.key]) for lane in lanes.values if lane.key in partner]
    usable = {lane.key for lane in lanes.usable}
    good = [
        (two, one) for two, one in both if two.key in usable and min(two.volume, one.volume) > 0
    ]

    def by_cell(ln_values: Mapping[LaneKey, float]) -> dict[ReplicateCell, float]:
        grouped: dict[ReplicateCell, list[float]] = {}
        for key, value in ln_values.items():
            grouped.setdefault((lanes.replicates[key], lanes.conditions[key]), []).append(value)
        return {cell: float(np.mean(values)) for cell, values in grouped.items()}

    return Descriptive(
        rows=tuple(row for two, one in both for row in lane_rows(analysis, two, one)),
        ln_ratio=by_cell({two.key: math.log(two.volume / one.volume) for two, one in good}),
        ln_total=by_cell(
            {two.key: math.log((two.volume + one.volume) / two.factor) for two, one in good}
        ),
        ln_unlipidated=by_cell({one.key: math.log(one.normalized) for _, one in good}),
    )


def describe_lc3(inputs: Inputs, lanes: Lanes, analysis: str) -> Descriptive | None:
    """Return LC3-I beside LC3-II; None where the target is not LC3-II or LC3-I is not there."""
    known = find_target(inputs.plan.target)
    unlipidated = find_named(inputs.volumes, "LC3-I")
    if known is None or known.name != "LC3-II" or unlipidated is None:
        return None
    return describe(analysis, lanes, inputs.normalized(unlipidated).lanes)


def lane_rows(
    analysis: str, two: LaneValue, one: LaneValue
) -> tuple[NormalizedValue, NormalizedValue]:
    """Return one lane's rows of ``normalized.csv``: never in inference."""
    row = two.record(analysis, used=False, flags=(Flag.NOT_FLUX,))
    ratio = two.volume / one.volume if one.volume > 0 else math.nan
    relative = math.hypot(two.volume_se / two.volume, one.volume_se / one.volume)
    total = two.volume + one.volume
    # Errors of the two bands of one fit oppose each other; without their covariance this is the
    # larger bound for the sum.
    total_se = math.hypot(two.volume_se, one.volume_se)
    return (
        replace(
            row,
            target=RATIO,
            volume=math.nan,
            volume_se=math.nan,
            normalization_factor=math.nan,
            normalized=ratio,
            normalized_se=abs(ratio) * relative,
        ),
        replace(
            row,
            target=TOTAL,
            volume=total,
            volume_se=total_se,
            normalized=total / two.factor,
            normalized_se=total_se / two.factor,
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class P62:
    """p62 without inhibitor in treated over vehicle cells: corroboration only.

    It is an independent substrate of autophagy, and also induced by transcription (NRF2).
    """

    target: str
    ratio: float
    interval: Interval
    state: State


def measure_p62(
    inputs: Inputs, group: InhibitorGroup, question: Question, *, levels: Levels
) -> P62 | None:
    """Return how p62 moves with a treatment; None where it was not measured often enough.

    It may be on membranes of its own; replicates link it to nothing but itself.
    """
    target = find_named(inputs.volumes, "p62/SQSTM1")
    if target is None or not {Arm.C0, Arm.T0} <= set(question.cells):
        return None
    t0, c0 = question.cells[Arm.T0], question.cells[Arm.C0]
    fit = fit_target(inputs, group, target)
    if fit is None or not fit.estimable({t0: 1.0, c0: -1.0}):
        return None
    contrast = fit.difference(t0, c0)
    wide, narrow = (contrast.ratio_interval(level) for level in (levels.wide, levels.narrow))
    margin = inputs.parameters.equivalence_margin
    return P62(
        target=target, ratio=contrast.ratio, interval=wide, state=classify(wide, narrow, margin)
    )


def fit_target(inputs: Inputs, group: InhibitorGroup, target: str) -> Fit | None:
    """Return the fit of another target of the same samples; None without enough replicates."""
    membranes = inputs.volumes.membranes(target)
    samples = [lane for lane in inputs.samples if lane.membrane in membranes and lane.treatment]
    values = [
        lane
        for lane in inputs.normalized(target).lanes
        if lane.usable and not (lane.saturated or lane.loading_saturated or lane.below_loq)
    ]
    conditions = {
        lane_key(lane): condition_of(lane, inhibitor_hours=group.hours) for lane in samples
    }
    blocks = build_blocks(
        collapse_technical(values, conditions, assign_replicates(samples).of_lane)
    )
    replicates = {item.replicate for item in blocks.observations}
    if not blocks.blocked or len(replicates) < LEAST_REPLICATES:
        return None
    fit = blocks.fit()
    return fit if fit.df > 0 else None
