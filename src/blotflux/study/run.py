"""The whole of running a study on one page: measure, name, choose, analyze."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from blotflux.analysis.run import analyze
from blotflux.errors import StudyError
from blotflux.findings import Finding, Severity
from blotflux.study.assign import assign_targets
from blotflux.study.convert import volumes_of_picture
from blotflux.study.correcting import corrected_assignment, load_plane, with_exclusions
from blotflux.study.exposures import Candidate, choose_exposures
from blotflux.study.ladders import weigh
from blotflux.study.measuring import Job, measure_pictures
from blotflux.study.model import Failure, MeasuredImage, StudyRun
from blotflux.study.provenance import describe_run
from blotflux.study.series import check_series
from blotflux.study.slots import hints_for, renumber_panels, roles_from_sheet, slot_findings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from blotflux.analysis.records import AnalysisResult, TargetVolume
    from blotflux.errors import Mistake
    from blotflux.measure.result import Measurement
    from blotflux.study.assign import Assignment
    from blotflux.study.correcting import CorrectedPlane
    from blotflux.study.measuring import Outcome, Progress, Quantifier
    from blotflux.study.model import Study
    from blotflux.study.schema import ImageSpec

__all__ = ["run_study"]


def run_study(
    study: Study,
    *,
    workers: int = 1,
    progress: Progress | None = None,
    ignore_corrections: bool = False,
    quantifier: Quantifier | None = None,
) -> StudyRun:
    """Return everything that a study gives.

    Parameters
    ----------
    study : Study
    workers : int
        Processes that measure pictures; the result does not depend on it.
    progress : callable, optional
        Called with (done, total, name) after each picture.
    ignore_corrections : bool
        Whether corrections made by hand are left out.
    quantifier : callable, optional
        Measures a blot: ``quantify(blot, parameters, *, hints)``; by default
        `blotflux.measure.pipeline.quantify`, with the other background methods beside it.

    Raises
    ------
    StudyError
        If a picture contradicts the study (a lane count, a channel): nothing is to be written.
    """
    started = time.perf_counter()
    planes = _no_planes(study) if ignore_corrections else _load_planes(study)
    study = with_exclusions(study, planes)
    specs = tuple(_with_strip_targets(study))
    jobs = _jobs(study, specs, planes, quantifier)
    outcomes = measure_pictures(jobs, workers=workers, progress=progress)
    mistakes = [mistake for outcome in outcomes for mistake in outcome.mistakes]
    if mistakes:
        raise StudyError(mistakes)
    measured = time.perf_counter()

    failures = tuple(
        Failure(spec=spec, message=outcome.failure)
        for spec, outcome in zip(specs, outcomes, strict=True)
        if outcome.failure
    )
    left_out = tuple(dict.fromkeys(failure.spec.membrane for failure in failures))
    images, volumes, chosen = _name_and_choose(study, jobs, outcomes)
    volumes = tuple(v for v in volumes or study.volumes if v.membrane not in left_out)
    results = _analyze(study, volumes, left_out)
    findings = (
        *(_failed(failure) for failure in failures),
        *study.findings,
        *slot_findings(study),
        *_outside(study),
        *(finding for image in images for finding in image.findings),
        *chosen,
        *(finding for result in results for finding in result.findings),
    )
    ended = time.perf_counter()
    return StudyRun(
        study=study,
        images=images,
        volumes=volumes,
        results=results,
        findings=tuple(dict.fromkeys(findings)),
        failures=failures,
        left_out=left_out,
        provenance=describe_run(study, images, failures),
        timings={
            "measuring_s": measured - started,
            "analyzing_s": ended - measured,
            "total_s": ended - started,
        },
    )


# ---------------------------------------------------------------- measuring


def _with_strip_targets(study: Study) -> Iterator[ImageSpec]:
    """Yield the pictures; a strip control shows the rows of the picture that it controls."""
    for spec in study.images:
        if spec.strip_control_of is None or spec.targets:
            yield spec
            continue
        source = next(
            other
            for other in sorted(study.images, key=lambda other: other.membrane != spec.membrane)
            if other.strip_control_of is None and spec.strip_control_of in other.target_names
        )
        yield spec.model_copy(update={"targets": source.targets})


def _no_planes(study: Study) -> tuple[None, ...]:
    return (None,) * len(study.images)


def _load_planes(study: Study) -> tuple[CorrectedPlane | None, ...]:
    """Return what was corrected by hand on each picture; all that cannot be taken is listed."""
    planes: list[CorrectedPlane | None] = []
    mistakes: dict[Mistake, None] = {}
    for spec in study.images:
        try:
            plane = load_plane(
                study.directory,
                spec.file,
                channel=spec.channel,
                page=spec.page,
                study_folder=study.directory,
            )
        except StudyError as error:
            mistakes |= dict.fromkeys(error.mistakes)
            continue
        planes.append(plane)
    if mistakes:
        raise StudyError(mistakes)
    return tuple(planes)


def _jobs(
    study: Study,
    specs: Sequence[ImageSpec],
    planes: Sequence[CorrectedPlane | None],
    quantifier: Quantifier | None,
) -> tuple[Job, ...]:
    return tuple(
        Job(
            directory=study.directory,
            spec=spec,
            hints=hints_for(spec, study.lanes_of(spec.membrane)),
            parameters=study.parameters,
            quantifier=quantifier or default_quantifier(),
            corrected=plane,
        )
        for spec, plane in zip(specs, planes, strict=True)
    )


def default_quantifier() -> Quantifier:
    """Return what measures pictures; loaded only where something is measured."""
    from blotflux.study.quantify import quantify_fully

    return quantify_fully


# ---------------------------------------------------------------- naming and choosing


def _name_and_choose(
    study: Study, jobs: Sequence[Job], outcomes: Sequence[Outcome]
) -> tuple[tuple[MeasuredImage, ...], tuple[TargetVolume, ...], tuple[Finding, ...]]:
    """Return the named pictures, the volumes to analyze, and what was chosen."""
    images: dict[int, MeasuredImage] = {}
    candidates = []
    for index, numbered in _numbered(outcomes).items():
        spec, corrected = jobs[index].spec, jobs[index].corrected
        samples = study.lanes_of(spec.membrane)
        measurement = weigh(roles_from_sheet(numbered, samples), jobs[index])
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
    return tuple(images.values()), tuple(taken), (*findings, *series.findings)


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


# ---------------------------------------------------------------- analyzing


def _analyze(
    study: Study, volumes: Sequence[TargetVolume], left_out: Sequence[str]
) -> tuple[AnalysisResult, ...]:
    if not volumes:
        return ()
    samples = [sample for sample in study.samples if sample.membrane not in left_out]
    return analyze(study.analyses, samples, volumes, study.parameters)


def _failed(failure: Failure) -> Finding:
    """Return the finding that says what is missing because a picture failed."""
    return Finding(
        severity=Severity.FAIL,
        code="IMAGE_FAILED",
        image=failure.spec.file,
        membrane=failure.spec.membrane,
        message=f"{failure.spec.file} could not be read or measured: {failure.message} "
        f"Membrane '{failure.spec.membrane}' is left out of the analyses.",
    )


def _outside(study: Study) -> Iterator[Finding]:
    """Yield the inputs that lie outside the study's folder: read, and said in the report."""
    names = [study.sheet_name, study.volumes_name, *(spec.file for spec in study.images)]
    for name in dict.fromkeys(name for name in names if name):
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts:
            yield Finding(
                severity=Severity.INFO,
                code="OUTSIDE_STUDY",
                image=name if name not in (study.sheet_name, study.volumes_name) else "",
                message=f"'{name}' lies outside the study's folder; keep it with the study.",
            )
