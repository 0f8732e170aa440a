"""Which of several pictures of a target the analyses take."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from blotflux.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from blotflux.analysis.records import LaneSample, TargetVolume
    from blotflux.study.convert import PictureVolumes
    from blotflux.study.schema import ImageSpec

__all__ = ["Candidate", "choose_exposures"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A measured picture with its volumes; `index` is its place in the study."""

    index: int
    spec: ImageSpec
    volumes: PictureVolumes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Exposure:
    """One picture of one target, and what speaks for it."""

    candidate: Candidate
    lanes: int
    saturated: int
    snr: float

    @property
    def rank(self) -> tuple[bool, int, int, float, int]:
        """Sorts the best first: chosen by the user, complete, least saturated, clearest."""
        snr = self.snr if np.isfinite(self.snr) else -np.inf
        chosen = self.candidate.spec.use is True
        return (not chosen, -self.lanes, self.saturated, -snr, self.candidate.index)


def choose_exposures(
    candidates: Sequence[Candidate], samples: Sequence[LaneSample]
) -> tuple[dict[tuple[str, str], int], tuple[Finding, ...]]:
    """Return, for each membrane and target, the place of the picture to analyze.

    The one that says ``use = true``; else, of those that show most of the sample lanes, the one
    with the fewest saturated sample lanes of the target, and of these the highest median `snr`.
    A choice between several is a finding, ``EXPOSURE_CHOSEN``.
    """
    lanes = {
        (sample.membrane, sample.lane)
        for sample in samples
        if sample.role == "sample" and not sample.exclude
    }
    exposures: dict[tuple[str, str], list[_Exposure]] = defaultdict(list)
    for candidate in candidates:
        if candidate.spec.use is False:
            continue
        for target in dict.fromkeys(volume.target for volume in candidate.volumes.volumes):
            volumes = candidate.volumes.of(target)
            exposures[candidate.spec.membrane, target].append(_judge(candidate, volumes, lanes))
    chosen, findings = {}, []
    for (membrane, target), several in exposures.items():
        ranked = sorted(several, key=lambda exposure: exposure.rank)
        chosen[membrane, target] = ranked[0].candidate.index
        if len(ranked) > 1:
            findings.append(_chosen(membrane, target, ranked))
    return chosen, tuple(findings)


def _judge(
    candidate: Candidate, volumes: Sequence[TargetVolume], lanes: set[tuple[str, int]]
) -> _Exposure:
    own = [volume for volume in volumes if (volume.membrane, volume.lane) in lanes]
    measured = [volume for volume in own if np.isfinite(volume.volume)]
    return _Exposure(
        candidate=candidate,
        lanes=len(measured),
        saturated=sum(volume.saturated for volume in own),
        snr=float(np.median([volume.snr for volume in measured])) if measured else float("nan"),
    )


def _chosen(membrane: str, target: str, ranked: Sequence[_Exposure]) -> Finding:
    best = ranked[0]
    reason = (
        "the study says use = true"
        if best.candidate.spec.use
        else f"{best.saturated} saturated sample lanes, median snr {best.snr:.3g}"
    )
    others = "; ".join(
        f"{_name(exposure.candidate.spec)} ({exposure.saturated} saturated, "
        f"median snr {exposure.snr:.3g})"
        for exposure in ranked[1:]
    )
    return Finding(
        severity=Severity.INFO,
        code="EXPOSURE_CHOSEN",
        image=best.candidate.spec.file,
        channel=best.candidate.spec.channel,
        page=best.candidate.spec.page,
        membrane=membrane,
        target=target,
        value=best.snr if np.isfinite(best.snr) else None,
        message=f"'{target}' on membrane '{membrane}' is analyzed from "
        f"{_name(best.candidate.spec)} ({reason}); not from {others}.",
    )


def _name(spec: ImageSpec) -> str:
    exposure = f", {spec.exposure_s:g} s" if spec.exposure_s else ""
    return f"{spec.file}{exposure}"
