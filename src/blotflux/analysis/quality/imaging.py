"""Rules on how bands were imaged: D-FILM, D-ECL, D-LC3RES, D-MW, D-XTALK."""

from __future__ import annotations

from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING

from blotflux.analysis.quality.context import DEFAULT, Limits, about
from blotflux.analysis.refusals import untold
from blotflux.findings import Finding, Severity
from blotflux.targets import find_target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blotflux.analysis.quality.context import Scene
    from blotflux.analysis.records import TargetVolume

__all__ = [
    "check_exposure_series",
    "check_film",
    "check_lc3_assignment",
    "check_lc3_resolution",
    "check_weight",
]

FILM_RANGE = 10.0
ENOUGH_EXPOSURES = 3
LC3_VALLEY = 0.5
WEIGHT = Limits(warn=0.12, fail=0.25)
LC3_I, LC3_II = "LC3-I", "LC3-II"


def by_membrane(scene: Scene, detection: str) -> dict[tuple[str, str], list[TargetVolume]]:
    """Return the volumes of one kind of detection by target and membrane."""
    found: dict[tuple[str, str], list[TargetVolume]] = {}
    for volume in scene.in_use():
        if volume.detection == detection:
            found.setdefault((volume.target, volume.membrane), []).append(volume)
    return found


def check_film(scene: Scene) -> Iterator[Finding]:
    """D-FILM: film is linear over 4 to 10 fold; bands further apart are not comparable."""
    for (target, membrane), volumes in by_membrane(scene, "film").items():
        values = [v.volume for v in volumes if v.detected and v.volume > 0]
        spread = max(values) / min(values) if values else 1.0
        failed = spread > FILM_RANGE
        text = "Film: linear range about 4–10 fold"
        yield Finding(
            severity=Severity.FAIL if failed else Severity.WARN,
            code="D-FILM",
            message=f"{text}; bands of {target} span {spread:.3g}-fold.",
            membrane=membrane,
            target=target,
            value=spread,
            threshold=FILM_RANGE,
        )


def check_exposure_series(scene: Scene) -> Iterator[Finding]:
    """D-ECL: chemiluminescence without a series of exposures proves no proportionality."""
    single = sorted(
        {
            target
            for (target, _), volumes in by_membrane(scene, "ecl").items()
            if max(volume.exposures for volume in volumes) < ENOUGH_EXPOSURES
        }
    )
    if single:
        yield Finding(
            severity=Severity.WARN,
            code="D-ECL",
            message=(
                f"Chemiluminescence without a series of three exposures does not show that the "
                f"signal is proportional: {', '.join(single)}."
            ),
            target=single[0] if len(single) == 1 else "",
        )


def check_lc3_resolution(scene: Scene) -> Iterator[Finding]:
    """D-LC3RES: LC3-I and LC3-II that run into each other, lane by lane."""
    for volume in scene.in_use():
        if volume.target not in (LC3_I, LC3_II) or not volume.detected:
            continue
        if volume.valley is not None and volume.valley > LC3_VALLEY:
            text = (
                f"LC3-I and LC3-II overlap: the valley is {volume.valley:.2g} of the smaller peak "
                f"(limit {LC3_VALLEY:g}, {DEFAULT}); the joint fit separates them."
            )
            found = about(volume, Severity.WARN, "D-LC3RES", text)
            yield replace(found, value=volume.valley, threshold=LC3_VALLEY)


def check_lc3_assignment(scene: Scene) -> Iterator[Finding]:
    """R14: a membrane on which no lane shows both LC3 bands, so that neither can be named."""
    one, two = (detected_lanes(scene, target) for target in (LC3_I, LC3_II))
    for membrane in sorted(set(one) & set(two)):
        if not one[membrane] & two[membrane]:
            yield Finding(
                severity=Severity.FAIL,
                code="R14",
                message=untold(membrane),
                membrane=membrane,
                target=LC3_II,
                used_in_label=True,
            )


def detected_lanes(scene: Scene, target: str) -> dict[str, set[int]]:
    """Return the lanes of each measured membrane where a target was detected.

    Membranes whose volumes come from elsewhere, or whose rows a person named, are left out.
    """
    found: dict[str, set[int]] = {}
    for volume in scene.volumes.of(target):
        if volume.image and not volume.named_by_hand:
            lanes = found.setdefault(volume.membrane, set())
            lanes |= {volume.lane} if volume.detected else set()
    return found


def check_weight(scene: Scene) -> Iterator[Finding]:
    """D-MW: a target that runs far from where it should.

    LC3 is told by the order of its bands and not by weight.
    """
    groups: dict[tuple[str, str, str], list[TargetVolume]] = {}
    for volume in scene.in_use():
        if volume.molecular_weight_kda is not None and volume.target not in (LC3_I, LC3_II):
            key = (volume.target, volume.membrane, volume.image)
            groups.setdefault(key, []).append(volume)
    for (target, membrane, image), volumes in sorted(groups.items()):
        observed = median(v.molecular_weight_kda for v in volumes if v.molecular_weight_kda)
        away = deviation(target, volumes[0].expected_kda, observed)
        severity = None if away is None else WEIGHT.severity(away)
        if severity is not None and away is not None:
            limit = WEIGHT.crossed(severity) or 0.0
            yield Finding(
                severity=severity,
                code="D-MW",
                message=(
                    f"{target} runs at {observed:.3g} kDa, {100 * away:.3g} % from where it "
                    f"should (limit {100 * limit:g} %, {DEFAULT})."
                ),
                image=image,
                membrane=membrane,
                target=target,
                value=away,
                threshold=limit,
            )


def deviation(target: str, expected_kda: float | None, observed_kda: float) -> float | None:
    """Return how far a weight is from the expected one, as a fraction; None if none is known."""
    if expected_kda is not None:
        return abs(observed_kda / expected_kda - 1.0)
    entry = find_target(target)
    return None if entry is None else entry.deviation(observed_kda)
