"""The whole of running a study on one page: measure, name, choose, analyze."""

from __future__ import annotations

import time
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from blotflux.analysis.run import analyze
from blotflux.errors import StudyError
from blotflux.findings import Finding, Severity
from blotflux.study.correcting import with_exclusions
from blotflux.study.jobs import load_planes, make_jobs
from blotflux.study.measuring import measure_pictures
from blotflux.study.model import Failure, StudyRun
from blotflux.study.naming import name_and_choose, prepare_picture
from blotflux.study.provenance import describe_run
from blotflux.study.slots import slot_findings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from blotflux.analysis.records import AnalysisResult, TargetVolume
    from blotflux.study.measuring import Job, Outcome, Progress, Quantifier
    from blotflux.study.model import Study
    from blotflux.study.naming import Prepare

__all__ = ["conclude_study", "run_study"]


def run_study(
    study: Study,
    *,
    workers: int = 1,
    dask: str = "",
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
    dask : str
        Address of a dask scheduler whose workers measure them, or ``local``.
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
    planes = (None,) * len(study.images) if ignore_corrections else load_planes(study)
    study = with_exclusions(study, planes)
    jobs = make_jobs(study, planes, quantifier)
    outcomes = measure_pictures(jobs, workers=workers, dask=dask, progress=progress)
    mistakes = [mistake for outcome in outcomes for mistake in outcome.mistakes]
    if mistakes:
        raise StudyError(mistakes)
    return conclude_study(study, jobs, outcomes, started=started)


def conclude_study(
    study: Study,
    jobs: Sequence[Job],
    outcomes: Sequence[Outcome],
    *,
    started: float,
    prepare: Prepare = prepare_picture,
) -> StudyRun:
    """Return what a study gives once its pictures are measured.

    Parameters
    ----------
    study : Study
        With the lanes excluded that a person excluded on its pictures.
    jobs : sequence of Job
    outcomes : sequence of Outcome
        One for each job; none has a mistake.
    started : float
        When measuring began, by ``time.perf_counter``.
    prepare : callable
        As in `name_and_choose`.
    """
    measured = time.perf_counter()
    failures = tuple(
        Failure(spec=job.spec, message=outcome.failure)
        for job, outcome in zip(jobs, outcomes, strict=True)
        if outcome.failure
    )
    left_out = tuple(dict.fromkeys(failure.spec.membrane for failure in failures))
    images, volumes, chosen = name_and_choose(study, jobs, outcomes, prepare=prepare)
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


def _analyze(
    study: Study, volumes: Sequence[TargetVolume], left_out: Sequence[str]
) -> tuple[AnalysisResult, ...]:
    if not volumes:
        return ()
    samples = [sample for sample in study.samples if sample.membrane not in left_out]
    return analyze(study.analyses, samples, volumes, study.parameters, ranges=study.ranges)


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
    tables = (study.sheet_name, study.volumes_name, study.ranges_name)
    names = [*tables, *(spec.file for spec in study.images)]
    for name in dict.fromkeys(name for name in names if name):
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts:
            yield Finding(
                severity=Severity.INFO,
                code="OUTSIDE_STUDY",
                image=name if name not in tables else "",
                message=f"'{name}' lies outside the study's folder; keep it with the study.",
            )
