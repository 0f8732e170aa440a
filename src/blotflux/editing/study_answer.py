"""What a study gives with its pictures as they are corrected now."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from blotflux.editing.errors import EditError
from blotflux.errors import Mistake, StudyError
from blotflux.study.correcting import CorrectedPlane, with_exclusions
from blotflux.study.jobs import make_jobs
from blotflux.study.measuring import Job, Outcome
from blotflux.study.naming import prepare_picture, weigh_picture
from blotflux.study.run import conclude_study

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from blotflux.editing.session import EditSession
    from blotflux.measure.correcting import Corrected
    from blotflux.measure.result import Measurement
    from blotflux.study.model import Study, StudyRun
    from blotflux.study.naming import Prepare

    State = tuple[CorrectedPlane | None, Outcome]

__all__ = ["Answering", "Pictures"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pictures:
    """The pictures of a study: those that were measured, and why the others were not.

    Attributes
    ----------
    study : Study
    jobs : sequence of Job
        In the order of the study file.
    sessions : mapping of int to EditSession
    failures : mapping of int to str
    """

    study: Study
    jobs: Sequence[Job]
    sessions: Mapping[int, EditSession]
    failures: Mapping[int, str]


class Answering:
    """Answers a study again and again; what of a picture did not change is kept."""

    def __init__(self) -> None:
        self._complete: dict[int, tuple[Corrected, Measurement]] = {}
        self._prepared: dict[Any, tuple[Measurement, Measurement]] = {}

    def states(self, pictures: Pictures, *, complete: bool) -> list[State]:
        """Return what is corrected on each picture, and what was measured.

        Parameters
        ----------
        pictures : Pictures
        complete : bool
            Whether to do all that ``blotflux run`` does: volumes under the other background
            methods, which tell whether an answer depends on them, and the search for copies within
            pictures. Without them estimates are the same, sooner.

        Raises
        ------
        EditError
            If a picture was not measured yet.
        """
        missing = [
            job.spec.file
            for index, job in enumerate(pictures.jobs)
            if index not in pictures.sessions and index not in pictures.failures
        ]
        if missing:
            message = f"{missing[0]} is not measured yet"
            raise EditError(message)
        return [
            self._state(index, pictures, complete=complete) for index in range(len(pictures.jobs))
        ]

    def run(
        self, pictures: Pictures, states: Sequence[State], *, complete: bool, started: float
    ) -> StudyRun:
        """Return what the study gives.

        Parameters
        ----------
        pictures : Pictures
        states : sequence of State
        complete : bool
            As in `states`.
        started : float
            When, by ``time.perf_counter``.

        Raises
        ------
        StudyError
            If a picture contradicts the sheet, as ``blotflux run`` would say.
        """
        mistakes = [
            Mistake(where=session.name, message=session.notice)
            for _, session in sorted(pictures.sessions.items())
            if session.notice and session.source.spec.strip_control_of is None
        ]
        if mistakes:
            raise StudyError(mistakes)
        planes = [plane for plane, _ in states]
        study = with_exclusions(pictures.study, planes)
        jobs = make_jobs(study, planes)
        outcomes = [outcome for _, outcome in states]
        prepare = partial(self._prepare, prepare_picture if complete else weigh_picture)
        return conclude_study(study, jobs, outcomes, started=started, prepare=prepare)

    def _prepare(
        self, prepare: Prepare, measurement: Measurement, job: Job, study: Study
    ) -> Measurement:
        """Return a picture with what is to be said of it; one that did not change is kept."""
        spec = job.spec
        key = (prepare, spec.file, spec.channel, spec.page, spec.region)
        kept = self._prepared.get(key)
        if kept is None or kept[0] is not measurement:
            kept = (measurement, prepare(measurement, job, study))
            self._prepared[key] = kept
        return kept[1]

    def _state(
        self, index: int, pictures: Pictures, *, complete: bool
    ) -> tuple[CorrectedPlane | None, Outcome]:
        """Return what is corrected on a picture, and what was measured."""
        session = pictures.sessions.get(index)
        if session is None:
            return None, Outcome(failure=pictures.failures[index])
        measurement = session.measurement
        if complete:
            kept = self._complete.get(index)
            if kept is None or kept[0] is not session.corrected:
                kept = (session.corrected, session.complete())
                self._complete[index] = kept
            measurement = kept[1]
        if not session.corrections_used:
            return None, Outcome(measurement=measurement)
        plane = CorrectedPlane(name=session.source.sidecar_name(), plane=session.plane)
        return plane, Outcome(measurement=measurement)
