"""Panels: strips on a white page, and pictures that are one membrane."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from blotflux.blot import Blot
from blotflux.measure.lanes.find import find_lanes
from blotflux.measure.lanes.panels import find_panels
from blotflux.measure.noise import estimate_noise
from blotflux.synthetic import draw_kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

CENTERS = tuple(110.0 + 34 * i for i in range(6))
STRIPS = ((40, 80), (100, 140), (160, 200))


def page(*, frame: float = 250.0, second_block: bool = False) -> NDArray[np.float32]:
    """Return three framed strips of the same six lanes on a white page."""
    rng = np.random.default_rng(4)
    picture = np.zeros((240, 660 if second_block else 360))
    for offset in (0, 300) if second_block else (0,):
        for top, bottom in STRIPS:
            left, right = 85 + offset, 305 + offset
            picture[top:bottom, left:right] = 45 + rng.normal(0, 2, (bottom - top, right - left))
            y, x = np.mgrid[top:bottom, left:right]
            for center in CENTERS:
                across = np.abs(x - center - offset) < 12
                along = np.exp(-0.5 * ((y - (top + bottom) / 2) / 3.5) ** 2)
                picture[top:bottom, left:right] += rng.uniform(60, 160) * across * along
            for line in (picture[top, left:right], picture[bottom - 1, left:right]):
                line[:] = frame
            for line in (picture[top:bottom, left], picture[top:bottom, right - 1]):
                line[:] = frame
    return np.clip(picture, 0, 255).astype(np.float32)


def test_framed_strips_are_panels_and_share_their_lanes() -> None:
    panels = find_panels(page())
    assert len(panels) == 3
    assert len({panel.group for panel in panels}) == 1
    for panel, (top, bottom) in zip(panels, STRIPS, strict=True):
        assert top <= panel.top <= top + 4
        assert bottom - 4 <= panel.bottom <= bottom


def test_every_strip_reports_the_lanes_of_all() -> None:
    blot = Blot.from_signal(page().astype(np.uint8))
    lanes = find_lanes(blot, estimate_noise(blot))
    assert sorted({lane.panel for lane in lanes}) == [1, 2, 3]
    for panel, (top, bottom) in enumerate(STRIPS, start=1):
        own = [lane for lane in lanes if lane.panel == panel]
        assert [lane.number for lane in own] == [1, 2, 3, 4, 5, 6]
        x = np.array([float(lane.x_at((top + bottom) / 2)) for lane in own])
        assert np.abs(x - CENTERS).max() < 5


def test_strips_are_found_in_a_jpeg_whose_page_has_rung() -> None:
    shown = (255 - cv2.resize(page(), None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA)).round()
    sound, data = cv2.imencode(".jpg", shown.astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 50])
    assert sound
    rung = 255 - cv2.imdecode(data, cv2.IMREAD_GRAYSCALE).astype(np.float32)
    beside = rung[int(0.7 * 85) - 6 : int(0.7 * 85) - 1]
    assert beside.max() > 0.03 * 255  # the premise: ringing that used to count as membrane
    panels = find_panels(rung)
    assert len(panels) == 3
    assert len({panel.group for panel in panels}) == 1


def test_strips_are_found_under_noise() -> None:
    noisy = page() + np.random.default_rng(5).normal(0, 6, page().shape)
    assert len(find_panels(np.clip(noisy, 0, 255).astype(np.float32))) == 3


def test_round_bands_above_each_other_on_a_white_page_are_no_strips() -> None:
    y, x = np.mgrid[:240, :360]
    picture = np.zeros(y.shape)
    for center in (60, 140, 220, 300):
        for row in (100, 125):
            picture += 200 * np.exp(-(((x - center) / 26) ** 4) - ((y - row) / 6) ** 2)
    assert len(find_panels(picture.astype(np.float32))) == 1


def test_two_membranes_side_by_side_are_two_groups() -> None:
    panels = find_panels(page(second_block=True))
    assert len(panels) == 6
    assert len({panel.group for panel in panels}) == 2
    assert panels[0].left < panels[1].left  # reading order: row by row


def test_a_blot_without_a_page_is_one_panel() -> None:
    for kind, seed in (("clean", 260), ("clean", 262), ("film", 3), ("strip", 4)):
        signal = draw_kind(kind, seed).to_blot().signal
        assert len(find_panels(signal)) == 1


def test_bands_on_a_white_page_are_no_strips_though_some_are_as_straight_as_these() -> None:
    picture = np.zeros((200, 400), np.float32)
    for i, top in enumerate((90, 90, 90, 90)):
        picture[top : top + 24, 20 + 95 * i : 95 + 95 * i] = 200
    picture += np.random.default_rng(3).uniform(0, 0.5, picture.shape).astype(np.float32)
    straight = len(find_panels(picture))
    y, x = np.mgrid[:200, :400]
    for i in (1, 2):  # the ends of these are round
        picture[80:124, 20 + 95 * i : 96 + 95 * i] = 0
        off = ((x - 57 - 95 * i) / 38.0) ** 2 + ((y - 102) / 13.0) ** 2
        picture += np.where(off < 1, 200, 0)
    assert straight == 4  # the premise: one by one they would be taken for strips
    assert len(find_panels(picture)) == 1
