"""Dialogs, long work that is stopped, and files that hold several pictures, on a real window."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import tifffile

from blotflux.blot.read import read
from blotflux.drawn import write_drawn_study
from blotflux.editing import EditSession, actions
from blotflux.report.pictures import Picture
from blotflux.report.tables import bands_table
from blotflux.study.quantify import quantify_images
from blotflux.synthetic import draw_kind, draw_lc3_study

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [pytest.mark.gui, pytest.mark.filterwarnings("ignore")]


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "blot.tif"
    tifffile.imwrite(path, draw_kind("clean", 3).image)
    return path


def answer_with(act: Callable[[Any], None]) -> list[str]:
    """Let a person act on the next dialog; return a list that will hold what it said."""
    from qtpy.QtCore import QTimer
    from qtpy.QtWidgets import QApplication

    said: list[str] = []

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        if dialog is None:
            QTimer.singleShot(50, look)
            return
        said.append(dialog.text() if hasattr(dialog, "text") else dialog.labelText())
        act(dialog)

    QTimer.singleShot(50, look)
    return said


def press(words: str) -> Callable[[Any], None]:
    """Return what presses the button of a dialog that says some words."""

    def act(dialog: Any) -> None:
        button = next(one for one in dialog.buttons() if words in one.text().replace("&", ""))
        button.click()

    return act


def type_in(text: str) -> Callable[[Any], None]:
    """Return what types into a dialog, and Enter."""

    def act(dialog: Any) -> None:
        from qtpy.QtCore import Qt
        from qtpy.QtTest import QTest
        from qtpy.QtWidgets import QLineEdit

        line = dialog.findChild(QLineEdit)
        QTest.keyClicks(line, text)
        QTest.keyClick(line, Qt.Key.Key_Return)

    return act


# ---------------------------------------------------------------- dialogs


@pytest.mark.parametrize(
    ("words", "lanes_stay"),
    [("Start from the automatic", False), ("Take the lanes", True), ("Do not open", None)],
)
def test_corrections_of_another_version_of_the_image_are_refused_with_a_choice(
    window: Any, image: Path, words: str, lanes_stay: bool | None
) -> None:
    from person import wait_for

    from napari_blotflux.opening import open_path

    before = EditSession.open(image)
    before.apply(actions.MoveLane(panel=1, lane=3, dx_px=6.0))
    drawn = before.measurement.lanes[2].track_x_px
    before.save()
    before.close()
    tifffile.imwrite(image, tifffile.imread(image) + np.uint16(1))
    said = answer_with(press(words))
    open_path(window, image)
    wait_for(lambda: said, what="the window asks")
    assert image.name in said[0]
    if lanes_stay is None:
        wait_for(lambda: not window.progress.busy, what="the work ends")
        assert window.controller.session is None
        return
    wait_for(lambda: window.controller.session is not None, what="the blot is shown")
    session = window.controller.session
    assert (session.measurement.lanes[2].track_x_px == drawn) == lanes_stay
    session.apply(actions.NameLane(panel=1, lane=1, name="new"))
    assert window.save_all()
    aside = image.with_name(f"{image.name}.blotflux.json.old-1")
    assert aside.is_file() != lanes_stay  # the old file is never lost


def test_a_lane_is_excluded_with_a_reason_and_taken_back_by_the_same_key(
    window: Any, image: Path
) -> None:
    from person import open_and_wait, settle
    from qtpy.QtCore import Qt

    session, person = open_and_wait(window, image), window.person
    lane = session.measurement.lanes[3]
    y = lane.track_y_px[0] + 0.1 * (lane.track_y_px[-1] - lane.track_y_px[0])
    person.click(y, float(lane.x_at(y)))
    said = answer_with(type_in("bubble"))
    person.key(Qt.Key.Key_X)
    settle()
    assert said == ["Why is lane 4 left out?"]
    assert session.excluded == {(1, 4): "bubble"}
    person.key(Qt.Key.Key_X)
    assert session.excluded == {}


def test_no_reason_excludes_nothing(window: Any, image: Path) -> None:
    from person import open_and_wait, settle

    session = open_and_wait(window, image)
    window.controller.select(window.controller.selection.__class__(panel=1, lane=2))
    answer_with(type_in("  "))
    window.menu.ask_exclude()
    settle()
    assert session.excluded == {}
    assert session.undo_text == ""


def test_the_lane_count_is_asked_for_and_found(window: Any, image: Path) -> None:
    from person import open_and_wait, wait_for

    session = open_and_wait(window, image)
    count = len(session.measurement.lanes)
    answer_with(type_in(str(count - 1)))
    window.menu.ask_lane_count()
    wait_for(lambda: session.undo_text, what="the lanes are found anew")
    assert len(session.measurement.lanes) == count - 1
    wait_for(lambda: not window.progress.busy, what="the work ends")


# ---------------------------------------------------------------- long work


def test_measuring_a_study_can_be_stopped_and_what_is_measured_can_be_used(
    window: Any, tmp_path: Path
) -> None:
    from person import settle, wait_for
    from qtpy.QtCore import Qt
    from qtpy.QtTest import QTest

    folder = tmp_path / "study"
    write_drawn_study(draw_lc3_study("induced", 1), folder)
    window.open_study(folder / "study.toml")
    button = window.progress._button
    wait_for(
        lambda: sum(one.measured for one in window.studies.images) >= 1, what="one is measured"
    )
    assert window.progress.isVisible()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    wait_for(lambda: not window.progress.busy, what="the work stops")
    settle(10)
    images = window.studies.images
    assert not all(image.measured for image in images)
    assert window.controller.session is not None


# ---------------------------------------------------------------- several pictures in a file


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """A file of two pages."""
    first, second = (draw_kind("clean", seed).image for seed in (3, 4))
    shape = [min(sizes) for sizes in zip(first.shape, second.shape, strict=True)]
    path = tmp_path / "pages.tif"
    with tifffile.TiffWriter(path) as file:
        for page in (first, second):
            file.write(page[: shape[0], : shape[1]], photometric="minisblack", metadata=None)
    return path


def test_every_page_can_be_chosen_corrected_and_is_kept_in_one_file(
    window: Any, pages: Path
) -> None:
    from person import open_and_wait, settle, wait_for
    from qtpy.QtWidgets import QComboBox

    first = open_and_wait(window, pages)
    chooser = window.table.window().findChild(QComboBox, "blotflux_place")
    assert [chooser.itemText(at) for at in range(chooser.count())] == ["page 0", "page 1"]
    assert chooser.isVisible()
    first.apply(actions.NameLane(panel=1, lane=2, name="control"))
    chooser.activated.emit(1)
    wait_for(lambda: window.controller.session is not first, what="the other page is measured")
    second = window.controller.session
    assert (second.channel, second.page) == (0, 1)
    assert chooser.currentIndex() == 1
    np.testing.assert_array_equal(second.blot.signal, read(pages, page=1).signal)
    second.apply(actions.MoveLane(panel=1, lane=1, dx_px=3.0))
    assert window.unsaved == ("pages.tif page 0", "pages.tif page 1")
    assert window.save_all()
    assert window.unsaved == ()
    saved = json.loads((pages.parent / "pages.tif.blotflux.json").read_text(encoding="utf-8"))
    assert sorted(plane["page"] for plane in saved["planes"]) == [0, 1]
    headless = quantify_images([pages]).images[1]
    table = bands_table([Picture(measurement=headless.measurement)])
    columns = ["lane", "row", "volume", "volume_se"]
    pd.testing.assert_frame_equal(table[columns], second.table()[columns])
    chooser.activated.emit(0)
    settle()
    assert window.controller.session is first
    assert first.lane_names[1, 2] == "control"


def test_only_the_chosen_page_is_seen(window: Any, pages: Path) -> None:
    from person import wait_for

    window.viewer.open(str(pages), plugin="blotflux")
    wait_for(lambda: window.controller.session is not None, what="the first page is measured")
    wait_for(lambda: "blot: lanes" in window.viewer.layers, what="its marks are drawn")
    seen = [layer for layer in window.viewer.layers if layer.visible and layer.metadata]
    assert [layer.metadata["blotflux"]["page"] for layer in seen] == [0]
    window.show_place((0, 1))
    wait_for(lambda: window.controller.session.page == 1, what="the second page is measured")
    seen = [layer for layer in window.viewer.layers if layer.visible and layer.metadata]
    assert [layer.metadata["blotflux"]["page"] for layer in seen] == [1]


def test_a_file_of_one_picture_offers_no_choice(window: Any, image: Path) -> None:
    from person import open_and_wait
    from qtpy.QtWidgets import QComboBox

    open_and_wait(window, image)
    assert not window.table.window().findChild(QComboBox, "blotflux_place").isVisible()
