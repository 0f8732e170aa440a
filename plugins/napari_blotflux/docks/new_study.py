"""The dock "New study": from a folder of pictures to a study and its answer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Qt
from qtpy.QtGui import QKeySequence
from qtpy.QtWidgets import (
    QApplication,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QTableWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from blotflux.editing import new_study
from blotflux.errors import BlotError
from napari_blotflux.docks.cells import (
    analysis_cells,
    fill,
    image_cells,
    number_typed,
    targets_typed,
    text_at,
)
from napari_blotflux.tasks import Progress, Task
from napari_blotflux.window import window_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from napari.viewer import Viewer

__all__ = ["NewStudyDock", "SheetTable"]

IMAGE_COLUMNS = ("use", "file", "membrane", "targets, from the top")
ANALYSIS_COLUMNS = ("kind", "target", "loading", "total", "control", "inhibitor h")


class SheetTable(QTableWidget):
    """The lane sheet; a table copied from a spreadsheet can be pasted into it.

    Parameters
    ----------
    pasted : function of str
        Takes the text of the clipboard.
    """

    def __init__(self, pasted: Callable[[str], None]) -> None:
        super().__init__()
        self._pasted = pasted

    def keyPressEvent(self, event: Any) -> None:
        """Paste; every other key is the table's own."""
        if event.matches(QKeySequence.StandardKey.Paste):
            self._pasted(QApplication.clipboard().text())
        else:
            super().keyPressEvent(event)


class NewStudyDock(QWidget):
    """The form of a new study.

    Parameters
    ----------
    napari_viewer : napari.Viewer
    """

    def __init__(self, napari_viewer: Viewer) -> None:
        super().__init__()
        self.setAcceptDrops(True)
        self.setMinimumWidth(460)
        self.window_ = window_of(napari_viewer)
        self.form: new_study.Form | None = None
        self.progress = Progress()
        self.title = QLineEdit()
        self.title.setPlaceholderText("Title of the study")
        self.images = QTableWidget()
        self.sheet = SheetTable(self.paste)
        self.analyses = QTableWidget()
        self.messages = QPlainTextEdit()
        self.messages.setReadOnly(True)
        self.messages.setMaximumHeight(110)
        self.messages.setPlainText("Drop a folder of pictures here, or choose one.")
        self._lay_out()
        self.window_.folder_given.connect(self.propose)

    def _lay_out(self) -> None:
        tabs = QTabWidget()
        tabs.addTab(self.images, "1 Pictures")
        tabs.addTab(_with_buttons(self.sheet, ("Paste table", self.paste_clipboard)), "2 Lanes")
        adding = ("Add analysis", self.add_analysis)
        removing = ("Remove analysis", self.remove_analysis)
        tabs.addTab(_with_buttons(self.analyses, adding, removing), "3 Analyses")
        self.tabs = tabs
        layout = QVBoxLayout(self)
        top = _with_buttons(self.title, ("Choose folder …", self.ask_folder))
        for widget in (top, self.progress, tabs, self.messages):
            layout.addWidget(widget)
        row = QHBoxLayout()
        for text, run in (("Check", self.check), ("Write study and see its answer", self.write)):
            row.addWidget(_button(text, run))
        layout.addLayout(row)

    # ------------------------------------------------------------ the folder

    def dragEnterEvent(self, event: Any) -> None:
        """Take folders."""
        if any(Path(url.toLocalFile()).is_dir() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: Any) -> None:
        """Look at the pictures of the folder."""
        folders = [Path(url.toLocalFile()) for url in event.mimeData().urls()]
        self.propose(next(folder for folder in folders if folder.is_dir()))

    def ask_folder(self) -> None:
        """Ask for the folder of the pictures."""
        folder = QFileDialog.getExistingDirectory(self, "Folder of the pictures")
        if folder:
            self.propose(Path(folder))

    def propose(self, folder: Path) -> None:
        """Look at the pictures of a folder in a thread, and fill the form in."""
        task = Task("Looking at", lambda task: new_study.propose(folder, progress=task.report))
        task.returned.connect(self.show_form)
        task.failed.connect(self.tell)
        self.progress.run(task)

    # ------------------------------------------------------------ the form

    def show_form(self, form: new_study.Form) -> None:
        """Show a form."""
        self.form = form
        self.title.setText(form.title)
        fill(self.images, IMAGE_COLUMNS, [image_cells(image) for image in form.images])
        for row, image in enumerate(form.images):
            item = self.images.item(row, 0)
            item.setText("")
            state = Qt.CheckState.Checked if image.wanted else Qt.CheckState.Unchecked
            item.setCheckState(state)
        self._show_sheet(form)
        self._show_analyses(form.analyses)
        self.tell("\n".join(form.messages) or "Check the pictures' membranes and targets.")

    def _show_sheet(self, form: new_study.Form) -> None:
        rows = [[str(row.get(name) or "") for name in form.columns] for row in form.rows]
        fill(self.sheet, form.columns, rows)

    def _show_analyses(self, analyses: Sequence[new_study.FormAnalysis]) -> None:
        fill(self.analyses, ANALYSIS_COLUMNS, [analysis_cells(one) for one in analyses])
        for row, analysis in enumerate(analyses):
            kinds = QComboBox()
            kinds.addItems(new_study.KINDS)
            kinds.setCurrentText(analysis.kind)
            self.analyses.setCellWidget(row, 0, kinds)
            wide = max(self.analyses.columnWidth(0), kinds.sizeHint().width())
            self.analyses.setColumnWidth(0, wide)

    def read_form(self) -> new_study.Form | None:
        """Return the form as it is shown now."""
        if self.form is None:
            return None
        images = tuple(
            replace(
                image,
                wanted=self.images.item(row, 0).checkState() == Qt.CheckState.Checked,
                membrane=text_at(self.images, row, 2),
                targets=targets_typed(image, text_at(self.images, row, 3)),
            )
            for row, image in enumerate(self.form.images)
        )
        rows = tuple(
            {name: text_at(self.sheet, row, at) for at, name in enumerate(self.form.columns)}
            for row in range(self.sheet.rowCount())
        )
        analyses = tuple(self._analysis(row) for row in range(self.analyses.rowCount()))
        title = self.title.text().strip()
        return replace(self.form, title=title, images=images, rows=rows, analyses=analyses)

    def _analysis(self, row: int) -> new_study.FormAnalysis:
        kinds = self.analyses.cellWidget(row, 0)
        target, loading, total, control, hours = (
            text_at(self.analyses, row, column) for column in range(1, len(ANALYSIS_COLUMNS))
        )
        return new_study.FormAnalysis(
            kind=kinds.currentText(),
            target=target,
            loading=loading,
            total=total,
            control=control,
            inhibitor_hours=number_typed(hours),
        )

    def add_analysis(self) -> None:
        """Add an empty analysis."""
        form = self.read_form()
        if form is not None:
            control = next((str(row.get("treatment") or "") for row in form.rows), "")
            empty = new_study.FormAnalysis(kind="expression", target="", control=control)
            self.form = replace(form, analyses=(*form.analyses, empty))
            self._show_analyses(self.form.analyses)

    def remove_analysis(self) -> None:
        """Remove the analysis that is chosen, or the last."""
        form = self.read_form()
        if form is not None and form.analyses:
            at = self.analyses.currentRow()
            at = at if at >= 0 else len(form.analyses) - 1
            self.form = replace(form, analyses=form.analyses[:at] + form.analyses[at + 1 :])
            self._show_analyses(self.form.analyses)

    # ------------------------------------------------------------ the lane table

    def paste_clipboard(self) -> None:
        """Take the lane table from the clipboard."""
        self.paste(QApplication.clipboard().text())

    def paste(self, text: str) -> None:
        """Take a lane table as a spreadsheet copies it."""
        form = self.read_form()
        if form is None:
            self.tell("Choose the folder of the pictures first.")
            return
        try:
            columns, rows = new_study.parse_table(text, form.columns)
        except BlotError as error:
            self.tell(str(error))
            return
        self.form = replace(form, columns=columns, rows=rows)
        self._show_sheet(self.form)
        self.tell(f"{len(rows)} lanes pasted.")

    # ------------------------------------------------------------ the end

    def tell(self, text: str) -> None:
        """Show a message below the form."""
        self.messages.setPlainText(text)

    def check(self) -> bool:
        """List every mistake; True if there is none."""
        form = self.read_form()
        if form is None:
            return False
        mistakes = new_study.check(form)
        self.tell("\n".join(map(str, mistakes)) or "No mistakes.")
        return not mistakes

    def write(self) -> None:
        """Write the study and its sheet, open it and see its answer."""
        form = self.read_form()
        if form is None or not self.check():
            return
        try:
            paths = new_study.write(form)
        except BlotError as error:
            self.tell(str(error))
            return
        self.tell("Written: " + ", ".join(path.name for path in paths))
        self.window_.open_study(paths[0])


def _button(text: str, run: Callable[[], object]) -> QPushButton:
    button = QPushButton(text)
    button.clicked.connect(lambda *_: run())
    return button


def _with_buttons(widget: QWidget, *buttons: tuple[str, Callable[[], object]]) -> QWidget:
    holder = QWidget()
    layout = QHBoxLayout(holder) if isinstance(widget, QLineEdit) else QVBoxLayout(holder)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(widget)
    for text, run in buttons:
        layout.addWidget(_button(text, run))
    return holder
