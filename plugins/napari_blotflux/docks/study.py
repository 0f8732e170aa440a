"""The dock "Study": its images, those that need a look first, and how far the look has come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Qt
from qtpy.QtGui import QBrush
from qtpy.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from blotflux.report.palette import FAIL, LOW_CONFIDENCE
from napari_blotflux.docks.readable import readable
from napari_blotflux.window import window_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari.viewer import Viewer

    from blotflux.editing import StudyImage

__all__ = ["StudyDock"]


class StudyDock(QWidget):
    """The images of a study, one after the other.

    Parameters
    ----------
    napari_viewer : napari.Viewer
    """

    def __init__(self, napari_viewer: Viewer) -> None:
        super().__init__()
        self.window_ = window_of(napari_viewer)
        self._title = QLabel()
        self._title.setWordWrap(True)
        self._bar = QProgressBar()
        self._bar.setFormat("%v of %m look right")
        self.list = QListWidget()
        self.list.setObjectName("blotflux_images")
        self.list.currentRowChanged.connect(self._on_row)
        layout = QVBoxLayout(self)
        for widget in (self._title, self._bar):
            layout.addWidget(widget)
        layout.addWidget(self.list, 1)
        layout.addLayout(self._buttons())
        self._indices: list[int] = []
        self.window_.studies.listed.connect(self.reload)
        self.reload()

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        for text, command, tip in (
            ("Previous", "previous_image", "Ctrl+PgUp, or P on the blot"),
            ("Next", "next_image", "Ctrl+PgDown, or N on the blot"),
            ("Looks right", "sign_off", "Record it and go on to the next (Ctrl+Return)"),
        ):
            button = QPushButton(text)
            button.setToolTip(tip)
            button.setObjectName(f"blotflux_{command}")
            button.clicked.connect(_call(self.window_.do(command)))
            row.addWidget(button)
        return row

    def reload(self) -> None:
        """List the images anew."""
        studies = self.window_.studies
        study = studies.study
        if study is None:
            self._title.setText("No study is open.")
            return
        done, total = study.progress()
        self._title.setText(study.study.title or str(study.study.path))
        self._bar.setRange(0, max(total, 1))
        self._bar.setValue(done)
        images = studies.images
        blocked = self.list.blockSignals(True)
        self._indices = [image.index for image in images]
        while self.list.count() > len(images):
            self.list.takeItem(self.list.count() - 1)
        for at, image in enumerate(images):
            if at == self.list.count():
                self.list.addItem(QListWidgetItem())
            _fill(self.list.item(at), image)
        if studies.index in self._indices:
            self.list.setCurrentRow(self._indices.index(studies.index))
        self.list.blockSignals(blocked)

    def _on_row(self, row: int) -> None:
        if 0 <= row < len(self._indices):
            self.window_.studies.show(self._indices[row])


def _fill(item: Any, image: StudyImage) -> None:
    sign = "✓" if image.signed_off else "·" if image.measured else "…"
    edited = " *" if image.dirty else ""
    lines = [f"{sign} {image.name}{edited}  ({image.membrane})"]
    if image.failure:
        lines.append(f"   {image.failure}")
    elif image.reasons and not image.signed_off:
        lines.append(f"   {image.reasons[0]}")
    item.setText("\n".join(lines))
    item.setToolTip("\n".join([*image.reasons, image.failure]).strip())
    color = FAIL if image.failure else LOW_CONFIDENCE
    doubtful = bool(image.failure or image.reasons) and not image.signed_off
    brush = readable(color) if doubtful else QBrush()
    item.setData(Qt.ItemDataRole.ForegroundRole, brush if doubtful else None)


def _call(run: Callable[[], object]) -> Callable[[bool], None]:
    """Return what a button's click calls; whether it is checked says nothing."""

    def clicked(checked: bool = False) -> None:
        del checked
        run()

    return clicked
