"""Lane factors: how much was loaded in each lane, relative to the others of its membrane."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from blotflux.analysis.conditions import lane_key
from blotflux.analysis.volumes import VolumeTable, failed_quality, is_below_loq, relative_error
from blotflux.findings import Finding, Severity
from blotflux.flags import Flag

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from blotflux.analysis.conditions import LaneKey
    from blotflux.analysis.records import LaneSample, TargetVolume

__all__ = ["LaneFactor", "LaneFactors", "lane_factors"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneFactor:
    """Normalization factor of one lane.

    Attributes
    ----------
    value : float
        L / G; NaN where there is no value at all.
    cv : float
        Relative standard error by measurement; NaN if unknown.
    usable : bool
        False where the control was not measured, is below its limit of quantification, or was
        taken out by a QC rule.
    saturated, cross_membrane, failed_quality : bool
    """

    value: float = math.nan
    cv: float = math.nan
    usable: bool = False
    saturated: bool = False
    cross_membrane: bool = False
    failed_quality: bool = False

    @property
    def representative(self) -> bool:
        """Return whether the lane counts in G."""
        return self.usable and not self.saturated and self.value > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneFactors:
    """Factors by lane, with what was found on the way."""

    of_lane: Mapping[LaneKey, LaneFactor]
    findings: tuple[Finding, ...] = field(default=())


def lane_factors(
    samples: Sequence[LaneSample],
    volumes: VolumeTable,
    controls: Sequence[str],
    *,
    membranes: Iterable[str],
) -> LaneFactors:
    """Return the factor of every lane of some membranes, all controls joined.

    Parameters
    ----------
    samples : sequence of LaneSample
        Lanes of role sample and reference, of all membranes.
    volumes : VolumeTable
    controls : sequence of str
        Targets; several are joined by the geometric mean of their factors.
    membranes : iterable of str
        Where the target to be normalized was measured.
    """
    joined: dict[LaneKey, LaneFactor] = {}
    findings: list[Finding] = []
    for membrane in sorted(membranes):
        here = [lane for lane in samples if lane.membrane == membrane]
        single = [one_control(here, samples, volumes, control) for control in controls]
        findings += [finding for factors in single for finding in factors.findings]
        joined |= {
            lane_key(lane): join([factors.of_lane[lane_key(lane)] for factors in single])
            for lane in here
        }
    return LaneFactors(of_lane=joined, findings=tuple(findings))


def join(factors: Sequence[LaneFactor]) -> LaneFactor:
    """Return several controls' factors of one lane as one: their geometric mean."""
    if len(factors) == 1:
        return factors[0]
    values = [factor.value for factor in factors]
    if not all(value > 0 for value in values):
        return replace(factors[0], value=math.nan, cv=math.nan, usable=False)
    return LaneFactor(
        value=float(np.exp(np.mean(np.log(values)))),
        cv=math.hypot(*(factor.cv for factor in factors)) / len(factors),
        usable=all(factor.usable for factor in factors),
        saturated=any(factor.saturated for factor in factors),
        cross_membrane=any(factor.cross_membrane for factor in factors),
        failed_quality=any(factor.failed_quality for factor in factors),
    )


def one_control(
    here: Sequence[LaneSample],
    samples: Sequence[LaneSample],
    volumes: VolumeTable,
    control: str,
) -> LaneFactors:
    """Return the factors of one membrane's lanes by one control."""
    if here and here[0].membrane in volumes.membranes(control):
        amounts = {
            lane_key(lane): amount_of(lane, volumes.find(control, lane_key(lane))) for lane in here
        }
        return LaneFactors(of_lane=relative_to_mean(amounts))
    return control_from_elsewhere(here, samples, volumes, control)


def amount_of(lane: LaneSample, volume: TargetVolume | None) -> LaneFactor:
    """Return a control's volume in one lane, not yet relative to the membrane."""
    if volume is None or not math.isfinite(volume.volume):
        return LaneFactor()
    failed = failed_quality(volume)
    return LaneFactor(
        value=volume.volume if volume.volume > 0 else math.nan,
        cv=relative_error(volume),
        usable=not is_below_loq(volume) and not failed and not lane.exclude,
        saturated=volume.saturated,
        cross_membrane=volume.membrane_measured not in ("", volume.membrane),
        failed_quality=failed,
    )


def relative_to_mean(amounts: Mapping[LaneKey, LaneFactor]) -> dict[LaneKey, LaneFactor]:
    """Return amounts divided by their geometric mean G over the lanes that passed QC.

    Where no lane passed, G is over all that have a value, so that there is something to look at.
    """
    passed = [amount.value for amount in amounts.values() if amount.representative]
    values = passed or [amount.value for amount in amounts.values() if amount.value > 0]
    center = float(np.exp(np.mean(np.log(values)))) if values else math.nan
    return {key: replace(amount, value=amount.value / center) for key, amount in amounts.items()}


def control_from_elsewhere(
    here: Sequence[LaneSample],
    samples: Sequence[LaneSample],
    volumes: VolumeTable,
    control: str,
) -> LaneFactors:
    """Return the factors of lanes whose control was run on another membrane, joined by lysate.

    All lanes of a membrane take the control from one other membrane, the one that holds most of
    their lysates: factors of two membranes have no common scale.
    """
    lysates = {lane.sample for lane in here if lane.sample}
    elsewhere: dict[str, dict[str, list[LaneFactor]]] = {}
    for lane in samples:
        volume = volumes.find(control, lane_key(lane))
        if volume is not None and lane.sample in lysates and not lane.exclude:
            lanes = elsewhere.setdefault(lane.membrane, {})
            lanes.setdefault(lane.sample, []).append(amount_of(lane, volume))
    if not elsewhere:
        return LaneFactors(
            of_lane={lane_key(lane): LaneFactor() for lane in here},
            findings=(no_control(here[0].membrane, control, volumes),) if here else (),
        )
    source = min(elsewhere, key=lambda membrane: (-len(elsewhere[membrane]), membrane))
    pooled = {name: pool(amounts) for name, amounts in elsewhere[source].items()}
    amounts = {
        lane_key(lane): replace(pooled.get(lane.sample, LaneFactor()), cross_membrane=True)
        for lane in here
    }
    return LaneFactors(
        of_lane=relative_to_mean(amounts),
        findings=(joined_from(here[0].membrane, control, source),),
    )


def pool(amounts: Sequence[LaneFactor]) -> LaneFactor:
    """Return the lanes of one lysate on the control's membrane as one."""
    good = [amount for amount in amounts if amount.representative]
    return join(good or amounts)


def no_control(membrane: str, control: str, volumes: VolumeTable) -> Finding:
    """Return the finding for a membrane without its loading control."""
    others = sorted(volumes.membranes(control))
    if others:
        reason = (
            f"{control} was run on another membrane ({', '.join(others)}); name the lysate of each "
            f"lane in the column 'sample' on both, so that lanes can be joined."
        )
    else:
        reason = f"{control} was not measured; name a picture of it, or another loading control."
    return Finding(
        severity=Severity.FAIL,
        code=Flag.NO_LOADING_CONTROL,
        message=f"{membrane}: {reason}",
        membrane=membrane,
        target=control,
    )


def joined_from(membrane: str, control: str, source: str) -> Finding:
    """Return the finding for a control that was joined from another membrane."""
    return Finding(
        severity=Severity.WARN,
        code=Flag.CROSS_MEMBRANE,
        message=(
            f"{membrane}: {control} comes from {source}, joined by lysate; differences between "
            f"the two membranes' loading are not corrected."
        ),
        membrane=membrane,
        target=control,
    )
