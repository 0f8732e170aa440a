"""One napari window with blotflux in it: what is open, its docks, its menu, its end."""

from __future__ import annotations

import weakref
from functools import partial
from typing import TYPE_CHECKING, Any

from napari.utils.notifications import show_info
from psygnal import Signal
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QMainWindow, QMessageBox

from blotflux.editing import EditSession, ImageChangedError, actions
from napari_blotflux.canvas import Canvas
from napari_blotflux.closing import CloseGuard, may_leave
from napari_blotflux.controller import Controller
from napari_blotflux.menu import KEYS, BlotMenu
from napari_blotflux.studies import StudyController
from napari_blotflux.tasks import Progress, Task

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from napari.layers import Layer
    from napari.viewer import Viewer
    from qtpy.QtWidgets import QDockWidget, QWidget

    from blotflux.editing.source import Changed
    from napari_blotflux.docks.table import BandTable

__all__ = ["PLUGIN", "BlotWindow", "window_of"]

PLUGIN = "blotflux"

BELOW = ("Profile", "Answer")
"""Docks that are wide rather than high."""

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
        self.menu: BlotMenu | None = None
        self.table: BandTable | None = None
        self._docks: dict[str, QDockWidget] = {}
        self._guard: CloseGuard | None = None
        self._commands: dict[str, Callable[[], object]] = {
            "add_lane": partial(self.canvas.add_at_pointer, "lane"),
            "add_band": partial(self.canvas.add_at_pointer, "band"),
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
        viewer = self.viewer
        if viewer is None:
            return
        for name in names:
            new = name not in self._docks
            dock, widget = viewer.window.add_plugin_dock_widget(PLUGIN, name)
            self._docks[name] = dock
            main = widget.window()
            if isinstance(main, QMainWindow):
                self._settle(main)
                if new:
                    self._put(name, main)
            dock.show()
            dock.raise_()

    def _settle(self, main: QMainWindow) -> None:
        """Put the menu into the window, and guard its closing."""
        if self.menu is None:
            self.menu = BlotMenu(self, main)
            main.menuBar().addMenu(self.menu)
            self._guard = CloseGuard(self, main)

    def _put(self, name: str, main: QMainWindow) -> None:
        """Put a new dock where it belongs: profile and answer below, lists on the right."""
        dock = self._docks[name]
        if name in BELOW:
            main.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, dock)
            main.resizeDocks([dock], [230], Qt.Orientation.Vertical)
            below = [self._docks[one] for one in BELOW if one in self._docks]
            main.resizeDocks(below, [600, 600][: len(below)], Qt.Orientation.Horizontal)
        elif name != "Blot" and "Blot" in self._docks:
            main.splitDockWidget(dock, self._docks["Blot"], Qt.Orientation.Vertical)
            main.resizeDocks([dock, self._docks["Blot"]], [260, 520], Qt.Orientation.Vertical)

    def _on_opened(self) -> None:
        if self.controller.session is None or self.viewer is None:
            return
        for layer in self.viewer.layers:
            self._bind(layer)
        self._offer_recovery()

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
        """Read and measure an image in a thread, then show it."""
        if not self._may_leave():
            return
        self.show_docks("Profile", "Blot")

        def work(task: Task) -> EditSession | ImageChangedError:
            del task
            try:
                return EditSession.open(path, channel=channel, page=page, changed=changed)
            except ImageChangedError as error:
                return error

        task = Task(f"Measuring {path.name}", work)
        task.returned.connect(lambda found: self._take(found, path, channel, page))
        task.failed.connect(self._complain)
        self.progress.run(task)

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
        if not may_leave(self):
            return False
        self.release()
        self.controller.open(None)
        return True

    def _take(
        self, found: EditSession | ImageChangedError, path: Path,
        channel: int | None, page: int | None,
    ) -> None:  # fmt: skip
        if isinstance(found, ImageChangedError):
            choice = self._ask_changed(found)
            if choice is not None:
                self.open_image(path, channel=channel, page=page, changed=choice)
            return
        self.controller.open(found)

    def _ask_changed(self, error: ImageChangedError) -> Changed | None:
        """Ask what to do with corrections of another version of the image."""
        box = QMessageBox(self._parent)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setText(str(error))
        roles = QMessageBox.ButtonRole
        discard = box.addButton("Start from the automatic result", roles.DestructiveRole)
        keep = box.addButton("Take the lanes as drawn", roles.AcceptRole)
        box.addButton("Do not open", roles.RejectRole)
        box.exec()
        if box.clickedButton() is discard:
            return "discard"
        return "keep" if box.clickedButton() is keep else None

    def _offer_recovery(self) -> None:
        session = self.controller.session
        if session is None or session.recovery is None:
            return
        found = session.recovery
        question = (
            f"{found.count} edits of {session.name} from {found.when:%Y-%m-%d %H:%M} were never "
            "saved. Take them?"
        )
        buttons = QMessageBox.StandardButton
        answer = QMessageBox.question(
            self._parent, "Recover edits", question, buttons.Yes | buttons.No
        )
        if answer == buttons.Yes:
            self.controller.recover()
        else:
            session.discard_recovery()

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
        if not self.progress.run(task):
            self.tell("Wait for the running work to end.")

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

    # ------------------------------------------------------------ the end

    @property
    def unsaved(self) -> tuple[str, ...]:
        """Names of what has edits that were not saved."""
        if self.studies.study is not None:
            return self.studies.unsaved
        session = self.controller.session
        return (session.name,) if session is not None and session.dirty else ()

    def save_all(self) -> bool:
        """Save everything; False if something could not be."""
        if self.studies.study is not None:
            return self.studies.save_all()
        return not self.unsaved or self.controller.save() is not None

    def release(self, *, keep_recovery: bool = False) -> None:
        """Let go of what is open, at the end."""
        if self.studies.study is not None:
            self.studies.close()
        elif self.controller.session is not None:
            self.controller.session.close(keep_recovery=keep_recovery)


def _ignore(value: object) -> None:
    """Drop what a command returns: napari takes a returned generator for a key's release."""
    del value
