"""The list of QC rules, and what a FAIL of each does.

==================================  ============================================================
code                                what a FAIL does
==================================  ============================================================
D-SAT                               the value is a bound (gate G2 and R9)
D-SNR, D-LOD, D-NEG                 not detected: rule ND
D-GHOST, D-STRIP, D-LIN, R14        the lane's target leaves inference
D-N                                 gates G1 and G1b
D-LC-TRT, D-BGM, D-SAME, D-REP,     a flag on the whole analysis, which is watermarked
D-FILM, D-COMB, D-LC-CV, D-MW
==================================  ============================================================

Nothing is ever taken out of view.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from blotflux.analysis.quality.context import targets_of
from blotflux.analysis.quality.imaging import (
    check_exposure_series,
    check_film,
    check_lc3_assignment,
    check_lc3_resolution,
    check_weight,
)
from blotflux.analysis.quality.linearity import (
    check_combined_range,
    check_linearity,
    check_linearity_supplied,
)
from blotflux.analysis.quality.loading import (
    check_loading_edges,
    check_loading_factors,
    check_loading_membrane,
    check_loading_spread,
    check_loading_treatment,
)
from blotflux.analysis.quality.repeats import check_lane_order, check_replicates, check_technical
from blotflux.analysis.quality.signal import (
    check_detection,
    check_ghost,
    check_negative,
    check_saturation,
    check_snr,
    limits_by_blanks,
)
from blotflux.analysis.quality.stripped import check_strips
from blotflux.findings import Finding, Severity
from blotflux.flags import Flag

if TYPE_CHECKING:
    from blotflux.analysis.quality.context import Scene
    from blotflux.analysis.records import AnalysisResult, TargetVolume

__all__ = ["apply_lane_rules", "check_analyses", "check_lanes", "mark_results"]

Rule = Callable[["Scene"], Iterable[Finding]]

LANE_RULES: tuple[Rule, ...] = (
    check_saturation,
    check_snr,
    check_detection,
    check_negative,
    check_ghost,
    check_strips,
    check_linearity,
    check_lc3_resolution,
    check_lc3_assignment,
    check_film,
    check_exposure_series,
    check_weight,
    check_lane_order,
)
"""Rules that need volumes and the sheet only; they run before inference."""

ANALYSIS_RULES: tuple[Rule, ...] = (
    check_loading_spread,
    check_loading_factors,
    check_loading_treatment,
    check_loading_edges,
    check_loading_membrane,
    check_linearity_supplied,
    check_combined_range,
    check_technical,
    check_replicates,
)
"""Rules on an analysis as a whole; they run after it."""

LEAVES_INFERENCE = frozenset({"D-GHOST", "D-STRIP", "D-LIN", "R14"})

FLAG_OF_CODE = {
    "D-LC-TRT": Flag.LC_AFFECTED,
    "D-COMB": Flag.EXTRAPOLATED,
    "D-LC-CV": Flag.D_LC_CV,
    "D-REP": Flag.D_REP,
    "D-FILM": Flag.D_FILM,
    "D-SAME": Flag.D_SAME,
    "D-MW": Flag.D_MW,
}
"""Flags that a FAIL puts on a whole analysis; D-BGM's comes with the alternative backgrounds."""


def check_lanes(scene: Scene) -> tuple[Finding, ...]:
    """Return the findings of all rules that need volumes and the sheet only."""
    return tuple(finding for rule in LANE_RULES for finding in rule(scene))


def check_analyses(scene: Scene) -> tuple[Finding, ...]:
    """Return the findings of all rules on analyses."""
    return tuple(finding for rule in ANALYSIS_RULES for finding in rule(scene))


def apply_lane_rules(scene: Scene, findings: Iterable[Finding]) -> tuple[TargetVolume, ...]:
    """Return all volumes with the limits by blanks in place, and QC_FAIL where a rule says so."""
    failed = [
        finding
        for finding in findings
        if finding.severity is Severity.FAIL and finding.code in LEAVES_INFERENCE
    ]
    limits = limits_by_blanks(scene)
    found = []
    for target in scene.volumes.targets():
        for volume in scene.volumes.of(target):
            blank = limits.get((volume.target, volume.membrane))
            marked = replace(volume, loq=blank.loq) if blank is not None else volume
            if any(concerns(finding, volume) for finding in failed):
                marked = replace(marked, flags=(*marked.flags, Flag.QC_FAIL))
            found.append(marked)
    return tuple(found)


def concerns(finding: Finding, volume: TargetVolume) -> bool:
    """Return whether a finding is about a volume; without a lane it is about all of a membrane."""
    return (
        finding.target == volume.target
        and finding.membrane == volume.membrane
        and finding.lane in (None, volume.lane)
    )


def mark_results(
    results: Iterable[AnalysisResult], findings: Iterable[Finding]
) -> tuple[AnalysisResult, ...]:
    """Return results with the flags of failed rules on all their rows, and their caveats."""
    failed = [f for f in findings if f.severity is Severity.FAIL and f.code in FLAG_OF_CODE]
    return tuple(mark(result, failed) for result in results)


def mark(result: AnalysisResult, failed: Iterable[Finding]) -> AnalysisResult:
    """Return one result with the flags that concern it."""
    flags = {
        FLAG_OF_CODE[finding.code]
        for finding in failed
        if finding.analysis == result.name
        or (not finding.analysis and finding.target in targets_of(result.plan))
    }
    return with_flags(result, flags) if flags else result


def with_flags(result: AnalysisResult, flags: Iterable[Flag]) -> AnalysisResult:
    """Return a result with some flags added to everything it shows."""
    added = tuple(sorted(set(flags)))

    def more(old: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(sorted({*old, *added}))

    comparisons = {row: replace(row, flags=more(row.flags)) for row in result.comparisons}
    return replace(
        result,
        comparisons=tuple(comparisons[row] for row in result.comparisons),
        normalized=tuple(replace(row, flags=more(row.flags)) for row in result.normalized),
        answers=tuple(
            replace(
                answer,
                headline=comparisons.get(answer.headline, answer.headline),
                caveats=tuple(dict.fromkeys((*answer.caveats, *(flag.meaning for flag in added)))),
            )
            for answer in result.answers
        ),
    )
