"""Long work in a thread, with progress and cancel, and its end back in the window's thread."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from napari.qt.threading import create_worker
from qtpy.QtCore import QObject, Signal
from qtpy.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

from blotflux.errors import BlotError

if TYPE_CHECKING:
    from collections.abc import Callable

    Work = Callable[["Task"], Any]

__all__ = ["Progress", "Task"]


class Task(QObject):
    """One piece of work.

    The work is given the task, may call `report` as often as it likes and should look at
    `cancelled` between its steps. What it returns after it was cancelled is dropped.

    Parameters
    ----------
    title : str
        What is being done, for the person who waits.
    work : function of Task
    """

    progressed = Signal(int, int, str)
    returned = Signal(object)
    failed = Signal(str)
    ended = Signal()

    def __init__(self, title: str, work: Work) -> None:
        super().__init__()
        self.title = title
        self._work = work
        self._cancelled = threading.Event()

    def start(self) -> None:
        """Begin; `ended` comes whatever happens."""
        self._worker = create_worker(self._run)
        self._worker.returned.connect(self._on_return)
        self._worker.errored.connect(self._on_error)
        self._worker.start()

    def cancel(self) -> None:
        """Ask the work to stop; its result will not be used."""
        self._cancelled.set()
        self.progressed.emit(0, 0, "stopping …")

    def cancelled(self) -> bool:
        """Tell whether the work was asked to stop."""
        return self._cancelled.is_set()

    def report(self, done: int, total: int, name: str = "") -> None:
        """Say how far the work is; may be called from its thread."""
        self.progressed.emit(done, total, name)

    def _run(self) -> tuple[Any, str]:
        try:
            return self._work(self), ""
        except BlotError as error:
            return None, str(error) or type(error).__name__

    def _on_return(self, outcome: tuple[Any, str]) -> None:
        result, message = outcome
        if self.cancelled():
            pass
        elif message:
            self.failed.emit(message)
        else:
            self.returned.emit(result)
        self.ended.emit()

    def _on_error(self, error: Exception) -> None:
        self.failed.emit(f"{type(error).__name__}: {error}")
        self.ended.emit()


class Progress(QWidget):
    """A line that shows the running task and can cancel it; hidden while nothing runs."""

    def __init__(self) -> None:
        super().__init__()
        self._label = QLabel()
        self._bar = QProgressBar()
        self._button = QPushButton("Cancel")
        self._button.setObjectName("blotflux_cancel")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget in (self._label, self._bar, self._button):
            layout.addWidget(widget)
        self._task: Task | None = None
        self._button.clicked.connect(self._on_cancel)
        self.hide()

    @property
    def busy(self) -> bool:
        """Whether a task is running."""
        return self._task is not None

    def run(self, task: Task) -> bool:
        """Start a task and show it; False if another one is still running."""
        if self.busy:
            return False
        self._task = task
        self._label.setText(task.title)
        self._bar.setRange(0, 0)
        task.progressed.connect(self._on_progress)
        task.ended.connect(self._on_end)
        self.show()
        task.start()
        return True

    def _on_progress(self, done: int, total: int, name: str) -> None:
        self._bar.setRange(0, total)
        self._bar.setValue(done)
        if self._task is not None:
            self._label.setText(f"{self._task.title} {name}".strip())

    def _on_cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _on_end(self) -> None:
        self._task = None
        self.hide()
