"""Rules on the design: D-REP, D-N, D-ORDER."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from blotflux.analysis.conditions import assign_replicates, condition_of, lane_key
from blotflux.analysis.quality.context import DEFAULT, Limits
from blotflux.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blotflux.analysis.conditions import Condition, LaneKey
    from blotflux.analysis.quality.context import Scene
    from blotflux.analysis.records import AnalysisResult

__all__ = ["check_lane_order", "check_replicates", "check_technical"]

TECHNICAL = Limits(warn=0.15, fail=0.25)
ENOUGH, LEAST = 4, 3


def check_technical(scene: Scene) -> Iterator[Finding]:
    """D-REP: spread of technical lanes, ``sqrt(exp(s**2) - 1)`` with s on the ln scale."""
    for result in scene.results:
        s, lanes = technical_sd(scene, result)
        cv = math.sqrt(math.expm1(s * s))
        severity = TECHNICAL.severity(cv)
        if severity is not None:
            limit = TECHNICAL.crossed(severity) or 0.0
            yield Finding(
                severity=severity,
                code="D-REP",
                message=(
                    f"Technical lanes vary by {100 * cv:.3g} % ({lanes} lanes; limit "
                    f"{100 * limit:g} %, {DEFAULT})."
                ),
                analysis=result.name,
                target=result.plan.target,
                value=cv,
                threshold=limit,
            )


def technical_sd(scene: Scene, result: AnalysisResult) -> tuple[float, int]:
    """Return the pooled ln SD of technical lanes of an analysis' target, and how many they are."""
    replicates, sheet = assign_replicates(scene.samples).of_lane, scene.of_lane
    groups: dict[tuple[str, str | None, Condition], list[float]] = {}
    for row in result.normalized:
        sample = sheet.get((row.membrane, row.lane))
        if sample is None or sample.role != "sample" or row.target != result.plan.target:
            continue
        if row.used and row.normalized > 0:
            group = (row.membrane, replicates.get(lane_key(sample)), condition_of(sample))
            groups.setdefault(group, []).append(math.log(row.normalized))
    several = [logs for logs in groups.values() if len(logs) > 1]
    df = sum(len(logs) - 1 for logs in several)
    squares = math.fsum(float(np.var(logs)) * len(logs) for logs in several)
    return (math.sqrt(squares / df) if df else 0.0), sum(map(len, several))


def check_replicates(scene: Scene) -> Iterator[Finding]:
    """D-N: biological replicates behind each answer."""
    for result in scene.results:
        for answer in result.answers:
            n = answer.headline.n
            if n >= ENOUGH:
                continue
            failed = n < LEAST
            yield Finding(
                severity=Severity.FAIL if failed else Severity.WARN,
                code="D-N",
                message=(
                    f"{answer.treatment}: {n} biological replicate(s) ("
                    + (f"minimum {LEAST}: no label, no p; " if failed else f"{ENOUGH} advised; ")
                    + f"{DEFAULT})."
                ),
                analysis=result.name,
                value=float(n),
                threshold=float(LEAST if failed else ENOUGH),
                used_in_label=failed,
            )


def check_lane_order(scene: Scene) -> Iterator[Finding]:
    """D-ORDER: the same order of conditions on all membranes mixes position with treatment."""
    orders: dict[str, list[tuple[LaneKey, Condition]]] = {}
    for lane in scene.lanes("sample"):
        orders.setdefault(lane.membrane, []).append((lane_key(lane), condition_of(lane)))
    if len(orders) < 2:
        return
    distinct = {
        tuple(condition for _, condition in sorted(lanes, key=lambda item: item[0]))
        for lanes in orders.values()
    }
    if len(distinct) == 1 and len(next(iter(distinct))) > 1:
        yield Finding(
            severity=Severity.INFO,
            code="D-ORDER",
            message=(
                f"Conditions are in the same lane order on all {len(orders)} membranes; effects "
                f"of position cannot be told from treatments. Randomize lanes."
            ),
            value=float(len(orders)),
        )
