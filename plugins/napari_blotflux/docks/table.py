"""The table of lanes by rows, linked with the canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QItemSelectionModel, QModelIndex
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QInputDialog, QTableView

from blotflux.editing import actions
from napari_blotflux.docks.band_model import FIXED, BandModel
from napari_blotflux.grips import Selection

if TYPE_CHECKING:
    from napari_blotflux.controller import Controller

__all__ = ["BandTable"]


class BandTable(QTableView):
    """The view: a click selects on the blot, a selection on the blot moves here.

    Parameters
    ----------
    controller : Controller
    """

    def __init__(self, controller: Controller) -> None:
        super().__init__()
        self.controller = controller
        self.bands = BandModel(controller)
        self.setModel(self.bands)
        self.setObjectName("blotflux_table")
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked
            | QAbstractItemView.EditTrigger.EditKeyPressed
            | QAbstractItemView.EditTrigger.AnyKeyPressed
        )
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.sectionDoubleClicked.connect(self.ask_target)
        self.verticalHeader().setDefaultSectionSize(22)
        self.selectionModel().currentChanged.connect(self._on_current)
        controller.opened.connect(self._reload)
        controller.changed.connect(self.bands.follow)
        controller.selected.connect(self._on_selected)
        controller.naming.connect(self._on_naming)
        self._reload()

    def _reload(self) -> None:
        self.bands.reload()
        self.resizeColumnsToContents()

    def _on_current(self, current: QModelIndex, previous: QModelIndex) -> None:
        del previous
        if current.isValid():
            self.controller.select(self.bands.selection_at(current))

    def _on_selected(self, selection: Selection) -> None:
        place = self.bands.place_of(selection)
        shown = self.currentIndex()
        if shown.isValid() and self.bands.selection_at(shown) == selection:
            return
        model = self.selectionModel()
        blocked = model.blockSignals(True)
        model.setCurrentIndex(place, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        model.blockSignals(blocked)
        self.viewport().update()
        if place.isValid():
            self.scrollTo(place)

    def _on_naming(self, selection: Selection) -> None:
        """Open the name's cell, so that the next thing typed is the lane's name."""
        place = self.bands.place_of(Selection(panel=selection.panel, lane=selection.lane))
        if place.isValid():
            self.activateWindow()
            self.setFocus()
            self.setCurrentIndex(place)
            self.edit(place)

    def ask_target(self, section: int) -> None:
        """Ask for the target of a row."""
        session = self.controller.session
        at = section - len(FIXED)
        if session is None or not 0 <= at < len(self.bands.rows):
            return
        panel, row = self.bands.rows[at]
        text, taken = QInputDialog.getText(
            self, "Name the row", f"Target of row {row}:",
            text=session.targets.get((panel, row), ""),
        )  # fmt: skip
        if taken and text.strip():
            self.controller.apply(actions.NameRow(panel=panel, row=row, target=text.strip()))
