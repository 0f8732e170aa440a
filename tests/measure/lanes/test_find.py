"""Lanes in drawn pictures of which everything is known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blotflux.accuracy.matching import judge_lanes
from blotflux.accuracy.score import claim_of, pitch_px
from blotflux.blot import Blot, Lane
from blotflux.blot.read import read
from blotflux.flags import Flag
from blotflux.measure.lanes.find import find_lanes
from blotflux.measure.noise import estimate_noise
from blotflux.synthetic import draw_kind

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

PITCH, WIDTH, ROWS, NOISE = 44.0, 30.0, (70.0, 150.0, 230.0), 8.0
SHAPE = (300, 460)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """Lanes at `x` at mid height, shifted by `course` px over the height, and their amounts."""

    x: tuple[float, ...]
    amounts: tuple[tuple[float, ...], ...]
    course: tuple[float, float] = (0.0, 0.0)  # lean and bend, px over the half height
    width: float = WIDTH
    edge: float = 1.5

    def x_at(self, y: float) -> NDArray[np.float64]:
        """Return the lanes' x at y."""
        down = (y - SHAPE[0] / 2) / (SHAPE[0] / 2)
        return np.array(self.x) + self.course[0] * down + self.course[1] * (down**2 - 1 / 3)

    def picture(self, seed: int = 3) -> NDArray[np.float64]:
        """Return the signal with noise."""
        y, x = np.mgrid[: SHAPE[0], : SHAPE[1]].astype(float)
        total = 400 + np.random.default_rng(seed).normal(0, NOISE, SHAPE)
        for row, height in enumerate(ROWS):
            for center, amounts in zip(self.x_at(height), self.amounts, strict=True):
                off = (np.abs(x - center) - self.width / 2) / self.edge
                across = 1 / (1 + np.exp(np.clip(off, -40, 40)))
                total += amounts[row] * across * np.exp(-0.5 * ((y - height) / 4) ** 2)
        return total


def evenly(number: int, *, first: float = 60.0, pitch: float = PITCH) -> tuple[float, ...]:
    return tuple(first + pitch * i for i in range(number))


def varied(number: int, seed: int = 5) -> tuple[tuple[float, ...], ...]:
    rng = np.random.default_rng(seed)
    return tuple(tuple(np.exp(rng.normal(6.5, 0.5, len(ROWS))).tolist()) for _ in range(number))


def lanes_of(signal: NDArray[np.floating]) -> tuple[Lane, ...]:
    blot = Blot.from_signal(np.asarray(signal, np.float32))
    return find_lanes(blot, estimate_noise(blot))


def assert_lanes(lanes: tuple[Lane, ...], drawing: Drawing, *, within: float = 0.1) -> None:
    assert len(lanes) == len(drawing.x)
    for height in ROWS:
        found = np.array([float(lane.x_at(height)) for lane in lanes])
        assert np.abs(found - drawing.x_at(height)).max() < within * PITCH


@pytest.mark.parametrize("course", [(0.0, 0.0), (10.0, 0.0), (-10.0, 0.0), (0.0, 6.0), (8.0, -5.0)])
def test_lanes_are_followed_however_they_lean_and_bend(course: tuple[float, float]) -> None:
    drawing = Drawing(x=evenly(8), amounts=varied(8), course=course)
    assert_lanes(lanes_of(drawing.picture()), drawing, within=0.06)


def test_an_uneven_pitch_is_taken_as_it_is() -> None:
    x = tuple(np.add(evenly(8), [0, 4, -3, 5, 2, -4, 3, 0]).tolist())
    drawing = Drawing(x=x, amounts=varied(8))
    assert_lanes(lanes_of(drawing.picture()), drawing)


def test_touching_lanes_of_unequal_bands_are_told_apart() -> None:
    drawing = Drawing(x=evenly(8), amounts=varied(8), width=PITCH, edge=1.0)
    assert_lanes(lanes_of(drawing.picture()), drawing, within=0.2)


def test_a_row_of_merged_loading_controls_is_divided_at_its_waists() -> None:
    control = tuple((0.0, 900.0 * (1 + 0.15 * (-1) ** i), 0.0) for i in range(8))
    drawing = Drawing(x=evenly(8), amounts=control, width=PITCH - 5, edge=1.5)
    between = drawing.picture()[150, [int(x + PITCH / 2) for x in drawing.x[:-1]]]
    assert between.min() > 400 + 100 * NOISE / 8  # the premise: they have merged
    assert_lanes(lanes_of(drawing.picture()), drawing, within=0.2)


def test_an_empty_lane_between_others_is_counted_and_says_so() -> None:
    amounts = list(varied(8))
    amounts[3] = (0.0, 0.0, 0.0)
    drawing = Drawing(x=evenly(8), amounts=tuple(amounts))
    lanes = lanes_of(drawing.picture())
    assert_lanes(lanes, drawing)
    assert [Flag.EMPTY_LANE in lane.flags for lane in lanes] == [i == 3 for i in range(8)]


def test_a_lane_with_one_faint_band_in_the_row_is_found() -> None:
    amounts = list(varied(8))
    amounts[4] = (0.0, 12 * NOISE, 0.0)
    drawing = Drawing(x=evenly(8), amounts=tuple(amounts))
    lanes = lanes_of(drawing.picture())
    assert_lanes(lanes, drawing)
    assert Flag.EMPTY_LANE not in lanes[4].flags


def test_a_trace_beside_the_outermost_lanes_is_no_lane() -> None:
    even = ((800.0, 900.0, 700.0),) * 6
    trace = (0.0, 20.0, 0.0)
    drawing = Drawing(x=evenly(8), amounts=(trace, *even, trace))
    lanes = lanes_of(drawing.picture())
    assert len(lanes) == 6
    assert abs(float(lanes[0].x_at(150)) - drawing.x[1]) < 5


def test_two_groups_far_apart_get_no_lanes_between_them() -> None:
    x = (*evenly(3, first=40), *evenly(3, first=40 + 6.5 * PITCH))
    drawing = Drawing(x=x, amounts=varied(6))
    assert_lanes(lanes_of(drawing.picture()), drawing)


def test_noise_alone_and_a_constant_show_no_lane() -> None:
    noise = np.random.default_rng(2).normal(100, 3, (200, 300))
    assert lanes_of(noise) == ()
    assert lanes_of(np.full((120, 200), 7.0)) == ()


def test_a_scratch_a_frame_and_specks_are_no_lanes() -> None:
    drawing = Drawing(x=evenly(8), amounts=varied(8))
    picture = drawing.picture()
    for i in range(200):
        picture[20 + i, 10 + i : 12 + i] += 2000
    for y, x in ((20, 420), (110, 30), (190, 440), (270, 200), (280, 330)):
        picture[y : y + 4, x : x + 4] += 2500
    assert_lanes(lanes_of(picture), drawing)
    framed = drawing.picture()
    for edge in (framed[2:5], framed[-5:-2], framed[:, 2:5].T, framed[:, -5:-2].T):
        edge += 2000
    assert_lanes(lanes_of(framed), drawing)


def test_a_mirrored_picture_has_mirrored_lanes() -> None:
    picture = Drawing(x=evenly(8), amounts=varied(8), course=(6.0, 2.0)).picture()
    lanes, mirrored = lanes_of(picture), lanes_of(picture[:, ::-1])
    assert len(lanes) == len(mirrored) == 8
    for lane, other in zip(lanes, reversed(mirrored), strict=True):
        x = SHAPE[1] - 1 - np.array(other.track_x_px)
        assert np.abs(np.array(lane.track_x_px) - x).max() < 0.05 * PITCH


@settings(max_examples=8, deadline=None)
@given(st.floats(0.01, 1000, allow_nan=False), st.floats(-1000, 1000), st.integers(3, 9))
def test_brightness_and_exposure_do_not_move_lanes(
    scale: float, offset: float, number: int
) -> None:
    picture = Drawing(x=evenly(number), amounts=varied(number)).picture()
    lanes, other = lanes_of(picture), lanes_of(picture * scale + offset * scale)
    assert len(lanes) == len(other) == number
    for one, same in zip(lanes, other, strict=True):
        assert np.allclose(one.track_x_px, same.track_x_px, atol=0.5)


@pytest.mark.parametrize(
    ("kind", "seed"),
    [
        ("typical", 11),
        ("hard", 12),
        ("strip", 13),
        ("typical", 6051),  # tall bands beside a ladder of thin ones
        ("strip", 6170),  # doublets whose rows run into each other
        ("film", 6188),  # a row of doublets as restless as writing
        ("film", 5130),  # two such rows, more than half of all that is there
        ("film", 5032),  # half a row of them
        ("strip", 5128),  # a last lane much stronger than the others
        ("hard", 5094),  # specks as wide as narrow lanes beside few wide bands
        ("hard", 2051),  # a lane that its neighbors' bands touch, half a pitch from them
    ],
)
def test_lanes_of_drawn_blots_are_right_at_every_band_and_sure_of_it(kind: str, seed: int) -> None:
    drawn = draw_kind(kind, seed)
    blot = drawn.to_blot()
    lanes = find_lanes(blot, estimate_noise(blot))
    verdict = judge_lanes(
        [claim_of(lane, drawn.truth, blot.shape[0]) for lane in drawn.truth.lanes],
        [lane.x_at for lane in lanes],
        pitch_px(drawn.truth),
    )
    assert verdict.exact
    assert all(lane.confidence > 0.5 and lane.reason for lane in lanes if not lane.flags)


def test_light_bands_on_a_dark_membrane_have_the_lanes_of_dark_ones_on_a_light_one(
    tmp_path: Path,
) -> None:
    drawing = Drawing(x=evenly(8), amounts=varied(8))
    light = np.clip(drawing.picture() * 20, 0, 65535).astype(np.uint16)
    lanes = {}
    for name, values in (("light", light), ("dark", 65535 - light)):
        assert cv2.imwrite(str(tmp_path / f"{name}.png"), values)
        blot = read(tmp_path / f"{name}.png")
        assert str(blot.polarity).startswith(name)
        lanes[name] = find_lanes(blot, estimate_noise(blot))
        assert_lanes(lanes[name], drawing)
    for one, other in zip(lanes["light"], lanes["dark"], strict=True):
        assert np.allclose(one.track_x_px, other.track_x_px, atol=1e-3)


def test_an_invalid_border_of_the_scanner_does_not_shift_lanes() -> None:
    drawing = Drawing(x=evenly(8), amounts=varied(8))
    blot = Blot.from_signal(np.asarray(drawing.picture(), np.float32))
    signal = blot.signal.copy()
    signal[:6] = 400
    padded = replace(blot, signal=signal)
    assert_lanes(find_lanes(padded, estimate_noise(padded)), drawing)


@pytest.mark.parametrize("slope", [-0.06, 0.0, 0.06])
def test_lanes_of_a_single_row_stand_at_right_angles_to_it(slope: float) -> None:
    y, x = np.mgrid[:300, :460].astype(float)
    total = 400 + np.random.default_rng(3).normal(0, NOISE, (300, 460))
    for i, center in enumerate(evenly(8)):
        across = 1 / (1 + np.exp((np.abs(x - center) - WIDTH / 2) / 1.5))
        row = 150 + slope * (x - 230)
        total += (300 + 150 * (i % 3)) * across * np.exp(-0.5 * ((y - row) / 4) ** 2)
    lanes = lanes_of(total)
    assert len(lanes) == 8
    lean = [float(lane.x_at(250.0) - lane.x_at(50.0)) / 200 for lane in lanes]
    np.testing.assert_allclose(lean, -slope, atol=0.02)


def test_bands_that_lie_slanted_in_a_level_row_are_found_and_do_not_tilt_the_lanes() -> None:
    y, x = np.mgrid[:126, :460].astype(float)
    total = 400 + np.random.default_rng(3).normal(0, NOISE, (126, 460))
    for i, center in enumerate(evenly(8)):
        across = 1 / (1 + np.exp((np.abs(x - center) - WIDTH / 2) / 1.5))
        row = 60 + (0.2 + 0.03 * (i % 4)) * (x - center)
        total += (300 + 150 * (i % 3)) * across * np.exp(-0.5 * ((y - row) / 4) ** 2)
    lanes = lanes_of(total)
    assert len(lanes) == 8
    lean = [float(lane.x_at(120.0) - lane.x_at(0.0)) / 120 for lane in lanes]
    np.testing.assert_allclose(lean, 0, atol=0.02)


def test_faint_lanes_between_clear_ones_are_shown() -> None:
    amounts = [list(lane) for lane in varied(8)]
    amounts[2], amounts[5] = [40.0, 0.0, 0.0], [0.0, 45.0, 0.0]
    drawing = Drawing(x=evenly(8), amounts=tuple(map(tuple, amounts)))
    assert_lanes(lanes_of(drawing.picture()), drawing)


@pytest.mark.parametrize(
    ("kind", "seed", "number"),
    [("film", 9000084, 3), ("hard", 5186, 3), ("uneven", 15000112, 10)],
)
def test_wide_bands_are_not_divided_where_they_run_on_plainly(
    kind: str, seed: int, number: int
) -> None:
    blot = draw_kind(kind, seed).to_blot()
    shown = [
        lane for lane in find_lanes(blot, estimate_noise(blot)) if "EMPTY_LANE" not in lane.flags
    ]
    assert len(shown) == number
