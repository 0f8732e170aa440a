"""Mouse and keys on a real window: what they do to the numbers and to the sidecar."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tifffile

from blotflux.blot.read import read
from blotflux.synthetic import draw_kind

pytestmark = [pytest.mark.gui, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module")
def drawn() -> np.ndarray:
    return draw_kind("clean", 3).image


@pytest.fixture
def image(tmp_path: Path, drawn: np.ndarray) -> Path:
    path = tmp_path / "blot.tif"
    tifffile.imwrite(path, drawn)
    return path


@pytest.fixture
def opened(window: Any, image: Path) -> Any:
    """The window with the blot measured, and a person before it."""
    from person import open_and_wait

    open_and_wait(window, image)
    return window


def lane_of(window: Any, number: int) -> Any:
    lanes = window.controller.session.measurement.lanes
    return next(lane for lane in lanes if lane.number == number)


def between_bands(window: Any, lane: Any) -> float:
    """Return a y in the lane where there is neither a band nor a handle."""
    low, high = lane.track_y_px[0], lane.track_y_px[-1]
    middle = (low + high) / 2
    own = [b.box for b in window.controller.session.measurement.bands if b.lane == lane.number]
    free = [
        y
        for y in np.linspace(low + 0.1 * (high - low), high - 0.1 * (high - low), 60)
        if all(not box.top - 12 < y < box.bottom + 12 for box in own)
        and abs(y - middle) > 0.08 * (high - low)
    ]
    return float(free[0])


def select(window: Any, number: int) -> tuple[float, float]:
    """Click a lane; return where."""
    lane = lane_of(window, number)
    y = between_bands(window, lane)
    x = float(lane.x_at(y))
    window.person.click(y, x)
    assert window.controller.selection.lane == number
    return y, x


def test_the_blot_is_shown_dark_on_light_with_its_numbers(opened: Any) -> None:
    session = opened.controller.session
    picture = opened.viewer.layers["blot.tif"]
    assert picture.colormap.name == "gray_r"
    np.testing.assert_array_equal(picture.data, session.blot.signal)
    shown = opened.viewer.screenshot(canvas_only=True, flash=False)
    assert shown.max() > 200
    table = opened.table.bands
    assert table.rowCount() == len(session.measurement.lanes)
    band = next(b for b in session.measurement.bands if b.lane == 2 and b.row == 1)
    text = table.data(table.index(1, 2))
    value, error = (float(part.replace(",", "")) for part in text.split(" ± "))
    assert value * table.scale == pytest.approx(band.volume, abs=band.volume_se)
    assert error * table.scale == pytest.approx(band.volume_se, rel=0.1)


def test_the_same_picture_stored_the_other_way_round_looks_the_same(
    window: Any, tmp_path: Path, image: Path, drawn: np.ndarray
) -> None:
    from person import wait_for

    path = tmp_path / "inverted.tif"
    tifffile.imwrite(path, (drawn.max() - drawn.astype(np.int64)).astype(np.uint16))
    window.open_image(path)
    wait_for(lambda: window.controller.session is not None, what="the blot is measured")
    polarity = window.controller.session.blot.polarity
    assert polarity != read(image).polarity
    picture = window.viewer.layers["inverted.tif"]
    assert picture.colormap.name == "gray_r"
    band = max(window.controller.session.measurement.bands, key=lambda one: one.snr)
    assert picture.data[round(band.y_px), round(band.x_px)] > np.median(picture.data)


def test_a_drag_moves_the_lane_and_undo_and_redo_give_the_same_numbers(opened: Any) -> None:
    session, person = opened.controller.session, opened.person
    before = session.table()
    y, x = select(opened, 3)
    center = tuple(opened.viewer.scene.camera.center)
    person.drag((y, x), (y, x + 8))
    assert tuple(opened.viewer.scene.camera.center) == center
    after = session.table()
    assert "Undo: " in opened.menu.undo.text()
    assert "3" in session.undo_text
    moved = float(lane_of(opened, 3).x_at(y)) - x
    assert moved == pytest.approx(8, abs=1.5 / opened.viewer.scene.camera.zoom)
    far = ~before.lane.isin((2, 3, 4))  # lanes beside it get another share of its light
    pd.testing.assert_frame_equal(before[far], after[far])
    assert not np.array_equal(before.volume[before.lane == 3], after.volume[before.lane == 3])
    person.key(key("Key_Z"), modifier("ControlModifier"))
    pd.testing.assert_frame_equal(session.table(), before)
    assert session.undo_text == ""
    person.key(key("Key_Z"), modifier("ControlModifier") | modifier("ShiftModifier"))
    pd.testing.assert_frame_equal(session.table(), after)


def key(name: str) -> Any:
    from qtpy.QtCore import Qt

    return getattr(Qt.Key, name)


def modifier(name: str) -> Any:
    from qtpy.QtCore import Qt

    return getattr(Qt.KeyboardModifier, name)


def test_a_drag_beside_the_selection_moves_the_view_and_no_lane(opened: Any) -> None:
    session = opened.controller.session
    y, _ = select(opened, 3)
    other = lane_of(opened, 5)
    start = (y, float(other.x_at(y)))
    center = tuple(opened.viewer.scene.camera.center)
    before = session.table()
    opened.person.drag(start, (y + 10, start[1] + 15))
    assert tuple(opened.viewer.scene.camera.center) != center
    assert not session.dirty
    pd.testing.assert_frame_equal(session.table(), before)


def test_an_edge_a_handle_and_a_limit_can_be_dragged(opened: Any) -> None:
    session, person = opened.controller.session, opened.person
    step = 5 / opened.viewer.scene.camera.zoom
    y, x = select(opened, 3)
    lane = lane_of(opened, 3)
    person.drag((y, x + lane.width_px / 2), (y, x + lane.width_px / 2 + step))
    assert lane_of(opened, 3).width_px == pytest.approx(lane.width_px + step, abs=0.4 * step)
    lane = lane_of(opened, 3)
    bottom = (lane.track_y_px[-1], float(lane.x_at(lane.track_y_px[-1])))
    person.drag(bottom, (bottom[0], bottom[1] + step))
    bent = lane_of(opened, 3)
    assert float(bent.x_at(bent.track_y_px[-1])) - bottom[1] == pytest.approx(step, abs=0.4 * step)
    assert float(bent.x_at(bent.track_y_px[0])) == pytest.approx(float(lane.x_at(0)), abs=0.01)
    band = next(b for b in session.measurement.bands if b.lane == 3 and b.detected)
    x = (band.box.left + band.box.right) / 2
    person.click(band.y_px, x)
    assert opened.controller.selection.row == band.row
    person.drag((band.box.bottom - 0.5, x), (band.box.bottom - 0.5 + step, x))
    again = next(b for b in session.measurement.bands if (b.lane, b.row) == (3, band.row))
    assert again.edited
    assert again.box.bottom > band.box.bottom
    assert len([text for text in (session.undo_text,) if text]) == 1


def test_a_missed_lane_is_added_and_named_in_three_actions(opened: Any) -> None:
    session, person = opened.controller.session, opened.person
    lanes = session.measurement.lanes
    victim = lanes[3]
    select(opened, victim.number)
    person.key(key("Key_Delete"))
    assert len(session.measurement.lanes) == len(lanes) - 1
    y = (victim.track_y_px[0] + victim.track_y_px[-1]) / 2
    person.point(y, float(victim.x_at(y)))
    person.key(key("Key_L"))  # first action: the key where the lane is missing
    assert len(session.measurement.lanes) == len(lanes)
    person.type("siRNA 3")  # second: its name, into the cell that is open
    person.key(key("Key_Return"), widget=focused())  # third
    added = min(session.measurement.lanes, key=lambda lane: abs(lane.x_at(y) - victim.x_at(y)))
    assert session.lane_names[1, added.number] == "siRNA 3"


def focused() -> Any:
    from qtpy.QtWidgets import QApplication

    return QApplication.focusWidget()


def test_a_doublet_is_split_in_two_actions(opened: Any) -> None:
    session, person = opened.controller.session, opened.person
    rows = {band.row for band in session.measurement.bands if band.lane == 3}
    band = max((b for b in session.measurement.bands if b.lane == 3), key=lambda one: one.snr)
    person.click(band.y_px, band.x_px)
    person.key(key("Key_S"))
    after = {one.row for one in session.measurement.bands if one.lane == 3}
    assert len(after) == len(rows) + 1


def test_the_table_and_the_canvas_select_for_each_other(opened: Any) -> None:
    table = opened.table
    select(opened, 4)
    assert table.currentIndex().row() == 3
    table.setCurrentIndex(table.bands.index(1, 2))
    assert opened.controller.selection.lane == 2
    assert opened.controller.selection.row == table.bands.rows[0][1]


def test_what_was_saved_is_what_the_commands_use(
    opened: Any, image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from blotflux.study.quantify import quantify_images

    session = opened.controller.session
    y, x = select(opened, 3)
    opened.person.drag((y, x), (y, x + 7))
    assert opened.unsaved
    opened.menu.save.trigger()
    assert not opened.unsaved
    sidecar = json.loads((image.parent / f"{image.name}.blotflux.json").read_text())
    assert sidecar["schema_version"] == 2
    assert any("3" in entry["what"] for entry in sidecar["log"])
    run = quantify_images([image])
    again = {(b.panel, b.lane, b.row): b for b in run.images[0].measurement.bands}
    for band in session.measurement.bands:
        other = again[band.panel, band.lane, band.row]
        assert (band.volume, band.volume_se) == (other.volume, other.volume_se)


def test_exclusion_asks_for_a_reason(opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from qtpy.QtWidgets import QInputDialog

    session = opened.controller.session
    monkeypatch.setattr(QInputDialog, "getText", lambda *_, **__: ("bubble", True))
    select(opened, 2)
    opened.person.key(key("Key_X"))
    assert session.excluded == {(1, 2): "bubble"}
    opened.person.key(key("Key_X"))
    assert session.excluded == {}


def test_what_cannot_be_done_is_told_and_changes_nothing(opened: Any) -> None:
    session = opened.controller.session
    opened.person.key(key("Key_S"))
    assert "Select" in opened.told[-1]
    assert not session.dirty


def is_open(main: Any) -> bool:
    try:
        return bool(main.isVisible())
    except RuntimeError:  # Qt has deleted it
        return False


@pytest.mark.parametrize("answer", ["Save", "Discard", "Cancel"])
def test_closing_with_unsaved_edits_asks(
    opened: Any, image: Path, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    from person import settle
    from qtpy.QtWidgets import QMessageBox

    asked: list[str] = []

    def question(*args: Any, **_: Any) -> Any:
        asked.append(args[2])
        return getattr(QMessageBox.StandardButton, answer)

    y, x = select(opened, 3)
    opened.person.drag((y, x), (y, x + 7))
    monkeypatch.setattr(QMessageBox, "question", question)
    main = opened.table.window()
    main.close()
    settle()
    assert asked
    assert image.name in asked[0]
    assert is_open(main) == (answer == "Cancel")
    assert (image.parent / f"{image.name}.blotflux.json").is_file() == (answer == "Save")


@pytest.mark.parametrize("answer", ["Take them", "Delete them", "Not now"])
def test_edits_of_a_crashed_window_are_offered_again(
    opened: Any, image: Path, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    from person import wait_for
    from qtpy.QtWidgets import QMessageBox

    y, x = select(opened, 3)
    automatic = opened.controller.session.table()
    opened.person.drag((y, x), (y, x + 7))
    left = opened.controller.session
    edited = left.table()
    left.close(keep_recovery=True)  # as if the program had ended here
    opened.controller.open(None)
    asked = []

    def click(box: QMessageBox) -> int:
        asked.append((box.text(), box.informativeText()))
        next(button for button in box.buttons() if button.text() == answer).click()
        return 0

    monkeypatch.setattr(QMessageBox, "exec", click)
    opened.open_image(image)
    wait_for(lambda: opened.controller.session is not None, what="the blot is measured again")
    assert len(asked) == 1
    assert "1 edit of " in asked[0][0]
    assert asked[0][1] == "Move lane 3"
    expected = edited if answer == "Take them" else automatic
    pd.testing.assert_frame_equal(opened.controller.session.table(), expected)
    waiting = list(Path(os.environ["BLOTFLUX_RECOVERY"]).glob("*.later.json"))
    assert bool(waiting) == (answer == "Not now")


def test_the_background_method_follows_the_menu(opened: Any) -> None:
    from person import wait_for

    session = opened.controller.session
    before = session.table()
    opened.menu._backgrounds["local_border"].trigger()
    wait_for(lambda: session.undo_text, what="the background is changed")
    assert session.plan.background.method == "local_border"
    assert not np.array_equal(before.volume, session.table().volume)
    wait_for(lambda: not opened.progress.busy, what="the work ends")


def test_the_saved_layer_is_the_table(opened: Any, tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    picture = opened.viewer.layers["blot.tif"]
    written = picture.save(str(path), plugin="blotflux")
    assert [os.fspath(one) for one in written] == [str(path)]
    table = pd.read_csv(path, keep_default_na=False)
    np.testing.assert_array_equal(table.volume, opened.controller.session.table().volume)


def test_the_layers_pictures_in_the_list_are_drawn_with_few_lines(
    opened: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from napari.layers import Vectors

    from blotflux.editing import actions
    from napari_blotflux.canvas import THUMBNAIL_LINES

    lines: list[int] = []
    linspace, drawn = np.linspace, Vectors._update_thumbnail

    def counted(layer: Any) -> None:
        calls: list[None] = []
        with monkeypatch.context() as patch:
            patch.setattr(np, "linspace", lambda *args: calls.append(None) or linspace(*args))
            drawn(layer)
        lines.append(len(calls) // 2)

    monkeypatch.setattr(Vectors, "_update_thumbnail", counted)
    assert opened.controller.apply(actions.ShiftLanes(dx_px=2.0)) is not None
    assert len(opened.viewer.layers["blot: bands"].data) > 2 * THUMBNAIL_LINES
    assert lines
    assert max(lines) <= THUMBNAIL_LINES


def test_the_rows_names_stand_beside_the_lanes_at_the_zoom_that_is_shown(opened: Any) -> None:
    from napari_blotflux.labels import names_of

    session, zoom = opened.controller.session, opened.viewer.scene.camera.zoom
    places = opened.viewer.layers["blot: names"].data
    np.testing.assert_allclose(places, names_of(session, zoom=zoom).places)
