"""Rules on loading controls: D-LC-CV, D-LC-TRT, D-EDGE, D-SAME."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from blotflux.analysis.blocks import build_blocks, collapse_technical
from blotflux.analysis.conditions import lane_key
from blotflux.analysis.fold.design import design_of
from blotflux.analysis.loading import LaneFactor
from blotflux.analysis.normalization import normalize_with
from blotflux.analysis.numbers import three_digits
from blotflux.analysis.paired import tost
from blotflux.analysis.quality.context import DEFAULT, Limits, loading_of
from blotflux.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from blotflux.analysis.conditions import Condition
    from blotflux.analysis.quality.context import Scene
    from blotflux.analysis.records import AnalysisPlan, LaneSample
    from blotflux.analysis.statistics import Contrast

__all__ = [
    "check_loading_edges",
    "check_loading_factors",
    "check_loading_membrane",
    "check_loading_spread",
    "check_loading_treatment",
    "loading_stability",
]

SPREAD = Limits(warn=0.20, fail=0.50)
FACTOR_WARN, FACTOR_FAIL = 1.5, 2.0
AFFECTED = 1.2
EDGE_RATIO = 1.25
FEWEST_FOR_TREND = 5


def loads(scene: Scene, control: str) -> Iterator[tuple[LaneSample, float]]:
    """Yield the sample lanes with the usable volumes of a loading control."""
    for lane in scene.lanes("sample"):
        volume = scene.volumes.find(control, lane_key(lane))
        if volume is not None and volume.volume > 0 and not volume.saturated:
            yield lane, volume.volume


def controls(scene: Scene) -> Iterator[tuple[str, str, AnalysisPlan]]:
    """Yield every analysis with each of its loading controls: name, control, plan."""
    for result in scene.results:
        for control in loading_of(result.plan):
            yield result.name, control, result.plan


def check_loading_spread(scene: Scene) -> Iterator[Finding]:
    """D-LC-CV: coefficient of variation of the control over equally loaded lanes of a membrane.

    Never across biological replicates, whose content may differ.
    """
    for analysis, control, _ in controls(scene):
        groups: dict[tuple[str, str, float | None], list[float]] = {}
        for lane, volume in loads(scene, control):
            group = (lane.membrane, lane.replicate, lane.amount_ug)
            groups.setdefault(group, []).append(volume)
        for (membrane, _, _), volumes in sorted(groups.items(), key=repr):
            cv = float(np.std(volumes, ddof=1) / np.mean(volumes)) if len(volumes) > 1 else 0.0
            severity = SPREAD.severity(cv)
            if severity is not None:
                limit = SPREAD.crossed(severity) or 0.0
                yield Finding(
                    severity=severity,
                    code="D-LC-CV",
                    message=(
                        f"{control} varies by {100 * cv:.3g} % over equally loaded lanes (limit "
                        f"{100 * limit:g} %, {DEFAULT})."
                    ),
                    analysis=analysis,
                    membrane=membrane,
                    target=control,
                    value=cv,
                    threshold=limit,
                )


def check_loading_factors(scene: Scene) -> Iterator[Finding]:
    """D-LC-CV: a lane's normalization factor far from 1."""
    for result in scene.results:
        main = [row for row in result.normalized if row.target == result.plan.target]
        if not loading_of(result.plan) or result.plan.kind == "phospho":
            continue
        for row in main:
            away = abs(math.log(row.normalization_factor)) if row.normalization_factor > 0 else 0.0
            if not away > math.log(FACTOR_WARN):
                continue
            failed = away > math.log(FACTOR_FAIL)
            limit = FACTOR_FAIL if failed else FACTOR_WARN
            yield Finding(
                severity=Severity.FAIL if failed else Severity.WARN,
                code="D-LC-CV",
                message=(
                    f"Normalization factor {row.normalization_factor:.3g} is outside "
                    f"{1 / limit:.3g} to {limit:g} ({DEFAULT})."
                ),
                analysis=result.name,
                membrane=row.membrane,
                lane=row.lane,
                target=" and ".join(loading_of(result.plan)),
                value=row.normalization_factor,
                threshold=limit if row.normalization_factor > 1 else 1 / limit,
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Stability:
    """One condition's loading against the reference condition's."""

    condition: Condition
    contrast: Contrast


def loading_stability(scene: Scene, control: str, plan: AnalysisPlan) -> tuple[Stability, ...]:
    """Return the control's fold change in every condition, ``ln_L ~ condition + block``.

    Against the control treatment without inhibitor at the same time; empty without residual
    degrees of freedom.
    """
    lanes = [lane for lane in scene.lanes("sample") if lane.treatment]
    design = design_of(lanes, plan.control, membranes=scene.volumes.membranes(control))
    whole = {lane_key(lane): LaneFactor(value=1.0, cv=0.0, usable=True) for lane in lanes}
    values = [
        lane
        for lane in normalize_with(lanes, scene.volumes, control, whole)
        if lane.usable and lane.normalized > 0 and not lane.saturated and not lane.below_loq
    ]
    technical = collapse_technical(values, design.condition_of, design.replicates.of_lane)
    blocks = build_blocks(technical)
    if not blocks.observations:
        return ()
    fit = blocks.fit()
    found = [
        Stability(condition=condition, contrast=fit.difference(condition, reference))
        for condition in blocks.conditions
        if (reference := plain_control(condition, blocks.conditions, plan.control)) is not None
        and condition != reference
        and fit.estimable({condition: 1.0, reference: -1.0})
    ]
    return tuple(item for item in found if fit.df > 0 and item.contrast.se > 0)


def plain_control(
    condition: Condition, conditions: Sequence[Condition], control: str
) -> Condition | None:
    """Return the control treatment without inhibitor at a condition's time."""
    same = [
        other
        for other in conditions
        if other.treatment == control and not other.inhibitor and other.time_h == condition.time_h
    ]
    return same[0] if same else None


def check_loading_treatment(scene: Scene) -> Iterator[Finding]:
    """D-LC-TRT: the loading control must be the same in every condition, inhibitor included."""
    for analysis, control, plan in controls(scene):
        for item in loading_stability(scene, control, plan):
            yield from unstable(scene, analysis, control, item)


def unstable(scene: Scene, analysis: str, control: str, item: Stability) -> Iterator[Finding]:
    """Yield WARN where equivalence is not shown, FAIL where a change is."""
    contrast, parameters = item.contrast, scene.parameters
    margin = parameters.loading_margin
    wide = contrast.ratio_interval(1 - parameters.alpha)
    away = abs(contrast.estimate) > math.log(AFFECTED)
    changed = wide.low is not None and wide.high is not None and not wide.low <= 1 <= wide.high
    failed = changed and away
    equal = tost(contrast, margin).p_value < parameters.alpha
    if equal and not failed:
        return
    change = (
        f"{control} in {item.condition.words} is {three_digits(contrast.ratio)} times that of the "
        f"control ({100 * (1 - parameters.alpha):g} % CI {three_digits(wide.low)} to "
        f"{three_digits(wide.high)})"
    )
    text = (
        f"{change}: it changes with the treatment (limit {AFFECTED:g}-fold, {DEFAULT}). Use total "
        f"protein or a second loading control."
        if failed
        else f"{change}: stability unproven (equivalence margin {margin:g}-fold, {DEFAULT})."
    )
    yield Finding(
        severity=Severity.FAIL if failed else Severity.WARN,
        code="D-LC-TRT",
        message=text,
        analysis=analysis,
        target=control,
        value=contrast.ratio,
        threshold=AFFECTED if failed else margin,
    )


def check_loading_edges(scene: Scene) -> Iterator[Finding]:
    """D-EDGE: edge lanes loaded or transferred differently, or a trend across the membrane."""
    for analysis, control, _ in controls(scene):
        by_membrane: dict[str, dict[int, float]] = {}
        for lane, volume in loads(scene, control):
            by_membrane.setdefault(lane.membrane, {})[lane.lane] = volume
        for membrane, volumes in sorted(by_membrane.items()):
            for found in (*edge_lanes(volumes), *trend(volumes, scene.parameters.alpha)):
                yield replace(found, analysis=analysis, membrane=membrane, target=control)


def edge_lanes(volumes: Mapping[int, float]) -> Iterator[Finding]:
    """Yield a WARN for an outer lane far from the median of the inner ones."""
    lanes = sorted(volumes)
    if len(lanes) < FEWEST_FOR_TREND:
        return
    middle = float(np.median([volumes[lane] for lane in lanes[1:-1]]))
    for lane in (lanes[0], lanes[-1]):
        ratio = volumes[lane] / middle
        if not 1 / EDGE_RATIO <= ratio <= EDGE_RATIO:
            yield Finding(
                severity=Severity.WARN,
                code="D-EDGE",
                message=(
                    f"The outer lane holds {ratio:.3g} times the median of the inner ones (limits "
                    f"{1 / EDGE_RATIO:g} and {EDGE_RATIO:g}, {DEFAULT}); randomize lanes."
                ),
                lane=lane,
                value=ratio,
                threshold=EDGE_RATIO if ratio > 1 else 1 / EDGE_RATIO,
            )


def trend(volumes: Mapping[int, float], alpha: float) -> Iterator[Finding]:
    """Yield a WARN where ln of the control changes steadily with the lane."""
    lanes = sorted(volumes)
    logs = [math.log(volumes[lane]) for lane in lanes]
    if len(lanes) < FEWEST_FOR_TREND or np.ptp(logs) == 0:
        return
    line = stats.linregress(lanes, logs)
    if line.pvalue < alpha:
        yield Finding(
            severity=Severity.WARN,
            code="D-EDGE",
            message=(
                f"The loading control changes by {100 * math.expm1(line.slope):.3g} % from lane "
                f"to lane, more than chance does in {100 * alpha:g} % of membranes; randomize "
                "lanes."
            ),
            value=float(line.slope),
            threshold=0.0,
        )


def check_loading_membrane(scene: Scene) -> Iterator[Finding]:
    """D-SAME: target and control on different membranes.

    One gel gives one membrane, and strips of it keep its name, so another membrane is another
    gel: a housekeeping protein then does not report the target's loading. Total protein is not
    better placed, but is the lesser doubt.
    """
    for analysis, control, plan in controls(scene):
        apart = scene.volumes.membranes(plan.target) - scene.volumes.membranes(control)
        if apart and scene.volumes.membranes(control):
            housekeeping = control != "total_protein"
            yield Finding(
                severity=Severity.FAIL if housekeeping else Severity.WARN,
                code="D-SAME",
                message=(
                    f"{control} was not measured on {', '.join(sorted(apart))}, where "
                    f"{plan.target} was: it comes from another gel."
                ),
                analysis=analysis,
                target=control,
            )
