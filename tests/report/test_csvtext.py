from __future__ import annotations

import csv
import io
import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blotflux.report.csvtext import (
    csv_bytes,
    defuse,
    number_text,
    plain_text,
    read_table,
    undo_defuse,
)
from blotflux.report.frames import frame
from blotflux.report.schema import QC, SHEET, TABLES
from blotflux.report.tables import study_tables

HOSTILE = [
    "=1+1",
    "+cmd|' /C calc'!A0",
    "@SUM(A1)",
    "-2+3",
    " =1+1",
    "'=1+1",
    "''=1+1",
    "\t=1+1",
    "\uff1d1+1",
    '=HYPERLINK("http://example.org","x")',
]


@given(st.floats(allow_nan=False))
def test_numbers_have_the_shortest_text_that_reads_back_to_the_same_double(value: float) -> None:
    text = number_text(value)
    assert float(text) == value
    assert math.copysign(1, float(text)) == math.copysign(1, value)
    assert len(text) <= len(repr(value))


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_starts_as_a_formula(text: str) -> None:
    content = csv_bytes(pd.DataFrame({"name": [text]})).decode()
    cell = next(csv.DictReader(io.StringIO(content)))["name"]
    assert cell.startswith("'")


@pytest.mark.parametrize(
    "text", ["vehicle", "-5", "+", "-", "1-2", "NA", "10 \u00b5M", "-1.5e3", ""]
)
def test_harmless_text_is_left_alone(text: str) -> None:
    assert defuse(text) == text


@given(st.text(max_size=12) | st.sampled_from(HOSTILE))
@settings(max_examples=300, deadline=None)
def test_defusing_can_be_undone(text: str) -> None:
    assert undo_defuse(defuse(text)) == plain_text(text)


def test_a_cell_is_one_line_without_signs_that_turn_the_reading_direction() -> None:
    assert plain_text("a\r\nb\x00c\u202ed\u2028e") == "a  b c d e"


def test_column_names_of_the_sheet_are_defused_too() -> None:
    assert csv_bytes(pd.DataFrame({"=1+1": ["x"]})).decode().startswith("'=1+1\n")


def test_bytes_of_a_file_name_that_are_no_text_do_not_break_the_table() -> None:
    content = csv_bytes(pd.DataFrame({"image": ["bl\udcfft.tif"]}, dtype=object))
    assert content == b"image\nbl\\udcfft.tif\n"


def test_the_file_is_utf8_with_one_header_line_and_plain_line_ends() -> None:
    table = pd.DataFrame({"a": ['\u00b5, "x"'], "b": [True], "c": [math.nan], "d": [1234.0]})
    assert csv_bytes(table) == 'a,b,c,d\n"\u00b5, ""x""",true,,1234\n'.encode()


@pytest.mark.parametrize("name", TABLES)
def test_every_table_reads_back_as_it_was(drawn, name: str) -> None:
    run = drawn.draw_run(ceiling=330)
    table = study_tables(run)[name]
    schema = TABLES[name]
    if schema.sheet_after:
        schema = schema.with_sheet(SHEET, ("passage",))
    pd.testing.assert_frame_equal(read_table(csv_bytes(table).decode(), schema), table)


@given(st.lists(st.text(max_size=8) | st.sampled_from(HOSTILE), max_size=4))
@settings(max_examples=60, deadline=None)
def test_hostile_messages_read_back_as_they_were_but_for_control_characters(
    messages: list[str],
) -> None:
    rows = [
        {"severity": "info", "code": "X", "message": plain_text(text), "used_in_label": False}
        for text in messages
    ]
    table = frame(QC, rows)
    pd.testing.assert_frame_equal(read_table(csv_bytes(table).decode(), QC), table)


def test_a_file_that_lacks_a_column_is_refused_by_its_name() -> None:
    with pytest.raises(ValueError, match=r"qc\.csv lacks the columns code"):
        read_table("severity,message\n", QC)


def test_the_same_values_give_the_same_bytes(drawn) -> None:
    first, second = (study_tables(drawn.draw_run()) for _ in range(2))
    assert [csv_bytes(table) for table in first.values()] == [
        csv_bytes(table) for table in second.values()
    ]
