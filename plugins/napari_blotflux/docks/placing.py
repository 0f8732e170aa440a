"""Where the docks stand in napari's window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QMainWindow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from napari.viewer import Viewer
    from qtpy.QtWidgets import QDockWidget

__all__ = ["Docks"]

BELOW = ("Profile", "Answer")
"""Docks that are wide rather than high."""


class Docks:
    """The docks of one window, each made when it is first shown.

    Parameters
    ----------
    plugin : str
        By which napari knows them.
    settled : function of QMainWindow
        Called once, when the first dock has its window.
    """

    def __init__(self, plugin: str, settled: Callable[[QMainWindow], None]) -> None:
        self._plugin = plugin
        self._settled = settled
        self._is_settled = False
        self._docks: dict[str, QDockWidget] = {}

    def show(self, viewer: Viewer, names: Iterable[str]) -> None:
        """Show docks by the names that the manifest gives them."""
        for name in names:
            new = name not in self._docks
            dock, widget = viewer.window.add_plugin_dock_widget(self._plugin, name)
            self._docks[name] = dock
            main = widget.window()
            if isinstance(main, QMainWindow):
                if not self._is_settled:
                    self._is_settled = True
                    self._settled(main)
                if new:
                    self._put(name, main)
            dock.show()
            dock.raise_()

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
