"""A target over another, lane by lane: P/T, P/L, T/L and target over loading control."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from blotflux.analysis.conditions import lane_key
from blotflux.analysis.loading import LaneFactor, lane_factors
from blotflux.analysis.normalization import (
    CONTENT_ROLES,
    LaneValue,
    normalize,
    normalize_with,
)
from blotflux.analysis.volumes import VolumeTable, is_below_loq, loq_of
from blotflux.flags import Flag

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from blotflux.analysis.conditions import LaneKey
    from blotflux.analysis.records import LaneSample
    from blotflux.findings import Finding

__all__ = ["RatioLanes", "ratio_across_membranes", "ratio_in_lane"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RatioLanes:
    """A ratio of targets in every lane.

    Attributes
    ----------
    quantity : str
        As in ``comparisons.csv``.
    numerator : str
    denominators : tuple of str
    lanes : tuple of LaneValue
        `normalized` is the ratio, up to one constant per membrane.
    numerator_nd, denominator_nd : frozenset of LaneKey
        Lanes where that side is not quantifiable (rule ND).
    bounds : mapping of LaneKey to float
        In lanes of the two sets above: the ratio with the limit of quantification in place of the
        value; lanes whose limit nothing tells are missing.
    findings : tuple of Finding
    """

    quantity: str
    numerator: str
    denominators: tuple[str, ...]
    lanes: tuple[LaneValue, ...]
    numerator_nd: frozenset[LaneKey] = frozenset()
    denominator_nd: frozenset[LaneKey] = frozenset()
    bounds: Mapping[LaneKey, float] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    @property
    def words(self) -> str:
        """Return the ratio as it is written, ``p-Akt/Akt``."""
        below = " and ".join(self.denominators)
        named_with_slash = any("/" in target for target in self.targets)
        return (" / " if named_with_slash else "/").join((self.numerator, below))

    @property
    def targets(self) -> tuple[str, ...]:
        """Return every target that takes part."""
        return (self.numerator, *self.denominators)

    def is_value(self, lane: LaneValue) -> bool:
        """Return whether a lane holds a value that inference may use, not a bound."""
        return (
            lane.usable
            and lane.normalized > 0
            and not self.is_saturated(lane)
            and not self.is_nd(lane)
        )

    def is_saturated(self, lane: LaneValue) -> bool:
        """Return whether a detector's ceiling bounds the lane's ratio."""
        return lane.saturated or lane.loading_saturated

    def is_nd(self, lane: LaneValue) -> bool:
        """Return whether a limit of quantification bounds the lane's ratio."""
        return lane.key in self.numerator_nd or lane.key in self.denominator_nd

    def is_bound(self, lane: LaneValue) -> bool:
        """Return whether the lane would count but for its signal."""
        out = {Flag.EXCLUDED, Flag.QC_FAIL, Flag.NOT_MEASURED} & set(lane.flags)
        return not out and (self.is_saturated(lane) or self.is_nd(lane))


def ratio_in_lane(
    samples: Sequence[LaneSample],
    volumes: VolumeTable,
    quantity: str,
    numerator: str,
    denominators: str | Sequence[str],
) -> RatioLanes:
    """Return a target over others that were measured in the same lanes.

    A denominator on another membrane is joined by lysate (`blotflux.analysis.normalization`).
    """
    below = (denominators,) if isinstance(denominators, str) else tuple(denominators)
    normalized = normalize(samples, volumes, numerator, below)
    return RatioLanes(
        quantity=quantity,
        numerator=numerator,
        denominators=below,
        lanes=normalized.lanes,
        numerator_nd=frozenset(lane.key for lane in normalized.lanes if lane.below_loq),
        denominator_nd=undetected(normalized.lanes, volumes, below),
        bounds=bounds_of(normalized.lanes, volumes, below),
        findings=normalized.findings,
    )


def undetected(
    lanes: Sequence[LaneValue], volumes: VolumeTable, targets: Sequence[str]
) -> frozenset[LaneKey]:
    """Return the lanes where any of some targets was measured and is not quantifiable."""
    return frozenset(
        lane.key
        for lane in lanes
        for target in targets
        if (volume := volumes.find(target, lane.key)) is not None
        and math.isfinite(volume.volume)
        and is_below_loq(volume)
    )


def bounds_of(
    lanes: Sequence[LaneValue], volumes: VolumeTable, denominators: Sequence[str]
) -> dict[LaneKey, float]:
    """Return the ratio with limits of quantification in place of values that are below them.

    A limit on both sides bounds nothing, and of several joined denominators the limit of one is
    not the limit of their mean: such lanes have no bound.
    """
    found: dict[LaneKey, float] = {}
    missing = undetected(lanes, volumes, denominators)
    for lane in lanes:
        if lane.below_loq and lane.key not in missing and lane.loq is not None:
            found[lane.key] = max(lane.loq, lane.normalized)
        elif lane.key in missing and not lane.below_loq and len(denominators) == 1:
            limit = denominator_limit(lane, lanes, volumes, denominators[0])
            if limit is not None:
                found[lane.key] = lane.volume / limit
    return {key: value for key, value in found.items() if math.isfinite(value) and value > 0}


def denominator_limit(
    lane: LaneValue, lanes: Sequence[LaneValue], volumes: VolumeTable, denominator: str
) -> float | None:
    """Return the largest normalization factor that an undetected denominator can have."""
    volume = volumes.find(denominator, lane.key)
    limit = loq_of(volume) if volume is not None else None
    if volume is None or limit is None:
        return None
    scale = next(
        (
            other_volume.volume / other.factor
            for other in lanes
            if other.sample.membrane == lane.sample.membrane and other.factor > 0
            if (other_volume := volumes.find(denominator, other.key)) is not None
        ),
        None,
    )
    return None if scale is None else max(limit, volume.volume) / scale


def ratio_across_membranes(
    samples: Sequence[LaneSample],
    volumes: VolumeTable,
    quantity: str,
    numerator: str,
    denominator: str,
    *,
    loading: Sequence[str],
) -> RatioLanes:
    """Return (P/L on one membrane) / (T/L on the other), joined by lysate.

    P/T of two membranes does not cancel loading: each side is divided by its own control first.
    """
    content = [lane for lane in samples if lane.role in CONTENT_ROLES]
    below = normalize(samples, volumes, denominator, tuple(loading))
    by_lysate: dict[str, list[LaneValue]] = {}
    for lane in below.lanes:
        if lane.usable and not lane.below_loq and lane.normalized > 0 and lane.sample.sample:
            by_lysate.setdefault(lane.sample.sample, []).append(lane)
    membranes = volumes.membranes(numerator)
    here = [lane for lane in content if lane.membrane in membranes]
    loaded = lane_factors(content, volumes, tuple(loading), membranes=membranes)
    factors = {
        lane_key(lane): chained(loaded.of_lane[lane_key(lane)], by_lysate.get(lane.sample, []))
        for lane in here
    }
    lanes = normalize_with(here, volumes, numerator, factors)
    return RatioLanes(
        quantity=quantity,
        numerator=numerator,
        denominators=(denominator,),
        lanes=lanes,
        numerator_nd=frozenset(lane.key for lane in lanes if lane.below_loq),
        findings=(*loaded.findings, *below.findings),
    )


def chained(factor: LaneFactor, totals: Sequence[LaneValue]) -> LaneFactor:
    """Return a lane's loading factor times its lysate's total over loading elsewhere."""
    if not totals:
        return LaneFactor(cross_membrane=True, failed_quality=factor.failed_quality)
    mean = math.exp(sum(math.log(total.normalized) for total in totals) / len(totals))
    variance = sum(total.ln_variance for total in totals) / len(totals) ** 2
    return LaneFactor(
        value=factor.value * mean,
        cv=math.hypot(factor.cv, math.sqrt(variance)),
        usable=factor.usable,
        saturated=factor.saturated or any(is_saturated(total) for total in totals),
        cross_membrane=True,
        failed_quality=factor.failed_quality,
    )


def is_saturated(lane: LaneValue) -> bool:
    """Return whether either side of a normalized value is clipped."""
    return lane.saturated or lane.loading_saturated or Flag.SATURATED in lane.flags
