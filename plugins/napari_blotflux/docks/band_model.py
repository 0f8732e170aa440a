"""What the table of lanes by rows holds: volumes with their errors and flags, as a Qt model."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QAbstractTableModel, QModelIndex, Qt, Signal
from qtpy.QtGui import QBrush, QColor, QFont

from blotflux.blot import LaneRole
from blotflux.editing import actions
from blotflux.flags import Flag
from blotflux.report.palette import LOW_CONFIDENCE, MUTED, row_color
from napari_blotflux.docks.readable import readable
from napari_blotflux.grips import Selection
from napari_blotflux.labels import row_title
from napari_blotflux.marks import is_doubtful

if TYPE_CHECKING:
    from collections.abc import Iterable

    from blotflux.blot import Band, Lane
    from blotflux.editing import Change, EditSession
    from napari_blotflux.controller import Controller

__all__ = ["FIXED", "BandModel"]

FIXED = ("name", "role")
"""Columns before those of the rows of bands."""

PICKED = "•"
"""Marks a band that a person changed."""

MEANINGS = {str(flag): flag.meaning for flag in Flag}

Key = tuple[int, int]


def volume_text(band: Band, scale: float = 1.0) -> str:
    """Return a volume and its error as a person reads them: as many digits as the error has two.

    Parameters
    ----------
    band : Band
    scale : float
        What both are divided by.
    """
    if math.isnan(band.volume):
        return "–"
    error = band.volume_se / scale
    digits = 1
    if math.isfinite(error) and error > 0:
        digits = min(6, max(0, 1 - math.floor(math.log10(error))))
    edited = f"{PICKED} " if band.edited else ""
    return f"{edited}{band.volume / scale:,.{digits}f} ± {error:,.{digits}f}"


def scale_of(bands: Iterable[Band]) -> float:
    """Return the power of 1000 by which the largest volume has one to three digits."""
    sizes = [abs(band.volume) for band in bands if math.isfinite(band.volume)]
    largest = max(sizes, default=0.0)
    return 1000.0 ** math.floor(math.log10(largest) / 3) if largest > 0 else 1.0


class BandModel(QAbstractTableModel):
    """Lanes down, rows of bands across.

    Parameters
    ----------
    controller : Controller
    """

    renamed = Signal()

    def __init__(self, controller: Controller) -> None:
        super().__init__()
        self.controller = controller
        self.lanes: tuple[Lane, ...] = ()
        self.rows: tuple[Key, ...] = ()
        self._bands: dict[tuple[int, int, int], Band] = {}
        self._names: dict[Key, str] = {}
        self._excluded: dict[Key, str] = {}
        self.scale = 1.0

    # ------------------------------------------------------------ following the session

    def reload(self) -> None:
        """Take everything anew."""
        self.beginResetModel()
        self._read()
        self.endResetModel()

    def follow(self, change: Change) -> None:
        """Take what a change touched; the table keeps its place where its shape is the same."""
        session = self.controller.session
        same = session is not None and self._shape_of(session) == self._shape
        if session is None or change.image or not same:
            self.reload()
            return
        self._read()
        if self.lanes:
            last = self.index(len(self.lanes) - 1, self.columnCount() - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    @property
    def _shape(self) -> tuple[tuple[Key, ...], tuple[Key, ...]]:
        return tuple((lane.panel, lane.number) for lane in self.lanes), self.rows

    @staticmethod
    def _shape_of(session: EditSession) -> tuple[tuple[Key, ...], tuple[Key, ...]]:
        lanes = tuple((lane.panel, lane.number) for lane in session.measurement.lanes)
        return lanes, _rows_of(session)

    def _read(self) -> None:
        session = self.controller.session
        if session is None:
            self.lanes, self.rows, self._bands = (), (), {}
            return
        measurement = session.measurement
        self.lanes = measurement.lanes
        self.rows = _rows_of(session)
        self._bands = {(band.panel, band.lane, band.row): band for band in measurement.bands}
        self.scale = scale_of(measurement.bands)
        self._names = session.lane_names
        self._excluded = session.excluded

    # ------------------------------------------------------------ where things are

    def place_of(self, selection: Selection) -> QModelIndex:
        """Return the cell of a selection; an invalid index where it has none."""
        keys = [(lane.panel, lane.number) for lane in self.lanes]
        if (selection.panel, selection.lane) not in keys:
            return QModelIndex()
        column = 0
        if (selection.panel, selection.row) in self.rows:
            column = len(FIXED) + self.rows.index((selection.panel, selection.row or 0))
        return self.index(keys.index((selection.panel, selection.lane or 0)), column)

    def selection_at(self, index: QModelIndex) -> Selection:
        """Return what a cell stands for."""
        lane = self.lanes[index.row()]
        band = self._band_at(index)
        row = None if band is None else band.row
        return Selection(panel=lane.panel, lane=lane.number, row=row)

    def _band_at(self, index: QModelIndex) -> Band | None:
        at = index.column() - len(FIXED)
        if not 0 <= at < len(self.rows):
            return None
        lane, (panel, row) = self.lanes[index.row()], self.rows[at]
        return self._bands.get((lane.panel, lane.number, row)) if panel == lane.panel else None

    # ------------------------------------------------------------ Qt's questions

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        """Return how many lanes there are."""
        del parent
        return len(self.lanes)

    def columnCount(self, parent: QModelIndex | None = None) -> int:
        """Return how many columns there are."""
        del parent
        return len(FIXED) + len(self.rows)

    def headerData(self, section: int, orientation: Any, role: int = 0) -> Any:
        """Return a lane's number or a column's title."""
        if orientation == Qt.Orientation.Vertical:
            return self._lane_header(self.lanes[section], role)
        if section < len(FIXED):
            return FIXED[section] if role == Qt.ItemDataRole.DisplayRole else None
        panel, row = self.rows[section - len(FIXED)]
        session = self.controller.session
        if role == Qt.ItemDataRole.DisplayRole and session is not None:
            return row_title(session, panel, row)
        if role == Qt.ItemDataRole.ForegroundRole:
            return readable(row_color(row))
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"Volume ± SE in {self.unit}. Double-click to name the row."
        return None

    @property
    def unit(self) -> str:
        """What the volumes are counted in."""
        session = self.controller.session
        counted = "counts" if session is None else session.blot.unit
        return f"{counted}·px" if self.scale == 1 else f"{self.scale:.0e} {counted}·px"

    def _lane_header(self, lane: Lane, role: int) -> Any:
        several = self.lanes[-1].panel > 1
        number = f"{lane.panel}·{lane.number}" if several else str(lane.number)
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{number} ?" if is_doubtful(lane) else number
        if role == Qt.ItemDataRole.ForegroundRole and is_doubtful(lane):
            return readable(LOW_CONFIDENCE)
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"confidence {lane.confidence:.2f}: {lane.reason or 'nothing speaks against it'}"
        return None

    def data(self, index: QModelIndex, role: int = 0) -> Any:
        """Return what a cell shows."""
        if not index.isValid():
            return None
        lane = self.lanes[index.row()]
        if index.column() < len(FIXED):
            return self._fixed(lane, FIXED[index.column()], role)
        band = self._band_at(index)
        return None if band is None else self._cell(band, lane, role)

    def _fixed(self, lane: Lane, column: str, role: int) -> Any:
        key = (lane.panel, lane.number)
        reason = self._excluded.get(key, "")
        if role == Qt.ItemDataRole.EditRole and column == "name":
            return self._names.get(key, "")
        if role == Qt.ItemDataRole.ToolTipRole and reason:
            return f"excluded: {reason}"
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        if column == "name":
            return self._names.get(key, "")
        return "excluded" if reason else str(lane.role)

    def _cell(self, band: Band, lane: Lane, role: int) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:
            return volume_text(band, self.scale)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.ToolTipRole:
            return _band_tip(band)
        if role == Qt.ItemDataRole.ForegroundRole:
            faint = not band.detected or (lane.panel, lane.number) in self._excluded
            return readable(MUTED) if faint else None
        if role == Qt.ItemDataRole.FontRole and not band.detected:
            font = QFont()
            font.setItalic(True)
            return font
        if role == Qt.ItemDataRole.BackgroundRole and Flag.SATURATED in band.flags:
            return QBrush(QColor(229, 0, 76, 70))
        return None

    def flags(self, index: QModelIndex) -> Any:
        """Return what can be done with a cell: names can be typed."""
        base = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return base | Qt.ItemFlag.ItemIsEditable if index.column() == 0 else base

    def setData(self, index: QModelIndex, value: Any, role: int = 0) -> bool:
        """Name a lane."""
        if role != Qt.ItemDataRole.EditRole or index.column() != 0:
            return False
        lane = self.lanes[index.row()]
        if str(value).strip() == self._names.get((lane.panel, lane.number), ""):
            return False
        action = actions.NameLane(panel=lane.panel, lane=lane.number, name=str(value).strip())
        return self.controller.apply(action) is not None


def _rows_of(session: EditSession) -> tuple[Key, ...]:
    """Return the rows that any sample lane has; a ladder's own bands are no rows."""
    ladders = {
        (lane.panel, lane.number)
        for lane in session.measurement.lanes
        if lane.role is LaneRole.LADDER
    }
    rows = {
        (band.panel, band.row)
        for band in session.measurement.bands
        if (band.panel, band.lane) not in ladders
    }
    return tuple(sorted(rows))


def _band_tip(band: Band) -> str:
    lines = [f"volume {band.volume:,.4g} ± {band.volume_se:,.2g} (SE), SNR {band.snr:.3g}"]
    lines += [] if band.detected else ["nothing was detected; measured at the row's position"]
    lines += [f"{flag}: {MEANINGS[flag]}" for flag in band.flags]
    return "\n".join(lines)
