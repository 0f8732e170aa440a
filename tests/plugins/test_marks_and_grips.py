"""Geometry of what is drawn and dragged, without napari."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import ClassVar

import numpy as np
import pytest

from blotflux.blot import Band, Blot, Box, Lane, LaneRole
from blotflux.editing import actions
from blotflux.flags import Flag
from blotflux.measure.result import Measurement, Noise
from blotflux.report.palette import LADDER, LOW_CONFIDENCE, MUTED, ROWS, row_color
from napari_blotflux.grips import Selection, bent_track, grip_at, handles_of, place_at
from napari_blotflux.labels import names_of
from napari_blotflux.marks import DASH, DOTS, SOLID, Segments, band_marks, dash_of, lane_marks, rgba

LANE = Lane(number=2, track_y_px=(0.0, 200.0), track_x_px=(50.0, 70.0), width_px=20.0)
BAND = Band(
    lane=2, row=1, x_px=60, y_px=100, box=Box(left=50, top=90, right=70, bottom=110),
    total=1, background=0, volume=1, volume_se=1, snr=9,
)  # fmt: skip


def measured() -> Measurement:
    blot = Blot.from_signal(np.zeros((201, 300), np.float32))
    return Measurement(
        blot=blot, lanes=(LANE,), bands=(BAND,), noise=Noise(sigma=1), background=blot.signal
    )


def seen(color: str, vision: str) -> np.ndarray:
    """Return a color as somebody sees it, in CIELAB (Machado, Oliveira & Fernandes 2009)."""
    from skimage.color import rgb2lab

    matrices = {
        "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                         [-0.011820, 0.042940, 0.968881]],
        "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                       [-0.003882, -0.048116, 1.051998]],
    }  # fmt: skip
    encoded = rgba(color)[:3].astype(float)
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    linear = np.clip(np.array(matrices[vision]) @ linear, 0, 1)
    again = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return rgb2lab(again)


@pytest.mark.parametrize("vision", ["deuteranopia", "protanopia"])
def test_eight_rows_stay_apart_for_readers_who_see_no_red_or_green(vision: str) -> None:
    from skimage.color import deltaE_ciede2000

    colors = {row_color(row) for row in range(1, 9)}
    assert len(colors) == 8
    for first, second in combinations(colors, 2):
        assert deltaE_ciede2000(seen(first, vision), seen(second, vision)) >= 10


def test_from_row_nine_on_the_dash_tells_rows_of_one_color_apart() -> None:
    from dataclasses import replace

    assert row_color(9) == row_color(1)
    assert dash_of(BAND) == SOLID
    assert dash_of(replace(BAND, row=len(ROWS) + 1)) == DASH
    assert dash_of(replace(BAND, detected=False)) == DOTS


def test_strokes_of_a_dashed_line_lie_on_it_and_leave_gaps() -> None:
    line = np.array([[0.0, 0.0], [0.0, 100.0]])
    whole = Segments.along(line, "#ff0000")
    dashed = Segments.along(line, "#ff0000", dash=(0.05, 0.05), width_px=100)
    assert len(whole.vectors) == 1
    assert len(dashed.vectors) == 10
    assert dashed.vectors[:, 1, 1].sum() == pytest.approx(50)
    assert np.all(dashed.vectors[:, :, 0] == 0)


def colors_of(lane: Lane, excluded: dict[tuple[int, int], str] | None = None) -> set[bytes]:
    return {row.tobytes() for row in lane_marks([lane], excluded or {}, width_px=300).colors}


def test_a_doubtful_a_ladder_and_an_excluded_lane_look_different() -> None:
    from dataclasses import replace

    doubtful = replace(LANE, flags=(str(Flag.LOW_CONFIDENCE),))
    assert colors_of(doubtful) == {rgba(LOW_CONFIDENCE).tobytes()}
    assert colors_of(replace(LANE, role=LaneRole.LADDER)) == {rgba(LADDER).tobytes()}
    assert colors_of(LANE, {(1, 2): "bubble"}) == {rgba(MUTED).tobytes()}
    plain, crossed = (lane_marks([LANE], out, width_px=300) for out in ({}, {(1, 2): "bubble"}))
    assert len(crossed.vectors) > len(plain.vectors)


def test_a_picture_without_lanes_and_bands_has_no_marks() -> None:
    assert lane_marks([], {}, width_px=300).vectors.shape == (0, 2, 2)
    assert band_marks([], set(), width_px=300).colors.shape == (0, 4)


def test_a_click_selects_the_lane_and_the_band_under_it() -> None:
    measurement = measured()
    assert place_at(measurement, 100, 62) == Selection(panel=1, lane=2, row=1)
    assert place_at(measurement, 20, 55) == Selection(panel=1, lane=2)
    assert place_at(measurement, 100, 150) == Selection()


def test_only_what_is_selected_can_be_taken_hold_of() -> None:
    measurement = measured()
    assert grip_at(measurement, Selection(), 50, 55, reach_px=3) is None
    held = grip_at(measurement, Selection(lane=2), 50, 57, reach_px=3)
    assert held is not None
    assert held.kind == "move"


@pytest.mark.parametrize(
    ("at", "kind", "action"),
    [
        ((50, 57), "move", actions.MoveLane(panel=1, lane=2, dx_px=4.0)),
        ((50, 45), "left", actions.MoveEdge(panel=1, lane=2, side="left", dx_px=4.0)),
        ((50, 65), "right", actions.MoveEdge(panel=1, lane=2, side="right", dx_px=4.0)),
        (
            (89.5, 64),
            "top",
            actions.SetLimits(panel=1, lane=2, row=1, top_px=93.0, bottom_px=110.0),
        ),
        (
            (109.5, 64),
            "bottom",
            actions.SetLimits(panel=1, lane=2, row=1, top_px=90.0, bottom_px=113.0),
        ),
    ],
)
def test_each_part_of_the_selection_asks_for_its_edit(
    at: tuple[float, float], kind: str, action: actions.Action
) -> None:
    grip = grip_at(measured(), Selection(lane=2, row=1), *at, reach_px=2)
    assert grip is not None
    assert grip.kind == kind
    assert grip.action(3.0, 4.0) == action


def test_bending_moves_the_handle_and_leaves_the_other_handles() -> None:
    y, x = bent_track(LANE, 1, 8.0)
    np.testing.assert_allclose(y, [0, 100, 200])
    np.testing.assert_allclose(x, [50, 68, 70])
    (top, _, bottom) = handles_of(LANE)
    assert top == (0.0, 50.0)
    assert bottom == (200.0, 70.0)


def test_the_middle_handle_bends_and_its_preview_keeps_the_width() -> None:
    grip = grip_at(measured(), Selection(lane=2), 100, 60, reach_px=3)
    assert grip is not None
    assert grip.kind == "bend"
    left, right = grip.preview(0, 5)
    np.testing.assert_allclose(right[:, 1] - left[:, 1], LANE.width_px)
    action = grip.action(0, 5)
    assert isinstance(action, actions.BendLane)
    assert action.track_x_px == (50.0, 65.0, 70.0)


def test_limits_cannot_be_dragged_past_each_other() -> None:
    grip = grip_at(measured(), Selection(lane=2, row=1), 89.5, 64, reach_px=2)
    assert grip is not None
    action = grip.action(500, 0)
    assert isinstance(action, actions.SetLimits)
    assert action.top_px < action.bottom_px


class Picture:
    """What the texts ask of a session, and how often they ask for the lanes' names."""

    targets: ClassVar[dict[tuple[int, int], str]] = {(1, 1): "actin"}

    def __init__(self, lanes: int) -> None:
        self.asked = 0
        self.measurement = replace(
            measured(),
            lanes=tuple(replace(LANE, number=n) for n in range(1, lanes + 1)),
            bands=tuple(replace(BAND, lane=n) for n in range(1, lanes + 1)),
        )

    @property
    def lane_names(self) -> dict[tuple[int, int], str]:
        self.asked += 1
        return {(1, lane.number): f"s{lane.number}" for lane in self.measurement.lanes}


def test_the_texts_ask_once_for_all_names_and_write_each_row_once() -> None:
    picture = Picture(lanes=5)
    texts = names_of(picture, zoom=4.0)
    assert texts.texts == ["1 s1", "2 s2", "3 s3", "4 s4", "5 s5", "actin"]
    assert picture.asked == 1
