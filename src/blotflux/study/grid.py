"""Tables as people save them, read into cells of text that know their address."""

from __future__ import annotations

import csv
import io
import re
import warnings
import zipfile
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from blotflux.errors import Mistake, StudyError
from blotflux.study.spelling import clean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from openpyxl import Workbook

__all__ = ["Grid", "read_grid"]

SHEET_NAME = "lanes"

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab"}

WORKBOOKS = frozenset({".xlsx", ".xlsm"})

# A sheet of a thousand lanes has a tenth of a megabyte; what claims more is no sheet.
MOST_BYTES = 100_000_000
TOO_LARGE = "is larger than 100 MB, which no sheet is; take out what is not the table of lanes"

# Among which a header is looked for.
FIRST_LINES, FIRST_TEXT = 4, 100_000

EXCEL_ERROR = re.compile(r"#(REF|N/A|NAME|VALUE|DIV/0|NUM|NULL)[!?]?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table: a header, rows of cells, and where each row stands in the file.

    Attributes
    ----------
    name : str
        The file's name in messages.
    header : tuple of str
    header_row : int
        The header's row in the file, from 1.
    rows : tuple of (int, tuple of str)
        Row in the file, and one cell per column of the header; empty rows are not there.
    decimal_comma : bool
        Whether ``0,5`` can be a number, which it cannot where commas separate columns.
    mistakes : tuple of Mistake
        Cells that hold no text and no number.
    origins : mapping of row to (row, column)
        Of rows that were moved: their row in the file, and the column that they begin at.
    """

    name: str
    header: tuple[str, ...]
    header_row: int
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    decimal_comma: bool
    mistakes: tuple[Mistake, ...] = ()
    origins: Mapping[int, tuple[int, int]] = field(default_factory=dict)

    def where(self, row: int, column: int) -> str:
        """Return the address of a cell, as ``lanes.csv!C5``; columns count from 0."""
        place, offset = self.origins.get(row, (row, 0))
        return f"{self.name}!{get_column_letter(column + offset + 1)}{place}"


def read_grid(path: Path, name: str, *, expected: Sequence[str]) -> Grid:
    """Return the table in a file.

    Parameters
    ----------
    path : Path
        ``.csv``, ``.tsv``, ``.txt`` (comma, semicolon or tab; UTF-8, UTF-16 or Windows-1252) or
        ``.xlsx`` (the sheet called "lanes", else the first).
    name : str
        The file's name in messages.
    expected : sequence of str
        Columns that tell which separator is the right one.

    Raises
    ------
    StudyError
        If the file cannot be read as a table.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _refuse(name, f"cannot be read ({error.strerror}); check the path") from None
    if not content.strip():
        raise _refuse(name, "the file is empty; write a header line and a row per lane")
    if len(content) > MOST_BYTES:
        raise _refuse(name, TOO_LARGE)
    if path.suffix.lower() in WORKBOOKS or content[:4] == b"PK\x03\x04":
        return _read_workbook(content, name)
    if content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise _refuse(name, "is an old .xls workbook; save it as .xlsx or .csv")
    return _read_text(_decode(content, name), name, expected)


def _refuse(name: str, message: str) -> StudyError:
    return StudyError([Mistake(where=name, message=message)])


# ---------------------------------------------------------------- text


def _decode(content: bytes, name: str) -> str:
    """Return a text file's text, whatever spreadsheet saved it."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings = ["utf-16"]
    elif b"\x00" in content[:200]:
        encodings = ["utf-16-le" if content[1:2] == b"\x00" else "utf-16-be"]
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _refuse(name, "is not text in UTF-8, UTF-16 or Windows-1252; save it as CSV UTF-8")


def _read_text(text: str, name: str, expected: Sequence[str]) -> Grid:
    told = re.match(r"sep=(.)\r?\n", text)
    skipped = 1 if told else 0
    body = text[told.end() :] if told else text
    separator = told.group(1) if told else _find_separator(body, expected)
    table = []
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=separator, strict=True)
    last = skipped
    try:
        for cells in reader:
            # A cell may hold line breaks; a row's address is that of its first line.
            table.append((last + 1, tuple(clean(cell) for cell in cells)))
            last = skipped + reader.line_num
    except csv.Error as error:
        message = f"not a table: {error} in line {skipped + reader.line_num}; check the quotes"
        raise _refuse(name, message) from None
    return _make_grid(name, table, decimal_comma=separator != ",")


def _find_separator(text: str, expected: Sequence[str]) -> str:
    """Return the separator that gives the most columns that we know, then the most columns.

    Where the first line is a title without any, the next lines decide.
    """
    lines = [line for line in text[:FIRST_TEXT].splitlines() if line.strip(" ,;\t")]
    header, *later = lines[:FIRST_LINES] or [""]
    known = set(expected)

    def score(separator: str) -> tuple[int, int, int]:
        cells = next(csv.reader([header], delimiter=separator))
        found = sum(cell.strip().casefold() in known for cell in cells)
        return found, len(cells), max((line.count(separator) for line in later), default=0)

    return max(SEPARATORS, key=score)


def _make_grid(
    name: str,
    table: list[tuple[int, tuple[str, ...]]],
    *,
    decimal_comma: bool,
    mistakes: Sequence[Mistake] = (),
) -> Grid:
    """Return the table without its empty rows and empty last columns."""
    filled = [(row, cells) for row, cells in table if any(cells)]
    if not filled:
        raise _refuse(name, "the table is empty; write a header line and a row per lane")
    width = max(_used(cells) for _, cells in filled)
    rows = [(row, (cells + ("",) * width)[:width]) for row, cells in filled]
    return Grid(
        name=name,
        header=rows[0][1],
        header_row=rows[0][0],
        rows=tuple(rows[1:]),
        decimal_comma=decimal_comma,
        mistakes=tuple(mistakes),
    )


def _used(cells: tuple[str, ...]) -> int:
    return max((index + 1 for index, cell in enumerate(cells) if cell), default=0)


# ---------------------------------------------------------------- workbooks


def _open_workbook(content: bytes, name: str) -> Workbook:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(item.file_size for item in archive.infolist())
        with warnings.catch_warnings():
            # What openpyxl cannot keep (colors, extensions) is nothing that is read here.
            warnings.simplefilter("ignore", UserWarning)
            if unpacked <= MOST_BYTES:
                return load_workbook(io.BytesIO(content), data_only=True)
    except Exception as error:  # a damaged file makes openpyxl raise whatever its parsers meet
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        message = f"is not a workbook that can be read ({reason}); save it as .xlsx or .csv"
        raise _refuse(name, message) from None
    raise _refuse(name, TOO_LARGE)


def _read_workbook(content: bytes, name: str) -> Grid:
    book = _open_workbook(content, name)
    titles = {sheet.title.strip().casefold(): sheet for sheet in book.worksheets}
    if not titles:
        raise _refuse(name, "the workbook has no sheet with cells; save it as .csv")
    sheet = titles.get(SHEET_NAME, book.worksheets[0])
    table, mistakes = [], []
    for row, values in enumerate(sheet.iter_rows(values_only=True), start=1):
        cells = []
        for column, value in enumerate(values, start=1):
            text, problem = _cell_text(value)
            cells.append(text)
            if problem:
                where = f"{name}!{get_column_letter(column)}{row}"
                mistakes.append(Mistake(where=where, message=problem))
        table.append((row, tuple(cells)))
    mistakes += _merged(sheet, name)
    return _make_grid(name, table, decimal_comma=True, mistakes=mistakes)


def _merged(sheet: Any, name: str) -> list[Mistake]:
    """Return a complaint for each group of merged cells, whose value is only in the first."""
    return [
        Mistake(
            where=f"{name}!{merged.coord.split(':')[0]}",
            message=f"the cells {merged.coord} are merged; unmerge them and fill each",
        )
        for merged in sorted(sheet.merged_cells.ranges, key=lambda merged: str(merged.coord))
    ]


IS_DATE = "is a date or a time"


def _cell_text(value: Any) -> tuple[str, str]:
    """Return a cell's text, and what is wrong with it or empty text."""
    if value is None:
        return "", ""
    if isinstance(value, bool):
        return ("true" if value else "false"), ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value)), ""
    if isinstance(value, date | datetime | time | timedelta):
        only_day = isinstance(value, datetime) and value.time() == time.min
        return str(value).removesuffix(" 00:00:00" if only_day else ""), (
            f"{IS_DATE} ({value}), which the spreadsheet made of what was typed; "
            "format the column as text and type it again"
        )
    text = clean(str(value))
    if EXCEL_ERROR.match(text):
        return text, f"holds the spreadsheet's error {text}; mend the formula or type the value"
    return text, ""
