"""The profile dock: what is written above the bands can be read."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import tifffile

from blotflux.editing import LaneProfile, actions
from blotflux.synthetic import draw_kind

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.gui, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(autouse=True)
def qt() -> None:
    pytest.importorskip("qtpy")


def place(middles: list[float], widths: list[float], room: tuple[float, float]) -> list[float]:
    from napari_blotflux.docks.profile import side_by_side

    return side_by_side(middles, widths, room, gap=2.0)


def test_labels_with_room_stand_above_their_bands() -> None:
    assert place([50.0, 20.0], [10.0, 10.0], (0.0, 100.0)) == [45.0, 15.0]


def test_labels_of_bands_that_coincide_stand_side_by_side_around_them() -> None:
    assert place([50.0, 50.0], [10.0, 20.0], (0.0, 100.0)) == [36.5, 48.5]


def test_labels_stay_in_the_plot() -> None:
    assert place([1.0, 2.0], [10.0, 10.0], (0.0, 100.0)) == [0.0, 12.0]
    assert place([99.0, 98.0], [10.0, 10.0], (0.0, 100.0)) == [90.0, 78.0]


@pytest.mark.parametrize("seed", range(20))
def test_labels_never_cover_each_other(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 9))
    middles, widths = rng.uniform(0, 300, count), rng.uniform(5, 35, count)
    lefts = place(list(middles), list(widths), (0.0, 300.0))
    ends = sorted(zip(lefts, np.array(lefts) + widths, strict=True))
    assert all(right <= left for (_, right), (left, _) in pairwise(ends))
    assert ends[0][0] >= 0
    assert ends[-1][1] <= 300 + 1e-9


def boxes_of(profile: LaneProfile, width: int) -> list[tuple[str, Any]]:
    from qtpy.QtCore import QRect
    from qtpy.QtGui import QColor, QImage, QPainter

    from napari_blotflux.docks.profile import Plot

    image = QImage(width, 200, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    plot = Plot(painter, QRect(0, 0, width, 200), QColor("black"), profile, None)
    boxes = plot.name_boxes()
    plot.draw()
    painter.end()
    return boxes


def test_the_names_of_a_doublet_can_be_read(window: Any, tmp_path: Path) -> None:
    from person import open_and_wait, wait_for
    from qtpy.QtWidgets import QWidget

    from napari_blotflux.grips import Selection

    path = tmp_path / "blot.tif"
    tifffile.imwrite(path, draw_kind("clean", 3).image)
    open_and_wait(window, path)
    controller = window.controller
    controller.select(Selection(panel=1, lane=3, row=1))
    controller.split()
    for row, name in ((1, "phospho-ERK 44"), (2, "phospho-ERK 42")):
        controller.apply(actions.NameRow(panel=1, row=row, target=name))
    shown = window.table.window().findChild(QWidget, "blotflux_profile")
    wait_for(
        lambda: shown.profile is not None and shown.profile.bands[1].target == "phospho-ERK 42",
        what="the profile shows the names",
    )
    for width in (1200, 420):  # with room for the names, and with little
        boxes = boxes_of(shown.profile, width)
        assert all(name for name, _ in boxes)
        assert not any(a.intersects(b) for (_, a), (_, b) in combinations(boxes, 2))
    assert [name for name, _ in boxes_of(shown.profile, 1200)][:2] == [
        "phospho-ERK 44",
        "phospho-ERK 42",
    ]


def test_a_profile_that_nobody_sees_is_taken_when_it_is_shown(window: Any, tmp_path: Path) -> None:
    from person import open_and_wait, settle, wait_for
    from qtpy.QtWidgets import QWidget

    from napari_blotflux.grips import Selection

    path = tmp_path / "blot.tif"
    tifffile.imwrite(path, draw_kind("clean", 3).image)
    session = open_and_wait(window, path)
    main = window.table.window()
    shown = main.findChild(QWidget, "blotflux_profile")
    window.controller.select(Selection(panel=1, lane=3, row=None))
    wait_for(lambda: shown.profile is not None, what="the profile is shown")
    before = shown.profile
    shown.hide()
    window.controller.apply(actions.MoveLane(panel=1, lane=3, dx_px=4.0))
    settle(10)
    assert shown.profile is before
    shown.show()
    wait_for(lambda: shown.profile is not before, what="the profile is taken anew")
    np.testing.assert_array_equal(shown.profile.data, session.profile(1, 3).data)
