from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blotflux.blot import Box, Lane, Placement
from blotflux.findings import Finding, Severity
from blotflux.report.pictures import Picture
from blotflux.report.tables import (
    bands_table,
    box_in_file,
    comparisons_table,
    lanes_table,
    qc_table,
    quantify_tables,
    study_tables,
)


def as_the_reader_places(file_picture: np.ndarray, placement: Placement) -> np.ndarray:
    """Crop, turn clockwise and flip a picture of the file, as a blot is made from it."""
    left, top, width, height = placement.region
    part = np.rot90(file_picture[top : top + height, left : left + width], -placement.turn // 90)
    if placement.flip == "horizontal":
        return part[:, ::-1]
    return part[::-1] if placement.flip == "vertical" else part


@st.composite
def placements_and_boxes(draw: st.DrawFn) -> tuple[Placement, Box]:
    rows, columns = draw(st.integers(4, 12)), draw(st.integers(4, 12))
    left, top = draw(st.integers(0, columns - 2)), draw(st.integers(0, rows - 2))
    width, height = draw(st.integers(2, columns - left)), draw(st.integers(2, rows - top))
    turn = draw(st.sampled_from([0, 90, 180, 270]))
    placement = Placement(
        file_shape=(rows, columns),
        region=(left, top, width, height),
        turn=turn,
        flip=draw(st.sampled_from(["", "horizontal", "vertical"])),
    )
    across, down = (width, height) if turn % 180 == 0 else (height, width)
    x, y = draw(st.integers(0, across - 1)), draw(st.integers(0, down - 1))
    box = Box(
        left=x,
        top=y,
        right=draw(st.integers(x + 1, across)),
        bottom=draw(st.integers(y + 1, down)),
    )
    return placement, box


@given(placements_and_boxes())
@settings(max_examples=120, deadline=None)
def test_a_box_in_the_file_holds_the_same_pixels_as_the_box_in_the_blot(
    placed: tuple[Placement, Box],
) -> None:
    placement, box = placed
    rows, columns = placement.file_shape
    file_picture = np.arange(rows * columns).reshape(rows, columns)
    blot = as_the_reader_places(file_picture, placement)
    left, top, right, bottom = box_in_file(placement, box)
    inside_blot = blot[box.top : box.bottom, box.left : box.right]
    inside_file = file_picture[top:bottom, left:right]
    assert set(inside_file.ravel()) == set(inside_blot.ravel())


def test_a_box_without_pixels_stays_one() -> None:
    placement = Placement(file_shape=(10, 20), region=(0, 0, 20, 10), turn=180)
    left, top, right, bottom = box_in_file(placement, Box(left=3, top=4, right=3, bottom=8))
    assert (right - left) * (bottom - top) == 0


def test_bands_hold_what_was_measured_and_the_sheets_line_of_their_lane(drawn) -> None:
    bands = study_tables(drawn.draw_run())["bands"]
    row = bands.query("image == 'rep2_lc3.tif' and lane == 2 and row == 2").iloc[0]
    assert row["target"] == "LC3-II"
    assert row["volume"] == drawn.LC3_II[1][2]
    assert (row["treatment"], row["inhibitor"], row["replicate"]) == ("amitriptyline", "", "n2")
    assert row["passage"] == "13"
    assert row["area_px"] == (row["right_px"] - row["left_px"]) * (row["bottom_px"] - row["top_px"])


def test_without_a_study_no_table_has_columns_of_a_sheet(drawn) -> None:
    tables = quantify_tables([drawn.draw_run().images[0].measurement])
    assert list(tables) == ["bands", "lanes", "qc"]
    assert "treatment" not in tables["bands"]
    assert set(tables["bands"]["target"]) == {""}


def test_rows_are_sorted_by_their_key_whatever_order_they_came_in(drawn) -> None:
    run = drawn.draw_run()
    shuffled = replace(
        run,
        images=run.images[::-1],
        results=tuple(
            replace(result, normalized=result.normalized[::-1], flux=result.flux[::-1])
            for result in run.results
        ),
        findings=run.findings[::-1],
    )
    for name, table in study_tables(run).items():
        pd.testing.assert_frame_equal(table, study_tables(shuffled)[name])


def test_the_key_of_bands_is_unique(drawn) -> None:
    bands = study_tables(drawn.draw_run())["bands"]
    key = ["image", "channel", "page", "panel", "lane", "row"]
    assert not bands.duplicated(key).any()
    assert bands[key].equals(bands[key].sort_values(key, ignore_index=True))


def test_missing_numbers_are_missing_and_missing_text_is_empty(drawn) -> None:
    tables = study_tables(drawn.draw_run())
    assert tables["bands"]["rf"].isna().all()
    assert tables["flux"]["basal_se"].isna().all()
    assert set(tables["comparisons"]["family"]) == {""}
    assert tables["qc"]["lane"].dtype == "Int64"


def one_lane(drawn, placement: Placement, lane: Lane) -> pd.Series:
    measurement = drawn.draw_run().images[0].measurement
    turned = replace(measurement.blot, placement=placement)
    return lanes_table([replace(measurement, blot=turned, lanes=(lane,), bands=())]).iloc[0]


LEANING = Lane(number=1, track_y_px=(0.0, 99.0), track_x_px=(20.0, 30.0), width_px=9.0)


def test_a_lane_is_given_where_the_file_shows_it(drawn) -> None:
    row = one_lane(drawn, Placement(file_shape=(200, 300), region=(50, 40, 80, 100)), LEANING)
    assert (row["x_px"], row["x_top_px"], row["x_bottom_px"]) == (75.0, 70.0, 80.0)


@pytest.mark.parametrize(
    ("turn", "flip", "ends"),
    [
        (0, "vertical", (80.0, 70.0)),
        (180, "", (99.0, 109.0)),
        (180, "vertical", (109.0, 99.0)),
        (0, "horizontal", (109.0, 99.0)),
    ],
)
def test_the_top_of_a_lane_is_what_the_file_shows_above(drawn, turn, flip, ends) -> None:
    placement = Placement(file_shape=(200, 300), region=(50, 40, 80, 100), turn=turn, flip=flip)
    row = one_lane(drawn, placement, LEANING)
    assert (row["x_top_px"], row["x_bottom_px"]) == ends


def test_findings_come_worst_first_and_each_once() -> None:
    note = Finding(severity=Severity.INFO, code="A", message="note")
    bad = Finding(severity=Severity.FAIL, code="Z", message="bad")
    table = qc_table([note, bad, note])
    assert list(table["severity"]) == ["fail", "info"]


def test_the_role_of_a_lane_is_the_sheets(drawn) -> None:
    image = drawn.draw_run().images[0]
    picture = Picture(
        measurement=image.measurement,
        samples={2: next(line for line in drawn.samples() if line.role == "ladder")},
    )
    assert bands_table([picture], sheet=())["role"].tolist().count("ladder") == 2
    assert "ladder" not in set(bands_table([image.measurement])["role"])


def test_no_results_give_tables_with_a_header_only() -> None:
    table = comparisons_table([])
    assert len(table) == 0
    assert "estimate" in table
