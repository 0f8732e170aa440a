"""The same answers from other volumes: other backgrounds (D-BGM), and lanes that were excluded."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from blotflux.analysis.quality.context import DEFAULT
from blotflux.analysis.quality.rules import with_flags
from blotflux.findings import Finding, Severity
from blotflux.flags import Flag

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from blotflux.analysis.records import (
        AnalysisResult,
        Comparison,
        LaneSample,
        TargetVolume,
    )
    from blotflux.parameters import Parameters

    Rerun = Callable[[Sequence[LaneSample], Sequence[TargetVolume]], tuple[AnalysisResult, ...]]

__all__ = ["with_backgrounds", "with_excluded_lanes"]

MOST_CHANGE = 0.15
"""Change of a headline estimate by the background above which it is said (project default)."""


def with_backgrounds(
    results: Sequence[AnalysisResult],
    samples: Sequence[LaneSample],
    volumes: Sequence[TargetVolume],
    parameters: Parameters,
    rerun: Rerun,
) -> tuple[AnalysisResult, ...]:
    """Return results with every headline recomputed under each other background method.

    Where the label or the significance changes, the result is BACKGROUND_SENSITIVE (a FAIL of
    D-BGM); where the estimate changes by more than 15 % it is warned of.
    """
    found = tuple(results)
    units = {(lane.treatment, lane.dose): lane.dose_unit for lane in samples if lane.dose}
    for method in sorted({method for volume in volumes for method in volume.alternatives}):
        other = rerun(samples, [under(volume, method) for volume in volumes])
        found = tuple(
            compared(result, again, f"background {method}", parameters, units=units)
            for result, again in zip(found, other, strict=True)
        )
    return found


def under(volume: TargetVolume, method: str) -> TargetVolume:
    """Return a volume as another background method gives it; as it is where that is unknown."""
    return replace(volume, volume=volume.alternatives.get(method, volume.volume))


def compared(
    result: AnalysisResult,
    again: AnalysisResult,
    name: str,
    parameters: Parameters,
    *,
    units: Mapping[tuple[str, str], str],
) -> AnalysisResult:
    """Return a result with another's headlines as sensitivity, and what differs as findings."""
    pairs = tuple(headline_pairs(result, again))
    findings = tuple(
        finding
        for row, other in pairs
        for finding in differences(row, other, f"{words_of(row, units)}: with {name}", parameters)
    )
    sensitive = any(finding.severity is Severity.FAIL for finding in findings)
    marked = with_flags(result, {Flag.BACKGROUND_SENSITIVE}) if sensitive else result
    return replace(
        marked,
        sensitivity=(*result.sensitivity, *(variant(other, name) for _, other in pairs)),
        findings=(*result.findings, *findings),
    )


def headline_pairs(
    result: AnalysisResult, again: AnalysisResult
) -> Iterator[tuple[Comparison, Comparison]]:
    """Yield each headline with the same one of another result."""
    others = {place(answer.headline): answer.headline for answer in again.answers}
    for answer in result.answers:
        other = others.get(place(answer.headline))
        if other is not None:
            yield answer.headline, other


def place(row: Comparison) -> tuple[object, ...]:
    """Return what tells one headline of an analysis from another."""
    return row.quantity, row.treatment, row.dose, row.time_h, row.inhibitor


def variant(row: Comparison, name: str) -> Comparison:
    """Return a row that says what it was computed with."""
    return replace(row, method=f"{row.method}; {name}" if row.method else name)


def words_of(row: Comparison, units: Mapping[tuple[str, str], str]) -> str:
    """Return treatment, dose with unit, and time of a row."""
    unit = units.get((row.treatment, row.dose), "")
    text = " ".join(part for part in (row.treatment, row.dose, unit) if part)
    return text if row.time_h is None else f"{text}, {row.time_h:g} h"


def differences(
    row: Comparison, other: Comparison, what: str, parameters: Parameters
) -> Iterator[Finding]:
    """Yield D-BGM where a headline changes with the background."""
    label = row.label != other.label
    if label or is_significant(row, parameters) != is_significant(other, parameters):
        how = f"from {row.label} to {other.label}" if label else "in its significance"
        yield bgm(row, Severity.FAIL, f"{what} the answer changes {how}.", None)
    if row.estimate and other.estimate is not None:
        change = abs(other.estimate / row.estimate - 1.0)
        if change > MOST_CHANGE:
            text = (
                f"{what} the estimate changes by {100 * change:.3g} % (limit "
                f"{100 * MOST_CHANGE:g} %, {DEFAULT})."
            )
            yield bgm(row, Severity.WARN, text, change)


def is_significant(row: Comparison, parameters: Parameters) -> bool | None:
    """Return whether a row's p value is below alpha; None where there is none."""
    return None if row.p_value is None else row.p_value < parameters.alpha


def bgm(row: Comparison, severity: Severity, message: str, value: float | None) -> Finding:
    """Return a finding of D-BGM."""
    return Finding(
        severity=severity,
        code="D-BGM",
        message=message,
        analysis=row.analysis,
        value=value,
        threshold=None if value is None else MOST_CHANGE,
    )


def with_excluded_lanes(
    results: Sequence[AnalysisResult],
    samples: Sequence[LaneSample],
    volumes: Sequence[TargetVolume],
    rerun: Rerun,
) -> tuple[AnalysisResult, ...]:
    """Return results with every headline as it would be with the lanes that the user excluded.

    LC3 flux says this itself, because there a lane decides on its whole replicate.
    """
    if not any(sample.exclude and sample.role == "sample" for sample in samples):
        return tuple(results)
    other = rerun([replace(sample, exclude="") for sample in samples], volumes)
    return tuple(
        result
        if result.plan.kind == "lc3_flux"
        else replace(result, sensitivity=(*result.sensitivity, *included(result, again)))
        for result, again in zip(results, other, strict=True)
    )


def included(result: AnalysisResult, again: AnalysisResult) -> Iterable[Comparison]:
    """Return another result's headlines as rows that say that excluded lanes are in."""
    return tuple(
        variant(other, "with the lanes that the user excluded")
        for _, other in headline_pairs(result, again)
    )
