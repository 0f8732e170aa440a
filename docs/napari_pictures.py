"""Draws the pictures of the napari window in the README: run under a display.

xvfb-run -a -s '-screen 0 1600x1000x24' python docs/napari_pictures.py [FOLDER] [--states]

With ``--states`` every other state is drawn instead, the form and the dialogs too, to be looked at
before a change of the window is called done.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ.setdefault("NAPARI_CONFIG", "")
os.environ.setdefault("BLOTFLUX_RECOVERY", tempfile.mkdtemp(prefix="blotflux-pictures-"))

import napari
import tifffile
from PIL import Image
from qtpy.QtCore import QPoint, QTimer
from qtpy.QtWidgets import QApplication, QMessageBox

from blotflux.drawn import write_drawn_study
from blotflux.editing import actions
from blotflux.synthetic import draw_kind, draw_lc3_study
from napari_blotflux.docks.new_study import NewStudyDock
from napari_blotflux.grips import Selection
from napari_blotflux.questions import ask_changed
from napari_blotflux.window import window_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari_blotflux.window import BlotWindow

SIZE = (1500, 900)
COLORS = 96
"""Of the pictures' palette: a window has few, and the files stay small."""


def wait_for(condition: Callable[[], Any], seconds: float = 300.0) -> None:
    """Let the window work until a condition holds, and half a second more."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            message = "the window did not get there"
            raise TimeoutError(message)
        QApplication.processEvents()
        time.sleep(0.01)
    end = time.monotonic() + 0.5
    while time.monotonic() < end:
        QApplication.processEvents()
        time.sleep(0.01)


def take(viewer: napari.Viewer, path: Path) -> None:
    """Write a picture of the window."""
    shown = viewer.screenshot(canvas_only=False, flash=False)
    Image.fromarray(shown).convert("RGB").quantize(COLORS).save(path, optimize=True)


def one_blot(folder: Path) -> None:
    """Show one blot: a lane chosen, a lane moved, a lane excluded."""
    viewer, window = new_window()
    viewer.open_sample("blotflux", "blot")
    wait_for(lambda: window.controller.session is not None)
    controller = window.controller
    for row, target in ((1, "LC3-I"), (2, "LC3-II")):
        controller.apply(actions.NameRow(panel=1, row=row, target=target))
    controller.apply(actions.ExcludeLane(panel=1, lane=8, reason="bubble"))
    controller.apply(actions.NameLane(panel=1, lane=6, name="BafA1"))
    controller.apply(actions.MoveLane(panel=1, lane=6, dx_px=2.0))
    controller.select(Selection(panel=1, lane=6, row=2))
    wait_for(lambda: True)
    take(viewer, folder / "napari_blot.png")
    viewer.close()


def one_study(folder: Path) -> None:
    """Show a study: its images, its answer."""
    viewer, window = new_window()
    viewer.open_sample("blotflux", "lc3_study")
    answers: list[object] = []
    window.studies.answered.connect(answers.append)
    wait_for(lambda: window.controller.session is not None and answers)
    lane = window.controller.session.measurement.lanes[2]
    window.controller.select(Selection(panel=lane.panel, lane=lane.number, row=1))
    wait_for(lambda: not window.progress.busy)
    take(viewer, folder / "napari_study.png")
    viewer.close()


def states(folder: Path) -> None:
    """Show what the README does not: the empty window, pages, a doublet, the form, the dialogs."""
    viewer, window = new_window()
    window.show_docks("Profile", "Blot")
    wait_for(lambda: True)
    take(viewer, folder / "state_empty.png")
    path = folder / "pages.tif"
    with tifffile.TiffWriter(path) as file:
        for seed in (3, 4):
            file.write(draw_kind("clean", seed).image, photometric="minisblack", metadata=None)
    window.open_image(path)
    wait_for(lambda: window.controller.session is not None)
    take(viewer, folder / "state_pages.png")
    controller = window.controller
    controller.apply(actions.DeleteBand(panel=1, lane=2, row=1))
    controller.apply(actions.SetLimits(panel=1, lane=3, row=1, **_limits(window, 3, 1)))
    controller.select(Selection(panel=1, lane=3, row=1))
    controller.split()
    wait_for(lambda: True)
    take(viewer, folder / "state_edited.png")
    dialogs = {
        "exclude": window.menu.ask_exclude,
        "count": window.menu.ask_lane_count,
        "target": window.menu.ask_target,
        "closing": viewer.window._qt_window.close,
        "changed": lambda: ask_changed(f"{path.name}: the image has changed since it was corrected "
                                       "by hand (2026-01-01).", viewer.window._qt_window),
    }  # fmt: skip
    for name, ask in dialogs.items():
        look_at(name, ask, folder)
    window.menu.popup(viewer.window._qt_window.mapToGlobal(QPoint(300, 60)))
    wait_for(lambda: True)
    window.menu.grab().save(str(folder / "state_menu.png"))
    window.menu.close()
    discard()
    viewer.close()


def discard() -> None:
    """Let unsaved edits of the windows that are closed go."""
    QMessageBox.question = staticmethod(lambda *_, **__: QMessageBox.StandardButton.Discard)


def _limits(window: BlotWindow, lane: int, row: int) -> dict[str, float]:
    bands = window.controller.session.measurement.bands
    box = next(band.box for band in bands if (band.lane, band.row) == (lane, row))
    return {"top_px": box.top + 2.0, "bottom_px": box.bottom + 4.0}


def look_at(name: str, ask: Callable[[], object], folder: Path) -> None:
    """Take a picture of a dialog, and leave it."""

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        if dialog is None:
            QTimer.singleShot(100, look)
            return
        dialog.grab().save(str(folder / f"state_dialog_{name}.png"))
        dialog.reject()

    QTimer.singleShot(300, look)
    ask()


def form(folder: Path) -> None:
    """Show the form of a new study, tab by tab."""
    pictures = folder / "study"
    write_drawn_study(draw_lc3_study("induced", 1), pictures)
    for made in ("study.toml", "lanes.csv", "lanes.xlsx"):
        (pictures / made).unlink(missing_ok=True)
    viewer, window = new_window()
    window.new_study(pictures)
    docks: list[NewStudyDock] = viewer.window._qt_window.findChildren(NewStudyDock)
    wait_for(lambda: docks[0].form is not None)
    for tab in range(docks[0].tabs.count()):
        docks[0].tabs.setCurrentIndex(tab)
        wait_for(lambda: True)
        take(viewer, folder / f"state_form_{tab + 1}.png")
    docks[0].check()
    wait_for(lambda: True)
    take(viewer, folder / "state_form_checked.png")
    viewer.close()


def new_window() -> tuple[napari.Viewer, BlotWindow]:
    """Return a new window of a fixed size."""
    viewer = napari.Viewer(show=True)
    viewer.window.resize(*SIZE)
    return viewer, window_of(viewer)


def main() -> None:
    """Write the pictures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parent / "pictures")
    parser.add_argument("--states", action="store_true")
    wish = parser.parse_args()
    wish.folder.mkdir(exist_ok=True)
    if wish.states:
        states(wish.folder)
        form(wish.folder)
        return
    discard()
    one_blot(wish.folder)
    one_study(wish.folder)


if __name__ == "__main__":
    main()
