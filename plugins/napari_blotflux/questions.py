"""What the window asks: about unsaved edits, edits of a crash, and images that have changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from qtpy.QtCore import QEvent, QObject
from qtpy.QtWidgets import QMessageBox

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from qtpy.QtWidgets import QMainWindow, QWidget

    from blotflux.editing import EditSession
    from blotflux.editing.recovery import Recovery
    from blotflux.editing.source import Changed
    from napari_blotflux.controller import Controller

__all__ = ["CloseGuard", "ask_changed", "ask_recovery", "may_leave", "offer_recovery"]

LAST_EDITS = 5  # that a question shows


class CloseGuard(QObject):
    """Watches a main window for the wish to close it.

    Parameters
    ----------
    main : QMainWindow
    may_close : function
        Tells whether the window may close now; it asks the user where it has to, and puts
        everything away where it may.
    """

    def __init__(self, main: QMainWindow, may_close: Callable[[], bool]) -> None:
        super().__init__(main)
        self._may_close = may_close
        main.installEventFilter(self)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Hold a close event back while there is something to save and the user wants to."""
        if event is None or event.type() != QEvent.Type.Close or self._may_close():
            return bool(super().eventFilter(watched, event))
        event.ignore()
        return True


def may_leave(unsaved: Sequence[str], save: Callable[[], bool]) -> bool:
    """Ask whether unsaved corrections are to be saved; False if the user wants to stay.

    Parameters
    ----------
    unsaved : sequence of str
        Names of what has unsaved corrections.
    save : function
        Saves them; False if it could not.
    """
    if not unsaved:
        return True
    shown = ", ".join(unsaved[:4]) + (" …" if len(unsaved) > 4 else "")
    buttons = QMessageBox.StandardButton
    answer: Any = QMessageBox.question(
        None,
        "Unsaved corrections",
        f"Corrections of {shown} are not saved. Save them?",
        buttons.Save | buttons.Discard | buttons.Cancel,
    )
    if answer == buttons.Save:
        return save()
    return bool(answer == buttons.Discard)


def ask_changed(message: str, parent: QWidget | None) -> Changed | None:
    """Ask what to do with corrections of another version of an image; None: do not open it."""
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Warning)
    box.setText(message)
    roles = QMessageBox.ButtonRole
    discard = box.addButton("Start from the automatic result", roles.DestructiveRole)
    keep = box.addButton("Take the lanes as drawn", roles.AcceptRole)
    box.addButton("Do not open", roles.RejectRole)
    box.exec()
    if box.clickedButton() is discard:
        return "discard"
    return "keep" if box.clickedButton() is keep else None


def ask_recovery(
    name: str, found: Recovery, parent: QWidget | None
) -> Literal["take", "delete", "later"]:
    """Ask what to do with edits that an earlier run of the program did not save."""
    edits, verb = ("1 edit", "was") if found.count == 1 else (f"{found.count} edits", "were")
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle("Recover edits")
    box.setText(f"{edits} of {name} from {found.when:%Y-%m-%d %H:%M} {verb} never saved.")
    box.setInformativeText("\n".join(found.texts[-LAST_EDITS:]))
    roles = QMessageBox.ButtonRole
    take = box.addButton("Take them", roles.AcceptRole)
    delete = box.addButton("Delete them", roles.DestructiveRole)
    later = box.addButton("Not now", roles.RejectRole)
    box.setDefaultButton(take)
    box.setEscapeButton(later)
    box.exec()
    if box.clickedButton() is take:
        return "take"
    return "delete" if box.clickedButton() is delete else "later"


def offer_recovery(
    session: EditSession, controller: Controller, parent: QWidget | None = None
) -> None:
    """Ask about edits that a crash left behind, if there are any, and do as the user wishes."""
    if session.recovery is None:
        return
    answer = ask_recovery(session.path.name, session.recovery, parent)
    if answer == "take":
        controller.recover()
    elif answer == "delete":
        session.discard_recovery()
    else:
        session.postpone_recovery()
