"""Draws the pictures of the napari window in the README: run under a display.

xvfb-run -a -s '-screen 0 1600x1000x24' python docs/napari_pictures.py [FOLDER]
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ.setdefault("NAPARI_CONFIG", "")
os.environ.setdefault("BLOTFLUX_RECOVERY", tempfile.mkdtemp(prefix="blotflux-pictures-"))

import napari
from PIL import Image
from qtpy.QtWidgets import QApplication

from blotflux.editing import actions
from napari_blotflux.grips import Selection
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


def new_window() -> tuple[napari.Viewer, BlotWindow]:
    """Return a new window of a fixed size."""
    viewer = napari.Viewer(show=True)
    viewer.window.resize(*SIZE)
    return viewer, window_of(viewer)


def main() -> None:
    """Write both pictures."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "pictures"
    folder.mkdir(exist_ok=True)
    from qtpy.QtWidgets import QMessageBox

    QMessageBox.question = staticmethod(lambda *_, **__: QMessageBox.StandardButton.Discard)
    one_blot(folder)
    one_study(folder)


if __name__ == "__main__":
    main()
