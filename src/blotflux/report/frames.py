"""Rows of a table as a DataFrame: exact columns, fixed kinds, sorted by the key."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from blotflux.report.columns import Column, Table

__all__ = ["columns", "frame"]

SEVERITY_ORDER = {"fail": 0, "warn": 1, "info": 2}
_DTYPES = {"integer": "Int64", "number": "float64", "boolean": "bool", "text": "str"}


def frame(table: Table, rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Return the rows as a DataFrame with exactly the table's columns, sorted by its key.

    Parameters
    ----------
    table : Table
    rows : iterable of mapping
        By column name; a column that a row does not have is missing in it.

    Returns
    -------
    DataFrame
        Text columns hold text (empty: none), integers are ``Int64``, numbers ``float64`` with NaN
        for missing, booleans ``bool``.
    """
    values = columns(table, rows)
    return pd.DataFrame(
        {
            column.name: pd.Series(values[column.name], dtype=_DTYPES[column.kind])
            for column in table.columns
        }
    )


def columns(table: Table, rows: Iterable[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Return the values of each column of a table, by name, the rows sorted by its key.

    Parameters as in `frame`; a missing integer is ``pandas.NA``, a missing number NaN.
    """
    kinds = {column.name: column.kind for column in table.columns}
    ordered = sorted(rows, key=lambda row: _sort_key(table, kinds, row))
    return {
        column.name: [_cell(column, row.get(column.name)) for row in ordered]
        for column in table.columns
    }


def _sort_key(
    table: Table, kinds: Mapping[str, str], row: Mapping[str, Any]
) -> tuple[tuple[bool, Any], ...]:
    """Return what sorts a row: by the key's columns, missing numbers last."""
    parts: list[tuple[bool, Any]] = []
    for name in table.key:
        value = row.get(name)
        if name == "severity":
            parts.append((False, SEVERITY_ORDER[str(value)]))
        elif kinds[name] == "text":
            parts.append((False, "" if value is None else str(value)))
        else:
            missing = _is_missing(value)
            parts.append((missing, 0 if missing else value))
    return tuple(parts)


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _cell(column: Column, value: Any) -> Any:
    """Return a value as its column holds it."""
    if column.kind == "text":
        # Bytes of a file name that are no text would break columns that are stored as UTF-8.
        return "" if value is None else str(value).encode("utf-8", "backslashreplace").decode()
    if column.kind == "boolean":
        return bool(value)
    if _is_missing(value):
        return pd.NA if column.kind == "integer" else math.nan
    return int(value) if column.kind == "integer" else float(value)
