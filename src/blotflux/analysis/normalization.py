"""Lane factors from loading controls, and targets divided by them.

``factor_i = L_i / G`` with G the geometric mean of the loading control L over the membrane's lanes
of role sample and reference that passed QC, and ``normalized_i = V_i / factor_i`` in the unit of
the volume. Only a constant differs from programs that divide by the strongest lane or by a
reference lane; every ratio is the same. Several controls are joined by the geometric mean of their
factors.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from blotflux.analysis.conditions import lane_key
from blotflux.analysis.loading import LaneFactor, lane_factors
from blotflux.analysis.records import NormalizedValue
from blotflux.analysis.volumes import VolumeTable, failed_quality, is_below_loq, loq_of
from blotflux.flags import Flag

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from blotflux.analysis.conditions import LaneKey
    from blotflux.analysis.records import LaneSample, TargetVolume
    from blotflux.findings import Finding

__all__ = ["CONTENT_ROLES", "LaneValue", "Normalized", "cv_gain", "normalize", "normalize_with"]

CONTENT_ROLES = frozenset({"sample", "reference"})
"""Roles of the lanes that are normalized."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneValue:
    """One target in one lane, normalized.

    Attributes
    ----------
    sample : LaneSample
    target : str
    volume, volume_se : float
        counts·px.
    factor : float
        Normalization factor; NaN where the loading control has no usable value.
    normalized, normalized_se : float
        counts·px; NaN where there is none.
    usable : bool
        False where the lane is out of inference whatever the analysis; `flags` says why.
    saturated, loading_saturated : bool
        The value is a bound; each analysis decides what follows.
    below_loq : bool
        Rule ND holds for the target.
    loq : float or None
        Limit of quantification divided by the factor; None if nothing tells it.
    flags : tuple of Flag
    """

    sample: LaneSample
    target: str
    volume: float
    volume_se: float
    factor: float
    normalized: float
    normalized_se: float
    usable: bool
    saturated: bool = False
    loading_saturated: bool = False
    below_loq: bool = False
    loq: float | None = None
    flags: tuple[Flag, ...] = ()

    @property
    def key(self) -> LaneKey:
        """Return membrane and lane number."""
        return lane_key(self.sample)

    @property
    def ln_variance(self) -> float:
        """Return the variance of ln(normalized) by measurement alone; NaN if unknown."""
        return (self.normalized_se / self.normalized) ** 2 if self.normalized > 0 else math.nan

    def raw(self) -> LaneValue:
        """Return the lane as it would be without a loading control."""
        return replace(self, normalized=self.volume, normalized_se=self.volume_se, factor=1.0)

    def record(self, analysis: str, *, used: bool, flags: Iterable[Flag] = ()) -> NormalizedValue:
        """Return the row of ``normalized.csv``."""
        return NormalizedValue(
            analysis=analysis,
            membrane=self.sample.membrane,
            lane=self.sample.lane,
            target=self.target,
            volume=self.volume,
            volume_se=self.volume_se,
            normalization_factor=self.factor,
            normalized=self.normalized,
            normalized_se=self.normalized_se,
            used=used,
            flags=tuple(sorted({*self.flags, *flags})),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Normalized:
    """All lanes of one target, normalized, in the order of membrane and lane."""

    lanes: tuple[LaneValue, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def by_lane(self) -> Mapping[LaneKey, LaneValue]:
        """Return the lanes by membrane and number."""
        return {lane.key: lane for lane in self.lanes}


def normalize(
    samples: Sequence[LaneSample],
    volumes: VolumeTable | Iterable[TargetVolume],
    target: str,
    loading: str | Sequence[str],
) -> Normalized:
    """Return a target divided by its loading control(s), lane by lane.

    Parameters
    ----------
    samples : sequence of LaneSample
        The sheet; lanes of role sample and reference are normalized.
    volumes : VolumeTable or iterable of TargetVolume
    target : str
    loading : str or sequence of str
        ``"total_protein"`` is a target as any other. A control that was run on another membrane
        is joined by `sample`, with ``CROSS_MEMBRANE``.
    """
    table = volumes if isinstance(volumes, VolumeTable) else VolumeTable(volumes)
    controls = (loading,) if isinstance(loading, str) else tuple(loading)
    membranes = table.membranes(target)
    lanes = [lane for lane in in_order(samples) if lane.membrane in membranes]
    factors = lane_factors(in_order(samples), table, controls, membranes=membranes)
    return Normalized(
        lanes=normalize_with(lanes, table, target, factors.of_lane), findings=factors.findings
    )


def in_order(samples: Iterable[LaneSample]) -> list[LaneSample]:
    """Return lanes of role sample and reference, by membrane and number."""
    return sorted((lane for lane in samples if lane.role in CONTENT_ROLES), key=lane_key)


def normalize_with(
    lanes: Iterable[LaneSample],
    volumes: VolumeTable,
    target: str,
    factors: Mapping[LaneKey, LaneFactor],
) -> tuple[LaneValue, ...]:
    """Return a target divided by given factors; lanes without a volume of it are left away."""
    return tuple(
        lane_value(lane, volume, factors.get(lane_key(lane), LaneFactor()))
        for lane in lanes
        if (volume := volumes.find(target, lane_key(lane))) is not None
    )


def lane_value(lane: LaneSample, volume: TargetVolume, factor: LaneFactor) -> LaneValue:
    """Return one lane's normalized value with its doubts.

    The error is that of a product chain: variances of ln add. It is written so that it holds for
    volumes at and below zero as well.
    """
    measured = math.isfinite(volume.volume)
    normalized = volume.volume / factor.value
    limit = loq_of(volume)
    return LaneValue(
        sample=lane,
        target=volume.target,
        volume=volume.volume,
        volume_se=volume.volume_se,
        factor=factor.value,
        normalized=normalized,
        normalized_se=math.hypot(volume.volume_se / factor.value, normalized * factor.cv),
        usable=measured and factor.usable and not lane.exclude and not failed_quality(volume),
        saturated=volume.saturated,
        loading_saturated=factor.saturated,
        below_loq=measured and is_below_loq(volume),
        loq=None if limit is None else limit / factor.value,
        flags=lane_flags(lane, volume, factor),
    )


def lane_flags(lane: LaneSample, volume: TargetVolume, factor: LaneFactor) -> tuple[Flag, ...]:
    """Return every doubt about a lane's normalized value."""
    measured = math.isfinite(volume.volume)
    moved = volume.membrane_measured not in ("", volume.membrane)
    doubts = {
        Flag.EXCLUDED: bool(lane.exclude),
        Flag.NOT_MEASURED: not measured,
        Flag.QC_FAIL: failed_quality(volume) or factor.failed_quality,
        Flag.NO_LOADING_CONTROL: not factor.usable,
        Flag.SATURATED: volume.saturated or factor.saturated,
        Flag.BELOW_LOQ: measured and is_below_loq(volume),
        Flag.CROSS_MEMBRANE: moved or factor.cross_membrane,
    }
    return tuple(flag for flag, holds in doubts.items() if holds)


def cv_gain(raw_ln_sd: float, normalized_ln_sd: float) -> float:
    """Return CV(normalized) / CV(raw) of lanes that should be equal.

    Above 1 the loading control adds more noise than it takes away.

    Parameters
    ----------
    raw_ln_sd, normalized_ln_sd : float
        Residual standard deviations on the ln scale, condition and block removed.
    """

    def cv(sd: float) -> float:
        return math.sqrt(math.expm1(sd * sd))

    return cv(normalized_ln_sd) / cv(raw_ln_sd) if raw_ln_sd > 0 else math.nan
