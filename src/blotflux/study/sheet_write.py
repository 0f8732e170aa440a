"""Writes a sheet to be filled in, as text and as a workbook."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from blotflux.study.grid import SHEET_NAME
from blotflux.study.sheet import ROLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["sheet_text", "sheet_workbook"]

TEXT_FORMAT = "@"  # or a spreadsheet makes a date of "1-2"
NUMBERS = frozenset({"lane", "inhibitor_h", "time_h", "amount_ug"})
HEADER_FILL = PatternFill("solid", start_color="E8EEF4")


def sheet_text(columns: Sequence[str], rows: Sequence[Mapping[str, object]]) -> str:
    """Return a sheet as CSV text.

    Parameters
    ----------
    columns : sequence of str
    rows : sequence of mapping
        By column; what a row does not have is empty.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([[_text(row.get(column)) for column in columns] for row in rows])
    return text.getvalue()


def sheet_workbook(columns: Sequence[str], rows: Sequence[Mapping[str, object]]) -> bytes:
    """Return the same sheet as an ``.xlsx`` file's bytes; parameters as `sheet_text`."""
    book = Workbook(write_only=False)
    book.remove(book.worksheets[0])
    page = book.create_sheet(SHEET_NAME)
    page.append(list(columns))
    for row in rows:
        page.append([None if row.get(column) == "" else row.get(column) for column in columns])
    for index, column in enumerate(columns, start=1):
        letter = get_column_letter(index)
        page[f"{letter}1"].font = Font(bold=True)
        page[f"{letter}1"].fill = HEADER_FILL
        longest = max([len(column), *(len(_text(row.get(column))) for row in rows)])
        page.column_dimensions[letter].width = min(longest, 40) + 3
        for cell in page[letter][1:]:
            cell.number_format = "General" if column in NUMBERS else TEXT_FORMAT
            if isinstance(cell.value, str):
                cell.data_type = "s"  # also where it begins like a formula
    page.freeze_panes = "A2"
    if "role" in columns:
        _offer_roles(page, get_column_letter(list(columns).index("role") + 1), len(rows))
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _offer_roles(page: Any, letter: str, rows: int) -> None:
    """Let the spreadsheet offer the roles in a list."""
    choice = DataValidation(type="list", formula1=f'"{",".join(ROLES)}"', allow_blank=True)
    choice.add(f"{letter}2:{letter}{rows + 200}")
    page.add_data_validation(choice)


def _text(value: object) -> str:
    return "" if value is None else str(value)
