"""A study in the window: image after image, sign-off, answer; a new study without an editor."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from blotflux.drawn import write_drawn_study
from blotflux.study import run_study
from blotflux.study.reading import read_study
from blotflux.synthetic import draw_lc3_study

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.gui, pytest.mark.filterwarnings("ignore")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "study"
    write_drawn_study(draw_lc3_study("induced", 1), place)
    return place


def headline(run: Any) -> float:
    return float(run.results[0].answers[0].headline.estimate)


def test_a_study_is_gone_through_edited_signed_and_answered(window: Any, folder: Path) -> None:
    from person import Person, settle, wait_for
    from qtpy.QtCore import Qt
    from qtpy.QtWidgets import QListWidget

    answers: list[Any] = []
    window.studies.answered.connect(answers.append)
    window.open_study(folder / "study.toml")
    wait_for(lambda: answers and not window.progress.busy, what="answered", seconds=300)
    settle(20)
    person = Person(window.viewer)
    images = [image.index for image in window.studies.images]
    listed = window.table.window().findChild(QListWidget, "blotflux_images")
    assert listed.count() == len(images) == 8
    assert window.studies.index == images[0]
    assert sum("_blotflux" not in layer.name and layer.name.endswith(".tif")
               for layer in window.viewer.layers) == 1  # fmt: skip
    person.key(Qt.Key.Key_N)
    wait_for(lambda: window.studies.index == images[1], what="the next image is shown")
    person.key(Qt.Key.Key_P)
    wait_for(lambda: window.studies.index == images[0], what="the image before is shown")

    # What the window answers is what the command answers, before and after an edit.
    assert headline(answers[-1]) == headline(run_study(read_study(folder / "study.toml")))
    lc3 = next(image.index for image in window.studies.images if "rep1_lc3" in image.name)
    window.studies.show(lc3)
    wait_for(lambda: window.studies.index == lc3, what="the image is shown")
    settle(10)
    lane = window.controller.session.measurement.lanes[2]
    y = lane.track_y_px[0] + 0.2 * (lane.track_y_px[-1] - lane.track_y_px[0])
    x = float(lane.x_at(y))
    person.click(y, x)
    count = len(answers)
    person.drag((y, x), (y, x + 12))
    wait_for(lambda: len(answers) > count, what="the answer follows the edit")
    wait_for(lambda: window.studies._answering is None, what="the answer is there")
    assert headline(answers[-1]) != headline(answers[0])

    window.sign_off()
    wait_for(lambda: window.studies.index != lc3, what="the next image is shown")
    assert window.studies.study.progress() == (1, 8)
    assert window.save_all()
    sidecar = json.loads((folder / "rep1_lc3.tif.blotflux.json").read_text())
    assert sidecar["planes"][0]["signed_off"]["who"]
    assert headline(answers[-1]) == headline(run_study(read_study(folder / "study.toml")))


def test_a_study_with_mistakes_is_told_and_not_opened(window: Any, folder: Path) -> None:
    told: list[str] = []
    window.controller.told.connect(told.append)
    study = folder / "study.toml"
    study.write_text(study.read_text(encoding="utf-8").replace('"rep1"', '"rep9"', 1))
    window.open_study(study)
    assert "rep9" in " ".join(told)
    assert window.studies.study is None


def test_a_new_study_is_made_in_the_window(window: Any, folder: Path) -> None:
    from person import wait_for
    from qtpy.QtWidgets import QDockWidget, QTableWidgetItem

    study, sheet = folder / "study.toml", folder / "lanes.csv"
    table = sheet.read_text(encoding="utf-8")
    study.unlink()
    sheet.unlink()
    window.new_study(folder)
    dock = next(
        dock for dock in window.menu.parentWidget().findChildren(QDockWidget)
        if "New study" in dock.windowTitle()
    )  # fmt: skip
    form = dock.widget()
    while not hasattr(form, "read_form"):
        form = form.findChild(type(form)) or form.layout().itemAt(0).widget()
    wait_for(lambda: form.form is not None and not form.progress.busy, what="proposed", seconds=300)
    assert form.images.rowCount() == 8
    assert {form.images.item(row, 2).text() for row in range(8)} == {"rep1", "rep2", "rep3", "rep4"}
    form.paste("\t".join("x" * 40))
    assert "40 cells" in form.messages.toPlainText()
    form.paste(table.replace(",", "\t"))
    assert "pasted" in form.messages.toPlainText()
    for _ in range(form.analyses.rowCount()):
        form.analyses.setCurrentCell(0, 1)
        form.remove_analysis()
    form.add_analysis()
    form.analyses.cellWidget(0, 0).setCurrentText("lc3_flux")
    for column, text in ((1, "LC3-II"), (2, "GAPDH"), (4, "vehicle"), (5, "4")):
        form.analyses.setItem(0, column, QTableWidgetItem(text))
    assert form.check(), form.messages.toPlainText()
    answers: list[Any] = []
    window.studies.answered.connect(answers.append)
    form.write()
    wait_for(lambda: answers and not window.progress.busy, what="answered", seconds=300)
    assert study.is_file()
    assert sheet.is_file()
    assert headline(answers[-1]) == pytest.approx(2.2, rel=0.15)
