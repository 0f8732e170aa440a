"""Between the window and the core: what is open, what is selected, and edits with their undo.

The controller knows neither napari nor Qt. Views (canvas, table, profile, lists) ask it for
actions and listen to its signals; every number they show comes from the session.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from psygnal import Signal

from blotflux.editing import Change, EditSession, actions
from blotflux.errors import BlotError
from napari_blotflux.grips import Selection

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from blotflux.blot import Band, Lane
    from blotflux.findings import Finding

__all__ = ["Controller"]


class Controller:
    """One session at a time, its selection and its history.

    Attributes
    ----------
    opened : Signal
        A session was opened or closed.
    changed : Signal of Change
        An edit was made, undone or done again.
    drawn : Signal of Change
        The same, after everyone who shows numbers has them.
    selected : Signal of Selection
    told : Signal of str
        One line for the status bar.
    gone_to : Signal of (float, float)
        The y, x that the view should move to.
    saved : Signal
        The sidecar was written, or whether there is something to write has changed.
    naming : Signal of Selection
        A lane was added and waits for its name.
    """

    opened = Signal()
    changed = Signal(Change)
    drawn = Signal(Change)
    selected = Signal(Selection)
    told = Signal(str)
    gone_to = Signal(float, float)
    saved = Signal()
    naming = Signal(Selection)

    def __init__(self) -> None:
        self._session: EditSession | None = None
        self._selection = Selection()

    # ------------------------------------------------------------ what is open

    @property
    def session(self) -> EditSession | None:
        """The open session, or None."""
        return self._session

    @property
    def selection(self) -> Selection:
        """What is selected."""
        return self._selection

    @property
    def lane(self) -> Lane | None:
        """The selected lane."""
        return self._selection.lane_in(self._session.measurement) if self._session else None

    @property
    def band(self) -> Band | None:
        """The selected band."""
        return self._selection.band_in(self._session.measurement) if self._session else None

    def open(self, session: EditSession | None) -> None:
        """Show another session, or none; the one before keeps its edits."""
        self._session = session
        self._selection = Selection()
        self.opened.emit()
        self.selected.emit(self._selection)

    # ------------------------------------------------------------ selecting

    def select(self, selection: Selection) -> None:
        """Select a lane and a band of it."""
        if selection != self._selection:
            self._selection = selection
            self.selected.emit(selection)

    def select_neighbor(self, lanes: int = 0, rows: int = 0) -> None:
        """Select the lane to the right (or left) or the row below (or above)."""
        if self._session is None:
            return
        measurement = self._session.measurement
        keys = [(lane.panel, lane.number) for lane in measurement.lanes]
        if not keys:
            return
        now = (self._selection.panel, self._selection.lane or 0)
        at = keys.index(now) if now in keys else -1 if lanes >= 0 else 0
        panel, lane = keys[max(0, min(len(keys) - 1, at + lanes))]
        own = [band.row for band in measurement.bands if (band.panel, band.lane) == (panel, lane)]
        row = self._selection.row
        if rows and own:
            place = own.index(row) + rows if row in own else 0 if rows > 0 else len(own) - 1
            row = own[max(0, min(len(own) - 1, place))]
        row = row if row in own else None
        self.select(Selection(panel=panel, lane=lane, row=row))

    def go_to(self, finding: Finding) -> None:
        """Select and show what a finding is about."""
        if self._session is None or finding.lane is None:
            return
        rows = {name: key for key, name in self._session.targets.items() if name == finding.target}
        panel, row = rows.get(finding.target, (finding.panel or 1, None))
        self.select(Selection(panel=finding.panel or panel, lane=finding.lane, row=row))
        band, lane = self.band, self.lane
        if band is not None:
            self.gone_to.emit(band.y_px, band.x_px)
        elif lane is not None:
            middle = (lane.track_y_px[0] + lane.track_y_px[-1]) / 2
            self.gone_to.emit(middle, float(lane.x_at(middle)))

    # ------------------------------------------------------------ editing

    def apply(self, action: actions.Action) -> Change | None:
        """Carry out an edit; what cannot be done is told, and changes nothing."""
        session = self._session
        if session is None:
            return None
        return self._run(lambda: session.apply(action))

    def undo(self) -> Change | None:
        """Take the last edit back."""
        session = self._session
        if session is None or not session.undo_text:
            return None
        return self._run(session.undo)

    def redo(self) -> Change | None:
        """Do the last undone edit again."""
        session = self._session
        if session is None or not session.redo_text:
            return None
        return self._run(session.redo)

    def recover(self) -> Change | None:
        """Take the edits that an earlier run of the program did not save."""
        session = self._session
        if session is None or session.recovery is None:
            return None
        return self._run(session.recover)

    def _run(self, work: Callable[[], Change]) -> Change | None:
        try:
            change = work()
        except BlotError as error:
            self.told.emit(str(error))
            return None
        self.absorb(change)
        return change

    def absorb(self, change: Change) -> None:
        """Tell every view of a change of the open session, wherever it was made."""
        if self._session is None:
            return
        measurement = self._session.measurement
        if self._selection.row is not None and self._selection.band_in(measurement) is None:
            self._selection = Selection(panel=self._selection.panel, lane=self._selection.lane)
        if self._selection.lane is not None and self._selection.lane_in(measurement) is None:
            self._selection = Selection()
        self.changed.emit(change)
        self.drawn.emit(change)
        self.selected.emit(self._selection)
        self.saved.emit()
        self.told.emit(change.text)

    # ------------------------------------------------------------ edits of what is selected

    def add_lane(self, x: float, panel: int = 1) -> None:
        """Add a lane at `x` and ask for its name."""
        session = self._session
        if session is None:
            return
        if self.apply(actions.AddLane(panel=panel, x_px=x)) is None:
            return
        lanes = [lane for lane in session.measurement.lanes if lane.panel == panel]
        added = min(lanes, key=lambda lane: abs(lane.track_x_px[len(lane.track_x_px) // 2] - x))
        self.select(Selection(panel=panel, lane=added.number))
        self.naming.emit(self._selection)

    def add_band(self, y: float, x: float) -> None:
        """Add a band at a point of a lane, and select it."""
        session = self._session
        if session is None:
            return
        lanes = {(lane.panel, lane.number): lane for lane in session.measurement.lanes}
        inside = [key for key, lane in lanes.items() if abs(x - lane.x_at(y)) <= lane.width_px / 2]
        if not inside:
            self.told.emit("There is no lane here; add the lane first (L).")
            return
        panel, lane = inside[0]
        if self.apply(actions.AddBand(panel=panel, lane=lane, y_px=y)) is not None:
            own = [
                band
                for band in session.measurement.bands
                if (band.panel, band.lane) == (panel, lane)
            ]
            nearest = min(own, key=lambda band: abs(band.y_px - y), default=None)
            row = None if nearest is None else nearest.row
            self.select(Selection(panel=panel, lane=lane, row=row))

    def delete(self) -> None:
        """Delete the selected band; the selected lane where no band is selected."""
        chosen = self._selection
        if chosen.lane is None:
            self.told.emit("Select a lane or a band first.")
        elif chosen.row is None:
            self.apply(actions.DeleteLane(panel=chosen.panel, lane=chosen.lane))
        else:
            self.apply(actions.DeleteBand(panel=chosen.panel, lane=chosen.lane, row=chosen.row))

    def split(self) -> None:
        """Split the selected band, which holds two, in its lane and row."""
        chosen = self._selection
        if chosen.row is None:
            self.told.emit("Select the band that holds two first.")
        else:
            self.apply(actions.SplitRow(panel=chosen.panel, row=chosen.row, lane=chosen.lane))

    def merge(self) -> None:
        """Merge the selected band's row with the row below it."""
        chosen = self._selection
        if chosen.row is None or self._session is None:
            self.told.emit("Select a band of the upper row first.")
            return
        below = sorted(
            {
                band.row
                for band in self._session.measurement.bands
                if (band.panel, band.lane) == (chosen.panel, chosen.lane) and band.row > chosen.row
            }
        )
        if not below:
            self.told.emit("There is no row below this one to merge with.")
            return
        self.apply(actions.MergeRows(panel=chosen.panel, row=chosen.row, other=below[0]))

    def move_band(self, rows: int) -> None:
        """Move the selected band to the row below (or above) it."""
        chosen = self._selection
        if chosen.row is None or chosen.lane is None or chosen.row + rows < 1:
            self.told.emit("Select the band to move first.")
            return
        target = chosen.row + rows
        moved = self.apply(
            actions.MoveBand(panel=chosen.panel, lane=chosen.lane, row=chosen.row, to_row=target)
        )
        if moved is not None:
            self.select(Selection(panel=chosen.panel, lane=chosen.lane, row=target))

    # ------------------------------------------------------------ keeping

    def save(self) -> Path | None:
        """Write the sidecar; a failure is told."""
        if self._session is None:
            return None
        try:
            path = self._session.save()
        except BlotError as error:
            self.told.emit(str(error))
            return None
        self.saved.emit()
        self.told.emit(f"Saved {path.name}")
        return path
