"""The findings about the picture; a click goes to what a finding is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import QListWidget, QListWidgetItem

from blotflux.findings import Severity
from blotflux.report.palette import SEVERITY
from napari_blotflux.docks.readable import readable

if TYPE_CHECKING:
    from blotflux.findings import Finding
    from napari_blotflux.controller import Controller

__all__ = ["FindingList"]

SIGNS = {Severity.FAIL: "▲", Severity.WARN: "△", Severity.INFO: "·"}
ORDER = (Severity.FAIL, Severity.WARN, Severity.INFO)


class FindingList(QListWidget):
    """Findings, the worst first.

    Parameters
    ----------
    controller : Controller
    """

    def __init__(self, controller: Controller) -> None:
        super().__init__()
        self.controller = controller
        self.setObjectName("blotflux_findings")
        self.setWordWrap(True)
        self.setTextElideMode(Qt.TextElideMode.ElideNone)
        self.itemClicked.connect(self._on_click)
        # The checks look at the whole picture: they wait until the hand and the table are done.
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.reload)
        controller.opened.connect(self.schedule)
        controller.changed.connect(self.schedule)
        self._shown: tuple[Finding, ...] | None = None
        self.reload()

    def schedule(self, *args: object) -> None:
        """List the findings anew as soon as nothing else is to be done."""
        del args
        self._timer.start(30)

    def reload(self) -> None:
        """List the findings anew where they have changed."""
        session = self.controller.session
        if session is None:
            self.clear()
            self._shown = None
            return
        ranked = tuple(sorted(session.findings, key=lambda finding: ORDER.index(finding.severity)))
        if ranked == self._shown:
            return
        self._shown = ranked
        self.clear()
        for finding in ranked:
            self.addItem(_item(finding))
        if not ranked:
            self.addItem("No findings.")

    def _on_click(self, item: QListWidgetItem) -> None:
        at = self.row(item)
        if self._shown is not None and at < len(self._shown):
            self.controller.go_to(self._shown[at])


def _item(finding: Finding) -> QListWidgetItem:
    lane = "" if finding.lane is None else f" lane {finding.lane}"
    text = f"{SIGNS[finding.severity]} {finding.code}{lane}: {finding.message}"
    item = QListWidgetItem(text)
    item.setForeground(readable(SEVERITY[finding.severity]))
    return item
