"""A study while somebody looks through its pictures."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

from blotflux.editing.actions import SetLanes
from blotflux.editing.errors import EditError
from blotflux.editing.need import need_of
from blotflux.editing.session import EditSession
from blotflux.editing.source import Source
from blotflux.errors import BlotError, Mistake, StudyError
from blotflux.report.tables import study_tables
from blotflux.study.correcting import CorrectedPlane, with_exclusions
from blotflux.study.jobs import make_jobs
from blotflux.study.ladders import weigh
from blotflux.study.measuring import Job, Outcome, prepare_process
from blotflux.study.naming import prepare_picture, weigh_picture
from blotflux.study.reading import read_study
from blotflux.study.run import conclude_study

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from blotflux.blot import Lane
    from blotflux.editing.change import Change
    from blotflux.editing.source import Changed
    from blotflux.measure.correcting import Corrected
    from blotflux.measure.result import Measurement
    from blotflux.study.corrections import SignOff
    from blotflux.study.model import Study, StudyRun
    from blotflux.study.naming import Prepare
    from blotflux.study.schema import ImageSpec

    Progress = Callable[[int, int, str], None]

__all__ = ["StudyImage", "StudySession"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyImage:
    """One picture of a study, as the list shows it.

    Attributes
    ----------
    index : int
        Its place in the study file.
    spec : ImageSpec
    measured : bool
    need : float
        How much it needs a look: 0 not at all, more is more; 0 before it is measured.
    reasons : tuple of str
        Why, the worst first.
    signed_off : SignOff or None
    dirty : bool
        Whether it has edits that are not saved.
    failure : str
        Why it could not be opened; empty if it could.
    """

    index: int
    spec: ImageSpec
    measured: bool
    need: float = 0.0
    reasons: tuple[str, ...] = ()
    signed_off: SignOff | None = None
    dirty: bool = False
    failure: str = ""

    @property
    def name(self) -> str:
        """The file, as the study names it."""
        return self.spec.file

    @property
    def membrane(self) -> str:
        """The membrane."""
        return self.spec.membrane

    @property
    def targets(self) -> tuple[str, ...]:
        """The rows that the study names."""
        return self.spec.rows


class StudySession:
    """The pictures of a study, each opened for correction when it is first asked for.

    Parameters
    ----------
    study : Study
    changed : {"refuse", "discard", "keep"}
        What becomes of corrections of another version of a picture.
    """

    def __init__(self, study: Study, *, changed: Changed = "refuse") -> None:
        self.study = study
        self._changed: Changed = changed
        self._jobs = make_jobs(study, (None,) * len(study.images))
        self._sessions: dict[int, EditSession] = {}
        self._failures: dict[int, str] = {}
        self._needs: dict[int, tuple[Corrected, float, tuple[str, ...]]] = {}
        self._complete: dict[int, tuple[Corrected, Measurement]] = {}
        self._prepared: dict[Any, tuple[Measurement, Measurement]] = {}
        # One at a time: a window measures pictures in threads.
        self._lock = RLock()

    @classmethod
    def open(cls, path: Path | str, *, changed: Changed = "refuse") -> StudySession:
        """Return a session of a study file; nothing is measured yet.

        Raises
        ------
        StudyError
            If the study has mistakes.
        """
        return cls(read_study(Path(path)), changed=changed)

    # ------------------------------------------------------------ its pictures

    def session(self, index: int) -> EditSession | None:
        """Return a picture's session, if it was measured."""
        return self._sessions.get(index)

    def measure(self, index: int) -> EditSession:
        """Return a picture's session; the first time, the picture is measured.

        Raises
        ------
        BlotError
            If it cannot be opened; the reason is in its `StudyImage` too.
        """
        with self._lock:
            if index not in self._sessions:
                prepare_process()
                try:
                    made = EditSession(self._source(index), changed=self._changed)
                except (BlotError, OSError, MemoryError) as error:
                    self._failures[index] = " ".join(str(error).split())
                    raise
                self._failures.pop(index, None)
                self._sessions[index] = made
            return self._sessions[index]

    def measure_all(
        self,
        progress: Progress | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> bool:
        """Measure every picture; return whether all of them were, or tried.

        Parameters
        ----------
        progress : callable, optional
            Called with (done, total, name) after each picture.
        cancelled : callable, optional
            Asked before each picture whether to stop.
        """
        for index, job in enumerate(self._jobs):
            if cancelled is not None and cancelled():
                return False
            with suppress(BlotError, OSError, MemoryError):  # its reason is in the list of pictures
                self.measure(index)
            if progress is not None:
                progress(index + 1, len(self._jobs), job.spec.file)
        return True

    def _source(self, index: int) -> Source:
        job = self._jobs[index]
        return Source(
            file=job.directory / job.spec.file,
            directory=job.directory,
            spec=job.spec,
            hints=job.hints,
            parameters=job.parameters,
            samples=self.study.lanes_of(job.spec.membrane),
            study_folder=self.study.directory,
            weigh=_weighing(job),
        )

    @property
    def images(self) -> tuple[StudyImage, ...]:
        """The pictures, those that need a look the most first; signed off ones last."""
        listed = [self._image(index) for index in range(len(self._jobs))]
        return tuple(
            sorted(
                listed,
                key=lambda image: (image.signed_off is not None, -image.need, image.index),
            )
        )

    def order(self) -> tuple[int, ...]:
        """Return the places of `images`."""
        return tuple(image.index for image in self.images)

    def progress(self) -> tuple[int, int]:
        """Return how many pictures are signed off, and how many there are."""
        signed = [own for own in self._sessions.values() if own.signed_off is not None]
        return len(signed), len(self._jobs)

    def _image(self, index: int) -> StudyImage:
        spec, failure = self.study.images[index], self._failures.get(index, "")
        session = self._sessions.get(index)
        if session is None:
            reasons: tuple[str, ...] = (failure,) if failure else ()
            return StudyImage(
                index=index,
                spec=spec,
                measured=False,
                failure=failure,
                need=100.0 if failure else 0.0,
                reasons=reasons,
            )
        need, why = self._need(index, session)
        return StudyImage(
            index=index,
            spec=spec,
            measured=True,
            need=need,
            reasons=why,
            signed_off=session.signed_off,
            dirty=session.dirty,
        )

    def _need(self, index: int, session: EditSession) -> tuple[float, tuple[str, ...]]:
        kept = self._needs.get(index)
        if kept is None or kept[0] is not session.corrected:
            kept = (session.corrected, *need_of(session))
            self._needs[index] = kept
        return kept[1:]

    # ------------------------------------------------------------ lanes of a membrane

    def apply_lanes(self, index: int) -> tuple[Change, ...]:
        """Put a picture's lanes onto every other measured picture of its membrane.

        Lanes go by their numbers and their share of the picture's width and height; each picture
        has one action to undo.

        Raises
        ------
        EditError
            If the picture was not measured, or there is no other of its membrane.
        """
        with self._lock:
            own = self._sessions.get(index)
            if own is None:
                message = "this picture is not measured yet"
                raise EditError(message)
            spec = self.study.images[index]
            others = [
                session
                for place, session in sorted(self._sessions.items())
                if place != index and self.study.images[place].membrane == spec.membrane
            ]
            if not others:
                message = f"membrane '{spec.membrane}' has no other measured picture"
                raise EditError(message)
            return tuple(
                other.apply(SetLanes(_scaled(own.measurement, other.measurement)))
                for other in others
            )

    # ------------------------------------------------------------ its answer

    def answer(self, *, complete: bool = False) -> StudyRun:
        """Return what the study gives with the pictures as they are now; none is measured again.

        Parameters
        ----------
        complete : bool
            Whether to do all that ``blotflux run`` does: volumes under the other background
            methods, which tell whether an answer depends on them, and the search for copies within
            pictures. Without them estimates are the same, sooner.

        Raises
        ------
        EditError
            If a picture was not measured yet.
        StudyError
            If a picture contradicts the sheet, as ``blotflux run`` would say.
        """
        started = time.perf_counter()
        with self._lock:
            missing = [
                job.spec.file
                for index, job in enumerate(self._jobs)
                if index not in self._sessions and index not in self._failures
            ]
            if missing:
                message = f"{missing[0]} is not measured yet"
                raise EditError(message)
            states = [self._state(index, complete=complete) for index in range(len(self._jobs))]
        mistakes = [
            Mistake(where=session.name, message=session.notice)
            for _, session in sorted(self._sessions.items())
            if session.notice and session.source.spec.strip_control_of is None
        ]
        if mistakes:
            raise StudyError(mistakes)
        planes = [plane for plane, _ in states]
        study = with_exclusions(self.study, planes)
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

    def answer_tables(self, *, complete: bool = False) -> dict[str, pd.DataFrame]:
        """Return the tables of `answer`."""
        return study_tables(self.answer(complete=complete))

    def _state(self, index: int, *, complete: bool) -> tuple[CorrectedPlane | None, Outcome]:
        """Return what is corrected on a picture, and what was measured."""
        session = self._sessions.get(index)
        if session is None:
            return None, Outcome(failure=self._failures[index])
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

    # ------------------------------------------------------------ keeping

    @property
    def dirty(self) -> bool:
        """Whether a picture has edits that are not saved."""
        return any(session.dirty for session in self._sessions.values())

    def save_all(self, who: str = "") -> tuple[Path, ...]:
        """Save every picture that has edits; return their files.

        Raises
        ------
        OutputError
            If one cannot be written; those before it are.
        """
        with self._lock:
            return tuple(
                session.save(who) for _, session in sorted(self._sessions.items()) if session.dirty
            )

    def close(self, *, keep_recovery: bool = False) -> None:
        """End all sessions."""
        for session in self._sessions.values():
            session.close(keep_recovery=keep_recovery)


def _weighing(job: Job) -> Callable[[Measurement], Measurement] | None:
    """Return what puts weights on a picture's bands, by a ladder that it shows itself."""
    if job.spec.ladder is None or job.spec.ladder_image is not None:
        return None
    return lambda measurement: weigh(measurement, job)


def _scaled(source: Measurement, goal: Measurement) -> tuple[Lane, ...]:
    """Return the lanes of one picture as they lie in another: by shares of its size."""
    rows, columns = source.blot.shape
    high, wide = goal.blot.shape[0] / rows, goal.blot.shape[1] / columns
    panels: Sequence[int] = sorted({lane.panel for lane in goal.lanes}) or [1]
    return tuple(
        replace(
            lane,
            panel=panel,
            track_x_px=tuple((x + 0.5) * wide - 0.5 for x in lane.track_x_px),
            track_y_px=tuple((y + 0.5) * high - 0.5 for y in lane.track_y_px),
            width_px=lane.width_px * wide,
        )
        for panel in panels
        for lane in source.lanes
        if lane.panel == min(own.panel for own in source.lanes)
    )
