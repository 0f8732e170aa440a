"""Which lanes answer one question: rule ND, saturated replicates, and what is left to fit."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - the type of a dataclass field
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from blotflux.analysis.blocks import Blocks, build_blocks, collapse_technical
from blotflux.analysis.flux.arms import Arm
from blotflux.analysis.flux.limits import (
    ByReplicate,
    arm_below_loq,
    group_below_loq,
    ln_limit,
    off_scale,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from blotflux.analysis.conditions import Condition, LaneKey
    from blotflux.analysis.flux.arms import Question
    from blotflux.analysis.normalization import LaneValue
    from blotflux.analysis.scaling import Scale
    from blotflux.findings import Finding

__all__ = ["Lanes", "Selection", "select"]

ENOUGH_BLOCKS = 3
"""Complete replicates that must stay for saturated ones to be left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lanes:
    """Everything an analysis knows of its lanes.

    Attributes
    ----------
    values : tuple of LaneValue
        LC3-II, normalized; excluded and failed lanes too.
    conditions : mapping of LaneKey to Condition
        Sample lanes of the inhibitor's group.
    replicates : mapping of LaneKey to str
    scales : mapping of membrane to Scale
        By reference lanes.
    findings : tuple of Finding
        Of normalizing and of assigning replicates.
    """

    values: tuple[LaneValue, ...]
    conditions: Mapping[LaneKey, Condition]
    replicates: Mapping[LaneKey, str]
    scales: Mapping[str, Scale]
    findings: tuple[Finding, ...] = ()

    @property
    def usable(self) -> tuple[LaneValue, ...]:
        """Return the lanes that may enter inference."""
        return tuple(
            lane
            for lane in self.values
            if lane.usable and lane.key in self.conditions and lane.key in self.replicates
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The lanes of one question, sorted out.

    Attributes
    ----------
    blocks : Blocks
        What is fitted: the question's cells and all others of the group.
    cells : mapping of Arm to Condition
        Arms that are fitted.
    used : tuple of LaneValue
        Lanes of the question's own arms that count, below the limit or not.
    fitted : frozenset of LaneKey
        All lanes of the fit.
    below_loq : tuple of Arm
        Arms below the limit of quantification.
    ln_limits : mapping of Arm to float
        Mean ln upper limit of each of these; NaN if nothing tells it.
    off_scale : bool
        A limit lies on a membrane that nothing puts on the scale of the fitted values.
    left_out_saturated, left_out_below_loq : tuple of str
        Replicates.
    n : int
        Smallest number of replicates with a usable lane in any present arm.
    complete : tuple of str
        Replicates with all four arms.
    """

    blocks: Blocks
    cells: Mapping[Arm, Condition]
    used: tuple[LaneValue, ...]
    fitted: frozenset[LaneKey]
    arm_of: Mapping[LaneKey, Arm]
    n: int
    complete: tuple[str, ...]
    below_loq: tuple[Arm, ...] = ()
    ln_limits: Mapping[Arm, float] = field(default_factory=dict)
    off_scale: bool = False
    left_out_saturated: tuple[str, ...] = ()
    left_out_below_loq: tuple[str, ...] = ()

    @property
    def arms(self) -> frozenset[Arm]:
        """Return the arms with at least one usable lane."""
        return frozenset(self.arm_of[lane.key] for lane in self.used)

    @property
    def missing(self) -> tuple[Arm, ...]:
        """Return the arms without a usable lane."""
        return tuple(arm for arm in Arm if arm not in self.arms)

    @property
    def saturated(self) -> frozenset[Arm]:
        """Return the arms with a used lane in which LC3-II is saturated."""
        return frozenset(self.arm_of[lane.key] for lane in self.used if lane.saturated)

    @property
    def loading_saturated(self) -> frozenset[Arm]:
        """Return the arms with a used lane in which the loading control is saturated."""
        return frozenset(self.arm_of[lane.key] for lane in self.used if lane.loading_saturated)

    @property
    def clipped_lanes(self) -> tuple[LaneValue, ...]:
        """Return the used lanes that are saturated in either."""
        return tuple(lane for lane in self.used if is_clipped(lane))


def select(lanes: Lanes, question: Question, *, leave_out_saturated: bool = True) -> Selection:
    """Return what one question is answered from.

    Parameters
    ----------
    lanes : Lanes
    question : Question
    leave_out_saturated : bool
        Leave out replicates with a saturated lane if enough complete ones stay.
    """
    own = own_lanes(lanes, question)
    low = tuple(arm for arm, by_replicate in own.items() if arm_below_loq(by_replicate))
    lost = {
        replicate
        for arm, by_replicate in own.items()
        if arm not in low
        for replicate, group in by_replicate.items()
        if group_below_loq(group)
    }
    own = {arm: quantifiable(own[arm], lost, low=arm in low) for arm in own}
    clipped = saturated_replicates(own) if leave_out_saturated else set()
    if not enough_without(own, clipped):
        clipped = set()
    own = {arm: without(by_replicate, clipped) for arm, by_replicate in own.items()}
    return assemble(
        lanes,
        question,
        own,
        low=low,
        left_out=(tuple(sorted(clipped)), tuple(sorted(lost))),
    )


def own_lanes(lanes: Lanes, question: Question) -> dict[Arm, ByReplicate]:
    """Return the usable lanes of each arm by replicate."""
    arm_of = {condition: arm for arm, condition in question.cells.items()}
    own: dict[Arm, ByReplicate] = {}
    for lane in lanes.usable:
        arm = arm_of.get(lanes.conditions[lane.key])
        if arm is not None:
            by_replicate = own.setdefault(arm, {})
            by_replicate.setdefault(lanes.replicates[lane.key], []).append(lane)
    return {arm: own[arm] for arm in Arm if arm in own}


def quantifiable(by_replicate: ByReplicate, lost: Iterable[str], *, low: bool) -> ByReplicate:
    """Return an arm without lost replicates and, where it is fitted, without lanes below."""
    kept = without(by_replicate, lost)
    if low:
        return kept
    return {
        replicate: [lane for lane in group if not lane.below_loq]
        for replicate, group in kept.items()
    }


def without(by_replicate: ByReplicate, replicates: Iterable[str]) -> ByReplicate:
    """Return an arm without some replicates."""
    gone = set(replicates)
    return {name: group for name, group in by_replicate.items() if name not in gone}


def is_clipped(lane: LaneValue) -> bool:
    """Return whether LC3-II or the loading control of a lane is saturated."""
    return lane.saturated or lane.loading_saturated


def saturated_replicates(own: Mapping[Arm, ByReplicate]) -> set[str]:
    """Return the replicates with a saturated lane in any arm."""
    return {
        replicate
        for by_replicate in own.values()
        for replicate, group in by_replicate.items()
        if any(map(is_clipped, group))
    }


def enough_without(own: Mapping[Arm, ByReplicate], gone: set[str]) -> bool:
    """Return whether enough replicates stay when some are left out.

    Blocked designs need complete replicates; of independent samples each arm needs enough.
    """
    kept = [set(by_replicate) - gone for by_replicate in own.values()]
    if len(kept) < len(Arm):
        return False
    if is_blocked(own):
        return len(set.intersection(*kept)) >= ENOUGH_BLOCKS
    return min(map(len, kept)) >= ENOUGH_BLOCKS


def is_blocked(own: Mapping[Arm, ByReplicate]) -> bool:
    """Return whether any replicate holds two arms."""
    everyone = [replicate for by_replicate in own.values() for replicate in by_replicate]
    return len(set(everyone)) < len(everyone)


def assemble(
    lanes: Lanes,
    question: Question,
    own: Mapping[Arm, ByReplicate],
    *,
    low: tuple[Arm, ...],
    left_out: tuple[tuple[str, ...], tuple[str, ...]],
) -> Selection:
    """Return the selection once each arm's lanes are known."""
    used = tuple(lane for groups in own.values() for group in groups.values() for lane in group)
    arm_of = {
        lane.key: arm for arm, groups in own.items() for group in groups.values() for lane in group
    }
    fitted = [lane for lane in used if arm_of[lane.key] not in low]
    fitted += other_lanes(lanes, question, gone={*left_out[0], *left_out[1]})
    blocks = build_blocks(
        collapse_technical(fitted, lanes.conditions, lanes.replicates),
        lanes.scales,
        blocked=is_blocked(own) if len(own) > 1 else None,
    )
    scaled = {item.replicate for item in blocks.observations if item.cross_membrane}
    kept = [set(by_replicate) for by_replicate in own.values() if by_replicate]
    return Selection(
        blocks=blocks,
        cells={
            arm: question.cells[arm]
            for arm, by_replicate in own.items()
            if by_replicate and arm not in low
        },
        used=used,
        fitted=frozenset(lane.key for lane in fitted),
        arm_of=arm_of,
        n=min(map(len, kept), default=0),
        complete=tuple(sorted(set.intersection(*kept))) if len(kept) == len(Arm) else (),
        below_loq=low,
        ln_limits={
            arm: ln_limit(own[arm], lanes.values, dict.fromkeys(scaled, lanes.scales))
            for arm in low
        },
        off_scale=off_scale(own, low, blocks, scaled),
        left_out_saturated=left_out[0],
        left_out_below_loq=left_out[1],
    )


def other_lanes(lanes: Lanes, question: Question, gone: set[str]) -> list[LaneValue]:
    """Return the group's lanes of other cells, which add to the residual variance.

    Bounds are not values and stay out, and so do the replicates that were left out.
    """
    own = set(question.cells.values())
    return [
        lane
        for lane in lanes.usable
        if lanes.conditions[lane.key] not in own
        and lanes.replicates[lane.key] not in gone
        and not is_clipped(lane)
        and not lane.below_loq
    ]
