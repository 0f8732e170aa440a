"""A study while somebody looks through its pictures."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING

from blotflux.editing.actions import SetLanes
from blotflux.editing.errors import EditError
from blotflux.editing.session import EditSession
from blotflux.editing.source import Source
from blotflux.editing.study_answer import Answering, Pictures
from blotflux.editing.study_images import Needs, StudyImage
from blotflux.errors import BlotError
from blotflux.report.tables import study_tables
from blotflux.study.jobs import make_jobs
from blotflux.study.ladders import weigh
from blotflux.study.measuring import Job, prepare_process
from blotflux.study.reading import read_study

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from blotflux.blot import Lane
    from blotflux.editing.change import Change
    from blotflux.editing.source import Changed
    from blotflux.measure.result import Measurement
    from blotflux.study.model import Study, StudyRun

    Progress = Callable[[int, int, str], None]

__all__ = ["StudyImage", "StudySession"]


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
        self._needs = Needs()
        self._answering = Answering()
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
        listed = [
            self._needs.image(index, spec, self._sessions.get(index), self._failures.get(index, ""))
            for index, spec in enumerate(self.study.images)
        ]
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
            Whether to do all that ``blotflux run`` does; see `Answering.states`.

        Raises
        ------
        EditError
            If a picture was not measured yet.
        StudyError
            If a picture contradicts the sheet, as ``blotflux run`` would say.
        """
        started = time.perf_counter()
        with self._lock:
            pictures = Pictures(
                study=self.study,
                jobs=self._jobs,
                sessions=dict(self._sessions),
                failures=dict(self._failures),
            )
            states = self._answering.states(pictures, complete=complete)
        return self._answering.run(pictures, states, complete=complete, started=started)

    def answer_tables(self, *, complete: bool = False) -> dict[str, pd.DataFrame]:
        """Return the tables of `answer`."""
        return study_tables(self.answer(complete=complete))

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
