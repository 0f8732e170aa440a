"""The menu "Blot": every edit with its key, and undo and redo that say what they would do."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal, Protocol

from qtpy.QtGui import QAction, QActionGroup, QKeySequence
from qtpy.QtWidgets import QInputDialog, QMenu

from blotflux.blot import LaneRole
from blotflux.editing import actions
from blotflux.parameters import (
    Background,
    JointBackground,
    LaneMinimaBackground,
    LocalBorderBackground,
    RollingBallBackground,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from qtpy.QtWidgets import QWidget

    from napari_blotflux.controller import Controller

__all__ = ["BACKGROUNDS", "KEYS", "BlotMenu", "MenuHost"]

BACKGROUNDS = {
    "Fitted together with the bands": JointBackground,
    "Local border": LocalBorderBackground,
    "Minima of the lane's profile": LaneMinimaBackground,
    "Rolling ball": RollingBallBackground,
}

TURNS: tuple[Literal[0, 90, 180, 270], ...] = (0, 90, 180, 270)

POLARITIES: dict[Literal["dark_on_light", "light_on_dark"], str] = {
    "dark_on_light": "Bands dark on light",
    "light_on_dark": "Bands light on dark",
}

KEYS = {
    "l": "add_lane",
    "b": "add_band",
    "s": "split",
    "m": "merge",
    "Delete": "delete",
    "Backspace": "delete",
    "Shift-Up": "band_up",
    "Shift-Down": "band_down",
    "x": "exclude",
    "n": "next_image",
    "p": "previous_image",
    "Control-Z": "undo",
    "Control-Shift-Z": "redo",
}
"""Keys that work while the blot is the active layer, and what they do."""


class MenuHost(Protocol):
    """What the menu asks of the window that it is in."""

    controller: Controller

    @property
    def unsaved(self) -> tuple[str, ...]:
        """Names of what has edits that were not saved."""

    def do(self, command: str) -> Callable[[], object]:
        """Return the function behind a command."""

    def apply_slowly(self, action: actions.Action) -> None:
        """Carry out an edit of the whole picture."""

    def save_all(self) -> bool:
        """Save everything."""


class BlotMenu(QMenu):
    """The menu of one window.

    Parameters
    ----------
    window : MenuHost
    parent : QWidget
    """

    def __init__(self, window: MenuHost, parent: QWidget) -> None:
        super().__init__("&Blot", parent)
        self.setObjectName("blotflux_menu")
        self._window = window
        controller = window.controller
        self.undo = self._add("Undo", controller.undo, QKeySequence("Ctrl+Z"))
        self.redo = self._add("Redo", controller.redo, QKeySequence("Ctrl+Shift+Z"))
        self.save = self._add("Save corrections", window.save_all, QKeySequence("Ctrl+Alt+S"))
        self.addSeparator()
        self._add_lane_actions()
        self.addSeparator()
        self._add_band_actions()
        self.addSeparator()
        self._add_picture_actions()
        self.addSeparator()
        self._add_study_actions()
        for signal in (controller.opened, controller.changed, controller.saved):
            signal.connect(self.refresh)
        self.refresh()

    def _add(
        self,
        text: str,
        run: Callable[[], object],
        shortcut: QKeySequence | None = None,
        menu: QMenu | None = None,
    ) -> QAction:
        action = QAction(text, self)
        action.triggered.connect(lambda *_: run())
        if shortcut is not None:
            action.setShortcut(shortcut)
        (menu or self).addAction(action)
        return action

    def _add_lane_actions(self) -> None:
        do = self._window.do
        self._add("Add lane at the pointer\tL", do("add_lane"))
        self._add("Set the number of lanes …", self.ask_lane_count)
        self._add("Shift all lanes …", self.ask_shift)
        roles = QMenu("Lane holds", self)
        for role in LaneRole:
            self._add(str(role), partial(self.set_role, role), menu=roles)
        self.addMenu(roles)
        self._add("Exclude lane, or take it back …\tX", self.ask_exclude)
        self._add("Number the lane …", self.ask_number)

    def _add_band_actions(self) -> None:
        do = self._window.do
        self._add("Add band at the pointer\tB", do("add_band"))
        self._add("Split doublet\tS", do("split"))
        self._add("Merge with the row below\tM", do("merge"))
        self._add("Move band one row up\tShift+Up", do("band_up"))
        self._add("Move band one row down\tShift+Down", do("band_down"))
        self._add("Name the row …", self.ask_target)
        self._add("Delete selected band or lane\tDel", do("delete"))

    def _add_picture_actions(self) -> None:
        polarity = QMenu("Polarity", self)
        for value, text in POLARITIES.items():
            self._add(text, partial(self._polarize, value), menu=polarity)
        turn = QMenu("Turn", self)
        for degrees in TURNS:
            text = f"{degrees}° clockwise" if degrees else "As in the file"
            self._add(text, partial(self._turn, degrees), menu=turn)
        self._add("Flip left and right", self._flip, menu=turn)
        background = QMenu("Background", self)
        group = QActionGroup(self)
        self._backgrounds: dict[str, QAction] = {}
        for text, method in BACKGROUNDS.items():
            action = self._add(text, partial(self._subtract, method()), menu=background)
            action.setCheckable(True)
            group.addAction(action)
            self._backgrounds[method().method] = action
        for menu in (polarity, turn, background):
            self.addMenu(menu)
        self._add("Start over: the automatic result", lambda: self._slow(actions.StartOver()))

    def _add_study_actions(self) -> None:
        do = self._window.do
        self._add("Looks right", do("sign_off"), QKeySequence("Ctrl+Return"))
        self._add("Next image", do("next_image"), QKeySequence("Ctrl+PgDown"))
        self._add("Previous image", do("previous_image"), QKeySequence("Ctrl+PgUp"))
        self._add("Use these lanes on the whole membrane", do("apply_lanes"))

    # ------------------------------------------------------------ what can be done now

    def refresh(self, *args: object) -> None:
        """Say what undo and redo would do."""
        del args
        session = self._window.controller.session
        for action, verb, text in (
            (self.undo, "Undo", session.undo_text if session else ""),
            (self.redo, "Redo", session.redo_text if session else ""),
        ):
            action.setText(f"{verb}: {text}" if text else verb)
            action.setEnabled(bool(text))
        self.save.setEnabled(bool(self._window.unsaved))
        if session is not None:
            used = session.plan.background or session.source.parameters.background
            action = self._backgrounds.get(used.method)
            if action is not None:
                action.setChecked(True)

    def refresh_for(self, layer: object) -> None:
        """Leave Ctrl+Z to a layer of labels while one is being painted on."""
        painting = type(layer).__name__ == "Labels"
        for action, keys in ((self.undo, "Ctrl+Z"), (self.redo, "Ctrl+Shift+Z")):
            action.setShortcut(QKeySequence("" if painting else keys))

    # ------------------------------------------------------------ questions

    def ask_lane_count(self) -> None:
        """Ask how many lanes there are, and look for that many."""
        session = self._window.controller.session
        if session is None:
            return
        panel = self._window.controller.selection.panel
        now = sum(lane.panel == panel for lane in session.measurement.lanes)
        count, taken = QInputDialog.getInt(
            self, "Number of lanes", "Lanes on this blot:", max(now, 1), 1, 100
        )
        if taken:
            self._slow(actions.SetLaneCount(count=count, panel=panel))

    def ask_shift(self) -> None:
        """Ask how far to shift all lanes."""
        by, taken = QInputDialog.getDouble(
            self, "Shift all lanes", "Pixels to the right (negative: to the left):", 0.0,
            -10_000, 10_000, 1,
        )  # fmt: skip
        if taken and by:
            self._window.controller.apply(actions.ShiftLanes(dx_px=by))

    def set_role(self, role: LaneRole) -> None:
        """Say what the selected lane holds."""
        chosen = self._window.controller.selection
        if chosen.lane is None:
            self._window.controller.told.emit("Select a lane first.")
            return
        action = actions.SetRole(panel=chosen.panel, lane=chosen.lane, role=str(role))
        self._window.controller.apply(action)

    def ask_exclude(self) -> None:
        """Ask why the selected lane is left out; take it back if it already is."""
        controller = self._window.controller
        chosen, session = controller.selection, controller.session
        if session is None or chosen.lane is None:
            controller.told.emit("Select a lane first.")
            return
        if (chosen.panel, chosen.lane) in session.excluded:
            controller.apply(actions.IncludeLane(panel=chosen.panel, lane=chosen.lane))
            return
        reason, taken = QInputDialog.getText(
            self, "Exclude lane", f"Why is lane {chosen.lane} left out?"
        )
        if taken and reason.strip():
            action = actions.ExcludeLane(
                panel=chosen.panel, lane=chosen.lane, reason=reason.strip()
            )
            controller.apply(action)

    def ask_number(self) -> None:
        """Ask for the selected lane's number, its slot on the gel."""
        controller = self._window.controller
        chosen = controller.selection
        if chosen.lane is None:
            controller.told.emit("Select a lane first.")
            return
        number, taken = QInputDialog.getInt(
            self, "Number the lane", "Slot of the gel, from the left:", chosen.lane, 1, 100
        )
        if taken and number != chosen.lane:
            action = actions.NumberLane(panel=chosen.panel, lane=chosen.lane, number=number)
            controller.apply(action)

    def ask_target(self) -> None:
        """Ask for the target of the selected band's row."""
        controller = self._window.controller
        chosen, session = controller.selection, controller.session
        if session is None or chosen.row is None:
            controller.told.emit("Select a band of the row first.")
            return
        now = session.targets.get((chosen.panel, chosen.row), "")
        text, taken = QInputDialog.getText(
            self, "Name the row", f"Target of row {chosen.row}:", text=now
        )
        if taken and text.strip():
            action = actions.NameRow(panel=chosen.panel, row=chosen.row, target=text.strip())
            controller.apply(action)

    # ------------------------------------------------------------ edits of the whole picture

    def _polarize(self, polarity: Literal["dark_on_light", "light_on_dark"]) -> None:
        self._slow(actions.SetPolarity(polarity=polarity))

    def _subtract(self, background: Background) -> None:
        self._slow(actions.SetBackground(background=background))

    def _turn(self, degrees: Literal[0, 90, 180, 270]) -> None:
        session = self._window.controller.session
        if session is not None:
            self._slow(actions.SetOrientation(turn=degrees, flip=session.plane.flip))

    def _flip(self) -> None:
        session = self._window.controller.session
        if session is not None:
            flip: Literal["", "horizontal"] = "" if session.plane.flip else "horizontal"
            self._slow(actions.SetOrientation(turn=session.plane.turn, flip=flip))

    def _slow(self, action: actions.Action) -> None:
        self._window.apply_slowly(action)
