"""Measured pictures get the names of their rows, and their targets the picture to be analyzed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from blotflux.findings import Finding, Severity
from blotflux.integrity import find_copies, screen, with_copies
from blotflux.measure.image_quality import check_image
from blotflux.study.assign import assign_targets
from blotflux.study.convert import volumes_of_picture
from blotflux.study.correcting import corrected_assignment
from blotflux.study.exposures import Candidate, choose_exposures
from blotflux.study.ladders import suggest_ladder, weigh
from blotflux.study.model import MeasuredImage
from blotflux.study.series import check_series
from blotflux.study.slots import renumber_panels, roles_from_sheet

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from blotflux.analysis.records import TargetVolume
    from blotflux.measure.result import Measurement
    from blotflux.study.assign import Assignment
    from blotflux.study.correcting import CorrectedPlane
    from blotflux.study.measuring import Job, Outcome
    from blotflux.study.model import Study
    from blotflux.study.schema import ImageSpec

    Prepare = Callable[[Measurement, Job, Study], Measurement]

__all__ = ["name_and_choose", "prepare_picture", "weigh_picture"]


def prepare_picture(measurement: Measurement, job: Job, study: Study) -> Measurement:
    """Return a measured picture with roles, weights and what is to be said of it by itself."""
    return screen(weigh_picture(measurement, job, study))


def weigh_picture(measurement: Measurement, job: Job, study: Study) -> Measurement:
    """Return the same without the search for what was copied or moved."""
    samples = study.lanes_of(job.spec.membrane)
    return check_image(weigh(roles_from_sheet(measurement, samples), job))


def name_and_choose(
    study: Study,
    jobs: Sequence[Job],
    outcomes: Sequence[Outcome],
    *,
    prepare: Prepare = prepare_picture,
) -> tuple[tuple[MeasuredImage, ...], tuple[TargetVolume, ...], tuple[Finding, ...]]:
    """Return the named pictures, the volumes to analyze, and what was found while choosing.

    Parameters
    ----------
    study : Study
    jobs : sequence of Job
    outcomes : sequence of Outcome
        One for each job.
    prepare : callable
        `prepare_picture`, or what remembers its results.
    """
    images: dict[int, MeasuredImage] = {}
    candidates = []
    for index, numbered in _numbered(outcomes).items():
        spec, corrected = jobs[index].spec, jobs[index].corrected
        samples = study.lanes_of(spec.membrane)
        measurement = prepare(numbered, jobs[index], study)
        assignment = _assign(measurement, spec, corrected)
        volumes = volumes_of_picture(spec, measurement, assignment, samples)
        candidates.append(Candidate(index=index, spec=spec, volumes=volumes))
        named = _of_strip_control(assignment) if spec.strip_control_of else assignment.findings
        found = (*measurement.blot.findings, *measurement.findings, *named)
        images[index] = MeasuredImage(
            spec=spec,
            measurement=measurement,
            targets=assignment.targets,
            findings=tuple(_placed(finding, spec, measurement) for finding in found),
            corrections=corrected.name if corrected is not None else "",
            seconds=outcomes[index].seconds,
        )
    chosen, findings = choose_exposures(candidates, study.samples)
    seconds = {index: time for index, image in images.items() if (time := _exposure_s(image))}
    series = check_series(candidates, seconds, chosen, study.samples)
    taken: list[TargetVolume] = []
    for (membrane, target), index in sorted(chosen.items()):
        of_picture = next(c.volumes for c in candidates if c.index == index)
        taken += [
            replace(volume, exposures=series.counts[membrane, target])
            for volume in of_picture.of(target)
            if volume.membrane == membrane
        ]
        images[index] = replace(images[index], analyzed=images[index].analyzed | {target})
    unnamed = suggest_ladder(images.values())
    marked, copies = _screened_together(tuple(images.values()))
    return marked, tuple(taken), (*findings, *series.findings, *copies, *unnamed)


def _screened_together(
    images: tuple[MeasuredImage, ...],
) -> tuple[tuple[MeasuredImage, ...], tuple[Finding, ...]]:
    """Return the pictures with what two of them share marked, and the findings about it."""
    measurements = [image.measurement for image in images]
    copies = find_copies(measurements)
    marked = with_copies(measurements, copies)
    named = tuple(
        replace(image, measurement=measurement)
        for image, measurement in zip(images, marked, strict=True)
    )
    return named, tuple(copy.finding for copy in copies)


def _exposure_s(image: MeasuredImage) -> float | None:
    """Return a picture's exposure: as the study says, else as its file does."""
    return image.spec.exposure_s or image.measurement.blot.source.exposure_s


def _assign(
    measurement: Measurement, spec: ImageSpec, corrected: CorrectedPlane | None
) -> Assignment:
    """Return the names of the rows: a person's, where one gave them."""
    by_hand = None
    if corrected is not None:
        by_hand = corrected_assignment(measurement, corrected.plane, spec.rows)
    return by_hand or assign_targets(measurement, spec.targets)


def _of_strip_control(assignment: Assignment) -> tuple[Finding, ...]:
    """Return the findings about the rows of a strip control, none of which is a failure.

    Bands that cannot be told there are what good stripping leaves.
    """
    return tuple(
        replace(
            finding,
            severity=Severity.INFO,
            message=f"What stripping left shows fewer bands than were probed: {finding.message}",
        )
        for finding in assignment.findings
    )


def _numbered(outcomes: Sequence[Outcome]) -> dict[int, Measurement]:
    """Return what was measured, by place; regions of one file have panels in reading order."""
    measured = {
        index: outcome.measurement
        for index, outcome in enumerate(outcomes)
        if outcome.measurement is not None
    }
    panels: dict[tuple[str, int, int], int] = {}
    numbered = {}
    for index in sorted(measured, key=lambda index: _corner(measured[index])):
        source = measured[index].blot.source
        key = (source.name, source.channel, source.page)
        offset = panels.get(key, 0)
        numbered[index] = renumber_panels(measured[index], offset)
        panels[key] = max((lane.panel for lane in numbered[index].lanes), default=offset)
    return {index: numbered[index] for index in sorted(numbered)}


def _corner(measurement: Measurement) -> tuple[int, int]:
    left, top, _, _ = measurement.blot.placement.region
    return top, left


def _placed(finding: Finding, spec: ImageSpec, measurement: Measurement) -> Finding:
    """Return a picture's finding with the picture and the membrane in it."""
    source = measurement.blot.source
    return replace(
        finding,
        image=spec.file,
        channel=source.channel,
        page=source.page,
        membrane=spec.membrane,
    )
