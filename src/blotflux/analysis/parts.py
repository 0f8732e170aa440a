"""Targets that are the sum of two rows: ERK 44 and 42."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from blotflux.findings import Finding, Severity
from blotflux.targets import find_target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blotflux.analysis.records import PhosphoPlan
    from blotflux.analysis.volumes import VolumeTable

__all__ = ["doublet_pairs", "paired_parts", "parts_of", "unresolved_finding"]

UNRESOLVED_VALLEY = 0.7
"""Valley over the smaller peak above which two rows are one (project default)."""


def paired_parts(plan: PhosphoPlan, table: VolumeTable) -> tuple[tuple[str, str], ...]:
    """Return which row of the phosphorylated doublet goes with which of the total, from the top.

    Empty where a target has no parts, the two have not equally many, a part was measured on
    another membrane than its partner, or the rows are not resolved.
    """
    phospho, total = parts_of(plan.target, table), parts_of(plan.total, table)
    if len(phospho) != len(total) or valley_of(plan, table) > UNRESOLVED_VALLEY:
        return ()
    pairs = tuple(zip(phospho, total, strict=True))
    together = all(table.membranes(a) <= table.membranes(b) for a, b in pairs)
    return pairs if together else ()


def doublet_pairs(plan: PhosphoPlan, table: VolumeTable) -> Iterator[tuple[str, str]]:
    """Yield a plan's target with its total, and each row of a doublet with its own."""
    yield plan.target, plan.total
    phospho, total = parts_of(plan.target, table), parts_of(plan.total, table)
    if len(phospho) == len(total):
        yield from zip(phospho, total, strict=True)


def parts_of(target: str, table: VolumeTable) -> tuple[str, ...]:
    """Return the rows that a target is the sum of, from the top; empty if it is one row.

    As the study says; volumes from elsewhere say nothing, and then the target list does.
    """
    named = next((volume.parts for volume in table.of(target) if volume.parts), ())
    if not named:
        entry = find_target(target)
        named = entry.members if entry is not None else ()
    return named if all(table.membranes(part) for part in named) else ()


def valley_of(plan: PhosphoPlan, table: VolumeTable) -> float:
    """Return the valley between the rows of a typical lane, over the smaller peak.

    0 where nothing tells it.
    """
    parts = (*parts_of(plan.target, table), *parts_of(plan.total, table))
    medians = [
        median(valleys)
        for part in parts
        if (valleys := [v.valley for v in table.of(part) if v.valley is not None and v.detected])
    ]
    return max(medians, default=0.0)


def unresolved_finding(plan: PhosphoPlan, table: VolumeTable) -> tuple[Finding, ...]:
    """Return why only the sum of a doublet is reported, where that is so."""
    valley = valley_of(plan, table)
    if valley <= UNRESOLVED_VALLEY:
        return ()
    return (
        Finding(
            severity=Severity.INFO,
            code="DOUBLET_UNRESOLVED",
            message=(
                f"The rows of {plan.target} or {plan.total} are not resolved (valley {valley:.2g} "
                f"of the smaller peak, limit {UNRESOLVED_VALLEY:g}, project default): only the "
                f"sum is reported."
            ),
            target=plan.target,
            value=valley,
            threshold=UNRESOLVED_VALLEY,
        ),
    )
