"""Pictures measured one by one, or by several processes with the same result."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from blotflux.engine.limit import SECONDS_PER_PICTURE, time_limit
from blotflux.engine.work import Engine, Work, carry
from blotflux.errors import BlotError, LaneError, Mistake, RecipeError, StudyError
from blotflux.findings import Finding, Severity
from blotflux.measure.noise import estimate_noise
from blotflux.measure.result import Measurement
from blotflux.study.correcting import corrected_lanes, measure_plane, oriented
from blotflux.study.pictures import read_picture
from blotflux.study.slots import require_slots

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from blotflux.blot.model import Blot
    from blotflux.measure.result import LaneHints
    from blotflux.parameters import Parameters
    from blotflux.study.correcting import CorrectedPlane
    from blotflux.study.schema import ImageSpec

    Progress = Callable[[int, int, str], None]
    Quantifier = Callable[..., Measurement]

__all__ = ["Job", "Outcome", "measure_pictures", "prepare_process"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One picture to be measured.

    Attributes
    ----------
    directory : Path
        That file names start from.
    spec : ImageSpec
    hints : LaneHints
    parameters : Parameters
    quantifier : callable
        ``quantify(blot, parameters, *, hints)``, and ``lanes`` where a person set them; a function
        of a module, so that other processes can find it.
    corrected : CorrectedPlane or None
        What a person set on this picture.
    """

    directory: Path
    spec: ImageSpec
    hints: LaneHints
    parameters: Parameters
    quantifier: Quantifier
    corrected: CorrectedPlane | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a picture: measured, failed, or found to contradict the study.

    Attributes
    ----------
    measurement : Measurement or None
    failure : str
        Why it could not be read or measured; the run goes on without its membrane.
    mistakes : tuple of Mistake
        What has to be mended in the study before anything is written.
    seconds : float
    """

    measurement: Measurement | None = None
    failure: str = ""
    mistakes: tuple[Mistake, ...] = ()
    seconds: float = 0.0


def measure_pictures(
    jobs: Sequence[Job], *, workers: int = 1, dask: str = "", progress: Progress | None = None
) -> tuple[Outcome, ...]:
    """Return the outcome of each job, in their order, whatever `workers` and `dask` are.

    Parameters
    ----------
    jobs : sequence of Job
    workers : int
        Processes, at least 1; one means this process itself.
    dask : str
        Address of a dask scheduler, or ``local``; empty: no dask.
    progress : callable, optional
        Called with (done, total, name) after each picture.
    """
    outcomes: dict[int, Outcome] = {}
    for index, outcome in _outcomes(jobs, Engine(workers=min(workers, len(jobs)), dask=dask)):
        outcomes[index] = outcome
        if progress is not None:
            progress(len(outcomes), len(jobs), jobs[index].spec.file)
    return tuple(outcomes[index] for index in range(len(jobs)))


def _outcomes(jobs: Sequence[Job], engine: Engine) -> Iterator[tuple[int, Outcome]]:
    """Yield (place, outcome) as they come."""
    if engine.workers <= 1 and not engine.dask:
        prepare_process()
        yield from ((index, measure(job)) for index, job in enumerate(jobs))
        return
    here = Path.cwd()  # a process of a cluster starts elsewhere
    tasks = iter(
        [(place, replace(job, directory=here / job.directory)) for place, job in enumerate(jobs)]
    )
    for (place, _), outcome in carry(tasks, Work(do=_measure_apart, lost=_lost), engine, _nothing):
        yield place, outcome


def _nothing(steps: int) -> None:
    """Take no notice: a picture is one step."""


def _measure_apart(task: tuple[int, Job], step: Callable[[], None]) -> Outcome:
    """Return what became of a picture; this process ends if it takes too long."""
    prepare_process()
    with Path(os.devnull).open("wb") as nowhere, time_limit(SECONDS_PER_PICTURE, nowhere):
        return measure(task[1])


def _lost(task: tuple[int, Job], times: int) -> Outcome | None:
    """Let a picture be measured again once: its process may have been ended from outside."""
    if times == 1:
        return None
    return Outcome(
        failure=f"measuring it ended its process twice (out of memory, or it took longer than "
        f"{SECONDS_PER_PICTURE:.0f} s?)"
    )


def prepare_process() -> None:
    """Let OpenCV use one thread, here as in every worker, so that sums add up in one order."""
    cv2.setNumThreads(1)


def measure(job: Job) -> Outcome:
    """Return what became of one picture."""
    start = time.perf_counter()
    result: dict[str, Any] = {}
    try:
        result["measurement"] = _measure(job)
    except StudyError as error:
        result["mistakes"] = error.mistakes
    except (LaneError, RecipeError) as error:
        result["mistakes"] = (Mistake(where=job.spec.file, message=_bare(error, job)),)
    except (BlotError, MemoryError, OSError) as error:
        result["failure"] = _bare(error, job)
    return Outcome(seconds=time.perf_counter() - start, **result)


def _measure(job: Job) -> Measurement:
    spec = job.spec if job.corrected is None else oriented(job.spec, job.corrected)
    blot = read_picture(job.directory, spec)
    told: dict[str, Any] = {"hints": job.hints}
    by_hand = None
    if job.corrected is not None:
        by_hand = measure_plane(job.corrected.plane, blot, job.parameters, job.hints)
        lanes = corrected_lanes(job.corrected.plane, blot, job.hints)
        told |= {} if lanes is None else {"lanes": lanes}
    try:
        measurement = by_hand or job.quantifier(blot, job.parameters, **told)
        if measurement.lanes:
            require_slots(measurement, job.hints, expected=f"membrane '{spec.membrane}' has")
    except LaneError as error:
        if spec.strip_control_of is None:
            raise
        return _faint(blot, str(error))
    return measurement


def _faint(blot: Blot, reason: str) -> Measurement:
    """Return a picture on which so little is left that its lanes cannot be told."""
    return Measurement(
        blot=blot,
        lanes=(),
        bands=(),
        noise=estimate_noise(blot),
        background=np.full(blot.shape, np.median(blot.signal), np.float32),
        findings=(
            Finding(
                severity=Severity.WARN,
                code="STRIP_NOT_READ",
                message=f"What stripping left cannot be measured lane by lane: {reason}",
            ),
        ),
    )


def _bare(error: Exception, job: Job) -> str:
    """Return the error's message in one line, without the picture's name at its beginning."""
    message = " ".join(str(error).split()) or type(error).__name__
    return message.removeprefix(f"{job.spec.file}: ")
