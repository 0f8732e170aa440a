"""The dock "Blot": what is open, buttons for edits, the table, the findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QComboBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSplitter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from napari_blotflux.docks.findings import FindingList
from napari_blotflux.docks.profile import ProfileWidget
from napari_blotflux.docks.table import BandTable
from napari_blotflux.opened import title_of
from napari_blotflux.opening import KINDS, open_path
from napari_blotflux.window import window_of

if TYPE_CHECKING:
    from napari.viewer import Viewer

    from napari_blotflux.opened import Place
    from napari_blotflux.window import BlotWindow

__all__ = ["BlotDock", "ProfileDock"]

TOOLS = (
    ("Add lane", "lane", "Click, then click where the lane is missing. Or: L at the pointer."),
    ("Add band", "band", "Click, then click in a lane. Or: B at the pointer."),
)

BUTTONS = (
    ("Split", "split", "The selected band is two: split it in this lane's row (S)."),
    ("Merge", "merge", "Merge the selected row with the one below (M)."),
    ("Delete", "delete", "Delete the selected band, or the selected lane (Del)."),
)


class BlotDock(QWidget):
    """What a person needs to correct one picture.

    Parameters
    ----------
    napari_viewer : napari.Viewer
    """

    def __init__(self, napari_viewer: Viewer) -> None:
        super().__init__()
        self.window_ = window_of(napari_viewer)
        controller = self.window_.controller
        self.setMinimumWidth(380)
        self._title = QLabel()
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self._title.setWordWrap(True)
        self.table = self.window_.table = BandTable(controller)
        self.findings = FindingList(controller)
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(self.table)
        split.addWidget(self.findings)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 1)
        layout = QVBoxLayout(self)
        layout.addLayout(self._header())
        self.chooser = PlaceChooser(self.window_)
        layout.addWidget(self.chooser)
        layout.addWidget(self.window_.progress)
        layout.addLayout(self._buttons())
        layout.addWidget(split, 1)
        for signal in (controller.opened, controller.changed, controller.saved):
            signal.connect(self.refresh)
        self.refresh()

    def _header(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addWidget(self._title, 1)
        row.addWidget(_button("Open …", "Open an image or a study", self.ask_open))
        self._save = _button("Save", "Save the corrections beside the image", self._on_save)
        row.addWidget(self._save)
        return row

    def _buttons(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(4)
        widgets: list[QWidget] = []
        for text, tool, tip in TOOLS:
            button = _button(text, tip, lambda tool=tool: self._use(tool))
            widgets.append(button)
        for text, command, tip in BUTTONS:
            widgets.append(_button(text, tip, self.window_.do(command)))
        more = QToolButton()
        more.setText("More")
        more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        more.pressed.connect(lambda: more.setMenu(self.window_.menu))
        more.setSizePolicy(widgets[0].sizePolicy())
        widgets.append(more)
        self._undo = _button("Undo", "", self.window_.controller.undo)
        self._redo = _button("Redo", "", self.window_.controller.redo)
        widgets += [self._undo, self._redo]
        for at, widget in enumerate(widgets):
            grid.addWidget(widget, at // 4, at % 4)
        return grid

    def _use(self, tool: str) -> None:
        self.window_.canvas.pointer.tool = tool
        self.window_.tell(f"Click where the {tool} is missing.")

    def _on_save(self) -> None:
        self.window_.save_all()
        self.refresh()

    def refresh(self, *args: object) -> None:
        """Show what is open, whether it is saved, and what undo would do."""
        del args
        session = self.window_.controller.session
        if session is None:
            self._title.setText("Drop an image or a study here, or open one.")
        else:
            signed = f" · looks right ({session.signed_off.who})" if session.signed_off else ""
            edited = " · not saved" if session.dirty else ""
            self._title.setText(f"{session.path.name}{edited}{signed}")
            self._title.setToolTip(str(session.path))
        self._save.setEnabled(bool(self.window_.unsaved))
        for button, verb, text in (
            (self._undo, "Undo", session.undo_text if session else ""),
            (self._redo, "Redo", session.redo_text if session else ""),
        ):
            button.setEnabled(bool(text))
            button.setToolTip(f"{verb}: {text}" if text else f"Nothing to {verb.lower()}")

    def ask_open(self) -> None:
        """Ask for an image or a study."""
        path, _ = QFileDialog.getOpenFileName(self, "Open a blot or a study", "", KINDS)
        if path:
            open_path(self.window_, path)


class PlaceChooser(QComboBox):
    """Chooses among the channels and pages of the open file; hidden where there is only one.

    Parameters
    ----------
    window : BlotWindow
    """

    def __init__(self, window: BlotWindow) -> None:
        super().__init__()
        self._window = window
        self._places: tuple[Place, ...] = ()
        self.setObjectName("blotflux_place")
        self.setToolTip("Channel and page of the file, from 0 as in the tables")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.activated.connect(self._on_chosen)
        for signal in (window.controller.opened, window.controller.saved):
            signal.connect(self.refresh)
        self.refresh()

    def refresh(self, *args: object) -> None:
        """List the file's pictures and show which one is open."""
        del args
        file, session = self._window.file, self._window.controller.session
        places = () if file is None else file.places
        if places != self._places:
            self._places = places
            self.clear()
            self.addItems([title_of(place, places) for place in places])
        if session is not None and (session.channel, session.page) in places:
            self.setCurrentIndex(places.index((session.channel, session.page)))
        self.setVisible(len(places) > 1)

    def _on_chosen(self, at: int) -> None:
        self._window.show_place(self._places[at])


class ProfileDock(ProfileWidget):
    """The dock "Profile".

    Parameters
    ----------
    napari_viewer : napari.Viewer
    """

    def __init__(self, napari_viewer: Viewer) -> None:
        super().__init__(window_of(napari_viewer).controller)


def _button(text: str, tip: str, run: Any) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(tip)
    button.setObjectName(f"blotflux_{text.split()[0].lower()}")
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # keys stay with the canvas
    button.clicked.connect(lambda checked=False: run())
    return button
