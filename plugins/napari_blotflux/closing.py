"""Asks before a window with unsaved edits closes."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QEvent, QObject
from qtpy.QtWidgets import QMessageBox

if TYPE_CHECKING:
    from qtpy.QtWidgets import QMainWindow

    from napari_blotflux.window import BlotWindow

__all__ = ["CloseGuard", "may_leave"]


class CloseGuard(QObject):
    """Watches a main window for the wish to close it.

    Parameters
    ----------
    window : BlotWindow
    main : QMainWindow
    """

    def __init__(self, window: BlotWindow, main: QMainWindow) -> None:
        super().__init__(main)
        self._window = weakref.ref(window)
        main.installEventFilter(self)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Hold a close event back while there is something to save and the user wants to."""
        window = self._window()
        if event is None or event.type() != QEvent.Type.Close or window is None:
            return bool(super().eventFilter(watched, event))
        if may_leave(window):
            window.release()
            return bool(super().eventFilter(watched, event))
        event.ignore()
        return True


def may_leave(window: BlotWindow) -> bool:
    """Ask whether unsaved corrections are to be saved; False if the user wants to stay."""
    names = window.unsaved
    if not names:
        return True
    shown = ", ".join(names[:4]) + (" …" if len(names) > 4 else "")
    buttons = QMessageBox.StandardButton
    answer: Any = QMessageBox.question(
        None,
        "Unsaved corrections",
        f"Corrections of {shown} are not saved. Save them?",
        buttons.Save | buttons.Discard | buttons.Cancel,
    )
    if answer == buttons.Save:
        return window.save_all()
    return bool(answer == buttons.Discard)
