"""Strip and reprobe: what the first antibody leaves on the membrane (D-STRIP)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from blotflux.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from blotflux.analysis.conditions import LaneKey
    from blotflux.analysis.records import PhosphoPlan, TargetVolume
    from blotflux.analysis.volumes import VolumeTable

__all__ = ["STRIP_FAIL", "STRIP_WARN", "check_stripping", "strip_is_unverified"]

STRIP_WARN, STRIP_FAIL = 0.05, 0.20
"""Share of the first signal that stripping left (project defaults)."""

MOST_STRIPS = 2
"""Rounds of stripping that a membrane bears (background knowledge)."""


def check_stripping(
    plan: PhosphoPlan, table: VolumeTable, controls: Iterable[TargetVolume]
) -> tuple[Finding, ...]:
    """Return what stripping left of the phosphorylated target, lane by lane, where it matters.

    A FAIL means that the total of that lane holds the first antibody's signal as well; the lane's
    total leaves inference.

    Parameters
    ----------
    plan : PhosphoPlan
    table : VolumeTable
    controls : iterable of TargetVolume
        Volumes of the strip control's pictures.
    """
    findings = []
    for residue in controls:
        before = table.find(plan.target, (residue.membrane, residue.lane))
        if residue.strip_control_of != plan.target or before is None or not before.volume > 0:
            continue
        share = residue.volume / before.volume
        if math.isfinite(share) and share > STRIP_WARN:
            findings.append(residue_finding(plan, residue, share))
    return (*findings, *too_often(plan, table))


def residue_finding(plan: PhosphoPlan, residue: TargetVolume, share: float) -> Finding:
    """Return the finding of one lane."""
    failed = share > STRIP_FAIL
    limit = STRIP_FAIL if failed else STRIP_WARN
    return Finding(
        severity=Severity.FAIL if failed else Severity.WARN,
        code="D-STRIP",
        message=(
            f"Stripping left {100 * share:.3g} % of {plan.target} (limit {100 * limit:g} %, "
            f"project default)"
            + (f"; {plan.total} of this lane leaves inference." if failed else ".")
        ),
        image=residue.image,
        membrane=residue.membrane,
        lane=residue.lane,
        target=plan.total,
        value=share,
        threshold=limit,
        used_in_label=failed,
    )


def too_often(plan: PhosphoPlan, table: VolumeTable) -> tuple[Finding, ...]:
    """Return a FAIL for every membrane whose total came after more than two strippings."""
    probes: dict[str, int] = {}
    for volume in table.of(plan.total):
        if volume.probe is not None and volume.probe - 1 > MOST_STRIPS:
            probes[volume.membrane] = volume.probe
    return tuple(
        Finding(
            severity=Severity.FAIL,
            code="D-STRIP",
            message=(
                f"{plan.total} was probed after {probe - 1} rounds of stripping "
                f"(at most {MOST_STRIPS}, project default)."
            ),
            membrane=membrane,
            target=plan.total,
            value=float(probe - 1),
            threshold=float(MOST_STRIPS),
            used_in_label=True,
        )
        for membrane, probe in sorted(probes.items())
    )


def strip_is_unverified(plan: PhosphoPlan, table: VolumeTable) -> bool:
    """Return whether the total was probed after stripping and no picture shows what was left.

    That it was stripped is known from the order of probing, or because both were imaged with
    enhanced chemiluminescence in pictures of their own: one enzyme cannot show two colors.
    """
    control = any(
        volume.strip_control_of == plan.target
        for target in table.targets()
        for volume in table.of(target)
    )
    return not control and bool(stripped_lanes(plan, table))


def stripped_lanes(plan: PhosphoPlan, table: VolumeTable) -> Sequence[LaneKey]:
    """Return the lanes in which the total was probed after the phosphorylated form."""
    found = []
    for total in table.of(plan.total):
        key = (total.membrane, total.lane)
        phospho = table.find(plan.target, key)
        if phospho is not None and was_stripped(phospho, total):
            found.append(key)
    return found


def was_stripped(phospho: TargetVolume, total: TargetVolume) -> bool:
    """Return whether a total came after stripping off the antibody of the other picture."""
    if phospho.probe is not None and total.probe is not None:
        return total.probe > phospho.probe
    other_picture = bool(phospho.image) and phospho.image != total.image
    return other_picture and phospho.detection == total.detection == "ecl"
