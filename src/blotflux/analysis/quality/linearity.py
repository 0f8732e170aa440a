"""Rules on linear ranges: D-LIN and D-COMB."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from blotflux.analysis.linear_range import range_of_target
from blotflux.analysis.quality.context import DEFAULT, about, divisors_of
from blotflux.findings import Finding, Severity
from blotflux.flags import Flag

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blotflux.analysis.linear_range import LinearRange
    from blotflux.analysis.quality.context import Scene
    from blotflux.analysis.records import AnalysisPlan, TargetVolume

__all__ = ["check_combined_range", "check_linearity", "check_linearity_supplied"]

EDGE = 0.10
"""Share of an edge of the combined window within which a load is doubtful."""


def check_linearity(scene: Scene) -> Iterator[Finding]:
    """D-LIN: a sample's signal outside the window of the standards on its own membrane.

    Signals of two membranes have no common scale, so a window binds its membrane only; what a
    window says about amounts is D-COMB's.
    """
    windows = {(item.target, item.membrane): item for item in scene.ranges if item.membrane}
    sample = {(lane.membrane, lane.lane) for lane in scene.lanes("sample", "reference")}
    for volume in scene.in_use():
        window = windows.get((volume.target, volume.membrane))
        if window is not None and (volume.membrane, volume.lane) in sample:
            yield from outside(volume, window)


def outside(volume: TargetVolume, window: LinearRange) -> Iterator[Finding]:
    """Yield a FAIL where a signal is outside the linear window."""
    low, high = window.low_volume, window.high_volume
    if low is None or high is None:
        text = f"No part of the dilution series is proportional to amount (limits {DEFAULT}s)."
        yield replace(
            about(volume, Severity.FAIL, "D-LIN", text), value=volume.volume, used_in_label=True
        )
    elif not low <= volume.volume <= high:
        crossed = low if volume.volume < low else high
        text = (
            f"Volume {volume.volume:.4g} is outside the linear window {low:.4g} to {high:.4g} of "
            f"the dilution series (limits {DEFAULT}s); the lane leaves inference."
        )
        found = about(volume, Severity.FAIL, "D-LIN", text)
        yield replace(found, value=volume.volume, threshold=crossed, used_in_label=True)


def check_linearity_supplied(scene: Scene) -> Iterator[Finding]:
    """D-LIN: no dilution series was supplied for some target of an analysis."""
    tested = {item.target for item in scene.ranges}
    for result in scene.results:
        involved = (result.plan.target, *divisors_of(result.plan))
        missing = [target for target in involved if untested(scene, target, tested)]
        if missing:
            yield Finding(
                severity=Severity.WARN,
                code=Flag.LINEARITY_UNPROVEN,
                message=(
                    f"No dilution series shows that the signal of {', '.join(missing)} is "
                    f"proportional to amount; load lanes of role 'standard' with 'amount_ug'."
                ),
                analysis=result.name,
            )


def untested(scene: Scene, target: str, tested: set[str]) -> bool:
    """Return whether a target was measured and never tested."""
    return bool(scene.volumes.membranes(target)) and target not in tested


def check_combined_range(scene: Scene) -> Iterator[Finding]:
    """D-COMB: a load outside the amounts in which target and control are linear together."""
    for result in scene.results:
        window = combined(result.plan, scene)
        if window is not None:
            yield from loads_outside(scene, result.name, result.plan, window)


def combined(plan: AnalysisPlan, scene: Scene) -> tuple[float, float] | None:
    """Return the amounts in which all tested targets of a plan are linear; None if none was."""
    involved = (plan.target, *divisors_of(plan))
    windows = [range_of_target(target, scene.ranges) for target in involved]
    known = [window for window in windows if window is not None]
    if not known:
        return None
    return max(low for low, _ in known), min(high for _, high in known)


def loads_outside(
    scene: Scene, analysis: str, plan: AnalysisPlan, window: tuple[float, float]
) -> Iterator[Finding]:
    """Yield a finding for every sample lane at or beyond the edges of the combined window."""
    low, high = window
    membranes = scene.volumes.membranes(plan.target)
    for lane in scene.lanes("sample", "reference"):
        amount = lane.amount_ug
        if amount is None or lane.membrane not in membranes:
            continue
        failed = not low <= amount <= high
        if failed or amount < low * (1 + EDGE) or amount > high * (1 - EDGE):
            crossed = low if amount < low * (1 + EDGE) else high
            where = "outside" if failed else "within 10 % of an edge of"
            yield Finding(
                severity=Severity.FAIL if failed else Severity.WARN,
                code="D-COMB",
                message=(
                    f"{amount:g} ug loaded is {where} the amounts in which target and loading "
                    f"control are both linear, {window_words(low, high)}."
                ),
                analysis=analysis,
                membrane=lane.membrane,
                lane=lane.lane,
                target=plan.target,
                value=amount,
                threshold=crossed,
            )


def window_words(low: float, high: float) -> str:
    """Return a window in words; it can be empty."""
    return f"{low:g} to {high:g} ug" if low <= high else "which share no amount"
