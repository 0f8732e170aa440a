from __future__ import annotations

import io
import json
import os
import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from blotflux.blot import Blot, Box, Lane
from blotflux.measure.result import Mark, Measurement, Noise
from blotflux.report.drawing import drawable, shorten
from blotflux.report.overlays import (
    LARGEST_SCALE,
    PNG_SCALE,
    SHOWN_HEIGHT_PX,
    SHOWN_WIDTH_PX,
    display_gray,
    draw_overlay,
    layout_of,
)
from blotflux.report.palette import EVIDENCE, LOW_CONFIDENCE, SATURATED, row_color
from blotflux.report.pictures import Picture, pictures_of_study
from blotflux.report.spreading import spread

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = "$\\frac{1}{0}$ <script>alert(1)</script> \u6d4b\u8bd5 \x00\u202e"


def texts(svg: bytes) -> list[str]:
    return [
        "".join(item.itertext()) for item in ET.fromstring(svg).iter() if item.tag.endswith("}text")
    ]


def colors(png: bytes) -> set[tuple[int, int, int]]:
    with Image.open(io.BytesIO(png)) as image:
        return {color for _, color in image.convert("RGB").getcolors(1 << 24)}


def rgb(color: str) -> tuple[int, int, int]:
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return red, green, blue


@pytest.fixture(scope="module")
def picture(drawn) -> Picture:
    return pictures_of_study(drawn.draw_run())[0]


def test_an_overlay_shows_numbers_names_and_treatments(picture: Picture) -> None:
    drawing = draw_overlay(picture)
    written = texts(drawing["svg"])
    assert {"1", "2", "3", "4", "5", "6?"} <= set(written)
    assert {"1  LC3-I", "2  LC3-II", "vehicle", "ladder"} <= set(written)
    assert "rep1: rep1_lc3.tif" in written


def test_the_same_picture_gives_the_same_bytes(picture: Picture) -> None:
    assert draw_overlay(picture) == draw_overlay(picture)


def test_rows_have_their_colors_and_a_doubtful_lane_stands_out(picture: Picture) -> None:
    svg = draw_overlay(picture)["svg"].decode()
    assert row_color(1) in svg
    assert row_color(2) in svg
    assert LOW_CONFIDENCE in svg
    sure = tuple(replace(lane, confidence=0.99, flags=()) for lane in picture.measurement.lanes)
    calm = replace(picture, measurement=replace(picture.measurement, lanes=sure))
    assert LOW_CONFIDENCE not in draw_overlay(calm)["svg"].decode()


def test_evidence_is_framed_and_numbered_and_else_nothing_is(picture: Picture) -> None:
    assert EVIDENCE not in draw_overlay(picture)["svg"].decode()
    marks = tuple(
        Mark(box=Box(left=left, top=5, right=left + 12, bottom=30), code="D-DUP", number=1)
        for left in (10, 60)
    )
    marked = replace(picture, measurement=replace(picture.measurement, marks=marks))
    drawing = draw_overlay(marked)
    written = texts(drawing["svg"])
    assert written.count("D-DUP 1") == 2
    assert "place of the finding named there" in written
    assert rgb(EVIDENCE) in colors(drawing["png"])


def test_a_place_where_nothing_was_detected_is_dashed(picture: Picture) -> None:
    def dashes(bands) -> int:
        measurement = replace(picture.measurement, bands=bands, lanes=picture.measurement.lanes[:5])
        return draw_overlay(replace(picture, measurement=measurement))["svg"].count(b"dasharray")

    bands = picture.measurement.bands
    assert all(band.detected for band in bands)
    absent = (replace(bands[0], detected=False), *bands[1:])
    assert dashes(absent) > dashes(bands)


def test_saturated_pixels_are_filled_and_explained(drawn) -> None:
    calm, clipped = (pictures_of_study(drawn.draw_run(ceiling=c))[0] for c in (np.inf, 330.0))
    assert not calm.measurement.blot.saturated.any()
    assert clipped.measurement.blot.saturated.any()
    assert "saturated" not in texts(draw_overlay(calm)["svg"])
    drawing = draw_overlay(clipped)
    assert "saturated" in texts(drawing["svg"])
    red, green, blue = rgb(SATURATED)
    assert any(
        abs(r - 0.85 * red) < 12 and g < 20 and abs(b - 0.85 * blue) < 12
        for r, g, b in colors(drawing["png"])
    ), (red, green, blue)


def test_a_finding_about_a_band_is_marked(drawn) -> None:
    marked = next(p for p in pictures_of_study(drawn.draw_run()) if p.findings)
    assert "warning" in texts(draw_overlay(marked)["svg"])
    assert "warning" not in texts(draw_overlay(replace(marked, findings=()))["svg"])


def test_hostile_names_are_drawn_as_text(picture: Picture) -> None:
    source = replace(picture.measurement.blot.source, name=HOSTILE)
    blot = replace(picture.measurement.blot, source=source)
    hostile = replace(
        picture,
        measurement=replace(picture.measurement, blot=blot),
        membrane=HOSTILE,
        targets=dict.fromkeys(picture.targets, HOSTILE),
    )
    svg = draw_overlay(hostile)["svg"]
    assert b"<script>" not in svg
    assert any("frac" in text for text in texts(svg))


def test_signs_that_no_font_has_become_boxes() -> None:
    assert drawable("a\U000f0000b\tc\nd") == "a\u25a1b c\nd"


@pytest.mark.parametrize("shape", [(40, 30), (167, 257), (1650, 1200), (60, 1400), (900, 60)])
def test_a_picture_of_any_size_gets_an_overlay_of_legible_size(shape: tuple[int, int]) -> None:
    rows, columns = shape
    blot = Blot.from_signal(np.random.default_rng(1).normal(100, 5, shape))
    lane = Lane(number=1, track_y_px=(0.0, rows - 1.0), track_x_px=(columns / 2,) * 2, width_px=9.0)
    measurement = Measurement(
        blot=blot,
        lanes=(lane,),
        bands=(),
        noise=Noise(sigma=5.0),
        background=np.zeros(shape, np.float32),
    )
    layout = layout_of(Picture(measurement=measurement))
    fits = min(SHOWN_WIDTH_PX / columns, SHOWN_HEIGHT_PX / rows)
    assert layout.scale == pytest.approx(min(fits, LARGEST_SCALE))
    with Image.open(io.BytesIO(draw_overlay(measurement)["png"])) as image:
        wanted = np.array([layout.width_px, layout.height_px]) * PNG_SCALE
        assert np.abs(np.array(image.size) - wanted).max() < 2


def test_a_picture_without_lanes_gets_an_overlay() -> None:
    blot = Blot.from_signal(np.zeros((50, 80)))
    empty = Measurement(
        blot=blot, lanes=(), bands=(), noise=Noise(sigma=0.0), background=np.zeros((50, 80))
    )
    assert "0 lanes, 0 of 0 places with a band, light on dark" in texts(draw_overlay(empty)["svg"])


def test_bands_are_dark_on_light_whatever_the_polarity() -> None:
    signal = np.full((60, 60), 100.0)
    signal[20:30, 20:40] = 4000.0
    gray = display_gray(Blot.from_signal(signal))
    assert gray[25, 30] < 20
    assert gray[5, 5] > 235


def test_names_of_near_rows_keep_their_distance_and_their_order() -> None:
    places = spread([10.0, 11.0, 12.0, 80.0], 19.0)
    assert np.diff(places).min() >= 19.0 - 1e-9
    assert places[3] == 80.0
    assert np.mean(places[:3]) == pytest.approx(11.0)


def test_long_names_lose_their_middle() -> None:
    assert shorten("a" * 30 + ".tif", 12) == "aaaaaa\u2026a.tif"
    assert shorten("short", 12) == "short"


@pytest.mark.parametrize("name", ["csitron", "cgr3_tobacco__FLAG", "chibidragon", "B2AR__Oct10"])
def test_real_blots_get_their_overlays(real_blots: Path, name: str) -> None:
    annotations = json.loads((real_blots / "annotations.json").read_text(encoding="utf-8"))
    file = next(file for file in sorted(annotations) if file.startswith(name))
    with Image.open(real_blots / file) as image:
        signal = np.asarray(image.convert("RGB" if image.mode.startswith("RGB") else "F"))
    signal = signal.mean(axis=-1) if signal.ndim == 3 else signal
    known = annotations[file].get("lanes") or annotations[file]["author_lanes"]
    lanes = tuple(
        Lane(
            number=number,
            track_y_px=(0.0, signal.shape[0] - 1.0),
            track_x_px=(entry["x"],) * 2,
            width_px=20.0,
        )
        for number, entry in enumerate(sorted(known, key=lambda entry: entry["x"]), 1)
    )
    measurement = Measurement(
        blot=Blot.from_signal(signal, name=file),
        lanes=lanes,
        bands=(),
        noise=Noise(sigma=1.0),
        background=np.zeros(signal.shape, np.float32),
    )
    written = texts(draw_overlay(measurement)["svg"])
    assert {str(lane.number) for lane in lanes} <= set(written)
    assert os.path.basename(file)[:8] in " ".join(written)  # noqa: PTH119 - a name, not a path


def test_panels_below_one_another_write_their_numbers_inside(picture: Picture) -> None:
    lower = tuple(
        replace(lane, panel=2, track_y_px=(60.0, 119.0)) for lane in picture.measurement.lanes[:3]
    )
    upper = tuple(replace(lane, track_y_px=(0.0, 55.0)) for lane in picture.measurement.lanes[:3])
    band = replace(
        picture.measurement.bands[0], panel=2, box=Box(left=90, top=80, right=120, bottom=99)
    )
    stacked = replace(
        picture,
        samples={},
        measurement=replace(picture.measurement, lanes=upper + lower, bands=(band,)),
    )
    written = texts(draw_overlay(stacked)["svg"])
    assert written.count("1") == 2
    assert "2 panels, 6 lanes, 1 of 1 places with a band, dark on light" in written


def test_rows_of_a_panel_at_the_right_are_named_on_the_blot(picture: Picture) -> None:
    left, right = picture.measurement.lanes[1:3], picture.measurement.lanes[3:5]
    lanes = (*left, *(replace(lane, panel=2) for lane in right))
    bands = tuple(
        replace(band, panel=1 if band.lane < 4 else 2) for band in picture.measurement.bands
    )
    names = {(1, 1): "here", (2, 1): "there"}
    apart = replace(
        picture,
        samples={},
        targets=names,
        measurement=replace(picture.measurement, lanes=lanes, bands=bands),
    )
    svg = draw_overlay(apart)["svg"]
    places = {
        "".join(item.itertext()): float(item.get("x", "nan"))
        for item in ET.fromstring(svg).iter()
        if item.tag.endswith("}text")
    }
    assert places["1  here"] < layout_of(apart).left_px < places["1  there"]
