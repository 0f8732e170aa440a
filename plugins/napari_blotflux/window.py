"""One napari window with blotflux in it: what is open, its docks, its menu, its end."""

from __future__ import annotations

import weakref
from functools import partial
from typing import TYPE_CHECKING, Any

from napari.utils.notifications import show_info
from psygnal import Signal
from qtpy.QtCore import QTimer

from blotflux.editing import ImageChangedError, actions, planes_of
from napari_blotflux.canvas import Canvas
from napari_blotflux.controller import Controller
from napari_blotflux.docks.placing import Docks
from napari_blotflux.kept import Kept
from napari_blotflux.menu import KEYS, BlotMenu
from napari_blotflux.opened import OpenFile, title_of
from napari_blotflux.questions import CloseGuard, ask_changed, may_leave, offer_recovery
from napari_blotflux.studies import StudyController
from napari_blotflux.tasks import Progress, Task

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from napari.layers import Layer
    from napari.viewer import Viewer
    from qtpy.QtWidgets import QMainWindow, QWidget

    from blotflux.editing import EditSession
    from blotflux.editing.source import Changed
    from napari_blotflux.docks.table import BandTable
    from napari_blotflux.opened import Place

__all__ = ["PLUGIN", "BlotWindow", "window_of"]

PLUGIN = "blotflux"

_WINDOWS: dict[int, BlotWindow] = {}


def window_of(viewer: Viewer) -> BlotWindow:
    """Return the blotflux of a viewer; it is made where there is none yet."""
    # Widgets are given a proxy, which is another object each time and lives no longer than they do.
    viewer = getattr(viewer, "__wrapped__", viewer)
    found = _WINDOWS.get(id(viewer))
    if found is None or found.viewer is not viewer:
        found = BlotWindow(viewer)
        _WINDOWS[id(viewer)] = found
        weakref.finalize(viewer, _WINDOWS.pop, id(viewer), None)
    return found


class BlotWindow:
    """Joins controller, canvas, docks and menu.

    Parameters
    ----------
    viewer : napari.Viewer
    """

    folder_given = Signal(object)

    def __init__(self, viewer: Viewer) -> None:
        self._viewer = weakref.ref(viewer)
        self.controller = Controller()
        self.canvas = Canvas(viewer, self.controller)
        self.progress = Progress()
        self.studies = StudyController(self.controller, self.progress)
        self.kept = Kept(self.controller, self.studies)
        self.menu: BlotMenu | None = None
        self.table: BandTable | None = None
        self._docks = Docks(PLUGIN, self._settle)
        self._guard: CloseGuard | None = None
        self._commands: dict[str, Callable[[], object]] = {
            "add_lane": partial(self.canvas.pointer.add_here, "lane"),
            "add_band": partial(self.canvas.pointer.add_here, "band"),
            "split": self.controller.split,
            "merge": self.controller.merge,
            "delete": self.controller.delete,
            "band_up": partial(self.controller.move_band, -1),
            "band_down": partial(self.controller.move_band, 1),
            "undo": self.controller.undo,
            "redo": self.controller.redo,
            "exclude": self._exclude,
            "next_image": partial(self.studies.step, 1),
            "previous_image": partial(self.studies.step, -1),
            "sign_off": self.sign_off,
            "apply_lanes": self.studies.apply_lanes,
        }
        self.controller.told.connect(self.tell)
        self.controller.opened.connect(self._on_opened)
        viewer.layers.selection.events.active.connect(self._on_active)

    @property
    def viewer(self) -> Viewer | None:
        """The viewer; None once it is gone."""
        return self._viewer()

    def tell(self, text: str) -> None:
        """Say something in the status bar."""
        if self.viewer is not None:
            self.viewer.status = text

    def do(self, command: str) -> Callable[[], object]:
        """Return the function behind a command of the menu or a key."""
        return self._commands[command]

    # ------------------------------------------------------------ docks

    def show_docks(self, *names: str) -> None:
        """Show docks by the names that the manifest gives them, and the menu."""
        if self.viewer is not None:
            self._docks.show(self.viewer, names)

    def _settle(self, main: QMainWindow) -> None:
        """Put the menu into the window, and guard its closing."""
        self.menu = BlotMenu(self, main)
        main.menuBar().addMenu(self.menu)
        self._guard = CloseGuard(main, self._may_close)

    def _on_opened(self) -> None:
        session = self.controller.session
        if self.file is not None and session not in self.file.sessions.values():
            self.kept.file = None
        if session is None or self.viewer is None:
            return
        for layer in self.viewer.layers:
            self._bind(layer)
        offer_recovery(session, self.controller, self._parent)

    def _bind(self, layer: Layer) -> None:
        for key, command in KEYS.items():
            run = self._commands[command]
            layer.bind_key(key, lambda _layer, run=run: _ignore(run()), overwrite=True)

    def _on_active(self, event: Any) -> None:
        if self.menu is not None:
            self.menu.refresh_for(event.value)

    # ------------------------------------------------------------ opening

    def open_image(self, path: Path, *, channel: int | None = None, page: int | None = None,
                   changed: Changed = "refuse") -> None:  # fmt: skip
        """Read and measure an image in a thread, then show it: its first picture if none is named.

        Parameters
        ----------
        path : Path
        channel, page : int, optional
            Which of the file's pictures, from 0.
        changed : {"refuse", "discard", "keep"}
            What becomes of corrections of another version of the image; "refuse" asks.
        """
        if not self._may_leave():
            return
        self.show_docks("Profile", "Blot")

        def work(task: Task) -> OpenFile | ImageChangedError:
            del task
            places = planes_of(path)
            file = OpenFile(path=path, places=places, changed=changed)
            wanted = tuple(
                first if wish is None else wish
                for first, wish in zip(places[0], (channel, page), strict=True)
            )
            try:
                file.open((wanted[0], wanted[1]))
            except ImageChangedError as error:
                return error
            return file

        task = Task(f"Measuring {path.name}", work)
        task.returned.connect(lambda found: self._take(found, path, channel, page))
        task.failed.connect(self._complain)
        self._run(task)

    def _take(
        self, found: OpenFile | ImageChangedError, path: Path,
        channel: int | None, page: int | None,
    ) -> None:  # fmt: skip
        if isinstance(found, ImageChangedError):
            choice = ask_changed(str(found), self._parent)
            if choice is not None:
                again = partial(self.open_image, path, channel=channel, page=page, changed=choice)
                QTimer.singleShot(0, again)  # once the work that found it has ended
            return
        self.kept.file = found
        self.controller.open(next(iter(found.sessions.values())))

    def show_place(self, place: Place) -> None:
        """Show another channel or page of the open file; it is measured the first time."""
        file = self.file
        if file is None or place not in file.places:
            return
        if place in file.sessions:
            self.controller.open(file.sessions[place])
            return
        title = f"Measuring {title_of(place, file.places)}"
        task = Task(title, lambda task: file.open(place))
        task.returned.connect(self.controller.open)
        task.failed.connect(self._complain)
        # Also after a failure: the chooser has to say again what is shown.
        task.ended.connect(self.controller.saved.emit)
        self._run(task)

    def _run(self, task: Task) -> None:
        if not self.progress.run(task):
            self.tell("Wait for the running work to end.")

    def open_study(self, path: Path) -> None:
        """Open a study: its images in a list, its answer in a dock."""
        if not self._may_leave():
            return
        self.show_docks("Profile", "Answer", "Blot", "Study")
        self.studies.open(path)

    def new_study(self, folder: Path) -> None:
        """Open the form that makes a study of a folder of images."""
        self.show_docks("New study")
        self.folder_given.emit(folder)

    def _may_leave(self) -> bool:
        """Ask about unsaved edits before something else takes their place."""
        if not self._may_close():
            return False
        self.controller.open(None)
        return True

    def _may_close(self) -> bool:
        if not may_leave(self.unsaved, self.save_all):
            return False
        self.kept.release()
        return True

    @property
    def _parent(self) -> QWidget | None:
        return None if self.menu is None else self.menu.parentWidget()

    def _complain(self, message: str) -> None:
        self.tell(message)
        show_info(message)

    # ------------------------------------------------------------ edits

    def apply_slowly(self, action: actions.Action) -> None:
        """Carry out an edit of the whole picture in a thread."""
        session = self.controller.session
        if session is None:
            return
        task = Task(action.describe(), lambda task: session.apply(action))
        task.returned.connect(self.controller.absorb)
        task.failed.connect(self.tell)
        self._run(task)

    def _exclude(self) -> None:
        if self.menu is not None:
            self.menu.ask_exclude()

    def sign_off(self) -> None:
        """Record that the picture looks right, and go to the next that needs a look."""
        session = self.controller.session
        if session is None:
            return
        if self.controller.apply(actions.SignOff()) is not None and self.studies.study is not None:
            self.studies.step_to_unsigned()

    # ------------------------------------------------------------ what is open

    @property
    def file(self) -> OpenFile | None:
        """The open file; None where a study is open, or nothing from a file."""
        return self.kept.file

    def session_of(self, path: str, place: Place) -> EditSession | None:
        """Return the session of a channel and page of a file, if it is open."""
        return self.kept.session_of(path, place)

    @property
    def unsaved(self) -> tuple[str, ...]:
        """Names of what has edits that were not saved."""
        return self.kept.unsaved

    def save_all(self) -> bool:
        """Save everything; False if something could not be."""
        return self.kept.save_all()


def _ignore(value: object) -> None:
    """Drop what a command returns: napari takes a returned generator for a key's release."""
    del value
