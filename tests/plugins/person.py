"""A person at napari: mouse and keys as Qt events on the canvas, in the blot's pixels."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QEvent, QPoint, QPointF, Qt
from qtpy.QtGui import QMouseEvent
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.MouseButton.NoButton
PLAIN = Qt.KeyboardModifier.NoModifier


def settle(rounds: int = 3) -> None:
    """Let the window do what it has put off."""
    for _ in range(rounds):
        QApplication.processEvents()


def wait_for(condition: Callable[[], Any], *, what: str, seconds: float = 120.0) -> None:
    """Let the window work until a condition holds."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            message = f"waited {seconds:g} s in vain: {what}"
            raise TimeoutError(message)
        QApplication.processEvents()
        time.sleep(0.005)
    settle()


def open_and_wait(window: Any, path: Path) -> Any:
    """Open a picture as by dropping it, with a person before it; return its session."""
    from napari_blotflux.opening import open_path

    window.told = []
    window.controller.told.connect(window.told.append)
    open_path(window, path)
    wait_for(lambda: window.controller.session is not None, what="the blot is measured")
    settle(20)
    window.person = Person(window.viewer)
    return window.controller.session


class Person:
    """Acts on one viewer."""

    def __init__(self, viewer: Any) -> None:
        self.viewer = viewer
        self.canvas = viewer.window._qt_viewer.canvas.native

    def place(self, y: float, x: float) -> QPointF:
        """Return where on the canvas a point of the blot lies."""
        camera = self.viewer.scene.camera
        size = self.canvas.size()
        return QPointF(
            size.width() / 2 + (x - camera.center[-1]) * camera.zoom,
            size.height() / 2 + (y - camera.center[-2]) * camera.zoom,
        )

    def _send(self, kind: Any, at: QPointF, button: Any, held: Any) -> None:
        over = QPointF(self.canvas.mapToGlobal(QPoint(int(at.x()), int(at.y()))))
        QApplication.sendEvent(self.canvas, QMouseEvent(kind, at, over, button, held, PLAIN))

    def point(self, y: float, x: float) -> None:
        """Move the pointer without a button."""
        self._send(QEvent.Type.MouseMove, self.place(y, x), NONE, NONE)
        settle()

    def press(self, y: float, x: float) -> None:
        self._send(QEvent.Type.MouseButtonPress, self.place(y, x), LEFT, LEFT)

    def move(self, y: float, x: float) -> None:
        self._send(QEvent.Type.MouseMove, self.place(y, x), NONE, LEFT)

    def release(self, y: float, x: float) -> None:
        self._send(QEvent.Type.MouseButtonRelease, self.place(y, x), LEFT, NONE)

    def click(self, y: float, x: float) -> None:
        self.point(y, x)
        self.press(y, x)
        self.release(y, x)
        settle()

    def drag(self, start: tuple[float, float], end: tuple[float, float], steps: int = 8) -> None:
        """Press at (y, x), move in steps, release."""
        self.point(*start)
        self.press(*start)
        for step in range(1, steps + 1):
            part = step / steps
            y, x = (a + (b - a) * part for a, b in zip(start, end, strict=True))
            self.move(y, x)
            settle(1)
        self.release(*end)
        settle()

    def key(self, key: Any, modifier: Any = PLAIN, widget: Any = None) -> None:
        """Press a key; on the canvas if no widget is given."""
        QTest.keyClick(self.canvas if widget is None else widget, key, modifier)
        settle()

    def type(self, text: str) -> None:
        """Type into whatever has the focus."""
        QTest.keyClicks(QApplication.focusWidget(), text)
        settle()
