from __future__ import annotations

import io
import math
import time
import zipfile
from dataclasses import replace
from typing import Any

import openpyxl
import pandas as pd
import pytest

from blotflux.report.prism import prism_blocks
from blotflux.report.tables import study_tables
from blotflux.report.xlsx import workbook_bytes


def opened(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content))


@pytest.fixture(scope="module")
def book(drawn) -> Any:
    run = drawn.draw_run()
    return opened(workbook_bytes(study_tables(run), run.results))


def test_every_table_has_a_sheet_and_every_analysis_one_for_prism(book) -> None:
    assert book.sheetnames == [
        *("bands", "lanes", "normalized", "replicates", "flux", "comparisons", "qc"),
        "prism lc3_flux LC3-II",
    ]


def test_a_sheet_holds_what_its_table_holds(drawn, book) -> None:
    table = study_tables(drawn.draw_run())["comparisons"]
    rows = list(book["comparisons"].values)
    assert list(rows[0]) == list(table.columns)
    assert [row[rows[0].index("estimate")] for row in rows[1:]] == table["estimate"].tolist()
    assert {row[rows[0].index("family")] for row in rows[1:]} <= {None, ""}


def test_replicates_stand_as_prism_pastes_them(drawn, book) -> None:
    rows = list(book["prism lc3_flux LC3-II"].values)
    assert rows[1][:5] == (
        *("replicate", "vehicle", "vehicle + BafA1", "amitriptyline 10"),
        "amitriptyline 10 + BafA1",
    )
    assert [row[0] for row in rows[2:5]] == ["n1", "n2", "n3"]
    blocks = prism_blocks(drawn.result())
    assert rows[2][1:5] == pytest.approx(blocks[0].values[0])
    assert {block.title for block in blocks} == {
        "LC3-II, control without inhibitor = 1",
        "LC3-II",
        "LC3-II over control",
    }


@pytest.mark.parametrize("text", ["=1+1", '=HYPERLINK("x")', "@SUM(A1)", "+1+cmd|' /C'!A0"])
def test_no_cell_is_a_formula(text: str) -> None:
    sheet = opened(workbook_bytes({"t": pd.DataFrame({text: [text]})}))["t"]
    for cell in (sheet["A1"], sheet["A2"]):
        assert cell.value == text
        assert cell.data_type == "s"
        assert cell.quotePrefix


def test_what_a_workbook_cannot_hold_is_made_fit() -> None:
    table = pd.DataFrame(
        {
            "text": pd.Series(["a\x07b\udcff\uffff", "x" * 40_000], dtype=object),
            "number": [math.inf, math.nan],
            "flag": [True, False],
        }
    )
    values = list(opened(workbook_bytes({"t": table}))["t"].values)
    assert values[1][0] == "a b\ufffd\ufffd"
    assert len(values[2][0]) == 32_767
    assert (values[1][1], values[2][1]) == ("inf", None)
    assert (values[1][2], values[2][2]) == (True, False)


def test_names_of_sheets_are_allowed_and_unique(drawn) -> None:
    result = drawn.result()
    results = [replace(result, name=name) for name in ("a/b:*?", "A/B:*?", "x" * 50, "x" * 51)]
    names = opened(workbook_bytes({}, results)).sheetnames
    assert len({name.casefold() for name in names}) == 4
    assert max(map(len, names)) <= 31


def test_the_same_tables_give_the_same_bytes_whenever_they_are_written(
    drawn, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = drawn.draw_run()
    first = workbook_bytes(study_tables(run), run.results)
    later = time.localtime(time.time() + 90_000)
    monkeypatch.setattr(time, "localtime", lambda *_: later)
    assert workbook_bytes(study_tables(run), run.results) == first
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert b"2000-01-01T00:00:00Z" in archive.read("docProps/core.xml")
