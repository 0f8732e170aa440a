"""What an LC3 flux analysis starts from, and the names of its results."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from blotflux.analysis.conditions import assign_replicates
from blotflux.analysis.flux.selection import Lanes
from blotflux.analysis.normalization import normalize
from blotflux.analysis.scaling import common_sample

if TYPE_CHECKING:
    from collections.abc import Sequence

    from blotflux.analysis.conditions import Replicates
    from blotflux.analysis.flux.arms import InhibitorGroup
    from blotflux.analysis.normalization import Normalized
    from blotflux.analysis.records import LaneSample, LC3FluxPlan, TargetVolume
    from blotflux.analysis.volumes import VolumeTable
    from blotflux.flags import Flag
    from blotflux.parameters import Parameters

__all__ = ["Inputs", "names_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What all inhibitors of one plan share.

    Attributes
    ----------
    samples : tuple of LaneSample
        The whole sheet, ordered: a loading control may lie on another membrane.
    quality_flags : frozenset of Flag
        Doubts about the whole analysis.
    suggest_replicates : bool
        Inconclusive answers say how many replicates would settle them.
    """

    plan: LC3FluxPlan
    samples: tuple[LaneSample, ...]
    volumes: VolumeTable
    parameters: Parameters
    quality_flags: frozenset[Flag]
    suggest_replicates: bool = True

    @property
    def lanes(self) -> tuple[LaneSample, ...]:
        """Return the lanes of membranes that carry LC3-II; all if none does."""
        membranes = self.volumes.membranes(self.plan.target)
        found = tuple(
            lane
            for lane in self.samples
            if lane.membrane in membranes and (lane.treatment or lane.role != "sample")
        )
        return found or self.samples

    @property
    def loading(self) -> tuple[str, ...]:
        """Return the loading controls."""
        named = self.plan.loading
        return (named,) if isinstance(named, str) else tuple(named)

    @property
    def ratio(self) -> str:
        """Return what is analyzed, as in ``LC3-II/GAPDH``."""
        return f"{self.plan.target}/{' and '.join(self.loading)}"

    def normalized(self, target: str) -> Normalized:
        """Return a target over the loading control(s)."""
        return normalize(self.samples, self.volumes, target, self.plan.loading)

    def replicates(self) -> Replicates:
        """Return the biological replicate of every lane."""
        return assign_replicates(self.lanes)

    def select_from(self, group: InhibitorGroup) -> Lanes:
        """Return the lanes of one inhibitor, normalized, with their conditions and replicates."""
        normalized = self.normalized(self.plan.target)
        replicates = self.replicates()
        return Lanes(
            values=normalized.lanes,
            conditions=group.conditions,
            replicates=replicates.of_lane,
            scales=common_sample(normalized.lanes),
            findings=(*replicates.findings, *normalized.findings),
        )

    def sources(self) -> list[TargetVolume]:
        """Return the volumes of the target and its loading controls."""
        return [
            volume
            for target in (self.plan.target, *self.loading)
            for volume in self.volumes.of(target)
        ]


def names_of(plan: LC3FluxPlan, groups: Sequence[InhibitorGroup]) -> list[str]:
    """Return the analysis' name, with inhibitor and hours where there are several."""
    name = plan.name or f"lc3_flux {plan.target}"
    if len(groups) == 1:
        return [name]
    repeated = Counter(group.inhibitor for group in groups)
    return [
        f"{name} {group.inhibitor}"
        + (f" {group.hours:g} h" if repeated[group.inhibitor] > 1 else "")
        for group in groups
    ]
