"""``results.xlsx``: every table on a sheet, and the replicates in the shape that Prism pastes.

Text is stored as text, never as a formula, whatever it starts with; a cell that looks like one
also carries the quote mark that keeps it text when it is edited. The file is the same bytes for
the same tables: the format's dates are fixed.
"""

from __future__ import annotations

import io
import math
import re
import zipfile
from typing import TYPE_CHECKING, Any

import pandas as pd

from blotflux.report.csvtext import defuse, plain_text
from blotflux.report.prism import prism_blocks

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from openpyxl.cell.cell import Cell
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

    from blotflux.analysis.records import AnalysisResult

__all__ = ["workbook_bytes"]

LONGEST_TEXT = 32_767
LONGEST_NAME = 31
WIDEST = 44
_NO_NAME = re.compile(r"[\[\]:*?/\\']")
_NO_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")
_DATES = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(</dcterms)")
FIXED_DATE = b"2000-01-01T00:00:00Z"
ZIP_DATE = (1980, 1, 1, 0, 0, 0)


def workbook_bytes(
    tables: Mapping[str, pd.DataFrame], results: Sequence[AnalysisResult] = ()
) -> bytes:
    """Return the workbook.

    Parameters
    ----------
    tables : mapping of name to DataFrame
        One sheet each, in this order.
    results : sequence of AnalysisResult
        One sheet of replicates each.
    """
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    taken: set[str] = set()
    for name, table in tables.items():
        _add_table(book, _sheet_name(name, taken), table)
    for result in results:
        _add_blocks(book, _sheet_name(f"prism {result.name}", taken), result)
    stream = io.BytesIO()
    book.save(stream)
    return _without_dates(stream.getvalue())


def _sheet_name(name: str, taken: set[str]) -> str:
    """Return a name that a sheet may have and that no other has, and take it."""
    plain = _NO_NAME.sub("_", _text(name)).strip()[:LONGEST_NAME] or "sheet"
    unique, number = plain, 2
    while unique.casefold() in taken:
        ending = f" {number}"
        unique, number = plain[: LONGEST_NAME - len(ending)] + ending, number + 1
    taken.add(unique.casefold())
    return unique


def _add_table(book: Workbook, name: str, table: pd.DataFrame) -> None:
    sheet = book.create_sheet(name)
    sheet.freeze_panes = "A2"
    for index, column in enumerate(table.columns, 1):
        longest = max([len(str(column)), *(_width(value) for value in table[column].head(200))])
        _set_width(sheet, index, longest)
    sheet.append([_cell(sheet, str(column), bold=True) for column in table.columns])
    for row in table.itertuples(index=False, name=None):
        sheet.append([_cell(sheet, value) for value in row])


def _width(value: Any) -> int:
    """Return how many signs a value takes on the screen, about."""
    return len(value) if isinstance(value, str) else min(12, len(str(value)))


def _set_width(sheet: Any, index: int, signs: int) -> None:
    """Set a column's width; the type stubs do not know that a write-only sheet has columns."""
    from openpyxl.utils import get_column_letter

    sheet.column_dimensions[get_column_letter(index)].width = min(WIDEST, signs + 2)


def _add_blocks(book: Workbook, name: str, result: AnalysisResult) -> None:
    """Add one sheet of replicates: a block per quantity, conditions across, replicates down."""
    sheet = book.create_sheet(name)
    _set_width(sheet, 1, 14)
    for block in prism_blocks(result):
        sheet.append([_cell(sheet, block.title, bold=True)])
        heads = ("replicate", *block.conditions)
        sheet.append([_cell(sheet, head, bold=True) for head in heads])
        for replicate, values in zip(block.replicates, block.values, strict=True):
            sheet.append([_cell(sheet, replicate), *(_cell(sheet, value) for value in values)])
        sheet.append([])


def _cell(sheet: WriteOnlyWorksheet, value: Any, *, bold: bool = False) -> Cell:
    """Return a value as a cell; missing and not finite numbers are empty or text."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    cell = WriteOnlyCell(sheet)
    if isinstance(value, str):
        text = _text(value)
        cell.value = text
        cell.data_type = "s"
        cell.quotePrefix = defuse(text) != text
    elif value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return cell
    elif isinstance(value, float) and math.isinf(value):
        cell.value = "inf" if value > 0 else "-inf"
    else:
        cell.value = value
    if bold:
        cell.font = Font(bold=True)
    return cell


def _text(text: str) -> str:
    """Return text that a workbook can hold."""
    return _NO_XML.sub("\ufffd", plain_text(text))[:LONGEST_TEXT]


def _without_dates(content: bytes) -> bytes:
    """Return a workbook whose bytes do not depend on when it was written."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name, part in _parts(source):
            info = zipfile.ZipInfo(name, date_time=ZIP_DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(info, part)
    return stream.getvalue()


def _parts(source: zipfile.ZipFile) -> Iterable[tuple[str, bytes]]:
    for name in source.namelist():
        part = source.read(name)
        if name == "docProps/core.xml":
            part = _DATES.sub(rb"\g<1>" + FIXED_DATE + rb"\g<2>", part)
        yield name, part
