r"""Tables as CSV text: the same bytes for the same values, on every system.

UTF-8 without a byte order mark, comma, one header line, ``\n`` at line ends, ``true`` and
``false``, an empty field for a missing value, and for numbers the shortest text that reads back
to the same double.

Hostile text
------------
Names come from sheets, file names and image metadata, and a spreadsheet runs a cell that starts
with ``=``, ``+``, ``-`` or ``@`` as a formula. So in text columns

- control characters, line ends and the characters that turn the reading direction become a space,
- text that a spreadsheet would take for a formula gets an apostrophe in front
  (``=1+1`` is written ``'=1+1``); a plain number (``-5``) and a lone sign (``+``) are left alone,
- text that already starts with apostrophes and such a sign gets one more, so that
  `read_table` can give back exactly what was there.

DataFrames in Python hold the text as it is.
"""

from __future__ import annotations

import csv
import io
import math
import re
import unicodedata
from typing import TYPE_CHECKING, Any

import pandas as pd

from blotflux.report.frames import frame

if TYPE_CHECKING:
    from blotflux.report.columns import Column, Table

__all__ = ["csv_bytes", "defuse", "number_text", "plain_text", "read_table", "undo_defuse"]

_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?%?")
_RISKY = re.compile(r"\s*['\u2018\u2019]*\s*[=+\-@\uff1d\uff0b\uff0d\uff20]")
_DEFUSED = re.compile(r"'\s*['\u2018\u2019]*\s*[=+\-@\uff1d\uff0b\uff0d\uff20]")
_DIRECTION = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def number_text(value: float) -> str:
    """Return the shortest text that reads back to the same double.

    >>> number_text(1234.0), number_text(0.1), number_text(1e-05)
    ('1234', '0.1', '1e-5')
    """
    text = repr(float(value)).removesuffix(".0")
    mantissa, _, exponent = text.partition("e")
    return f"{mantissa}e{int(exponent)}" if exponent else text


def plain_text(text: str) -> str:
    """Return text on one line, without control and direction characters."""
    return "".join(
        " " if unicodedata.category(sign) in {"Cc", "Zl", "Zp"} or sign in _DIRECTION else sign
        for sign in text
    )


def defuse(text: str) -> str:
    """Return text that no spreadsheet takes for a formula.

    >>> defuse("=1+1"), defuse("-5"), defuse("+"), defuse("vehicle")
    ("'=1+1", '-5', '+', 'vehicle')
    """
    text = plain_text(text)
    stripped = text.strip()
    if len(stripped) == 1 or _NUMBER.fullmatch(stripped) or not _RISKY.match(text):
        return text
    return f"'{text}"


def undo_defuse(text: str) -> str:
    """Return the text that `defuse` was given, but for what became a space."""
    return text[1:] if _DEFUSED.match(text) and defuse(text[1:]) == text else text


def csv_bytes(data: pd.DataFrame) -> bytes:
    """Return a table as the bytes of its CSV file.

    Names with bytes that are not text (as old file systems hold them) are written with
    backslashes, so that the file is UTF-8 whatever comes.
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([defuse(str(name)) for name in data.columns])
    columns = [[_field(value) for value in data[name]] for name in data.columns]
    writer.writerows(zip(*columns, strict=True))
    return stream.getvalue().encode("utf-8", errors="backslashreplace")


def _field(value: Any) -> str:
    """Return one value as the text of its field."""
    if isinstance(value, str):
        return defuse(value)
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool) or type(value).__name__ == "bool":
        return "true" if value else "false"
    if isinstance(value, float):
        return number_text(value)
    return str(int(value))


def read_table(text: str, table: Table) -> pd.DataFrame:
    """Return the DataFrame that a CSV file of ours was written from.

    Parameters
    ----------
    text : str
        The file's content.
    table : Table
        Its schema; columns of the file that it does not know are text.

    Raises
    ------
    ValueError
        If a column of the table is not in the file.
    """
    rows = list(csv.DictReader(io.StringIO(text)))
    header = next(csv.reader(io.StringIO(text)), [])
    missing = [column.name for column in table.columns if column.name not in header]
    if missing:
        message = f"{table.name}.csv lacks the columns {', '.join(missing)}; it has {header}"
        raise ValueError(message)
    kinds = {column.name: column for column in table.columns}
    return frame(table, [{name: _value(kinds[name], row[name]) for name in kinds} for row in rows])


def _value(column: Column, text: str) -> Any:
    """Return a field's text as the value that its column holds."""
    if column.kind == "text":
        return undo_defuse(text)
    if column.kind == "boolean":
        return text == "true"
    if not text:
        return None
    return int(text) if column.kind == "integer" else float(text)
