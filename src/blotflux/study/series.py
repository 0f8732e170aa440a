"""Series of exposures: over which of them a target's bands grow in proportion to time."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from blotflux.analysis.exposure_series import check_exposures
from blotflux.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from blotflux.analysis.exposure_series import ExposureCheck
    from blotflux.analysis.records import LaneSample, TargetVolume
    from blotflux.study.exposures import Candidate

__all__ = ["ExposureSeries", "check_series"]

FEWEST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureSeries:
    """What the pictures of all exposures say.

    Attributes
    ----------
    counts : mapping of (membrane, target) to int
        Exposures of known, different length; 1 where there is no series.
    findings : tuple of Finding
        ``EXPOSURE_SERIES``: info with the usable exposures, warn where the analyzed one is not
        among them.
    """

    counts: Mapping[tuple[str, str], int]
    findings: tuple[Finding, ...] = ()


def check_series(
    candidates: Sequence[Candidate],
    seconds: Mapping[int, float],
    chosen: Mapping[tuple[str, str], int],
    samples: Sequence[LaneSample],
) -> ExposureSeries:
    """Return the usable exposures of every target that has three or more.

    Parameters
    ----------
    candidates : sequence of Candidate
    seconds : mapping of candidate index to float
        Exposures that are known.
    chosen : mapping of (membrane, target) to candidate index
        Which picture is analyzed.
    samples : sequence of LaneSample
        Lanes of role sample are checked.
    """
    lanes = {
        (sample.membrane, sample.lane)
        for sample in samples
        if sample.role == "sample" and not sample.exclude
    }
    counts: dict[tuple[str, str], int] = {}
    findings: list[Finding] = []
    for (membrane, target), index in sorted(chosen.items()):
        by_time = exposures_of(candidates, seconds, membrane, target)
        counts[membrane, target] = max(1, len(by_time))
        if len(by_time) >= FEWEST:
            checks = tuple(lane_checks(by_time, lanes))
            findings += told(membrane, target, checks, seconds.get(index))
    return ExposureSeries(counts=counts, findings=tuple(findings))


def exposures_of(
    candidates: Sequence[Candidate], seconds: Mapping[int, float], membrane: str, target: str
) -> dict[float, tuple[TargetVolume, ...]]:
    """Return a target's volumes by exposure; of two pictures of one exposure the first counts."""
    found: dict[float, tuple[TargetVolume, ...]] = {}
    for candidate in candidates:
        time = seconds.get(candidate.index)
        volumes = candidate.volumes.of(target)
        if time is not None and candidate.spec.membrane == membrane and volumes:
            found.setdefault(time, volumes)
    return found


def lane_checks(
    by_time: Mapping[float, Sequence[TargetVolume]], lanes: set[tuple[str, int]]
) -> Iterator[tuple[int, ExposureCheck]]:
    """Yield the check of each sample lane whose band is seen in three exposures or more."""
    series: dict[int, list[tuple[float, TargetVolume]]] = defaultdict(list)
    for time, volumes in by_time.items():
        for volume in volumes:
            if (volume.membrane, volume.lane) in lanes and volume.detected:
                series[volume.lane].append((time, volume))
    for lane, points in sorted(series.items()):
        if len(points) >= FEWEST:
            yield (
                lane,
                check_exposures(
                    [time for time, _ in points],
                    [volume.volume for _, volume in points],
                    saturated=[volume.saturated for _, volume in points],
                ),
            )


def told(
    membrane: str,
    target: str,
    checks: Sequence[tuple[int, ExposureCheck]],
    analyzed_s: float | None,
) -> Iterator[Finding]:
    """Yield what is to be said of one target's series."""
    if not checks:
        return
    proven = [check for _, check in checks if check.longest_s is not None]
    out = [
        lane
        for lane, check in checks
        if analyzed_s is not None and check.longest_s is not None and not check.usable(analyzed_s)
    ]
    text = f"'{target}' on membrane '{membrane}': "
    if proven:
        shortest = median(check.shortest_s for check in proven if check.shortest_s is not None)
        longest = median(check.longest_s for check in proven if check.longest_s is not None)
        text += (
            f"the signal is proportional to exposure from {shortest:g} to {longest:g} s in "
            f"{len(proven)} of {len(checks)} lanes (within 10 %, project default)"
        )
    else:
        text += "in no lane is the signal proportional to exposure (within 10 %, project default)"
    if out:
        listed = ", ".join(map(str, out))
        text += f"; the exposure analyzed, {analyzed_s:g} s, is outside that in lanes {listed}"
    yield Finding(
        severity=Severity.WARN if out or not proven else Severity.INFO,
        code="EXPOSURE_SERIES",
        message=f"{text}.",
        membrane=membrane,
        target=target,
        value=analyzed_s,
    )
