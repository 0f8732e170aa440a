"""What is open in a window and has edits to keep: a study, a file, or one picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blotflux.errors import BlotError

if TYPE_CHECKING:
    from blotflux.editing import EditSession
    from napari_blotflux.controller import Controller
    from napari_blotflux.opened import OpenFile, Place
    from napari_blotflux.studies import StudyController

__all__ = ["Kept"]


class Kept:
    """Saves and lets go of what is open, whichever of the three it is.

    Parameters
    ----------
    controller : Controller
        Shows one picture of it.
    studies : StudyController

    Attributes
    ----------
    file : OpenFile or None
        The open file, where it is in no study.
    """

    def __init__(self, controller: Controller, studies: StudyController) -> None:
        self._controller = controller
        self._studies = studies
        self.file: OpenFile | None = None

    def session_of(self, path: str, place: Place) -> EditSession | None:
        """Return the session of a channel and page of a file, if it is open."""
        session = self._controller.session
        if session is not None and str(session.path) == path:
            if (session.channel, session.page) == place:
                return session
            return None if self.file is None else self.file.sessions.get(place)
        return None

    @property
    def unsaved(self) -> tuple[str, ...]:
        """Names of what has edits that were not saved."""
        if self._studies.study is not None:
            return self._studies.unsaved
        if self.file is not None:
            return self.file.unsaved
        session = self._controller.session
        return (session.name,) if session is not None and session.dirty else ()

    def save_all(self) -> bool:
        """Save everything; False if something could not be, and why is told."""
        if self._studies.study is not None:
            return self._studies.save_all()
        if self.file is None:
            return not self.unsaved or self._controller.save() is not None
        try:
            written = self.file.save()
        except BlotError as error:
            self._controller.told.emit(str(error))
            return False
        self._controller.saved.emit()
        if written is not None:
            self._controller.told.emit(f"Saved {written.name}")
        return True

    def release(self) -> None:
        """Let go of what is open, at the end."""
        if self._studies.study is not None:
            self._studies.close()
        elif self.file is not None:
            self.file.close()
        elif self._controller.session is not None:
            self._controller.session.close()
        self.file = None
