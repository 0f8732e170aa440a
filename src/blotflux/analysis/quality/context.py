"""What the QC rules look at, and how a finding is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from blotflux.analysis.conditions import lane_key
from blotflux.analysis.records import LC3FluxPlan, PhosphoPlan
from blotflux.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from blotflux.analysis.conditions import LaneKey
    from blotflux.analysis.linear_range import LinearRange
    from blotflux.analysis.records import (
        AnalysisPlan,
        AnalysisResult,
        LaneSample,
        TargetVolume,
    )
    from blotflux.analysis.volumes import VolumeTable
    from blotflux.parameters import Parameters

__all__ = ["DEFAULT", "Limits", "Scene", "about", "divisors_of", "loading_of", "targets_of"]

DEFAULT = "project default"
"""What every threshold without a source is called, wherever a user sees it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Two thresholds of a rule; None where the rule has no such severity."""

    warn: float | None = None
    fail: float | None = None

    def severity(self, value: float) -> Severity | None:
        """Return how bad a value above the thresholds is; None below both."""
        if self.fail is not None and value > self.fail:
            return Severity.FAIL
        return Severity.WARN if self.warn is not None and value > self.warn else None

    def crossed(self, severity: Severity) -> float | None:
        """Return the threshold that a severity stands for."""
        return self.fail if severity is Severity.FAIL else self.warn


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A study as the rules see it.

    Attributes
    ----------
    plans : sequence of AnalysisPlan
    samples : sequence of LaneSample
    volumes : VolumeTable
    parameters : Parameters
    ranges : sequence of LinearRange
        Of this study's standards, and those saved by earlier ones.
    results : sequence of AnalysisResult
        Empty for the rules that run before inference.
    """

    plans: Sequence[AnalysisPlan]
    samples: Sequence[LaneSample]
    volumes: VolumeTable
    parameters: Parameters
    ranges: Sequence[LinearRange] = ()
    results: Sequence[AnalysisResult] = field(default=())

    @property
    def of_lane(self) -> Mapping[LaneKey, LaneSample]:
        """Return the sheet by lane."""
        return {lane_key(sample): sample for sample in self.samples}

    def lanes(self, *roles: str) -> tuple[LaneSample, ...]:
        """Return the lanes of some roles, those that the user excluded left out."""
        return tuple(s for s in self.samples if s.role in roles and not s.exclude)

    def analyzed(self) -> tuple[str, ...]:
        """Return every target that some analysis uses, sorted."""
        return tuple(sorted({target for plan in self.plans for target in targets_of(plan)}))

    def in_use(self) -> Iterator[TargetVolume]:
        """Yield the volumes of analyzed targets in lanes with content, by target and lane."""
        content = {lane_key(s) for s in self.lanes("sample", "reference", "standard")}
        for target in self.analyzed():
            for volume in self.volumes.of(target):
                if (volume.membrane, volume.lane) in content:
                    yield volume


def loading_of(plan: AnalysisPlan) -> tuple[str, ...]:
    """Return the loading controls of a plan."""
    if plan.loading is None:
        return ()
    return (plan.loading,) if isinstance(plan.loading, str) else tuple(plan.loading)


def divisors_of(plan: AnalysisPlan) -> tuple[str, ...]:
    """Return the targets that a plan divides by, the loading controls last."""
    total = (plan.total,) if isinstance(plan, PhosphoPlan) else ()
    return (*total, *loading_of(plan))


def targets_of(plan: AnalysisPlan) -> tuple[str, ...]:
    """Return every target that a plan uses, the loading controls last."""
    descriptive = ("LC3-I",) if isinstance(plan, LC3FluxPlan) and plan.target == "LC3-II" else ()
    return (plan.target, *descriptive, *divisors_of(plan))


def about(volume: TargetVolume, severity: Severity, code: str, message: str) -> Finding:
    """Return a finding on one band, its value and threshold still to be filled in."""
    return Finding(
        severity=severity,
        code=code,
        message=message,
        image=volume.image,
        membrane=volume.membrane,
        lane=volume.lane,
        target=volume.target,
    )
