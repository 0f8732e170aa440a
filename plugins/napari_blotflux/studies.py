"""A study in the window: its images one after the other, sign-off, and its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psygnal import Signal

from blotflux.errors import BlotError
from napari_blotflux.tasks import Task

if TYPE_CHECKING:
    from pathlib import Path

    from blotflux.editing import Change, StudyImage, StudySession
    from blotflux.study.model import StudyRun
    from napari_blotflux.controller import Controller
    from napari_blotflux.tasks import Progress

__all__ = ["StudyController"]


class StudyController:
    """One study at a time.

    Attributes
    ----------
    listed : Signal
        The list of images or what it says has changed.
    answered : Signal of StudyRun
        The study's answer has changed.
    """

    listed = Signal()
    answered = Signal(object)

    def __init__(self, controller: Controller, progress: Progress) -> None:
        self.controller = controller
        self.progress = progress
        self.study: StudySession | None = None
        self.index: int | None = None
        self._stale = False
        self._answering: Task | None = None
        controller.changed.connect(self._on_change)
        controller.saved.connect(self.listed.emit)

    # ------------------------------------------------------------ opening and measuring

    def open(self, path: Path) -> bool:
        """Open a study and measure its images in a thread; False if it has mistakes."""
        from blotflux.editing import StudySession

        try:
            self.study = StudySession.open(path)
        except BlotError as error:
            self.controller.told.emit(str(error))
            return False
        self.index = None
        self.listed.emit()
        study = self.study
        task = Task(
            "Measuring",
            lambda task: study.measure_all(progress=task.report, cancelled=task.cancelled),
        )
        task.progressed.connect(lambda *_: self.listed.emit())
        task.failed.connect(self.controller.told.emit)
        task.ended.connect(self._on_measured)
        return self.progress.run(task)

    def _on_measured(self) -> None:
        self.listed.emit()
        images = self.images
        if self.index is None and images:
            self.show(images[0].index)
        self.refresh_answer()

    @property
    def images(self) -> tuple[StudyImage, ...]:
        """The images, those that need a look first at the top."""
        return () if self.study is None else self.study.images

    # ------------------------------------------------------------ going through the images

    def show(self, index: int) -> None:
        """Show an image of the study; it is measured first where it was not."""
        study = self.study
        if study is None or index == self.index:
            return
        session = study.session(index)
        if session is not None:
            self.index = index
            self.controller.open(session)
            self.listed.emit()
            return
        task = Task("Measuring", lambda task: study.measure(index))
        task.returned.connect(lambda _: self.show(index))
        task.failed.connect(self.controller.told.emit)
        if not self.progress.run(task):
            self.controller.told.emit("Wait for the running work to end.")

    def step(self, by: int) -> None:
        """Show the next or the previous image of the list."""
        order = [image.index for image in self.images]
        if not order:
            return
        at = order.index(self.index) if self.index in order else -1
        if 0 <= at + by < len(order):
            self.show(order[at + by])
        else:
            self.controller.told.emit("This is the last image of the list." if by > 0 else
                                      "This is the first image of the list.")  # fmt: skip

    def step_to_unsigned(self) -> None:
        """Show the next image that nobody has signed off."""
        order = [image.index for image in self.images]
        at = order.index(self.index) if self.index in order else -1
        left = {image.index for image in self.images if not image.signed_off}
        later = [index for index in order[at + 1 :] + order[: at + 1] if index in left]
        if later:
            self.show(later[0])
        else:
            self.controller.told.emit("Every image is signed off.")

    def apply_lanes(self) -> None:
        """Put the shown image's lanes onto the other images of its membrane."""
        if self.study is None or self.index is None:
            self.controller.told.emit("Open a study to use lanes on a whole membrane.")
            return
        study, index = self.study, self.index
        task = Task("Using the lanes on the membrane", lambda task: study.apply_lanes(index))
        task.returned.connect(self._on_applied)
        task.failed.connect(self.controller.told.emit)
        self.progress.run(task)

    def _on_applied(self, changes: tuple[Change, ...]) -> None:
        self.listed.emit()
        self.refresh_answer()
        count = len(changes)
        self.controller.told.emit(f"Lanes used on {count} other image{'s' if count != 1 else ''}.")

    # ------------------------------------------------------------ the answer

    def _on_change(self, change: Change) -> None:
        del change
        if self.study is not None:
            self.listed.emit()
            self.refresh_answer()

    def refresh_answer(self) -> None:
        """Analyze anew in a thread; edits made meanwhile are taken into account afterwards."""
        study = self.study
        if study is None:
            return
        if self._answering is not None:
            self._stale = True
            return
        self._stale = False
        task = Task("Analyzing", lambda task: study.answer())
        self._answering = task
        task.returned.connect(self._on_answer)
        task.failed.connect(self.controller.told.emit)
        task.ended.connect(self._on_answered)
        task.start()

    def _on_answer(self, run: StudyRun) -> None:
        self.answered.emit(run)

    def _on_answered(self) -> None:
        self._answering = None
        if self._stale:
            self.refresh_answer()

    # ------------------------------------------------------------ keeping

    @property
    def unsaved(self) -> tuple[str, ...]:
        """Names of the images with edits that were not saved."""
        return tuple(image.name for image in self.images if image.dirty)

    def save_all(self) -> bool:
        """Save every image's corrections; False if that failed."""
        if self.study is None:
            return True
        try:
            self.study.save_all()
        except BlotError as error:
            self.controller.told.emit(str(error))
            return False
        self.controller.saved.emit()
        return True

    def close(self) -> None:
        """Let go of the study."""
        if self.study is not None:
            self.study.close()
        self.study, self.index = None, None
