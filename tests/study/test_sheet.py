from __future__ import annotations

import io
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from blotflux.analysis.records import LaneSample
from blotflux.errors import StudyError
from blotflux.study import grid
from blotflux.study.cells import number_of
from blotflux.study.sheet import read_sheet, require_sheet
from blotflux.study.sheet_write import sheet_text, sheet_workbook
from blotflux.study.spelling import clean, fold

if TYPE_CHECKING:
    from pathlib import Path

ROWS = [
    ["membrane", "lane", "treatment", "inhibitor", "time_h", "dose", "note"],
    ["rep1", "1", "vehicle", "none", "0,5", "", "1-2"],
    ["rep1", "2", "amitriptyline 10 \N{MICRO SIGN}M", " BafA1 ", "16", "0,50", "NA"],
]

EXPECTED = (
    LaneSample(membrane="rep1", lane=1, treatment="vehicle", time_h=0.5, extra={"note": "1-2"}),
    LaneSample(
        membrane="rep1",
        lane=2,
        treatment="amitriptyline 10 \N{MICRO SIGN}M",
        inhibitor="BafA1",
        time_h=16.0,
        dose="0.5",
        extra={"note": "NA"},
    ),
)


def text_of(separator: str, *, decimal_point: bool = False) -> str:
    rows = [[cell.replace(",", ".") for cell in row] for row in ROWS] if decimal_point else ROWS
    return "\r\n".join(separator.join(row) for row in rows) + "\r\n"


def messages(path: Path) -> list[str]:
    return [str(mistake) for mistake in read_sheet(path, path.name).mistakes]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
)
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_sheet_reads_the_same_however_a_spreadsheet_saved_it(
    tmp_path: Path, encoding: str, separator: str
) -> None:
    path = tmp_path / ("lanes.tsv" if separator == "\t" else "lanes.csv")
    text = text_of(separator, decimal_point=separator == ",")
    path.write_bytes(text.encode(encoding))
    assert require_sheet(path) == EXPECTED


def test_a_greek_mu_reads_as_a_micro_sign(tmp_path: Path) -> None:
    path = tmp_path / "lanes.csv"
    text = text_of(";").replace("\N{MICRO SIGN}", "\N{GREEK SMALL LETTER MU}")
    path.write_text(text, encoding="utf-8")
    assert require_sheet(path) == EXPECTED


def test_the_separator_that_a_spreadsheet_wrote_above_the_header_counts(tmp_path: Path) -> None:
    path = tmp_path / "lanes.csv"
    path.write_text("sep=;\n" + text_of(";"), encoding="utf-8")
    assert require_sheet(path) == EXPECTED


def test_empty_rows_and_columns_are_not_there_and_addresses_still_hold(tmp_path: Path) -> None:
    path = tmp_path / "lanes.csv"
    path.write_text(
        "\n\nmembrane,lane,treatment,,\n,,,,\nrep1,1,vehicle,,\n\nrep1,zwei,ami,,\n,,,,\n",
        encoding="utf-8",
    )
    assert messages(path) == [
        "lanes.csv!B7: lane 'zwei' must be a whole number from 1, counted from the left of the gel"
    ]


def test_a_cell_may_hold_the_separator_and_line_breaks(tmp_path: Path) -> None:
    path = tmp_path / "lanes.csv"
    path.write_text('membrane,lane,treatment\nr,1,"a, b\nc"\nr,x,d\n', encoding="utf-8")
    sheet = read_sheet(path, path.name)
    assert sheet.samples[0].treatment == "a, b\nc"
    assert [mistake.where for mistake in sheet.mistakes] == ["lanes.csv!B4"]


def workbook(rows: list[list[Any]], *, title: str = "lanes", first: str = "") -> bytes:
    book = Workbook()
    if first:
        book.active.title = first
        book.active.append(["something", "else"])
        page = book.create_sheet(title)
    else:
        page = book.active
        page.title = title
    for row in rows:
        page.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def test_a_workbook_reads_as_the_text_does(tmp_path: Path) -> None:
    path = tmp_path / "lanes.xlsx"
    rows: list[list[Any]] = [list(row) for row in ROWS]
    rows[1] = ["rep1", 1, "vehicle", None, 0.5, None, "1-2"]
    rows[2] = ["rep1", 2.0, ROWS[2][2], " BafA1 ", 16, 0.5, "NA"]
    path.write_bytes(workbook(rows))
    assert require_sheet(path) == EXPECTED


@pytest.mark.parametrize(("title", "first"), [("Lanes", "notes"), ("Tabelle1", "")])
def test_the_sheet_called_lanes_is_read_else_the_first(
    tmp_path: Path, title: str, first: str
) -> None:
    path = tmp_path / "lanes.xlsx"
    path.write_bytes(workbook([list(row) for row in ROWS], title=title, first=first))
    assert require_sheet(path) == EXPECTED


def test_a_workbook_under_another_name_is_still_a_workbook(tmp_path: Path) -> None:
    path = tmp_path / "lanes.csv"
    path.write_bytes(workbook([list(row) for row in ROWS]))
    assert require_sheet(path) == EXPECTED


def test_a_date_that_a_spreadsheet_made_is_an_error_with_its_cell(tmp_path: Path) -> None:
    path = tmp_path / "lanes.xlsx"
    day = datetime(2026, 1, 2)
    rows = [["membrane", "lane", "treatment"], ["rep1", 1, day], ["rep1", 2, "b"]]
    path.write_bytes(workbook(rows))
    (message,) = messages(path)
    assert message.startswith("lanes.xlsx!C2: is a date or a time (2026-01-02 00:00:00)")


def test_an_error_of_the_spreadsheet_is_an_error_with_its_cell(tmp_path: Path) -> None:
    path = tmp_path / "lanes.xlsx"
    path.write_bytes(workbook([["membrane", "lane", "treatment"], ["rep1", 1, "#REF!"]]))
    (message,) = messages(path)
    assert message.startswith("lanes.xlsx!C2: holds the spreadsheet's error #REF!")


def test_merged_cells_are_an_error_because_only_the_first_has_the_value(tmp_path: Path) -> None:
    path = tmp_path / "lanes.xlsx"
    book = Workbook()
    page = book.active
    for row in [["membrane", "lane", "treatment"], ["rep1", 1, "a"], ["rep1", 2, None]]:
        page.append(row)
    page.merge_cells("C2:C3")
    book.save(path)
    assert "lanes.xlsx!C2: the cells C2:C3 are merged; unmerge them and fill each" in messages(path)


def test_a_decimal_comma_needs_another_separator(tmp_path: Path) -> None:
    path = tmp_path / "lanes.csv"
    path.write_text('membrane,lane,treatment,time_h\nr,1,a,"0,5"\n', encoding="utf-8")
    (message,) = messages(path)
    assert message.startswith("lanes.csv!D2: time_h '0,5' must be a number from 0")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "lanes.csv: the file is empty"),
        (b" \n\n", "lanes.csv: the file is empty"),
        (b",,\n,,\n", "lanes.csv: the table is empty"),
        (b"membrane,lane,treatment\n", "lanes.csv: the table has a header and no rows"),
        (b'membrane,lane,treatment\nr,1,"a\n', "lanes.csv: not a table: .* in line 2"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1....", r"lanes.csv: is an old \.xls workbook"),
        (b"PK\x03\x04 and no more", "lanes.csv: is not a workbook that can be read"),
        (b"membrane,lane,treatment\nr,1,\x81\n", "lanes.csv: is not text in UTF-8"),
    ],
)
def test_a_file_that_is_no_table_is_one_line(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "lanes.csv"
    path.write_bytes(content)
    (found,) = messages(path)
    assert re.match(message, found), found


def test_a_sheet_that_cannot_be_opened_is_one_line(tmp_path: Path) -> None:
    (found,) = messages(tmp_path / "absent.csv")
    assert found.startswith("absent.csv: cannot be read (No such file")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("r,0,a,sample,4,4,10", "B2: lane '0' must be a whole number from 1"),
        ("r,1,a,smaple,4,4,10", r"D2: role 'smaple' is not known; did you mean 'sample'\?"),
        ("r,1,a,sample,-4,4,10", "E2: inhibitor_h '-4' must be a number above 0"),
        ("r,1,a,sample,0,4,10", "E2: inhibitor_h '0' must be a number above 0"),
        ("r,1,a,sample,inf,4,10", "E2: inhibitor_h 'inf' must be a number above 0"),
        ("r,1,a,sample,1_0,4,10", "E2: inhibitor_h '1_0' must be a number above 0"),
        ("r,1,a,sample,4,NA,10", "F2: time_h 'NA' must be a number from 0; leave it empty"),
        ("r,1,a,sample,4,4,ten", "G2: amount_ug 'ten' must be a number above 0"),
        ("r,1,,standard,4,4,10", "C2: the treatment is empty; only lanes of role ladder or blank"),
    ],
)
def test_a_bad_cell_is_one_line_with_its_address(tmp_path: Path, row: str, message: str) -> None:
    path = tmp_path / "lanes.csv"
    header = "membrane,lane,treatment,role,inhibitor_h,time_h,amount_ug"
    path.write_text(f"{header}\n{row}\n", encoding="utf-8")
    (found,) = messages(path)
    assert re.match(r"lanes\.csv!" + message, found), found


def test_ladders_and_blanks_need_no_treatment_and_roles_no_case(tmp_path: Path) -> None:
    path = tmp_path / "lanes.csv"
    path.write_text(
        "Membrane,Lane,Treatment,Role,Inhibitor h\nr,1,,Ladder,\nr,2,,BLANK,\nr,3,a,,\n",
        encoding="utf-8",
    )
    assert [sample.role for sample in require_sheet(path)] == ["ladder", "blank", "sample"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("vehicle", "Vehicle"),
        ("10 nM", "10nM"),
        ("ami 10 uM", "ami 10 \N{MICRO SIGN}M"),
        ("a-b", "a\N{EN DASH}b"),
        ("a b", "a\N{NO-BREAK SPACE}b"),
    ],
)
def test_names_that_look_alike_are_an_error_that_shows_both(
    tmp_path: Path, first: str, second: str
) -> None:
    path = tmp_path / "lanes.csv"
    path.write_text(
        f"membrane,lane,treatment\nr,1,{first}\nr,2,{second}\nr,3,{second}\n", encoding="utf-8"
    )
    (found,) = messages(path)
    assert found.startswith(f"lanes.csv!C3: '{second}' and '{first}' (lanes.csv!C2) differ only")


def test_an_inhibitor_of_none_is_no_inhibitor_however_written(tmp_path: Path) -> None:
    path = tmp_path / "lanes.csv"
    path.write_text(
        "membrane,lane,treatment,inhibitor\nr,1,a,none\nr,2,a,None\nr,3,a,\nr,4,a,-\n",
        encoding="utf-8",
    )
    assert {sample.inhibitor for sample in require_sheet(path)} == {""}


def test_require_sheet_raises_all_mistakes(tmp_path: Path) -> None:
    path = tmp_path / "lanes.csv"
    path.write_text("membrane,lane,treatment\nr,x,a\nr,y,a\n", encoding="utf-8")
    with pytest.raises(StudyError, match="lane 'x'") as caught:
        require_sheet(path)
    assert len(caught.value.mistakes) == 2


# ---------------------------------------------------------------- properties

NAME = (
    st.text(
        st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cf", "Zl", "Zp", "Co", "Cn")),
        min_size=1,
        max_size=12,
    )
    .map(clean)
    .filter(lambda text: bool(text) and text.isprintable())
)


@st.composite
def lane_rows(draw: st.DrawFn) -> list[dict[str, object]]:
    names = draw(st.lists(NAME, min_size=1, max_size=4, unique_by=fold))
    membranes = draw(st.lists(NAME, min_size=1, max_size=2, unique_by=fold))
    return [
        {
            "membrane": membrane,
            "lane": lane,
            "treatment": draw(st.sampled_from(names)),
            "time_h": draw(st.integers(0, 800)) / 8,
            "exclude": draw(st.one_of(st.just(""), NAME.map("because {}".format))),
        }
        for membrane in membranes
        for lane in range(1, draw(st.integers(1, 4)) + 1)
    ]


COLUMNS = ("membrane", "lane", "treatment", "time_h", "exclude")


@settings(max_examples=60, deadline=None)
@given(rows=lane_rows(), as_workbook=st.booleans(), encoding=st.sampled_from(["utf-8", "utf-16"]))
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[dict[str, object]],
    as_workbook: bool,
    encoding: str,
) -> None:
    folder = tmp_path_factory.mktemp("sheet")
    if as_workbook:
        path = folder / "lanes.xlsx"
        path.write_bytes(sheet_workbook(COLUMNS, rows))
    else:
        path = folder / "lanes.csv"
        path.write_bytes(sheet_text(COLUMNS, rows).encode(encoding))
    samples = require_sheet(path)
    assert [{column: getattr(sample, column) for column in COLUMNS} for sample in samples] == rows


@given(st.text(max_size=20))
def test_cleaning_and_folding_are_done_once(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert fold(clean(text)) == fold(text)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_with_a_comma_is_the_number_with_a_point(value: float) -> None:
    assert number_of(repr(value), decimal_comma=False) == value
    assert number_of(repr(value).replace(".", ","), decimal_comma=True) == value


@settings(max_examples=200, deadline=None)
@given(content=st.binary(max_size=200))
def test_any_bytes_are_a_sheet_or_a_list_of_mistakes(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("bytes") / "lanes.csv"
    path.write_bytes(content)
    sheet = read_sheet(path, "lanes.csv")
    assert sheet.mistakes or sheet.samples
    assert all("\n" not in str(mistake) for mistake in sheet.mistakes)


@settings(max_examples=60, deadline=None)
@given(place=st.floats(0, 1), byte=st.integers(0, 255), cut=st.integers(0, 40))
def test_a_damaged_workbook_is_a_sheet_or_one_line(
    tmp_path_factory: pytest.TempPathFactory, place: float, byte: int, cut: int
) -> None:
    content = bytearray(sheet_workbook(COLUMNS, [{"membrane": "a", "lane": 1, "treatment": "v"}]))
    at = int(place * (len(content) - 1))
    content[at : at + cut] = bytes([byte])
    path = tmp_path_factory.mktemp("damaged") / "lanes.xlsx"
    path.write_bytes(content)
    sheet = read_sheet(path, "lanes.xlsx")
    assert sheet.mistakes or sheet.samples
    assert all("\n" not in str(mistake) for mistake in sheet.mistakes)


@pytest.mark.parametrize("name", ["lanes.csv", "lanes.xlsx"])
def test_a_sheet_that_is_too_large_is_one_line(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / name
    rows = [{"membrane": "a", "lane": 1, "treatment": "v" * 9000}]
    content = (
        sheet_workbook(COLUMNS, rows) if name.endswith("x") else sheet_text(COLUMNS, rows).encode()
    )
    path.write_bytes(content)
    assert require_sheet(path)
    monkeypatch.setattr(grid, "MOST_BYTES", 8000)
    (found,) = messages(path)
    assert found.startswith(f"{name}: is larger than 100 MB")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("r,1,a,DMSO,,", "D2: inhibitor 'DMSO' is a solvent or a control, not an inhibitor; leave"),
        ("r,1,a,,16 h,", "E2: time_h '16 h' must be a number from 0; leave it empty if it is not "),
        ("r,1,a,,,No", "F2: exclude 'No' would leave the lane out; leave the cell empty to keep"),
    ],
)
def test_words_that_would_mean_something_else_are_refused(
    tmp_path: Path, row: str, message: str
) -> None:
    text = f"membrane,lane,treatment,inhibitor,time_h,exclude\n{row}\n"
    (tmp_path / "lanes.csv").write_text(text, encoding="utf-8")
    (found,) = read_sheet(tmp_path / "lanes.csv", "lanes.csv").mistakes
    assert str(found).startswith(f"lanes.csv!{message}")


@pytest.mark.parametrize("word", ["none", "No", "-", "0", ""])
def test_no_inhibitor_is_written_in_several_ways(tmp_path: Path, word: str) -> None:
    text = f"membrane,lane,treatment,inhibitor\nr,1,a,{word}\n"
    (tmp_path / "lanes.csv").write_text(text, encoding="utf-8")
    sheet = read_sheet(tmp_path / "lanes.csv", "lanes.csv")
    assert sheet.mistakes == []
    assert sheet.samples[0].inhibitor == ""


def test_doses_that_differ_only_in_spaces_are_one_dose_twice(tmp_path: Path) -> None:
    text = "membrane,lane,treatment,dose\nr,1,a,10 uM\nr,2,a,10uM\nr,3,a,5.0\nr,4,a,5\n"
    (tmp_path / "lanes.csv").write_text(text, encoding="utf-8")
    (found,) = read_sheet(tmp_path / "lanes.csv", "lanes.csv").mistakes
    assert str(found).startswith("lanes.csv!D3: '10uM' and '10 uM' (lanes.csv!D2) differ only in")


def test_a_date_in_a_column_of_the_users_own_is_carried(tmp_path: Path) -> None:
    book = Workbook()
    table = book.active
    assert table is not None
    table.append(["membrane", "lane", "treatment", "blotted"])
    table.append(["r", 1, "a", datetime(2026, 1, 2)])
    book.save(tmp_path / "lanes.xlsx")
    sheet = read_sheet(tmp_path / "lanes.xlsx", "lanes.xlsx")
    assert sheet.mistakes == []
    assert sheet.samples[0].extra["blotted"] == "2026-01-02"
