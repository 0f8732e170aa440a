"""Findings that a comparison brings along: refusals R1, R3, R9 and R10, and R2 of the sheet."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from blotflux.analysis.flux.findings import excluded_findings, source_findings
from blotflux.analysis.fold.tests import control_is_one, is_plain
from blotflux.analysis.refusals import (
    CONTROL_SET_TO_ONE,
    bound_findings,
    no_p_from_one_replicate,
)
from blotflux.analysis.volumes import is_below_loq
from blotflux.findings import Finding, Severity
from blotflux.flags import Flag

if TYPE_CHECKING:
    from collections.abc import Iterable

    from blotflux.analysis.fold.ratios import RatioLanes
    from blotflux.analysis.fold.records import FoldChanges
    from blotflux.analysis.records import TargetVolume
    from blotflux.analysis.volumes import VolumeTable

__all__ = ["findings_of", "lossy_sources", "merge", "reason_to_withhold"]


def findings_of(analysis: str, changes: FoldChanges, volumes: VolumeTable) -> tuple[Finding, ...]:
    """Return what is to be said about the comparisons of one ratio."""
    found = [
        *changes.ratio.findings,
        *changes.design.replicates.findings,
        *bounds(analysis, changes, volumes),
        *excluded_findings(analysis, (lane.sample for lane in changes.ratio.lanes)),
        *one_replicate(changes),
        *control_of_ones(changes),
    ]
    if any(item.p_value is not None for item in changes.items):
        found += source_findings(analysis, list(taking_part(changes.ratio, volumes)))
    return tuple(replace(finding, analysis=analysis) for finding in merge(found))


def merge(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings without repeats, in their order."""
    return tuple(dict.fromkeys(findings))


def bounds(analysis: str, changes: FoldChanges, volumes: VolumeTable) -> tuple[Finding, ...]:
    """Return R9 for every band whose value is a bound."""
    return bound_findings(
        analysis,
        (
            (lane.sample.membrane, lane.sample.lane, target)
            for lane in changes.bounds
            for target in changes.ratio.targets
            if (volume := volumes.find(target, lane.key)) is not None
            and (volume.saturated or is_below_loq(volume))
        ),
    )


def one_replicate(changes: FoldChanges) -> tuple[Finding, ...]:
    """Return R1 where all lanes of a comparison come from one biological replicate."""
    return tuple(
        Finding(
            severity=Severity.FAIL,
            code="R1",
            message=no_p_from_one_replicate(lanes),
            used_in_label=True,
        )
        for lanes in sorted({item.n_technical for item in changes.items if item.n_planned == 1})
        if lanes
    )


def control_of_ones(changes: FoldChanges) -> tuple[Finding, ...]:
    """Return R3 where independent samples are compared with a column of ones."""
    controls = {item.control for item in changes.items if item.control and item.p_value is not None}
    if not is_plain(changes.blocks):
        return ()
    return tuple(
        Finding(severity=Severity.INFO, code="R3", message=CONTROL_SET_TO_ONE)
        for control in controls
        if control_is_one(changes.blocks, control)
    )


def taking_part(ratio: RatioLanes, volumes: VolumeTable) -> Iterable[TargetVolume]:
    """Yield the volumes behind a ratio."""
    membranes = {lane.sample.membrane for lane in ratio.lanes}
    for target in ratio.targets:
        for volume in volumes.of(target):
            if volume.membrane in membranes:
                yield volume


def reason_to_withhold(ratio: RatioLanes, volumes: VolumeTable) -> str:
    """Return why p values are withheld (R10); empty if they are not."""
    reasons = {
        volume.semi_quantitative
        for volume in taking_part(ratio, volumes)
        if volume.semi_quantitative and not volume.no_linear_original
    }
    return ", ".join(sorted(reasons))


def lossy_sources(ratio: RatioLanes, volumes: VolumeTable) -> frozenset[Flag]:
    """Return LOSSY_SOURCE where the user confirmed that no linear picture exists."""
    confirmed = any(
        volume.semi_quantitative and volume.no_linear_original
        for volume in taking_part(ratio, volumes)
    )
    return frozenset({Flag.LOSSY_SOURCE}) if confirmed else frozenset()
