"""What a table's columns are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Column", "Kind", "Table", "boolean", "columns_of", "integer", "number", "text"]

Kind = Literal["text", "integer", "number", "boolean"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column.

    Attributes
    ----------
    name : str
        As in the header; a unit ends the name where there is one.
    kind : {"text", "integer", "number", "boolean"}
        Integers and numbers may be missing; text is empty instead; booleans are always there.
    unit : str
        Empty where the column has none.
    meaning : str
        One sentence.
    """

    name: str
    kind: Kind
    meaning: str
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table: its name, its columns in order, and the columns that sort it.

    `sheet_after` names the column after which the sheet's columns are put in a study; empty where
    the table has none.
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    sheet_after: str = ""

    def with_sheet(self, sheet: tuple[Column, ...], extra: tuple[str, ...] = ()) -> Table:
        """Return the table of a study, in which the sheet's columns follow `sheet_after`.

        Parameters
        ----------
        sheet : tuple of Column
            The sheet's own columns; those that the table has already are not added.
        extra : tuple of str
            Columns of the sheet that are not ours, in its order.
        """
        if not self.sheet_after:
            return self
        own = {column.name for column in self.columns}
        added = tuple(column for column in sheet if column.name not in own) + tuple(
            Column(name=name, kind="text", meaning="As in the sheet.") for name in extra
        )
        place = 1 + [column.name for column in self.columns].index(self.sheet_after)
        columns = (*self.columns[:place], *added, *self.columns[place:])
        return Table(name=self.name, meaning=self.meaning, columns=columns, key=self.key)


def columns_of(kind: Kind, unit: str = "", /, **meanings: str) -> tuple[Column, ...]:
    """Return columns of one kind and unit, by name and meaning."""
    return tuple(
        Column(name=name, kind=kind, unit=unit, meaning=text) for name, text in meanings.items()
    )


def text(**meanings: str) -> tuple[Column, ...]:
    """Return columns of text, by name and meaning."""
    return columns_of("text", **meanings)


def integer(unit: str = "", /, **meanings: str) -> tuple[Column, ...]:
    """Return columns of integers, by name and meaning."""
    return columns_of("integer", unit, **meanings)


def number(unit: str = "", /, **meanings: str) -> tuple[Column, ...]:
    """Return columns of numbers, by name and meaning."""
    return columns_of("number", unit, **meanings)


def boolean(**meanings: str) -> tuple[Column, ...]:
    """Return columns of booleans, by name and meaning."""
    return columns_of("boolean", **meanings)
